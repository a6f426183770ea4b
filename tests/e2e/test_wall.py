"""The wall of the page: cards show what was made, in one K and start for all, and are picked."""

import io
import json
import re
import shutil
import subprocess
from functools import partial

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from visits import violations
from workplaces import Workplace

JOBS = """
output: out
inputs: photos
k: [2..5, 8]
init: [in_pixel, maximin]
sheet: none
jobs:
  - {name: plain, target: {psnr_db: 19}}
  - {name: oklab, color_space: oklab}
  - {name: dithered, dither: floyd-steinberg}
"""
PIXELS = """(number) => {
    const canvas = document.querySelector(`#cards li[data-number="${number}"] canvas`);
    const { width, height } = canvas;
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [width, height];
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    return [width, height, Array.from(data)];
}"""
SLIDER = "K, colors at most"


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """Two pictures in three jobs: one that is shown as it is, and one that is reduced."""
    workplace = Workplace(tmp_path_factory.mktemp("wall"))
    (workplace.path / "photos" / "far").mkdir(parents=True)
    y, x = np.mgrid[0:60, 0:80]
    pixels = np.stack([x * 3, y * 4, 60 * ((x + y) // 20 % 4)], axis=-1).astype(np.uint8)
    Image.fromarray(pixels).save(workplace.path / "photos" / "small.png")
    large = np.kron(np.random.default_rng(3).integers(0, 256, (6, 8, 3)), np.ones((60, 60, 1)))
    Image.fromarray(large.astype(np.uint8)).save(workplace.path / "photos" / "far" / "large.png")
    workplace.write_job(JOBS)
    assert workplace.run("run", "jobs.yaml", "-q").returncode == 0
    return workplace.output


@pytest.fixture
def visit(visit_folder, output):
    return partial(visit_folder, output)


def card_of(page, job, name):
    folder = "photos/far" if name == "large.png" else "photos"
    return page.locator(f'#cards li:has(.name[title="{job}/{folder}/{name}"])')


def painted(page, card):
    """Pixels on a card, once they are there."""
    number = card.get_attribute("data-number")
    page.wait_for_function(f"""document.querySelector('[data-number="{number}"] canvas').height""")
    width, height, levels = page.evaluate(PIXELS, number)
    return np.array(levels, np.uint8).reshape(height, width, 4)[..., :3].astype(int)


def written(output, job, k, init, name="small.png"):
    folder = output / job / "photos" / ("far" if name == "large.png" else "")
    stem = name.removesuffix(".png")
    with Image.open(folder / name / f"{stem}_k{k:03d}_{init}.png") as image:
        return np.asarray(image.convert("RGB")).astype(int)


def set_k(page, k):
    """Choose the same K for all."""
    slider = page.get_by_role("slider", name=SLIDER)
    slider.press("Home")
    for _ in range(10):
        if slider.get_attribute("aria-valuetext") == f"K {k}":
            return
        slider.press("ArrowRight")
    raise AssertionError(f"no K {k}")


@pytest.mark.parametrize("job", ["plain", "oklab"])
def test_a_small_picture_is_painted_as_it_was_written(visit, output, job):
    page = visit().page
    page.locator("#wall-start").select_option("maximin")
    for k in (2, 5, 8):
        set_k(page, k)
        card = card_of(page, job, "small.png")
        expect(card.locator(".figures")).to_contain_text(f"K {k} · ")
        is_same = (painted(page, card) == written(output, job, k, "maximin")).all(axis=-1)
        # All but where a centroid is nearer, and the color that it is rounded to is not.
        assert is_same.mean() > 0.99


@pytest.mark.parametrize("job", ["plain", "dithered"])
def test_a_large_picture_looks_as_what_was_written_does_from_afar(visit, output, job):
    page = visit().page
    page.locator("#wall-start").select_option("in_pixel")
    set_k(page, 4)
    card = card_of(page, job, "large.png")
    expect(card.locator(".figures")).to_contain_text("K 4 · ")
    shown = painted(page, card)
    file = Image.fromarray(written(output, job, 4, "in_pixel", "large.png").astype(np.uint8))
    small = np.asarray(file.resize(shown.shape[1::-1], Image.Resampling.BOX)).astype(int)
    other = Image.fromarray(written(output, job, 2, "in_pixel", "large.png").astype(np.uint8))
    wrong = np.asarray(other.resize(shown.shape[1::-1], Image.Resampling.BOX)).astype(int)
    assert np.abs(shown - small).mean() < 12 < np.abs(shown - wrong).mean()


def test_each_shows_its_own_k_until_one_is_chosen_for_all(visit):
    page = visit().page
    plain, oklab = (card_of(page, job, "small.png") for job in ("plain", "oklab"))
    switch, same = (page.get_by_role("radio", name=name) for name in ("best for each", "the same"))
    slider, level = page.get_by_role("slider", name=SLIDER), page.locator("#wall-k-level")
    expect(page.locator("#wall-k-ticks span")).to_have_text(["2", "3", "4", "5", "8"])
    expect(switch).to_be_checked()
    expect(level).to_have_text("")
    (best,) = page.evaluate(
        """batchquant.cards.filter((card) => card.job === 'plain' && card.image === 'small.png')
        .map((card) => card.best[0])"""
    )
    expect(plain.locator(".figures")).to_contain_text(f"K {best} · ")
    (own,) = page.evaluate(
        """batchquant.cards.filter((card) => card.job === 'oklab' && card.image === 'small.png')
        .map((card) => card.knee ?? 4)"""
    )
    expect(oklab.locator(".figures")).to_contain_text(f"K {own} · ")
    set_k(page, 3)  # which moves the switch
    expect(same).to_be_checked()
    expect(level).to_have_text("3")
    for card in (plain, oklab):
        expect(card.locator(".figures")).to_contain_text("K 3 · ")
    page.get_by_text("best for each picture", exact=True).click()
    expect(plain.locator(".figures")).to_contain_text(f"K {best} · ")
    expect(slider).to_have_attribute("aria-valuetext", "not chosen: best for each picture")
    switch.press("ArrowRight")
    expect(plain.locator(".figures")).to_contain_text("K 3 · ")  # as it was
    page.locator("#wall-k-ticks").get_by_text("8").click()
    expect(plain.locator(".figures")).to_contain_text("K 8 · ")
    switch.press(" ")
    slider.press("End")  # where it stands already
    expect(same).to_be_checked()
    expect(oklab.locator(".figures")).to_contain_text("K 8 · ")


def test_every_card_has_an_edge(visit):
    thumb = card_of(visit().page, "plain", "small.png").locator(".thumb")
    edge = "thumb => getComputedStyle(thumb, '::after').borderTopWidth"
    assert thumb.evaluate(edge) == "1px"  # a white picture is seen to be there


def test_what_chooses_for_all_stays_in_sight_and_hides_no_focus(visit):
    page = visit(viewport={"width": 1440, "height": 500}).page
    bar, level = page.locator(".wall"), page.get_by_role("slider", name=SLIDER)
    height = bar.bounding_box()["height"]
    assert height < 100
    assert level.evaluate("slider => getComputedStyle(slider).appearance") == "none"  # no thumb
    set_k(page, 5)
    assert level.evaluate("slider => getComputedStyle(slider).appearance") == "auto"
    assert bar.bounding_box()["height"] == height
    page.locator("#cards a").last.focus()
    page.wait_for_function("document.querySelector('.wall').getBoundingClientRect().top === 0")
    assert violations(page) == []
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    n = page.locator("#cards :is(a, button)").count()
    for _ in range(n - 2):
        page.keyboard.press("Shift+Tab")
        top, below = page.evaluate(
            """[document.activeElement, document.querySelector('.wall')]
            .map((each) => each.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom])"""
        )
        assert top[0] >= below[1]
    page.set_viewport_size({"width": 390, "height": 844})  # where it is too high for that
    assert bar.evaluate("bar => getComputedStyle(bar).position") == "static"


def test_words_are_explained_where_they_stand(visit):
    page = visit().page
    words = page.locator("dl.words")
    expect(words).to_be_hidden()
    expect(page.locator(".hint")).to_contain_text("Cards are quick sketches; open one to see")
    page.get_by_text("What the words mean").click()
    for word in ("K", "Knee", "PSNR", "Card", "Start", "in_pixel", "maximin"):
        expect(words.locator("dt").get_by_text(word, exact=True)).to_be_visible()
    assert violations(page) == []
    card = card_of(page, "plain", "small.png")
    start = card.locator(".figures span").nth(1)
    expect(start).to_have_attribute("title", re.compile("^K-Means begins with pixels"))


def test_without_target_and_knee_the_fewest_colors_that_are_exact_are_its_own(visit):
    chosen, middle, fewest = visit().page.evaluate(
        """(() => {
            const card = batchquant.cards.find(({ target }) => target === null);
            const n = card.inits.length;
            const psnr = card.ks.flatMap((k, i) => Array(n).fill(i ? "Infinity" : 20));
            const exact = { ...card, knee: null, psnr };
            const blurred = { ...exact, psnr: psnr.map(() => 20) };
            const own = (card) => batchquant.choice.ownK(card, card.ks);
            return [own(exact), own(blurred), card.ks[1]];
        })()"""
    )
    assert chosen == fewest < middle


def test_the_stripe_has_the_colors_of_what_is_shown(visit, output):
    page = visit().page
    set_k(page, 3)
    card = card_of(page, "plain", "small.png")
    painted(page, card)
    stripe = card.locator(".stripe").evaluate("stripe => stripe.style.backgroundImage")
    colors = {tuple(color) for color in painted(page, card).reshape(-1, 3).tolist()}
    assert len(colors) == 3
    for red, green, blue in colors:
        assert f"rgb({red}, {green}, {blue})" in stripe


def test_the_original_is_seen_as_long_as_a_mouse_is_over_it(visit):
    page = visit().page
    card = card_of(page, "plain", "small.png")
    painted(page, card)
    card.locator(".thumb").hover()
    expect(card.locator(".thumb .before")).to_be_visible()
    expect(card.locator(".thumb .told")).to_have_text("original")
    page.get_by_role("heading", name="Gallery").hover()
    expect(card.locator(".before")).to_have_count(0)


def test_what_an_older_version_drew_shows_the_original(visit_folder, output, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(output, copy)
    for script in (copy / "_run" / "palettes").rglob("*.js"):
        older = script.read_text().partition(',{"picture"')[0].partition(',{"strip"')[0]
        script.write_text(f"{older});\n")
    (copy / "_run/page/data/palettes-0000.js").write_text("")  # which has those of the first cards
    visitor = visit_folder(copy)
    card = card_of(visitor.page, "plain", "small.png")
    expect(card.locator("img")).to_be_visible()
    expect(card.locator("canvas")).to_have_count(0)
    stripe = card.locator(".stripe")
    for k in (2, 5):  # whose palettes there are
        set_k(visitor.page, k)
        expect(card.locator(".figures")).to_contain_text(f"K {k} · ")
        assert stripe.evaluate("each => each.style.backgroundImage").count("rgb(") == 2 * k


def test_folders_are_a_tree(visit):
    visitor = visit()
    folder = visitor.page.get_by_label("Folder")
    assert [text.strip() for text in folder.locator("option").all_inner_texts()] == [
        "all", "photos", "far",
    ]  # fmt: skip
    folder.select_option("photos/far")
    visitor.expect_names(*["large.png"] * 3)


def test_sorting_by_figures_of_what_is_shown(visit):
    page = visit().page
    set_k(page, 8)
    for order, figure, falls in (
        ("psnr", "psnr", False),
        ("delta", "deltaE", True),
        ("gain", "gain", True),
    ):
        page.get_by_label("Sort by").select_option(order)
        values = page.evaluate(
            """(figure) => [...document.querySelectorAll('#cards li')].map((item) => {
                const card = batchquant.cards[item.dataset.number];
                const { choice } = batchquant;
                return figure === 'gain' ? choice.gainOf(card) : choice.of(card)[figure];
            })""",
            figure,
        )
        assert len(set(values)) > 1
        assert values == sorted(values, reverse=falls)


def test_a_picture_that_several_jobs_show_is_counted_once(visit):
    page = visit().page
    expect(page.get_by_role("heading", level=1)).to_have_text("2 pictures in a few colors")
    found = page.locator("#found")
    expect(found).to_have_text("2 pictures, 6 cards")
    page.get_by_label("Folder").select_option("photos/far")
    expect(found).to_have_text("1 of 2 pictures, 3 cards")
    page.get_by_label("Job").select_option("oklab")
    expect(found).to_have_text("1 of 2 pictures, 1 card")


def test_pictures_are_rows_and_jobs_columns(visit):
    visitor = visit()
    page = visitor.page
    visitor.expect_names(*["large.png"] * 3, *["small.png"] * 3)
    cards = page.locator("#cards li:not(.source)")
    expect(cards.locator(".path")).to_have_text(["plain", "oklab", "dithered"] * 2)
    originals = page.locator("#cards .source")
    expect(originals.locator(".of")).to_have_text(["large.png", "small.png"])
    for original, card in zip(originals.all(), (cards.nth(0), cards.nth(3)), strict=True):
        assert original.locator("img").evaluate("image => image.decode().then(() => true)")
        assert original.bounding_box()["x"] < card.bounding_box()["x"]
        assert original.bounding_box()["y"] == card.bounding_box()["y"]
    boxes = [card.bounding_box() for card in cards.all()]
    for left, right in ((0, 1), (1, 2), (3, 4), (4, 5)):
        assert boxes[left]["y"] == boxes[right]["y"]
        assert boxes[left]["x"] < boxes[right]["x"]
    for above, below in ((0, 3), (1, 4), (2, 5)):
        assert boxes[above]["x"] == boxes[below]["x"]
        assert boxes[above]["y"] < boxes[below]["y"]
    assert violations(page) == []
    page.get_by_label("Job").select_option("oklab")
    visitor.expect_names("large.png", "small.png")
    expect(cards.locator(".path").first).to_have_text("oklab/photos/far")
    expect(originals).to_have_count(0)


def test_each_original_begins_a_row_where_cards_of_some_jobs_are_left_out(visit):
    visitor = visit()
    page = visitor.page
    for job, name in (("plain", "large.png"), ("oklab", "small.png")):
        card_of(page, job, name).get_by_role("button", name=f"Pick {name}").click()
    page.locator("[name=picks]").select_option("picked")
    visitor.expect_names("large.png", "small.png")
    first, second = (each.bounding_box() for each in page.locator("#cards .source").all())
    assert first["x"] == second["x"]
    assert first["y"] < second["y"]


def test_a_finger_that_holds_a_card_sees_the_original(visit):
    page = visit(has_touch=True, viewport={"width": 390, "height": 900}).page
    card = card_of(page, "plain", "small.png")
    painted(page, card)
    thumb, touch = card.locator(".thumb"), {"pointerType": "touch", "bubbles": True}
    thumb.dispatch_event("pointerdown", touch)
    expect(thumb.locator(".before")).to_be_visible()
    is_left = """(thumb, touch) => thumb.dispatchEvent(
        new PointerEvent("click", { ...touch, cancelable: true })
    )"""
    assert not thumb.evaluate(is_left, touch)
    expect(page.locator("#viewer")).to_be_hidden()
    thumb.dispatch_event("pointerup", touch)
    expect(thumb.locator(".before")).to_have_count(0)
    card.get_by_role("link").tap()
    expect(page.locator("#viewer")).to_be_visible()


def test_what_reaches_no_target_is_found(visit):
    visitor = visit()
    visitor.page.get_by_label("Status").select_option("target not reached")
    expect(visitor.page.locator("#found")).to_contain_text(" card")
    shown = visitor.page.locator("#cards li")
    n = shown.count()  # of one job, so as many as pictures
    told = "2 pictures" if n == 2 else f"{n} of 2 pictures"
    expect(visitor.page.locator("#found")).to_have_text(f"{told}, {n} card{'' if n == 1 else 's'}")
    for item in shown.all():
        expect(item).to_contain_text("19 dB not reached")
        expect(item.locator(".figures")).to_contain_text("K 8")  # which comes closest
    assert violations(visitor.page) == []


def test_picks_are_kept_filtered_and_exported(visit, output):
    visitor = visit()
    page = visitor.page
    set_k(page, 5)
    card = card_of(page, "plain", "small.png")
    star = card.get_by_role("button", name="Pick small.png")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    card_of(page, "oklab", "large.png").get_by_role("link").focus()
    page.keyboard.press("x")
    expect(page.locator("#picks-count")).to_have_text("2 picks")
    assert violations(page) == []
    page.reload()
    expect(page.locator("#picks-count")).to_have_text("2 picks")
    page.locator("[name=picks]").select_option("picked")
    visitor.expect_names("large.png", "small.png")
    expect(card_of(page, "plain", "small.png").locator(".figures")).to_contain_text("K 5 · ")
    page.locator("#picks summary").click()
    assert violations(page) == []
    saved = {}
    for form in ("json", "txt", "sh"):
        page.locator("#picks-form").select_option(form)
        with page.expect_download() as download:
            page.get_by_role("button", name="Save").click()
        saved[form] = download.value.path().read_text()
    paths = saved["txt"].splitlines()
    assert all((output / path).is_file() for path in paths)
    assert [pick["path"] for pick in json.loads(saved["json"])["picks"]] == paths
    subprocess.run(["sh", "-e"], input=saved["sh"].encode(), cwd=output, check=True)
    for path in paths:
        assert (output / "picks" / path).read_bytes() == (output / path).read_bytes()
    shutil.rmtree(output / "picks")


def test_a_card_says_what_was_picked_of_it_and_shows_it_among_the_picked(visit):
    visitor = visit()
    page = visitor.page
    page.locator("#wall-start").select_option("maximin")
    card, slider = card_of(page, "plain", "small.png"), page.get_by_role("slider", name=SLIDER)
    star, figures = card.get_by_role("button", name="Pick small.png"), card.locator(".figures")
    for k in (8, 5):
        set_k(page, k)
        star.click()
    set_k(page, 3)
    expect(star).to_have_attribute("aria-pressed", "false")
    expect(star).to_have_attribute("title", re.compile("^Picked: K 5 maximin, K 8 maximin; "))
    page.locator("[name=picks]").select_option("picked")
    visitor.expect_names("small.png")
    expect(figures).to_contain_text("K 5 · ")
    expect(star).to_have_text("★")
    expect(slider).to_be_disabled()
    expect(page.locator("#wall-k-level")).to_have_text("as picked")
    assert violations(page) == []
    star.click()  # lets it go: the next one is shown
    expect(figures).to_contain_text("K 8 · ")
    page.locator("[name=picks]").select_option("all pictures")
    expect(figures).to_contain_text("K 3 · ")
    expect(slider).to_be_enabled()


def test_picks_belong_to_the_output_wherever_it_lies(visit, output, tmp_path):
    page = visit().page
    count = page.locator("#picks-count")
    card_of(page, "plain", "small.png").get_by_role("button", name="Pick small.png").click()
    expect(count).to_have_text("1 pick")
    moved, other = tmp_path / "moved", tmp_path / "other"
    shutil.copytree(output, moved)
    page.goto((moved / "index.html").as_uri())
    expect(count).to_have_text("1 pick")
    shutil.copytree(output, other)
    (other / "_run" / "id").unlink()
    assert Workplace(tmp_path).run("report", "other").returncode == 0
    page.goto((other / "index.html").as_uri())
    page.wait_for_function("batchquant.cards.length")
    expect(count).to_have_text("0 picks")


def test_picks_that_were_kept_by_the_place_of_the_page_are_taken_along(visit, output):
    page = visit().page
    name = {"job": "plain", "folder": "photos", "image": "small.png", "frame": 0}
    pick = name | {"k": 5, "init": "maximin", "path": "a.png", "note": "old"}
    page.evaluate(
        "(pick) => { localStorage.clear(); localStorage.setItem("
        "`batchquant picks ${location.pathname}`, JSON.stringify([pick])); }",
        pick,
    )
    page.reload()
    expect(page.locator("#picks-count")).to_have_text("1 pick")
    key = f"batchquant picks {(output / '_run' / 'id').read_text().strip()}"
    kept = json.loads(page.evaluate("(key) => localStorage.getItem(key)", key))
    assert [each["note"] for each in kept] == ["old"]


def test_pages_of_an_output_that_are_open_at_once_share_their_picks(visit):
    visitor = visit()
    page = visitor.page
    other = page.context.new_page()
    errors = []
    other.on("pageerror", lambda error: errors.append(str(error)))
    other.goto(page.url)
    expect(other.locator("#picks-count")).to_have_text("0 picks")
    card_of(page, "plain", "small.png").get_by_role("button", name="Pick small.png").click()
    expect(other.locator("#picks-count")).to_have_text("1 pick")
    assert errors == []


def test_picks_are_taken_over_from_a_file(visit):
    page = visit().page
    pick = {
        "job": "plain", "folder": "photos", "image": "small.png", "frame": 0, "k": 3,
        "init": "maximin", "path": "plain/photos/small.png/small_k003_maximin.png",
        "note": "<b>poster</b>",
    }  # fmt: skip
    page.locator("#picks summary").click()
    for content, told in (
        ("no JSON", "picks.json has no picks"),
        ('{"picks": [1]}', "picks.json has no picks"),
        (json.dumps({"picks": [pick, pick | {"path": "a/../../b"}]}), "picks.json has no picks"),
        (json.dumps({"picks": [pick | {"path": "/etc/passwd"}]}), "picks.json has no picks"),
        (json.dumps({"picks": [pick]}), "Loaded: 1."),
    ):
        file = {"name": "picks.json", "mimeType": "application/json", "buffer": content.encode()}
        page.get_by_label("Load a JSON").set_input_files([file])
        expect(page.locator("#picks-told")).to_contain_text(told)
    expect(page.locator("#picks-count")).to_have_text("1 pick")
    set_k(page, 3)
    page.locator("#wall-start").select_option("maximin")
    expect(card_of(page, "plain", "small.png").locator(".pick")).to_have_text("★ <b>poster</b>")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Forget all").click()
    expect(page.locator("#picks-count")).to_have_text("0 picks")


def hash_of(page):
    return page.evaluate("decodeURIComponent(location.hash)")


def open_small(page, job="plain"):
    card_of(page, job, "small.png").get_by_role("link").click()
    page.wait_for_selector("#viewer[open]")
    return page.locator("#viewer")


def source_of(page, image):
    page.wait_for_function(f"document.getElementById('{image}').naturalWidth")
    return page.locator(f"#{image}").get_attribute("src")


def test_both_sides_of_the_divider_choose_and_the_address_holds_it(visit, output):
    page = visit().page
    set_k(page, 5)
    page.locator("#wall-start").select_option("maximin")
    viewer = open_small(page)
    number = card_of(page, "plain", "small.png").get_attribute("data-number")
    page.wait_for_function("location.hash.includes('left')")
    assert hash_of(page) == f"#image={number}&left=original&right=k5,maximin"
    viewer.get_by_label("Left shows").select_option("few colors: oklab")
    expect(viewer.locator("#side-told-left")).to_have_text("oklab, K 5, maximin")
    viewer.get_by_role("slider", name="K, left").press("End")
    viewer.locator("#starts-left").get_by_text("in_pixel").click()
    address = f"#image={number}&left=k8,in_pixel,oklab&right=k5,maximin"
    expect(viewer.locator("#side-told-left")).to_have_text("oklab, K 8, in_pixel")
    assert hash_of(page) == address
    left, right = (source_of(page, image) for image in ("original", "result"))
    assert (left, right) == (
        "oklab/photos/small.png/small_k008_in_pixel.png",
        "plain/photos/small.png/small_k005_maximin.png",
    )
    assert violations(page) == []
    page.reload()
    expect(viewer.locator("#side-told-left")).to_have_text("oklab, K 8, in_pixel")
    expect(viewer.locator("#side")).to_have_text("plain, K 5, maximin")
    assert hash_of(page) == address


def test_two_k_are_compared_by_a_side_and_a_k(visit):
    page = visit().page
    set_k(page, 5)
    page.locator("#wall-start").select_option("maximin")
    viewer = open_small(page)
    viewer.get_by_label("Left shows").select_option("few colors: plain")
    expect(viewer.locator("#side-told-left")).to_have_text("K 4, maximin")  # not the same as right
    expect(viewer.locator("#side")).to_have_text("K 5, maximin")
    viewer.get_by_role("slider", name="K, left").press("Home")
    expect(viewer.locator("#side-told-left")).to_have_text("K 2, maximin")
    expect(viewer.locator("#side")).to_have_text("K 5, maximin")
    page.keyboard.press("ArrowUp")
    expect(viewer.locator("#side-told-left")).to_have_text("K 3, maximin")
    expect(viewer.locator("#side")).to_have_text("K 5, maximin")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("right=k2,maximin&left=k3,in_pixel", "left=k3,in_pixel&right=k2,maximin"),
        ("right=original&left=k3,in_pixel", "left=k3,in_pixel&right=original"),
        ("right=k8,maximin,dithered", "left=original&right=k8,maximin,dithered"),
        ("right=nonsense", None),
        ("right=k99,%E0%A4%A", None),
        ("left=original&right=original", None),
    ],
)
def test_an_address_is_shown_as_far_as_there_is_such_a_thing(visit, asked, shown):
    page = visit().page
    number = card_of(page, "plain", "small.png").get_attribute("data-number")
    page.evaluate(f"location.hash = '#image={number}&{asked}'")
    expect(page.locator("#viewer[open]")).to_be_visible()
    page.wait_for_function("location.hash.includes('left=')")
    page.wait_for_timeout(200)
    if shown is None:
        assert hash_of(page).startswith(f"#image={number}&left=original&right=k")
    else:
        assert hash_of(page) == f"#image={number}&{shown}"


def test_keys_of_a_gallery(visit):
    page = visit().page
    set_k(page, 4)
    viewer = open_small(page)
    title, level = viewer.locator("#viewer-title"), viewer.locator("#k-level-right")
    expect(title).to_be_focused()
    first = title.get_attribute("title")
    for key, k in (("ArrowUp", 5), ("ArrowUp", 8), ("ArrowUp", 8), ("ArrowDown", 5)):
        page.keyboard.press(key)
        expect(level).to_contain_text(str(k))
    page.keyboard.press("ArrowRight")
    expect(title).not_to_have_attribute("title", first)
    page.keyboard.press("ArrowLeft")
    expect(title).to_have_attribute("title", first)
    page.keyboard.press("1")
    expect(viewer.locator("#zoom-level")).to_have_text("100 %")
    page.keyboard.press("f")
    expect(viewer.get_by_role("button", name="Fit")).to_have_attribute("aria-pressed", "true")
    page.keyboard.down(" ")
    expect(viewer.locator("#peek")).to_be_visible()
    page.keyboard.up(" ")
    expect(viewer.locator("#peek")).to_be_hidden()
    page.keyboard.press("x")
    expect(viewer.locator("#pick")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    expect(viewer).to_be_visible()


def test_keys_are_left_to_what_has_the_focus(visit):
    page = visit().page
    viewer = open_small(page)
    title = viewer.locator("#viewer-title")
    first = title.get_attribute("title")
    page.keyboard.press("x")
    note = viewer.get_by_label("Note on this pick")
    note.press_sequentially("1 fox? no, x")
    expect(note).to_have_value("1 fox? no, x")
    expect(page.locator("#help")).to_be_hidden()
    expect(viewer.locator("#pick")).to_have_attribute("aria-pressed", "true")
    for focused in (
        viewer.get_by_role("slider", name="K, right"),
        page.get_by_role("slider", name="Divider"),
        viewer.get_by_label("Left shows"),
    ):
        focused.focus()
        page.keyboard.press("ArrowRight")
        expect(title).to_have_attribute("title", first)
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    assert "1 fox? no, x" in page.evaluate("JSON.stringify(batchquant.picks.all())")


def test_both_sides_are_seen_in_turns_or_as_their_difference(visit):
    page = visit().page
    number = card_of(page, "plain", "small.png").get_attribute("data-number")

    def brightest():
        for image in ("original", "result"):
            source_of(page, image)
        page.wait_for_timeout(300)
        content = page.locator("#pictures").screenshot(style=".side, .zoom { display: none }")
        with Image.open(io.BytesIO(content)) as image:
            return np.asarray(image.convert("RGB"))[4:-4, 4:-4].max()

    for sides, is_black in (
        ("left=k5,maximin&right=k5,maximin", True),
        ("left=k2,maximin&right=k5,maximin", False),
    ):
        page.evaluate(f"location.hash = '#image={number}&{sides}'")
        expect(page.locator("#viewer[open]")).to_be_visible()
        page.get_by_label("View").select_option("difference \N{MULTIPLICATION SIGN}16")
        expect(page.locator("#view-told")).to_have_text(
            "difference \N{MULTIPLICATION SIGN}16, of what is shown"
        )
        assert (brightest() <= 2) == is_black
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(page.locator("#viewer")).to_be_hidden()
    viewer = open_small(page)
    page.keyboard.press("d")
    expect(viewer.get_by_label("View")).to_have_value("difference-8")
    page.keyboard.press("b")
    expect(viewer.get_by_label("View")).to_have_value("turns")
    expect(viewer.locator("#divider")).to_be_hidden()
    expect(viewer.locator("#result")).to_be_hidden()
    expect(viewer.locator("#result")).to_be_visible()
    page.keyboard.press("b")
    expect(viewer.locator("#divider")).to_be_visible()


def test_of_sides_in_turns_the_one_that_is_seen_is_named(visit):
    page = visit().page
    viewer = open_small(page)
    page.keyboard.press("b")
    page.wait_for_function(
        """() => {
        const stage = document.getElementById('stage').classList;
        const isSeen = (side) => document.querySelector(`#of-${side} .now`).clientWidth > 0;
        window.seen ??= new Set();
        if (isSeen('left') === isSeen('right') || isSeen('left') !== stage.contains('turned'))
            throw new Error('the wrong side is named');
        return seen.add(isSeen('left')).size === 2;
    }"""
    )
    page.keyboard.press("b")
    for side in ("left", "right"):
        expect(viewer.locator(f"#of-{side} .now")).to_be_hidden()


def test_both_sides_are_told_of_and_one_at_length(visit):
    page = visit().page
    viewer = open_small(page)
    about = viewer.get_by_role("group", name="Details of")
    expect(about).to_be_hidden()
    number = card_of(page, "plain", "small.png").get_attribute("data-number")
    page.evaluate(f"location.hash = '#image={number}&left=k2,maximin&right=k5,maximin'")
    expect(viewer.locator("#side-told-left")).to_have_text("K 2, maximin")
    for side, k in (("left", 2), ("right", 5)):
        expect(viewer.locator(f"#k-level-{side}")).to_contain_text(str(k))
        expect(viewer.locator(f"#psnr-{side}")).to_contain_text("dB")
        stripe = viewer.locator(f"#stripe-{side}")
        expect(stripe).to_have_attribute("style", re.compile(rf"(rgb.*){{{2 * k}}}"))
    swatches = viewer.locator("#palette button")
    expect(swatches).to_have_count(5)
    about.get_by_text("left: K 2, maximin").click()
    expect(swatches).to_have_count(2)
    viewer.get_by_role("slider", name="K, right").press("End")
    expect(swatches).to_have_count(8)  # what is changed is told of
    assert violations(page) == []
    viewer.get_by_label("Left shows").select_option("original")
    expect(about).to_be_hidden()


def test_all_k_of_several_jobs_stand_in_a_row_each(visit):
    page = visit().page
    viewer = open_small(page)
    page.keyboard.press("g")
    expect(viewer.locator(".row-name")).to_have_text(
        [re.compile(f"^{job}, ") for job in ("plain", "oklab", "dithered")]
    )
    tiles = viewer.locator("#all-k button")
    expect(tiles).to_have_count(3 * 5)
    boxes = [tile.bounding_box() for tile in tiles.all()]
    assert [len({box["y"] for box in boxes[at : at + 5]}) for at in (0, 5, 10)] == [1, 1, 1]
    assert len({round(box["x"]) for box in boxes}) == 5
    assert violations(page) == []
    tiles.nth(6).click()
    expect(tiles.nth(6)).to_have_attribute("aria-pressed", "true")
    assert hash_of(page).endswith(",oklab&view=grid")
    assert "right=k3," in hash_of(page)


def test_pixels_are_sharp_above_their_own_size_and_a_preview_says_so(visit):
    page = visit().page
    viewer = open_small(page)
    page.keyboard.press("1")
    rendering = "image => getComputedStyle(image).imageRendering"
    assert viewer.locator("#result").evaluate(rendering) == "auto"
    viewer.get_by_role("button", name="Zoom in").click()
    for image in ("#original", "#result", "#peek"):
        assert viewer.locator(image).evaluate(rendering) == "pixelated"
    expect(viewer.locator("#side-told-left")).to_have_text("original")
    page.evaluate(
        """() => {
        const image = document.getElementById('original');
        Object.defineProperty(image, 'naturalWidth', { value: 40 });
        Object.defineProperty(image, 'naturalHeight', { value: 30 });
        image.dispatchEvent(new Event('load'));
    }"""
    )
    expect(viewer.locator("#side-told-left")).to_have_text("original: preview, 40 of 80 px")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 820])
def test_axe_finds_nothing_on_the_wall(visit, color_scheme, width):
    page = visit(color_scheme=color_scheme, viewport={"width": width, "height": 900}).page
    assert page.evaluate("document.documentElement.scrollWidth") == width
    card_of(page, "plain", "small.png").get_by_role("button", name="Pick").click()
    assert violations(page) == []
    open_small(page).locator("#palette button").first.wait_for()
    assert violations(page) == []
