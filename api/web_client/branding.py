"""Put the operator's name, look and facts into the files of a release.

The page holds all that GET /api/v1/site says, so that its first paint needs no other request.
"""

import html
import json
import re
from dataclasses import dataclass

from api.http.paths import ASSETS
from api.operations.site import site_shape
from api.web_client.accent import accent_styles, light_shades
from shared.settings import Settings
from shared.settings.logo import Logo

# What the files of web/ are written with.
DEFAULT_NAME = "Livelist"
_ICON = re.compile(r'<link rel="icon"[^>]*>')
_END_OF_HEAD = "  </head>\n"


@dataclass(frozen=True)
class Branding:
    """What a release shows of a site. The default changes nothing in the files."""

    name: str = DEFAULT_NAME
    accent_colour: str = ""
    logo: Logo | None = None
    # The answer of GET /api/v1/site as JSON; "" for a page without.
    facts: str = ""

    def page(self, source: str) -> str:
        """Return the page with the name in place of ours, and the facts in a meta element."""
        page = source.replace(DEFAULT_NAME, html.escape(self.name))
        if self.logo:
            page = _ICON.sub(self._icon_links(), page, count=1)
        if not self.facts:
            return page
        meta = f'    <meta name="livelist-site" content="{html.escape(self.facts)}">\n'
        return page.replace(_END_OF_HEAD, meta + _END_OF_HEAD, 1)

    @property
    def icon(self) -> str:
        """The address of the operator's logo; "" without."""
        return f"{ASSETS}{self.logo.file_name}" if self.logo else ""

    def _icon_links(self) -> str:
        links = f'<link rel="icon" href="{self.icon}">'
        # Safari takes no SVG for the home screen.
        if self.logo and self.logo.suffix == ".png":
            links += f'\n    <link rel="apple-touch-icon" href="{self.icon}">'
        return links

    def styles(self, source: bytes) -> bytes:
        added = accent_styles(self.accent_colour) if self.accent_colour else ""
        return source + added.encode()

    def manifest(self, source: bytes) -> bytes:
        """Return the web app manifest: the name and look of the app on a home screen."""
        manifest = json.loads(source)
        manifest |= {"name": self.name, "short_name": self.name}
        if self.accent_colour:
            manifest["theme_color"] = light_shades(self.accent_colour).accent
        if self.logo:
            types = {".png": "image/png", ".svg": "image/svg+xml"}
            manifest["icons"] = [
                {
                    "src": f"../{self.logo.file_name}",
                    "sizes": self.logo.size,
                    "type": types[self.logo.suffix],
                }
            ]
        return json.dumps(manifest, ensure_ascii=False, indent=2).encode()

    @property
    def key(self) -> bytes:
        """What differs once a release must differ."""
        logo = self.logo.file_name if self.logo else ""
        return repr((self.name, self.accent_colour, logo, self.facts)).encode()


def branding_of(settings: Settings) -> Branding:
    site = settings.site
    facts = site_shape(settings).model_dump_json()
    return Branding(site.name, site.accent_colour, site.logo, facts)
