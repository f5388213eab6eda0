"""Pack the npm package livelist-client: `python clients/javascript/pack.py [FOLDER]`.

The package has the modules of this folder and those of web/ that they import, in a folder web/ of its own.
"""

import io
import re
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ENTRIES = (HERE / "index.js", HERE / "index.d.ts")
# How files of this folder name the web client, here and in the package.
SOURCE, PACKED = "'../../web/", "'./web/"
# deno fmt writes these statements at the beginning of a line, their end too.
_IMPORT = re.compile(r"^(?:import|export|\}) ?[^;']*from '(?P<path>\.[^']*)';$", re.MULTILINE)


def package_files() -> dict[str, bytes]:
    """Return the files of the package by their path in it."""
    files = {
        "package.json": (HERE / "package.json").read_bytes(),
        "README.md": (HERE / "README.md").read_bytes(),
        "LICENSE": (ROOT / "LICENSE").read_bytes(),
    }
    waiting, known = list(ENTRIES), set(ENTRIES)
    while waiting:
        path = waiting.pop()
        text = path.read_text()
        imported = {(path.parent / match["path"]).resolve() for match in _IMPORT.finditer(text)}
        waiting += imported - known
        known |= imported
        if path.parent == HERE:
            files[path.name] = text.replace(SOURCE, PACKED).encode()
        else:
            files[str(path.relative_to(ROOT))] = text.encode()
    return files


def pack(folder: Path) -> Path:
    """Write the package as `npm pack` does, with the same bytes for the same files. Return its path."""
    version = re.search(r'"version": "([^"]+)"', (HERE / "package.json").read_text())
    assert version is not None
    target = folder / f"livelist-client-{version[1]}.tgz"
    with tarfile.open(target, "w:gz") as archive:
        for name, content in sorted(package_files().items()):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return target


if __name__ == "__main__":
    print(pack(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
