"""The morning after: 12 pictures, two varied keys, 6 K and 2 starts, by mouse, keyboard and touch.

`BATCHQUANT_PHOTOS` names a folder of photographs to be taken in place of computed ones, and
`BATCHQUANT_SHOTS` one for screenshots of what a person sees.
"""

import os
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from visits import violations
from workplaces import Workplace

JOB = """
inputs: photos
k: [3, 5, 7, 9, 11, 16]
init: [kmeans++, in_pixel]
vary: {color_space: [srgb, oklab], favor_rare: [0, 0.5]}
"""
N, WIDTHS = 12, {1440: 900, 820: 1180, 390: 844}
CARDS = "#cards li:not(.source)"
JOBS = ["defaults", "favor_rare=0.5", "color_space=oklab", "color_space=oklab,favor_rare=0.5"]


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    workplace = Workplace(tmp_path_factory.mktemp("morning"))
    photos = workplace.path / "photos"
    if folder := os.environ.get("BATCHQUANT_PHOTOS"):
        photos.mkdir()
        for path in sorted(Path(folder).iterdir())[:N]:
            shutil.copy(path, photos)
    else:
        _compute(photos)
    workplace.write_job(JOB)
    done = workplace.run("run", "jobs.yaml", timeout=600)
    assert f"576 variants of {N} pictures: 576 made" in done.stdout, done.stderr
    return workplace.output


def _compute(photos):
    """Write pictures with skies, hills and grain, each in colors of its own."""
    photos.mkdir()
    y, x = np.mgrid[0:240, 0:320] / 240
    for number in range(N):
        rng = np.random.default_rng(number)
        near, far, sky = rng.uniform(20, 235, (3, 3))
        hill = 0.5 + 0.2 * np.sin(rng.uniform(3, 9) * x + number)
        shade = np.clip((y - hill) * 4, 0, 1)[..., None]
        pixels = np.where((y < hill)[..., None], sky * (0.6 + 0.4 * y[..., None]), 0)
        pixels += (y >= hill)[..., None] * (far * (1 - shade) + near * shade)
        pixels += rng.normal(0, 8, pixels.shape)
        image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
        image.save(photos / f"{number:02}.png")


@pytest.fixture
def visit(visit_folder, output):
    return partial(visit_folder, output)


def names_of(output):
    return sorted(path.name for path in (output.parent / "photos").iterdir())


def shoot(page, name):
    if folder := os.environ.get("BATCHQUANT_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_seen_at_all_widths(visit, width, color_scheme):
    size = {"width": width, "height": WIDTHS[width]}
    page = visit(viewport=size, color_scheme=color_scheme, has_touch=width < 1000).page
    page.wait_for_function("document.querySelector('#cards canvas').width")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    shoot(page, f"wall_{width}_{color_scheme}")
    assert violations(page) == []
    page.locator(f"{CARDS} a").first.click()
    page.locator("#palette button").first.wait_for()
    page.wait_for_function("document.getElementById('result').naturalWidth")
    shoot(page, f"picture_{width}_{color_scheme}")
    assert violations(page) == []


def test_by_mouse(visit, output):
    names = names_of(output)
    page = visit(viewport={"width": 1440, "height": 900}).page
    expect(page.locator("#found")).to_have_text(f"{N} pictures, {4 * N} cards")
    cards = page.locator(CARDS)
    expect(cards.locator(".path")).to_have_text(JOBS * N)
    page.get_by_label("Job").select_option("defaults")
    expect(page.locator("#found")).to_have_text(f"{N} pictures, {N} cards")
    page.get_by_label("Job").select_option("all")
    page.locator("#wall-start").select_option("in_pixel")
    expect(cards.first.locator(".figures")).to_contain_text("in_pixel")
    box = page.locator("#wall-k").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    expect(cards.first.locator(".figures")).to_contain_text("K 16")
    cards.nth(1).hover()
    expect(cards.nth(1).locator(".before")).to_be_visible()
    cards.nth(1).get_by_role("button", name="Pick").click()
    expect(page.locator("#picks-count")).to_have_text("1 pick")
    cards.first.locator("a").click()
    viewer = page.locator("#viewer")
    expect(viewer.locator("#side")).to_have_text("K 16, in_pixel")
    viewer.get_by_label("Left shows").select_option("few colors: color_space=oklab")
    expect(viewer.locator("#side-told-left")).to_have_text("color_space=oklab, K 16, in_pixel")
    expect(viewer.locator("#side")).to_have_text("defaults, K 16, in_pixel")
    for view in ("beside", "turns", "difference-8", "grid", "divider"):
        viewer.locator("#view").select_option(view)
        shoot(page, f"view_{view}")
    viewer.locator("#palette button").first.click()
    expect(viewer.locator("#toast")).to_contain_text("Copied #")
    viewer.get_by_role("button", name="Next picture").click()
    expect(viewer.locator("#viewer-title")).to_contain_text(names[0])  # of the next job
    page.reload()
    expect(viewer.locator("#side-told-left")).to_contain_text("color_space=oklab, K 16")


def test_by_keyboard(visit, output):
    page = visit(viewport={"width": 1440, "height": 900}).page
    page.locator(f"{CARDS} a").first.focus()
    page.keyboard.press("x")
    expect(page.locator("#picks-count")).to_have_text("1 pick")
    page.keyboard.press("Enter")
    viewer = page.locator("#viewer")
    side = viewer.locator("#side")
    expect(side).to_contain_text("K ")
    k = int(side.inner_text().split(",")[0].removeprefix("K "))
    assert k in (5, 7, 9, 11)  # so that there is one on both sides
    page.keyboard.press("ArrowUp")
    expect(side).not_to_contain_text(f"K {k},")
    page.keyboard.press("ArrowDown")
    expect(side).to_contain_text(f"K {k},")
    title = viewer.locator("#viewer-title")
    for _ in JOBS:  # whether the one before is open or not
        page.keyboard.press("ArrowRight")
    expect(title).to_contain_text(names_of(output)[1])
    expect(title.locator(".path")).to_have_text("photos")
    page.keyboard.down("Space")
    expect(side).to_contain_text("original")
    page.keyboard.up("Space")
    expect(side).to_contain_text("K ")
    for key in "bsg1f":
        page.keyboard.press(key)
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    expect(viewer.locator("#pick")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(page.locator("#picks-count")).to_have_text("2 picks")


def test_by_touch(visit, output):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).page
    page.get_by_text("Filter and sort").tap()
    page.get_by_role("searchbox", name="Name").fill(names_of(output)[2])
    expect(page.locator("#found")).to_have_text(f"1 of {N} pictures, 4 cards")
    card = page.locator(CARDS).nth(1)
    card.get_by_role("button", name="Pick").tap()
    expect(page.locator("#picks-count")).to_have_text("1 pick")
    card.locator("a").tap()
    viewer = page.locator("#viewer")
    expect(viewer).to_be_visible()
    page.wait_for_function("document.getElementById('result').naturalWidth")
    box = viewer.locator("#pane").bounding_box()
    page.touchscreen.tap(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    expect(viewer.locator("#divider")).to_have_attribute("aria-valuenow", "25")
    viewer.locator("#starts-right").get_by_text("in_pixel").tap()
    expect(viewer.locator("#side")).to_contain_text("in_pixel")
    viewer.get_by_role("button", name="Close").tap()
    expect(viewer).to_be_hidden()
