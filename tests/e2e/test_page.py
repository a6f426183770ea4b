"""The page, opened from the disk in a browser after a real run."""

import csv
import json
import math
import re
import shutil
from functools import partial
from urllib.parse import unquote

import numpy as np
import pytest
from builders import decibels
from PIL import Image
from playwright.sync_api import expect
from visits import violations
from workplaces import Workplace

from batchquant.report.page.build import build_page
from batchquant.report.page.chunks import make_chunk
from batchquant.report.page.failures import group_failures
from batchquant.report.page.gather import Shown, ShownJob
from batchquant.report.page.records import OutputFile, ShownImage, ShownVariant

JOBS = """
output: out
n_init: 2
k: [2..6, 8]
init: [in_pixel, maximin]
palette_files: gpl
jobs:
  - {name: day, inputs: photos, formats: [png, pdf], book: true, target: {psnr_db: 26}}
  - {name: night, inputs: scans, k: 4}
"""
ODD_NAME = "100% ünlikely #1?.png"
PICTURES = {"photos/cat.png": 160, f"photos/trip/{ODD_NAME}": 160, "scans/dog.png": 200}
NOT_SQUARE = "scans/dog.png"  # of its pixels


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """The output folder of a run over three pictures and a file that is none."""
    workplace = Workplace(tmp_path_factory.mktemp("page"))
    for seed, (name, width) in enumerate(PICTURES.items()):
        y, x = np.mgrid[0:120, 0:width]
        noise = np.random.default_rng(seed).normal(0, 12, (120, width, 3))
        pixels = np.stack([x * 1.5, y * 2, 60 * ((x + y) // 40 % 4)], axis=-1) + noise
        path = workplace.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        dpi = (200, 100) if name == NOT_SQUARE else (100, 100)
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path, dpi=dpi)
    (workplace.path / "photos" / "broken.jpg").write_bytes(b"buy milk\n" * 50)
    workplace.write_job(JOBS)
    assert workplace.run("run", "jobs.yaml", "-q").returncode == 3
    said = workplace.run("report", "out")
    assert (said.returncode, said.stdout) == (0, "Written: out/index.html\n")
    shutil.rmtree(workplace.path / "photos")  # the page needs the output folder only
    return workplace.output


@pytest.fixture
def visit(visit_folder, output):
    return partial(visit_folder, output)


def test_filters_and_sorting(visit):
    visitor = visit()
    page = visitor.page
    visitor.expect_names("cat.png", ODD_NAME, "dog.png", "broken.jpg")  # which shows nothing
    expect(page.locator("#found")).to_have_text("4 pictures")
    page.get_by_role("searchbox", name="Name").fill("CAT")
    visitor.expect_names("cat.png")
    expect(page.locator("#found")).to_have_text("1 of 4 pictures")
    page.get_by_role("searchbox", name="Name").fill("")
    page.get_by_label("Job").select_option("night")
    visitor.expect_names("dog.png")
    page.get_by_label("Job").select_option("all")
    page.get_by_label("Folder").select_option("photos")
    page.get_by_label("Status").select_option("done")
    visitor.expect_names("cat.png", ODD_NAME)
    page.get_by_label("Sort by").select_option("name")
    visitor.expect_names("cat.png", ODD_NAME)
    page.get_by_label("Folder").select_option("all")
    page.get_by_label("Status").select_option("all")
    page.get_by_label("Sort by").select_option("size")
    visitor.expect_names("dog.png", "cat.png", ODD_NAME, "broken.jpg")


def test_sorting_by_what_the_report_says(visit, output):
    with (output / "report.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    names = list(dict.fromkeys(row["image"].rpartition("/")[2] for row in rows))

    def best(column, number):
        found = {}
        for row in rows:
            if row[column]:
                name = row["image"].rpartition("/")[2]
                found[name] = max(number(row[column]), found.get(name, 0))
        assert len({found.get(name) for name in names}) > 1
        return found

    visitor = visit()
    level, knee = best("psnr_db", float), best("knee", int)
    visitor.page.get_by_role("slider", name="K, colors at most").press("End")
    visitor.page.get_by_label("Sort by").select_option("psnr")
    visitor.expect_names(*sorted(names, key=lambda name: level.get(name, math.inf)))
    visitor.page.get_by_label("Sort by").select_option("knee")
    visitor.expect_names(*sorted(names, key=lambda name: -knee.get(name, -1)))
    chips = visitor.page.locator("#cards .chip.knee:visible")
    expect(chips).to_have_text([f"knee {k}" for k in sorted(knee.values(), reverse=True)])
    visitor.page.get_by_label("Sort by").select_option("name")
    expect(chips).to_have_count(0)


def test_filters_that_are_set_are_cleared_by_a_button(visit):
    visitor = visit()
    page = visitor.page
    clear = page.get_by_role("button", name="Clear the filters")
    expect(clear).to_be_hidden()
    page.get_by_label("Sort by").select_option("size")
    expect(page.locator("#found")).to_have_text("4 pictures")
    expect(clear).to_be_hidden()  # an order leaves nothing out
    page.get_by_label("Job").select_option("night")
    expect(clear).to_be_visible()
    expect(page.get_by_text("No picture matches.")).to_be_hidden()
    page.get_by_role("searchbox", name="Name").fill("cat")
    expect(page.locator("#found")).to_have_text("0 of 4 pictures")
    expect(page.get_by_text("No picture matches.")).to_be_visible()
    assert violations(page) == []
    clear.click()
    visitor.expect_names("dog.png", "cat.png", ODD_NAME, "broken.jpg")  # still the largest first
    expect(page.get_by_role("searchbox", name="Name")).to_be_focused()
    expect(clear).to_be_hidden()


@pytest.mark.parametrize("size", [(1440, 900), (820, 1180), (390, 844)])
def test_pictures_stand_on_the_first_screen_beside_failures(visit, size):
    width, height = size
    page = visit(viewport={"width": width, "height": height}).page
    expect(page.locator("#failures")).to_be_visible()
    assert page.locator("#cards li").first.bounding_box()["y"] < height - 100
    filters = page.get_by_role("search", name="Filter pictures")
    if width == 390:  # folded, so that there is room
        expect(filters).to_be_hidden()
        page.get_by_text("Filter and sort").click()
    expect(filters).to_be_visible()
    if width == 390:
        page.get_by_role("searchbox", name="Name").fill("cat")
        page.get_by_text("Filter and sort").click()
        expect(page.locator("summary").get_by_text("(set)")).to_be_visible()


def test_columns_of_few_jobs_fill_the_width(visit):
    page = visit(viewport={"width": 1440, "height": 900}).page
    cards, gallery = (page.locator(each).bounding_box() for each in (".cards.columns", "#gallery"))
    assert cards["width"] == gallery["width"]


def test_where_room_is_short_the_end_of_a_folder_is_seen(visit_to):
    deep = "2024/a holiday of many weeks by the sea/rome (2)/a.png"
    visitor = visit_to(shown_image(deep, done(3, 20.0)), viewport={"width": 390, "height": 900})
    path = visitor.page.locator("#cards .path")
    expect(path).to_have_text("photos/2024/a holiday of many weeks by the sea/rome (2)")
    shown, whole = path.bounding_box(), path.locator("bdi").bounding_box()
    assert whole["width"] > shown["width"]
    assert whole["x"] + whole["width"] == pytest.approx(shown["x"] + shown["width"], abs=1)


def test_captions_of_tables_are_seen_whole(visit_to):
    visitor = visit_to(shown_image("a.png", done(3, 20.0)), viewport={"width": 390, "height": 900})
    captions = visitor.page.locator("figcaption")
    expect(captions).to_have_count(2)
    for caption in captions.all():
        box = caption.bounding_box()
        assert box["x"] + box["width"] < 390


def test_books_and_reports_are_linked(visit, output):
    links = visit().page.get_by_role("navigation").get_by_role("link")
    hrefs = {link.inner_text(): link.get_attribute("href") for link in links.all()}
    files = {name: href for name, href in hrefs.items() if not href.startswith("#")}
    assert files == {"Book day": "day/book.pdf", "report.csv": "report.csv"}
    assert all((output / path).is_file() for path in files.values())


def test_a_failed_picture_is_found_with_its_reason(visit):
    visitor = visit()
    failures = visitor.page.locator("#failures")
    assert "1 picture failed" in failures.inner_text()
    assert "Cannot be read: 1 picture day/photos/broken.jpg" in failures.inner_text()
    failures.get_by_text("Cannot be read").click()  # where why, and what to do, unfolds
    assert "unreadable: no picture of a format that is read" in failures.inner_text()
    assert "run the same command" in failures.inner_text()
    failures.get_by_role("link", name="day/photos/broken.jpg").click()
    problem = visitor.page.locator("#problem")
    problem.wait_for()
    assert problem.inner_text().startswith("unreadable: no picture")
    assert "run the same command" in problem.inner_text()
    expect(visitor.page.locator("#missing")).to_have_text(re.compile("^unreadable: no picture"))
    expect(
        visitor.page.get_by_role("slider", name="K, right")
    ).to_be_hidden()  # nothing to choose from


EVIL = (
    "<script>document.title='pwn'</script>.png",  # a folder and a file
    "<svg onload=document.title='pwn'>.png",
    "'\"><img src=x onerror=document.title='pwn'>.png",
    "\x1b]0;pwn\x07\n.png",
)


def test_names_of_markup_run_nothing(visit_folder, workplace, photo):
    for seed, name in enumerate(EVIL):
        photo(workplace.path / "<b onclick=1>" / name, seed=seed)
        broken = workplace.path / "<b onclick=1>" / f"broken {name}"
        broken.parent.mkdir(exist_ok=True)
        broken.write_text("no picture")
    workplace.write_job("inputs: ['<b onclick=1>']\nk: [2, 3]\nbook: true\n")
    assert workplace.run("run", "jobs.yaml", "-q").returncode == 3
    visitor = visit_folder(workplace.output)
    expect(visitor.page.locator("#cards li")).to_have_count(2 * len(EVIL))
    expect(visitor.page.locator("#failures li")).to_have_count(len(EVIL))
    for place in range(2 * len(EVIL)):
        visitor.page.evaluate(f"location.hash = '#image={place}'")
        expect(visitor.page.locator("#viewer[open]")).to_be_visible()
    assert visitor.page.title() != "pwn"
    assert visitor.page.locator("svg[onload], img[onerror], b[onclick]").count() == 0


def test_the_divider_by_mouse_and_keyboard(visit):
    visitor = visit()
    visitor.open("cat.png")
    page = visitor.page
    divider = page.get_by_role("slider", name="Divider")
    assert divider.get_attribute("aria-valuenow") == "50"
    box = page.locator("#stage").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, middle, steps=4)
    page.mouse.up()
    assert divider.get_attribute("aria-valuenow") == "25"
    right = page.locator(".window.right")
    assert right.evaluate("each => getComputedStyle(each).clipPath") == "inset(0px 0px 0px 25%)"
    assert right.bounding_box() == box
    divider.focus()
    for key, value in [("ArrowRight", "27"), ("Shift+ArrowLeft", "17"), ("End", "100")]:
        page.keyboard.press(key)
        assert divider.get_attribute("aria-valuenow") == value


def test_pixels_that_are_not_square_are_shown_in_their_true_shape(visit):
    visitor = visit()
    card = visitor.page.locator("#cards li.done", has_text="dog.png")
    size = "canvas => canvas.height && [canvas.width, canvas.height]"
    card.scroll_into_view_if_needed()
    expect(card.locator("canvas")).not_to_have_attribute("height", "0")
    assert card.locator("canvas").evaluate(size) == [133, 160]
    visitor.open("dog.png")
    visitor.page.wait_for_function("document.getElementById('result').naturalHeight === 120")
    for picture in ("#original", "#result"):
        box = visitor.page.locator(picture).bounding_box()
        assert box["height"] / box["width"] == pytest.approx(240 / 200, rel=0.01)
    expect(visitor.page.locator("#source")).to_contain_text("120 pixels that are not square")


def test_k_by_keyboard_and_the_start_switch(visit, output):
    visitor = visit()
    visitor.open(ODD_NAME)
    page = visitor.page
    slider = page.get_by_role("slider", name="K, right")
    slider.focus()
    for key, k in [("Home", 2), ("ArrowRight", 3), ("End", 8)]:
        page.keyboard.press(key)
        assert slider.get_attribute("aria-valuetext") == f"K {k}"
    page.locator("#starts-right").get_by_text("maximin").click()
    result = page.locator("#result")
    page.wait_for_function("document.getElementById('result').naturalWidth === 160")
    assert result.get_attribute("src").endswith("_k008_maximin.png")
    assert result.get_attribute("alt").endswith(", K 8, maximin")
    links = page.locator("#links a")
    assert [text.partition(",")[0] for text in links.all_inner_texts()] == [
        "PNG",
        "PDF",
        "GIMP palette",
        "Contact sheet",
    ]
    for link in links.all():
        assert (output / unquote(link.get_attribute("href"))).is_file()


def test_a_color_is_copied(visit, output):
    visitor = visit()
    viewer = visitor.open("cat.png")
    swatches = viewer.locator("#palette button")
    swatches.first.wait_for()
    shares = [float(text.rstrip(" %")) for text in viewer.locator(".share").all_inner_texts()]
    assert sum(shares) == pytest.approx(100, abs=0.3)
    color = viewer.locator("#palette .hex").first.inner_text()
    swatches.first.click()
    expect(viewer.locator("#toast")).to_have_text(f"Copied {color}")
    assert visitor.page.evaluate("navigator.clipboard.readText()") == color
    k = viewer.locator("#k-level-right").inner_text().split()[0]
    init = viewer.locator("#starts-right input:checked").get_attribute("value")
    gpl = output / "day" / "photos" / "cat.png" / f"cat_k{int(k):03d}_{init}.gpl"
    assert color in gpl.read_text()
    colors = viewer.locator("#palette .hex").all_inner_texts()
    copied = {}
    for form in ("hex", "CSS", "GPL"):
        viewer.locator(f"#palette-{form}").click()
        told = "GIMP palette" if form == "GPL" else form
        expect(viewer.locator("#toast")).to_have_text(f"Copied all as {told}")
        copied[form] = visitor.page.evaluate("navigator.clipboard.readText()")
    assert copied["hex"].splitlines() == colors
    assert re.findall(r"^  --color-\d+: (#\w+);$", copied["CSS"], re.MULTILINE) == colors
    assert copied["GPL"].splitlines()[2:] == gpl.read_text().splitlines()[4:]


def test_curves_say_what_they_show_and_choose_k(visit):
    visitor = visit()
    viewer = visitor.open("cat.png")
    labels = [curve.get_attribute("aria-label") for curve in viewer.locator("#curves svg").all()]
    assert labels[0].startswith("PSNR over K from 2 to 8: ")
    assert re.fullmatch(r"dE over K from 2 to 8: [\d.]+ to [\d.]+, .*", labels[1])
    assert labels[2].startswith("Inertia over K from 2 to 8: ")
    facts = viewer.locator("#facts").inner_text()
    assert re.search(r"color difference \(CIEDE2000\)\s+\d+\.\d\s", facts)
    viewer.locator("#curves circle").nth(2).dispatch_event("click")
    assert viewer.locator("#k-level-right").inner_text().startswith("4")


def test_the_next_image_zoom_and_the_way_back(visit):
    visitor = visit()
    viewer = visitor.open("cat.png")
    page = visitor.page
    page.keyboard.press("n")
    title = viewer.locator("#viewer-title")
    page.wait_for_function("document.getElementById('viewer-title').title.includes('trip')")
    assert title.locator(".name").inner_text() == ODD_NAME
    assert title.locator(".path").inner_text() == "day/photos/trip"
    page.keyboard.press("0")
    before = viewer.locator("#pictures").bounding_box()["width"]
    viewer.get_by_role("button", name="Zoom in").click()
    assert viewer.locator("#pictures").bounding_box()["width"] > before
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    page.wait_for_function("!location.hash")  # the dialog tells of its end a moment later


def test_the_settings_of_the_job_file_unfold(visit):
    page = visit().page
    settings = page.locator("#settings")
    inputs = settings.get_by_text("inputs").first
    expect(inputs).to_be_hidden()
    settings.get_by_text("Settings of jobs.yaml").click()
    expect(inputs).to_be_visible()
    expect(settings.locator("h2")).to_have_text(["day", "night"])
    assert violations(page) == []


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(visit, color_scheme, width):
    visitor = visit(color_scheme=color_scheme, viewport={"width": width, "height": 900})
    page = visitor.page
    scroll = page.evaluate("document.documentElement.scrollWidth")
    assert scroll == width  # nothing hangs over
    assert violations(page) == []
    visitor.open("cat.png").locator("#palette button").first.wait_for()
    assert violations(page) == []


DONE = {"status": "done", "n_colors": 3, "n_iter": 1, "converged": True}


def shown_image(name, *variants, **options):
    return ShownImage("", "photos", name, 0, 4, 3, 9, "PNG RGB", "", None, variants, **options)


def done(k, psnr_db, **options):
    return ShownVariant(
        k, "random", seed=1, inertia=5.0, figures={"psnr_db": psnr_db}, **DONE, **options
    )


@pytest.fixture
def visit_to(visit_folder, tmp_path):
    """Opens a page of these images."""

    def begin(*images, **options):
        chunk, scripts = make_chunk(0, images, lambda path: (tmp_path / path).read_bytes())
        (figures,) = chunk.jobs
        page = build_page(Shown((ShownJob(figures),), group_failures(chunk.failures)))
        for path, content in (page | scripts).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(content)
        return visit_folder(tmp_path, **options)

    return begin


def test_a_target_that_is_met_and_one_that_is_not(visit_to):
    pending = ShownVariant(2, "random", "pending")
    visitor = visit_to(
        shown_image("met.png", done(3, 33.0), target=decibels(32.0), best=(3, "random")),
        shown_image("short.png", done(3, 20.0), target=decibels(32.0)),
        shown_image("early.png", pending, done(3, 33.0), target=decibels(32.0), best=(3, "random")),
        shown_image("open.png", pending, done(3, 20.0), target=decibels(32.0)),
        shown_image("new.png", pending, target=decibels(32.0)),
    )
    cards = visitor.page.locator("#cards .figures")
    expect(cards).to_have_text(
        [
            "K 3 · 33.0 dB32 dB: K 3",
            "K 3 · 20.0 dB32 dB not reached",
            "K 3 · 33.0 dBstill to do32 dB: K 3 so far",
            "K 3 · 20.0 dBstill to do32 dB not reached yet",
            "still to do",
        ]
    )
    reach = visitor.open("met.png").locator("#reach")
    for told in (
        "32 dB is met from K 3, start random",
        "32 dB is not reached",
        "32 dB is met at K 3 so far, start random · 1 K still to be made",
        "32 dB is not reached so far · 1 K still to be made",
    ):
        expect(reach).to_have_text(told)
        visitor.page.keyboard.press("n")
    expect(visitor.page.locator("#viewer-title .name")).to_have_text("new.png")
    expect(reach).to_be_hidden()
    expect(visitor.page.locator("#missing")).to_have_text("Still to do.")


def test_what_is_not_made_is_called_so_and_opened_last(visit_to):
    def left(k, init, status="pending"):
        return ShownVariant(k, init, status)

    visitor = visit_to(
        shown_image(
            "some.png",
            done(3, 20.0),
            left(3, "maximin"),
            left(8, "random"),
            left(8, "maximin", "failed"),
            preview="_run/page/page.css",  # any file that is there
        )
    )
    viewer = visitor.open("some.png")
    page = visitor.page
    level, missing = viewer.locator("#k-level-right"), viewer.locator("#missing")
    expect(level).to_have_text("3")
    expect(viewer.locator("#starts-right label")).to_have_text(["random", "maximin still to do"])
    viewer.get_by_role("slider", name="K, right").focus()
    page.keyboard.press("End")
    expect(level).to_have_text("8 still to do")
    assert page.locator("#k-right").get_attribute("aria-valuetext") == "K 8, still to do"
    expect(missing).to_have_text("Still to do.")
    for nothing in ("#palette-title", "#divider", "#side"):
        expect(viewer.locator(nothing)).to_be_hidden()
    expect(viewer.locator("#starts-right label")).to_have_text(
        ["random still to do", "maximin failed"]
    )
    page.keyboard.press("Home")
    expect(viewer.locator("#palette-title")).to_be_visible()


def test_what_is_made_as_pdf_only_is_linked(visit_to, tmp_path):
    files = (OutputFile("pdf", "photos/a #1.pdf", 9),)
    viewer = visit_to(shown_image("a.png", done(3, 20.0, files=files))).open("a.png")
    missing = viewer.locator("#missing")
    expect(missing).to_have_text("No preview of the original. Made as PDF only: open it")
    assert missing.get_by_role("link").get_attribute("href") == "photos/a%20%231.pdf"


def test_the_page_is_the_same_in_every_run_but_for_its_data(output):
    index = (output / "index.html").read_text(encoding="utf-8")
    assert str(output) not in index
    run = (output / "_run" / "page" / "data" / "run-0000.js").read_text()
    content = re.fullmatch(r'batchquant\.take\("run",0,(.*)\);\n', run).group(1)
    found = json.loads(content)
    assert found["id"] == (output / "_run" / "id").read_text().strip()
    told = found["last"]
    kept = json.loads((output / "_run" / "last_run.json").read_text())
    assert told["started"][:19] == kept["started"][:19]
    assert told["started"][:10] not in index
    assert (told["done"], told["skipped"]) == (26, 0)


def test_a_folder_that_nothing_ran_into_is_said_so(workplace):
    (workplace.path / "photos").mkdir()
    said = workplace.run("report", "photos")
    assert said.returncode == 2
    assert said.stderr.startswith("batchquant: photos: nothing has been run into")
    assert workplace.names() == ["photos"]


def test_a_shared_palette_is_told_beside_its_colors(workplace, photos, visit_folder):
    workplace.write_job("inputs: photos\nk: [2, 5]\nshared_palette: folder\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    (inertia,) = {
        float(row["shared_inertia"])
        for row in workplace.report()
        if row["k"] == "5" and row["image"] in ("a.png", "c.bmp")
    }
    visitor = visit_folder(workplace.output)
    viewer = visitor.open("c.bmp")
    viewer.get_by_role("slider", name="K, right").press("End")
    expect(viewer.locator("#sharing")).to_have_text("Shared by 2 pictures of this folder.")
    told = viewer.locator("#facts div").filter(has_text="inertia of all").locator("dd")
    expect(told).to_have_text(f"{inertia:.3e}".replace("e+0", "e"))
    visitor.page.get_by_role("button", name="Next picture").click()
    expect(viewer.locator("#viewer-title")).to_contain_text("b.jpg")
    expect(viewer.locator("#sharing")).to_be_hidden()
    expect(viewer.locator("#facts")).not_to_contain_text("of all")
