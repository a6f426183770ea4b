"""What README shows at its top: a contact sheet of the demo, and its page.

``python -m front_page DEMO FOLDER`` draws both, once the demo has run.
"""

import sys
from pathlib import Path

from chromium import FLAGS
from PIL import Image
from playwright.sync_api import sync_playwright

SHEET_OF, WIDTH = "meadow", 1000
WINDOW = {"width": 1200, "height": 900}


def draw(demo, folder):
    """Draw ``sheet.png``, and ``page.png`` as a browser shows the page, in 128 colors each."""
    folder.mkdir(parents=True, exist_ok=True)
    (path,) = demo.rglob(f"{SHEET_OF}_sheet.png")
    with Image.open(path) as sheet:
        small = sheet.convert("RGB")
        small.thumbnail((WIDTH, WIDTH))
    _keep(small, folder / "sheet.png")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport=WINDOW)
        page.goto((demo / "index.html").absolute().as_uri())
        page.wait_for_selector("#cards li canvas")
        page.wait_for_timeout(500)  # what is painted once it is seen
        page.screenshot(path=folder / "page.png")
        browser.close()
    with Image.open(folder / "page.png") as shown:
        _keep(shown.convert("RGB"), folder / "page.png")


def _keep(picture, path):
    picture.quantize(128).save(path, optimize=True)


if __name__ == "__main__":
    draw(*map(Path, sys.argv[1:]))
