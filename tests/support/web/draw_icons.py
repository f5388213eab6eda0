"""Draw the PNG icons of the web app from web/icon.svg: `python -m tests.support.web.draw_icons`.

Home screens take no SVG. A maskable icon fills its square, with the drawing inside the safe zone: a circle of
80 % of its width (W3C Web Application Manifest, "Icon masks").
"""

import asyncio
import io
import re
from pathlib import Path

from PIL import Image
from playwright.async_api import async_playwright

from shared.settings import ROOT
from tests.support.services.chromium import FLAGS, find_chromium

WEB = ROOT / "web"
# File name, pixels, and whether the system cuts its own shape out of it.
ICONS = (
    ("icon-192.png", 192, False),
    ("icon-512.png", 512, False),
    ("icon-maskable.png", 512, True),
)


async def draw(folder: Path = WEB) -> None:
    svg = (WEB / "icon.svg").read_text()
    # No rounded corners, and room around the drawing.
    maskable = re.sub(r' rx="\d+"', "", svg).replace('viewBox="0 0 64 64"', 'viewBox="-8 -8 80 80"')
    maskable = maskable.replace(
        '<rect width="64" height="64"', '<rect x="-8" y="-8" width="80" height="80"'
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS])
        for name, pixels, is_maskable in ICONS:
            page = await browser.new_page(viewport={"width": pixels, "height": pixels})
            drawing = maskable if is_maskable else svg
            await page.set_content(
                f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{drawing}"
            )
            image = Image.open(io.BytesIO(await page.screenshot(omit_background=True)))
            image.quantize(64, method=Image.Quantize.FASTOCTREE).save(folder / name, optimize=True)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(draw())
