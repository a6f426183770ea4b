"""The page after a long night: how soon it is there, and what it asks of a browser."""

import json
import shutil
import subprocess
import sys
from base64 import b64encode
from contextlib import contextmanager
from datetime import UTC, datetime

import chromium
import numpy as np
from builders import drafted, row_of, sweep_of
from PIL import Image
from playwright.sync_api import sync_playwright

from batchquant.files import publish
from batchquant.formats.palette_text import to_script
from batchquant.images.draw.card import encode_card
from batchquant.images.draw.preview import encode_preview, reduce_to
from batchquant.images.draw.sizes import THUMBNAIL
from batchquant.images.read.picture import Picture
from batchquant.quantization.color.fidelity import psnr_db
from batchquant.report.last_run import LAST_RUN_FILE, LastRun, last_run_json
from batchquant.steps.result import TaskResult, VariantResult, Written
from batchquant.store import LEDGER, Ledger, Output, OverviewRecord, records_of
from batchquant.store.kept_plan import PLAN_FILE, plan_json
from benchmarks.clock import seconds
from benchmarks.tables import Table

K = (3, 5, 7, 9, 11, 16, 24, 32)
INITS = ("random", "in_pixel")
ROWS = 50_000
TIMES = 5
QUIET_MS = 1500  # in which a page that sees for itself is not asked

# Times are the page's own clock, which begins with the wish to open it.
FIRST_CARD = "() => document.querySelector('#cards li') && performance.now()"
FIRST_PAINTED = """() => [...document.querySelectorAll('#cards canvas')].some(({ width }) => width)
    && performance.now()"""
ALL_LOADED = """({ n, told }) => batchquant.cards.length === n
    && document.getElementById('found').textContent.startsWith(told) && performance.now()"""
# The same, seen frame by frame from within: to be asked from without holds the page up.
WATCH = f"""((wanted) => {{
    const all = {ALL_LOADED};
    const looks = {{ first: {FIRST_CARD}, painted: {FIRST_PAINTED},
        all: () => typeof batchquant === "object" && all(wanted) }};
    const seen = window.seen = {{}};
    const look = () => {{
        for (const name in looks) seen[name] ||= looks[name]();
        if (!(seen.painted && seen.all)) requestAnimationFrame(look);
    }};
    requestAnimationFrame(look);
}})"""
# The least there can be: one card that is painted at once, and nothing else.
FLOOR = """<!doctype html><body><p id="found">1</p><ul id="cards"></ul><script>
    const batchquant = { cards: [1] };
    const item = document.createElement('li'), canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [160, 120];
    canvas.getContext('2d').putImageData(new ImageData(160, 120), 0, 0);
    item.append(canvas);
    document.getElementById('cards').append(item);
</script></body>"""
FILTERED = """(wanted) => new Promise((done) => {
    const begin = performance.now(), name = document.querySelector('[name=text]');
    name.value = wanted;
    name.dispatchEvent(new Event('input', { bubbles: true }));
    const look = () => document.getElementById('found').textContent.startsWith('1 of')
        ? done(performance.now() - begin) : requestAnimationFrame(look);
    look();
})"""
FRAMES = """(move) => new Promise((done) => {
    const frames = [], slider = document.getElementById('wall-k');
    const moves = {
        scroll: () => window.scrollBy(0, 300),
        slide: () => {
            slider.value = 1 + frames.length % slider.max;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
        },
    };
    let last = performance.now();
    const step = (now) => {
        frames.push(now - last);
        last = now;
        moves[move]();
        if (frames.length < 120) requestAnimationFrame(step);
        else done([...frames].sort((a, b) => a - b)[60]);
    };
    requestAnimationFrame(step);
})"""
HEAP = "() => performance.memory.usedJSHeapSize"


def measure(photos, work, rows=ROWS):
    """Yield a table: what the page of so many rows takes."""
    n_images = rows // (len(K) * len(INITS))
    program = shutil.which("chromium")
    if program is None:
        yield Table("Page", ("what",), (("chromium is not installed",),))
        return
    output = work / "night"
    spend_a_night(output, n_images)
    floor = work / "floor.html"
    floor.write_text(FLOOR)
    command = [sys.executable, "-m", "batchquant", "report", str(output)]
    written_s, _ = seconds(lambda: subprocess.run(command, check=True, capture_output=True))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        visits, watched, floors = [], [], []
        for _ in range(TIMES):  # by turns, on a machine that has other work, too
            visits.append(_visit(browser, (output / "index.html").as_uri(), n_images))
            watched.append(_watch(browser, (output / "index.html").as_uri(), n_images))
            floors.append((*_ask(browser, floor.as_uri(), 1), *_watch(browser, floor.as_uri(), 1)))
        browser.close()
    first, painted, loaded, filtered, scrolled, slid, heap = map(sorted, zip(*visits, strict=True))
    seen = [sorted(times) for times in zip(*watched, strict=True)]
    least = [sorted(times) for times in zip(*floors, strict=True)]
    page = [path for path in (output / "_run" / "page").rglob("*") if path.is_file()]
    middle, megabyte = TIMES // 2, 1e6
    told = [
        ("written by `batchquant report`", written_s, "s"),
        ("first card shown", first[middle] / 1000, "s"),
        ("first picture painted on one", painted[middle] / 1000, "s"),
        ("all pictures there to be filtered", loaded[middle] / 1000, "s"),
        ("first card, seen from within", seen[0][middle] / 1000, "s"),
        ("first picture painted, seen from within", seen[1][middle] / 1000, "s"),
        ("all there, seen from within", seen[2][middle] / 1000, "s"),
        ("floor, a page of one card: it is shown", least[0][middle] / 1000, "s"),
        ("floor: painted", least[1][middle] / 1000, "s"),
        ("floor: painted, seen from within", least[4][middle] / 1000, "s"),
        ("filtered to one", filtered[middle] / 1000, "s"),
        ("median frame while scrolling", scrolled[middle], "ms"),
        ("the same while the slider moves", slid[middle], "ms"),
        ("memory of its scripts", heap[middle] / megabyte, "MB"),
        ("index.html", (output / "index.html").stat().st_size / megabyte, "MB"),
        ("what it loads as it is asked for", sum(p.stat().st_size for p in page) / megabyte, "MB"),
    ]
    yield Table(
        f"Page of {rows:,} rows",
        ("what", "median", "unit"),
        tuple(told),
        f"Of {TIMES} visits, each with an empty cache, from the disk.",
    )


