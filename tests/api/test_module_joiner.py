"""Modules that are joined into one script run as they do apart, and errors name the original lines."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from api.web_client import FOLDER
from api.web_client.module_joiner import JoinError, join_modules
from tests.support.web.deno import run_deno

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
# Each form that the client uses, run in an order that differs from that of the texts.
MODULES = {
    "app.js": (
        "// The first module.\n"
        "/**\n * Its comments, with a `quote and code: import './nothing.js';\n */\n"
        "import { shout } from './format/shout.js';\n"
        "import './effect.js';\n"
        "import {\n  COUNT,\n  Counter as Meter,\n  later,\n} from './count.js';\n"
        "import { local as other } from './effect.js';\n\n"
        "const local = 'of app'; // a comment after code\n"
        "const meter = new Meter();\n"
        "meter.add(COUNT);\n"
        "console.log(shout(`${local}, ${other}: ${meter.total}`), Meter.name, await_());\n"
        "later().then((value) => console.log(value));\n"
        "function await_() {\n  return typeof this;\n}\n"
    ),
    "effect.js": "console.log('effect');\nexport const local = 'of effect';\n",
    "count.js": (
        "import { shout } from './format/shout.js';\n\n"
        "console.log('count');\n"
        "export const COUNT = 3;\n\n"
        "export class Counter {\n  total = 0;\n"
        "  add(number) {\n    this.total += number + initial();\n  }\n}\n\n"
        "export async function later() {\n  return shout('later');\n}\n\n"
        "// Called before its line, as modules may.\nfunction initial() {\n  return 1;\n}\n"
    ),
    "format/shout.js": (
        "import { local } from '../effect.js';\n\n"
        "console.log('shout');\n"
        "export function shout(text) {\n  return `${text.toUpperCase()}! (${local})`;\n}\n"
    ),
}


@pytest.fixture
def deno_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deno")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return _write(tmp_path, MODULES)


def _write(folder: Path, modules: dict[str, str]) -> Path:
    for path, text in modules.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    return folder


def _join(folder: Path) -> str:
    return join_modules(folder, "app.js", "joined.js.map", "/web/").script


async def test_joined_modules_do_what_they_do_apart(folder: Path, deno_cache: Path) -> None:
    (folder / "joined.js").write_text(_join(folder))

    apart = await run_deno(deno_cache, "run", "--no-check", str(folder / "app.js"))
    joined = await run_deno(deno_cache, "run", "--no-check", str(folder / "joined.js"))

    assert apart == joined
    code, output = joined
    assert code == 0, output
    assert output.splitlines() == [
        "effect", "shout", "count", "OF APP, OF EFFECT: 4! (of effect) Counter undefined",
        "LATER! (of effect)",
    ]  # fmt: skip


async def test_a_module_that_is_loaded_later_shares_the_modules_of_the_first_script(
    folder: Path, deno_cache: Path
) -> None:
    app = "import { COUNT } from './count.js';\n\nconsole.log(COUNT);\nimport('./later.js');\n"
    later = (
        "import { COUNT, Counter } from './count.js';\nimport { shout } from './loud.js';\n\n"
        "const meter = new Counter();\nmeter.add(COUNT);\nconsole.log(shout(`later ${meter.total}`));\n"
    )
    loud = "export function shout(text) {\n  return `${text}!`;\n}\n"
    _write(folder, {"app.js": app, "later.js": later, "loud.js": loud})
    joined = join_modules(folder, "app.js", "joined.js.map", "/web/", "joined.js")
    (folder / "joined").mkdir()
    (folder / "joined" / "joined.js").write_text(joined.script)
    for name, script in joined.lazy_scripts.items():
        (folder / "joined" / name).write_text(script)

    apart = await run_deno(deno_cache, "run", "--no-check", "-A", str(folder / "app.js"))
    path = str(folder / "joined" / "joined.js")
    together = await run_deno(deno_cache, "run", "--no-check", "-A", path)

    # "count" and "effect" once: the modules that both scripts use have run once.
    assert together == apart
    assert together[1].splitlines()[-2:] == ["3", "later 4!"]
    assert together[1].count("effect\n") == 1
    assert (joined.lazy_paths, list(joined.lazy_scripts)) == (
        ("loud.js", "later.js"),
        ["lazy_later.js"],
    )
    assert "loud" not in joined.script


async def test_scripts_that_are_loaded_later_share_modules_and_load_others(
    folder: Path, deno_cache: Path
) -> None:
    shared = "console.log('shared');\nexport function count() {\n  return 7;\n}\n"
    user = "import { count } from './shared.js';\n\nconsole.log(`%s ${count()}`);\n"
    modules = {
        "app.js": "import('./one.js').then(() => import('./two.js'));\n",
        "one.js": user % "one" + "import('./three.js');\n",
        "two.js": user % "two",
        "three.js": user % "three",
        "shared.js": shared,
    }
    _write(folder, modules)
    joined = join_modules(folder, "app.js", "joined.js.map", "/web/", "joined.js")
    (folder / "joined").mkdir()
    _write(folder / "joined", {"joined.js": joined.script, **joined.lazy_scripts})

    path = str(folder / "joined" / "joined.js")
    code, output = await run_deno(deno_cache, "run", "--no-check", "-A", path)

    assert code == 0, output
    assert output.splitlines()[:2] == ["shared", "one 7"]
    assert sorted(output.splitlines()[2:]) == ["three 7", "two 7"]
    assert list(joined.lazy_scripts) == ["lazy_one.js", "lazy_two.js", "lazy_three.js"]
    assert sum("'shared'" in text for text in (joined.script, *joined.lazy_scripts.values())) == 1


async def test_a_stack_trace_names_the_original_file_and_line(
    folder: Path, deno_cache: Path
) -> None:
    count = MODULES["count.js"].replace("  return 1;", "  throw new Error('mistake');")
    _write(folder, {"count.js": count})
    joined = join_modules(folder, "app.js", "joined.js.map", f"file://{folder}/")
    (folder / "joined.js").write_text(joined.script)
    (folder / "joined.js.map").write_text(joined.source_map)

    _, output = await run_deno(deno_cache, "run", "--no-check", str(folder / "joined.js"))

    line = count.splitlines().index("  throw new Error('mistake');") + 1
    assert re.search(rf"count\.js:{line}:", output), output


def test_every_line_of_the_client_is_mapped_to_its_original() -> None:
    joined = join_modules(FOLDER, "app.js", "client.js.map", "/web/")

    lines = joined.script.splitlines()
    source_map = json.loads(joined.source_map)
    originals = [(FOLDER / path).read_text().splitlines() for path in source_map["sources"]]
    mapped = _decode(source_map["mappings"])
    # The others begin and end a module; two are the first line, and the exports.
    assert len(mapped) == len(lines) - 3 * len(originals) - 3
    for number, (source, line) in mapped.items():
        original = originals[source][line]
        if (
            not original.startswith(("import ", "} from "))
            and " as " not in original
            and "import('" not in original
        ):
            assert lines[number] == original.removeprefix("export ").lstrip()
    missing = {
        line.strip()
        for source, text in enumerate(originals)
        for number, line in enumerate(text)
        if (source, number) not in set(mapped.values())
    }
    assert all(not line or line.startswith(("//", "/*", "*", "import '")) for line in missing)


def test_a_module_runs_once_and_after_all_that_it_imports() -> None:
    joined = join_modules(FOLDER, "app.js", "client.js.map", "/web/")

    assert len(set(joined.paths)) == len(joined.paths)
    assert joined.paths[-1] == "app.js"
    unused = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.js")} - set(joined.paths)
    assert unused - set(joined.lazy_paths) == {"service_worker.js"}
    assert set(joined.lazy_scripts) == {
        "lazy_activity_dialog.js", "lazy_admin.js", "lazy_attachment_section.js",
        "lazy_comment_versions.js", "lazy_quick_add.js", "lazy_rare_pages.js", "lazy_settings_page.js",
        "lazy_tools.js",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import './nothing.js';", "nothing.js"),
        ("import './app.js';", "app.js > app.js"),
        ("import '../outside.js';", "is outside"),
        ("import { missing } from './effect.js';", "imports missing"),
        ("import all from './effect.js';", "app.js:1: cannot be joined: import all"),
        ("import * as all from './effect.js';", "app.js:1: cannot be joined: import *"),
        ("import { local } from 'https://elsewhere.example/x.js';", "cannot be joined"),
        ("\nexport default 1;", "app.js:2: cannot be joined: export default"),
        ("export let count = 1;", "joined: export let"),
        ("export { local } from './effect.js';", "cannot be joined"),
        ("export const { a, b } = {};", "cannot be joined"),
        ("const page = import(path);", "joined: import("),
        ("const own = import.meta.url;", "joined: import.meta"),
        ("await fetch('/');", "joined: await fetch"),
        ("const module$1 = 2;", "joined: module$"),
        ("const text = `a\n// b\n`;", "app.js:1: cannot be joined: a template of several lines"),
    ],
)
def test_other_forms_are_refused(folder: Path, text: str, reason: str) -> None:
    _write(folder, {"app.js": f"{text}\n"})

    with pytest.raises(JoinError, match=re.escape(reason)):
        _join(folder)


def test_a_cycle_is_refused_with_its_modules(folder: Path) -> None:
    _write(
        folder, {"effect.js": "import { COUNT } from './count.js';\nexport const local = COUNT;\n"}
    )

    with pytest.raises(JoinError, match=r"count\.js > format/shout\.js > effect\.js > count\.js"):
        join_modules(folder, "count.js", "", "")


def test_two_modules_that_are_loaded_by_the_same_name_are_refused(folder: Path) -> None:
    _write(
        folder,
        {
            "app.js": "const load = () => [import('./effect.js'), import('./format/effect.js')];\n",
            "format/effect.js": "console.log('another');\n",
        },
    )

    with pytest.raises(JoinError, match=r"app\.js loads format/effect\.js: effect\.js is loaded"):
        _join(folder)


def _decode(mappings: str) -> dict[int, tuple[int, int]]:
    """Return the source and line (from 0) of each line of the script that has a segment."""
    found = {}
    source = line = 0
    for number, segment in enumerate(mappings.split(";")):
        if segment:
            column, source_step, line_step, original_column = _numbers(segment)
            assert (column, original_column) == (0, 0)
            source, line = source + source_step, line + line_step
            found[number] = (source, line)
    assert all(before < after for before, after in pairwise(found))
    return found


def _numbers(segment: str) -> list[int]:
    numbers, value, shift = [], 0, 0
    for letter in segment:
        digit = LETTERS.index(letter)
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            numbers.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return numbers
