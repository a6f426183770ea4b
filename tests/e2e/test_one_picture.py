"""One picture of the page, looked at as people do: by mouse, by keys, and by fingers."""

import re
import time
from functools import partial
from urllib.parse import unquote

import numpy as np
import pytest
from circumstances import long_form
from PIL import Image
from playwright.sync_api import expect
from visits import violations
from workplaces import Workplace, pixels_of

JOB = """
output: out
inputs: photos
k: [2, 3, 4, 5, 6, 8]
init: [in_pixel, maximin]
sheet: none
"""
SIZES = {"a_tall.png": (300, 450), "b_large.png": (900, 600), "c_small.png": (80, 60)}
PHONE = {"has_touch": True, "viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """Three pictures, one of them larger than a window is."""
    workplace = Workplace(tmp_path_factory.mktemp("picture"))
    (workplace.path / "photos").mkdir()
    for name, (width, height) in SIZES.items():
        y, x = np.mgrid[0:height, 0:width]
        pixels = np.stack([255 * x / width, 255 * y / height, 60 * ((x + y) // 20 % 4)], axis=-1)
        Image.fromarray(pixels.astype(np.uint8)).save(workplace.path / "photos" / name)
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml", "-q").returncode == 0
    return workplace.output


@pytest.fixture
def visit(visit_folder, output):
    return partial(visit_folder, output)


class Opened:
    """An opened picture, and what is done to it."""

    def __init__(self, visitor, name="b_large.png"):
        visitor.open(name)
        self.page = visitor.page
        self.page.wait_for_function("document.getElementById('result').naturalWidth")
        self.box = self.page.locator("#stage").bounding_box()

    def at(self, across, down):
        """Return a point of the stage by its shares."""
        box = self.box
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def picture(self):
        """Where the left picture is: its left, top and width."""
        box = self.page.locator("#pictures").bounding_box()
        return np.array([box["x"], box["y"], box["width"]])

    def shown_at(self, point):
        """Return which share of the picture is at a point of the screen."""
        left, top, width = self.picture()
        return (point[0] - left) / width, (point[1] - top) / width

    def expect_level(self, text):
        expect(self.page.locator("#zoom-level")).to_have_text(text)

    def share(self):
        return int(self.page.locator("#divider").get_attribute("aria-valuenow"))

    def drag(self, begin, end):
        self.page.mouse.move(*begin)
        self.page.mouse.down()
        self.page.mouse.move(*end, steps=5)
        self.page.mouse.up()

    def fingers(self, *paths, steps=6):
        """Move each finger from one point to another, all at once."""
        session = self.page.context.new_cdp_session(self.page)
        for step in range(steps + 1):
            places = [
                {"x": a[0] + (b[0] - a[0]) * step / steps, "y": a[1] + (b[1] - a[1]) * step / steps}
                for a, b in paths
            ]
            kind = "touchMove" if step else "touchStart"
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        session.detach()

    def tap_twice(self, point):
        """Tap at one point, a tenth of a second between, however slow this machine is."""
        session, begin = self.page.context.new_cdp_session(self.page), time.time()
        places = [{"x": point[0], "y": point[1]}]
        for kind, touched, after in (
            ("touchStart", places, 0.0),
            ("touchEnd", [], 0.05),
            ("touchStart", places, 0.1),
            ("touchEnd", [], 0.15),
        ):
            touch = {"type": kind, "touchPoints": touched, "timestamp": begin + after}
            session.send("Input.dispatchTouchEvent", touch)
        session.detach()


def test_a_wheel_zooms_where_the_mouse_is(visit):
    opened = Opened(visit(viewport={"width": 1000, "height": 560}))
    point = opened.at(0.3, 0.6)
    opened.page.mouse.move(*point)
    before, share = opened.picture(), opened.shown_at(point)
    for _ in range(6):
        opened.page.mouse.wheel(0, -200)
    opened.page.wait_for_function("document.getElementById('pane').matches('.zoomed')")
    assert opened.picture()[2] > 2 * before[2]
    assert opened.shown_at(point) == pytest.approx(share, abs=0.005)
    for _ in range(12):
        opened.page.mouse.wheel(0, 200)
    expect(opened.page.locator("#zoom-fit")).to_have_attribute("aria-pressed", "true")
    assert opened.picture() == pytest.approx(before, abs=1)


def test_a_drag_pans_what_is_larger_than_its_window_and_stops_at_its_edges(visit):
    opened = Opened(visit(viewport={"width": 1000, "height": 560}))
    opened.page.keyboard.press("1")
    opened.page.keyboard.press("+")
    opened.expect_level("200 %")
    before, share = opened.picture(), opened.share()
    opened.drag(opened.at(0.5, 0.5), opened.at(0.3, 0.4))  # the divider's own handle is dragged
    assert opened.picture() == pytest.approx(before)
    assert opened.share() != share
    begin, end = opened.at(0.7, 0.7), opened.at(0.6, 0.5)
    opened.drag(begin, end)
    moved = opened.picture() - before
    assert moved == pytest.approx([end[0] - begin[0], end[1] - begin[1], 0], abs=1.5)
    for _ in range(8):
        opened.drag(opened.at(0.45, 0.1), opened.at(0.95, 0.95))
    assert opened.picture()[:2] == pytest.approx([opened.box["x"], opened.box["y"]], abs=1)


def test_a_double_click_toggles_between_fit_and_all_pixels(visit):
    opened = Opened(visit(viewport={"width": 1000, "height": 560}))
    page, point = opened.page, opened.at(0.25, 0.4)
    before, at_point = opened.picture(), opened.shown_at(point)
    page.mouse.dblclick(*point)
    opened.expect_level("100 %")
    assert opened.shown_at(point) == pytest.approx(at_point, abs=0.005)
    assert opened.share() == 50  # where it was
    page.wait_for_timeout(400)
    page.mouse.dblclick(*point)
    assert opened.picture() == pytest.approx(before, abs=1)
    page.wait_for_timeout(400)
    page.mouse.click(*point)
    assert opened.share() == 25


def test_arrows_move_a_zoomed_picture_that_has_the_focus(visit):
    opened = Opened(visit(viewport={"width": 1000, "height": 560}))
    page = opened.page
    title = page.locator("#viewer-title").get_attribute("title")
    page.keyboard.press("1")
    page.keyboard.press("+")
    page.locator("#pane").focus()
    before = opened.picture()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    moved = opened.picture() - before
    assert moved[0] < -50
    assert moved[1] < -50
    expect(page.locator("#viewer-title")).to_have_attribute("title", title)
    page.keyboard.press("f")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#viewer-title")).not_to_have_attribute("title", title)


def test_fingers_pinch_pan_swipe_and_tap(visit):
    opened = Opened(visit(**PHONE))
    page = opened.page
    name = page.locator("#viewer-title .name")
    point = opened.at(0.25, 0.75)
    page.touchscreen.tap(*point)
    assert opened.share() == 25
    right, left = opened.at(0.9, 0.3), opened.at(0.4, 0.33)
    opened.fingers((right, left))
    expect(name).to_have_text("c_small.png")
    opened.fingers((left, right))
    expect(name).to_have_text("b_large.png")
    opened.fingers((opened.at(0.9, 0.3), opened.at(0.8, 0.7)))  # down is no swipe
    expect(name).to_have_text("b_large.png")
    before, center = opened.picture(), opened.at(0.5, 0.5)
    shown = opened.shown_at(center)
    opened.fingers(
        (opened.at(0.45, 0.45), opened.at(0.2, 0.2)), (opened.at(0.55, 0.55), opened.at(0.8, 0.8))
    )
    assert opened.picture()[2] > 3 * before[2]
    assert opened.shown_at(center) == pytest.approx(shown, abs=0.05)
    before = opened.picture()
    opened.fingers((right, left))  # a zoomed picture is moved
    assert opened.picture()[0] == pytest.approx(before[0] + left[0] - right[0], abs=8)
    expect(name).to_have_text("b_large.png")
    opened.fingers(
        (opened.at(0.1, 0.2), opened.at(0.45, 0.45)), (opened.at(0.9, 0.3), opened.at(0.55, 0.5))
    )
    expect(page.locator("#zoom-fit")).to_have_attribute("aria-pressed", "true")
    share = opened.share()
    page.wait_for_timeout(400)
    opened.tap_twice(opened.at(0.6, 0.6))
    opened.expect_level("100 %")
    assert opened.share() == share
    assert violations(page) == []


def test_both_sides_beside_each_other_are_zoomed_and_moved_as_one(visit):
    opened = Opened(visit())
    page = opened.page
    page.keyboard.press("s")
    expect(page.get_by_label("View")).to_have_value("beside")
    expect(page.locator("#divider")).to_be_hidden()
    assert violations(page) == []

    def boxes():
        return [page.locator(f"#{side}").bounding_box() for side in ("original", "result")]

    def offset(box, side):
        window = page.locator(f".window.{side}").bounding_box()
        return [box["x"] - window["x"], box["y"] - window["y"], box["width"], box["height"]]

    left, right = boxes()
    assert left["x"] + left["width"] <= right["x"]
    page.mouse.move(*opened.at(0.8, 0.4))
    page.mouse.wheel(0, -900)
    page.wait_for_function("document.getElementById('pane').matches('.zoomed')")
    opened.drag(opened.at(0.3, 0.3), opened.at(0.25, 0.2))
    left, right = boxes()
    assert offset(left, "left") == pytest.approx(offset(right, "right"), abs=1)
    page.keyboard.down(" ")
    expect(page.locator("#side")).to_have_text(re.compile("^original"))
    expect(page.locator("#peek")).to_be_visible()
    assert page.locator("#peek").bounding_box() == right
    page.keyboard.up(" ")
    expect(page.locator("#side")).to_have_text(re.compile("^K "))
    page.reload()  # the address holds how it is seen
    expect(page.get_by_label("View")).to_have_value("beside")
    page.keyboard.press("s")
    expect(page.locator("#divider")).to_be_visible()
    assert "view" not in page.evaluate("location.hash")


def test_where_it_is_larger_so_both_sides_are_below_each_other(visit):
    opened = Opened(visit(**PHONE))
    opened.page.get_by_label("View").select_option("side by side (s)")
    left, right = (
        opened.page.locator(f"#{side}").bounding_box() for side in ("original", "result")
    )
    assert left["y"] + left["height"] <= right["y"]
    assert left["x"] == right["x"]
    assert violations(opened.page) == []


def test_on_a_phone_nothing_is_left_free_around_a_wide_picture(visit):
    opened = Opened(visit(**PHONE))
    wide, picture = opened.box, opened.page.locator("#original").bounding_box()
    assert wide["height"] == pytest.approx(picture["height"], abs=2)
    expect(opened.page.locator("#zoom-level")).to_be_visible()
    opened.page.get_by_label("View").select_option("side by side (s)")
    assert opened.page.locator("#stage").bounding_box()["height"] > wide["height"] + 50


def test_a_difference_from_a_preview_says_so(visit):
    page = Opened(visit()).page
    page.keyboard.press("d")
    told = page.locator("#view-told")
    expect(told).to_have_text("difference \N{MULTIPLICATION SIGN}8, of the preview")
    times = "stage => getComputedStyle(stage.querySelector('.pane')).filter"
    assert page.locator("#stage").evaluate(times) == "brightness(8)"
    page.get_by_label("Left shows").select_option("few colors")
    expect(told).to_have_text("difference \N{MULTIPLICATION SIGN}8, of what is shown")


def test_all_k_are_seen_at_once_and_one_is_chosen(visit, output):
    opened = Opened(visit())
    page = opened.page
    page.keyboard.press("g")
    tiles = page.locator("#all-k button")
    expect(tiles).to_have_text([re.compile(rf"^K {k} · [\d.]+ dB$") for k in (2, 3, 4, 5, 6, 8)])
    expect(page.locator("#all-k .tile").first).to_have_text(re.compile("^original"))
    page.wait_for_function(
        "[...document.querySelectorAll('#all-k img')].every((image) => image.naturalWidth === 900)"
    )
    assert violations(page) == []
    stage = page.locator("#stage").bounding_box()
    for tile in tiles.all():
        box = tile.bounding_box()
        assert box["y"] + box["height"] <= stage["y"] + stage["height"] + 1
        assert box["width"] > 200
    tiles.nth(2).click()
    expect(tiles.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#k-level-right")).to_contain_text("4")
    assert "right=k4," in page.evaluate("location.hash")
    page.keyboard.press("ArrowUp")
    expect(tiles.nth(3)).to_have_attribute("aria-pressed", "true")
    page.locator("#starts-right").get_by_text("maximin").click()
    source = "images => images.map((image) => decodeURIComponent(image.getAttribute('src')))"
    shown = tiles.locator("img").evaluate_all(source)
    assert [path[-16:] for path in shown] == [f"k{k:03d}_maximin.png" for k in (2, 3, 4, 5, 6, 8)]
    assert all((output / path).is_file() for path in shown)
    page.mouse.move(*opened.at(0.2, 0.8))
    page.mouse.wheel(0, -1200)
    page.wait_for_function("document.getElementById('pane').matches('.zoomed')")
    lefts = [
        image.bounding_box()["x"]
        - image.locator("xpath=ancestor::*[@class='window']").bounding_box()["x"]
        for image in tiles.locator("img").all()
    ]
    assert max(lefts) - min(lefts) < 1
    page.keyboard.press("g")
    expect(page.locator("#divider")).to_be_visible()
    expect(page.locator("#k-level-right")).to_contain_text("5")


def test_tiles_on_a_phone_are_chosen_by_a_finger_and_not_by_a_swipe(visit):
    opened = Opened(visit(**PHONE))
    page = opened.page
    page.get_by_label("View").select_option("all K (g)")
    tiles = page.locator("#all-k button")
    box = tiles.nth(0).bounding_box()
    assert box["width"] >= 110
    tiles.nth(3).tap()
    expect(tiles.nth(3)).to_have_attribute("aria-pressed", "true")
    opened.fingers((opened.at(0.9, 0.5), opened.at(0.3, 0.5)))
    expect(page.locator("#viewer-title .name")).to_have_text("c_small.png")
    expect(page.get_by_label("View")).to_have_value("grid")


def test_a_small_original_is_shown_to_the_pixel_and_a_larger_one_says_what_it_is(visit, output):
    page = visit().page
    told = page.locator("#side-told-left")
    for name, text in (
        ("a_tall.png", "original"),
        ("b_large.png", "original: preview, slightly compressed"),
    ):
        page.locator("#cards li", has_text=name).get_by_role("link").click()
        expect(told).to_have_text(text)
        shown = unquote(page.locator("#original").get_attribute("src"))
        is_same = pixels_of(output / shown) == pixels_of(output.parent / "photos" / name)
        assert is_same.all() == (name == "a_tall.png")
        page.keyboard.press("Escape")


def luminance(color):
    """Relative luminance, as WCAG 2 defines it."""
    levels = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_each_color_tells_its_contrast_with_black_and_white(visit):
    page = Opened(visit()).page
    page.get_by_role("slider", name="K, right").press("End")
    swatches = page.locator("#palette button")
    expect(swatches).to_have_count(8)
    for swatch in swatches.all():
        bright = luminance(swatch.locator(".hex").inner_text())
        for ground, contrast in (
            ("black", (bright + 0.05) / 0.05),
            ("white", 1.05 / (bright + 0.05)),
        ):
            told = swatch.locator(f".{ground}")
            number = re.fullmatch(rf"on {ground} ([\d.]+) : 1", told.text_content()).group(1)
            assert 0 <= contrast - float(number) < 0.1001
            assert ("readable" in told.get_attribute("class")) == (contrast >= 4.5)
    assert violations(page) == []


ANIMATED = """
output: out
inputs: film.gif
frames: all
shared_palette: file
k: [3, 5]
init: in_pixel
formats: [png, gif]
sheet: none
"""


def test_the_animation_is_linked_beside_its_frames(visit_folder, workplace):
    y, x = np.mgrid[0:40, 0:60]
    frames = [
        Image.fromarray(np.stack([x * 4, y * 6, 80 * (x + y + 9 * n) // 30 % 256], -1).astype("u1"))
        for n in range(3)
    ]
    options = {"save_all": True, "append_images": frames[1:], "duration": 100}
    frames[0].save(workplace.path / "film.gif", **options)
    workplace.write_job(ANIMATED)
    assert workplace.run("run", "jobs.yaml", "-q").returncode == 0
    page = visit_folder(workplace.output).page
    page.locator("#cards a").nth(1).click()
    page.get_by_role("slider", name="K, right").press("End")
    link = page.locator("#links").get_by_role("link", name="Animation, GIF")
    path = unquote(link.get_attribute("href"))
    assert path.endswith("film_k005_in_pixel.gif")
    with Image.open(workplace.output / path) as image:
        assert image.n_frames == 3
    expect(link).to_have_text(re.compile(r"^Animation, GIF, [\d.]+ k?B$"))


def test_the_difference_is_drawn_of_all_pixels_where_that_is_wished(visit_folder, workplace):
    y, x = np.mgrid[0:60, 0:90]
    pixels = np.stack([x * 2, y * 4, 60 * ((x + y) // 20 % 4)], axis=-1).astype(np.uint8)
    alpha = np.where(x < 10, 0, 255).astype(np.uint8)
    Image.fromarray(np.dstack([pixels, alpha])).save(workplace.path / "a.png")
    workplace.write_job("inputs: a.png\nk: 3\ninit: in_pixel\nblur: 1\n")
    assert workplace.run("run", "jobs.yaml", "-q").returncode == 0
    before = workplace.tree()
    workplace.write_job("inputs: a.png\nk: 3\ninit: in_pixel\nblur: 1\nerror_map: true\n")
    again = workplace.run("run", "jobs.yaml")
    assert again.returncode == 0
    (error_map,) = workplace.tree().keys() - before.keys()
    assert error_map.name == "a_k003_in_pixel_error.png"
    painted = workplace.output / error_map.parent / "a_k003_in_pixel.png"
    assert painted.read_bytes() == before[error_map.parent / painted.name]
    wanted = np.abs(pixels.astype(int) - pixels_of(painted)) * (alpha > 0)[..., np.newaxis]
    assert (pixels_of(workplace.output / error_map) == wanted).all()
    assert wanted.max() > 20
    page = visit_folder(workplace.output).page
    page.locator("#cards a").click()
    link = page.locator("#links").get_by_role("link", name="Error map")
    assert unquote(link.get_attribute("href")) == str(error_map)
    page.get_by_label("View").select_option("difference \N{MULTIPLICATION SIGN}4")
    expect(page.locator("#errors")).to_be_visible()
    for blended in ("#original", "#result"):
        expect(page.locator(blended)).to_be_hidden()
    expect(page.locator("#view-told")).to_have_text(
        "difference \N{MULTIPLICATION SIGN}4, as drawn, of all pixels"
    )
    page.keyboard.down(" ")
    expect(page.locator("#peek")).to_be_visible()
    expect(page.locator("#errors")).to_be_hidden()
    page.keyboard.up(" ")
    assert violations(page) == []


@long_form
def test_an_error_map_made_later_is_that_made_at_once(workplace, photos):
    text = "inputs: photos\nk: [2, 5]\nerror_map: true\nformats: [png, gif]\npalette_files: gpl\n"
    workplace.write_job(f"{text}output: reference\n")
    assert workplace.run("run", "jobs.yaml", "-q").returncode == 0
    workplace.write_job(text.replace("error_map: true\n", ""))
    assert workplace.run("run", "jobs.yaml", "-q").returncode == 0
    workplace.write_job(text)
    assert workplace.run("run", "jobs.yaml", "-q").returncode == 0
    assert workplace.tree().keys() == workplace.tree("reference").keys()
    assert workplace.differences() == ""
    assert workplace.run("verify", "out").returncode == 0


@pytest.mark.parametrize("width", [390, 1440])
def test_help_lists_every_key(visit, width):
    page = Opened(visit(viewport={"width": width, "height": 844})).page
    page.get_by_role("button", name="All keys").click()
    keys = page.locator("#help dt")
    assert keys.count() > 10
    for key in keys.all():
        expect(key).to_be_visible()


def test_on_a_phone_the_bar_that_zooms_covers_nothing(visit):
    page = Opened(visit(**PHONE)).page
    zoom, told = page.locator(".zoom"), page.locator("#view-told")
    page.get_by_label("View").select_option("difference-16")
    expect(told).to_be_visible()
    assert told.bounding_box()["y"] + told.bounding_box()["height"] < zoom.bounding_box()["y"]
    page.get_by_label("View").select_option("grid")
    expect(page.locator("#all-k button").last).to_be_visible()
    expect(zoom).to_be_hidden()


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_what_chooses_stays_in_its_place_when_a_variant_is_picked(visit, width):
    page = Opened(visit(viewport={"width": width, "height": 900})).page
    slider = page.get_by_role("slider", name="K, right")
    place = slider.bounding_box()
    page.locator("#pick").click()
    expect(page.get_by_label("Note on this pick")).to_be_visible()
    assert slider.bounding_box() == place