def spend_a_night(output, n_images):
    """Leave what a run over many pictures leaves, but for the pictures themselves."""
    rng = np.random.default_rng(0)
    sweep = sweep_of("png", "pdf", k=K, init=INITS)
    plan = drafted(*((sweep, _row(number)) for number in range(n_images)), output=output)
    images = plan.images
    publish(output / "_run" / PLAN_FILE, plan_json(plan))
    last_run = LastRun(datetime(2026, 1, 1, tzinfo=UTC), 30_000.0, 50_000, 0)
    publish(output / "_run" / LAST_RUN_FILE, last_run_json(last_run))
    noise = rng.integers(0, 256, (300, 400, 3), np.uint8)
    small = smooth(noise)
    original = Picture(np.asarray(small.resize((400, 300))), None, None, None, "PNG", "RGB", ())
    (reduced,) = reduce_to(original, THUMBNAIL)
    thumbnail = encode_preview(reduced, None)
    url = b64encode(encode_card(small, None, 0.0, is_whole=False)).decode()
    card = {"picture": f"data:image/webp;base64,{url}", "space": "oklab"}
    colors = {k: [tuple(color) for color in rng.integers(0, 256, (k, 3)).tolist()] for k in K}
    palettes = {(k, init): [(color, 1) for color in colors[k]] for k in K for init in INITS}
    with Ledger(output / LEDGER) as ledger:
        ledger.take_plan(images)
        for image in images:
            ledger.write(_records(image, rng))
        for image in images:
            outputs = {kind: Output(path, 1, b"") for kind, path in image.overview.files}
            ledger.write_overview(OverviewRecord(*image.key, "drawn", None, 0.3, outputs))
    for image in images:
        script = output / image.overview.outputs["palettes"]
        text = to_script(script.stem, palettes, card=card)
        for path, content in (
            (output / image.overview.outputs["thumbnail"], thumbnail),
            (script, text.encode()),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)  # not published: a million rows would take an hour


def smooth(noise):
    """A picture of the size of a card, as smooth as photographs are."""
    return Image.fromarray(noise).resize((20, 15)).resize((160, 120), Image.Resampling.BICUBIC)


def _row(number):
    folder, name = f"folder {number // 100:02}", f"picture {number:05}.jpg"
    place, size = f"/photos/{folder}/{name}", {"width": 4000, "height": 3000}
    return row_of(name, folder=folder, place=place, size_bytes=4_000_000, mtime_ns=number, **size)


def _records(image, rng):
    made = tuple(_figures(variant, rng) for variant in image.variants)
    result = TaskResult(0, 4_000_000, 1, 1, "ab" * 32, 4000, 3000, 200_000, "JPEG", "RGB", "", 0.2,
                        10**8, None, made)  # fmt: skip
    return records_of(image, image.variants, result)


def _figures(variant, rng):
    mse = float(3000 / variant.k * rng.uniform(0.8, 1.2))
    figures = {"mse": mse, "psnr_db": psnr_db(mse), "max_error": 90.0, "delta_e": mse / 100}
    files = {kind: Written(1_000_000, bytes(8)) for kind in variant.outputs}
    n_iter = int(rng.integers(10, 300))
    return VariantResult(
        int(rng.integers(2**32)), n_iter, True, mse * 36e6, figures, variant.k, files, 0.3, 0.4
    )


@contextmanager
def _window(browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def _ask(browser, address, n_images):
    """Ask again and again what is there: the first card, a picture on one, all."""
    with _window(browser) as page:
        return _times(page, address, n_images)


def _times(page, address, n_images):
    page.goto(address, wait_until="commit")
    asked = ((FIRST_CARD, None), (FIRST_PAINTED, None), (ALL_LOADED, _all(n_images)))
    return [page.wait_for_function(look, arg=arg).json_value() for look, arg in asked]


def _all(n_images):
    return {"n": n_images, "told": f"{n_images:,}"}


def _watch(browser, address, n_images):
    """Let the page itself see when the same is there."""
    with _window(browser) as page:
        page.add_init_script(f"{WATCH}({json.dumps(_all(n_images))})")
        page.goto(address, wait_until="commit")
        page.wait_for_timeout(QUIET_MS)
        page.wait_for_function("() => seen.painted && seen.all")
        return page.evaluate("() => [seen.first, seen.painted, seen.all]")


def _visit(browser, address, n_images):
    with _window(browser) as page:
        asked = _times(page, address, n_images)
        scrolled = page.evaluate(FRAMES, "scroll")
        slid = page.evaluate(FRAMES, "slide")
        filtered = page.evaluate(FILTERED, f"picture {n_images - 1:05}")
        page.context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
        return *asked, filtered, scrolled, slid, page.evaluate(HEAP)
