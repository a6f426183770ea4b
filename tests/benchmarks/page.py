"""The page after a long night: how soon it is there, and what it asks of a browser."""

import shutil
import subprocess
import sys
from base64 import b64encode
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
N_IMAGES = 3125  # times 8 K and 2 starts: 50,000 rows
TIMES = 5

# Times are the page's own clock, which begins with the wish to open it.
FIRST_CARD = "() => document.querySelector('#cards li') && performance.now()"
FIRST_PAINTED = """() => [...document.querySelectorAll('#cards canvas')].some(({ width }) => width)
    && performance.now()"""
ALL_LOADED = """() => document.getElementById('found').textContent.startsWith('3,125')
    && batchquant.cards.length === 3125 && performance.now()"""
FILTERED = """() => new Promise((done) => {
    const begin = performance.now(), name = document.querySelector('[name=text]');
    name.value = 'picture 02999';
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


def measure(photos, work):
    """Yield a table: what the page of 50,000 rows takes."""
    program = shutil.which("chromium")
    if program is None:
        yield Table("Page", ("what",), (("chromium is not installed",),))
        return
    output = work / "night"
    spend_a_night(output)
    command = [sys.executable, "-m", "batchquant", "report", str(output)]
    written_s, _ = seconds(lambda: subprocess.run(command, check=True, capture_output=True))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        visits = [_visit(browser, (output / "index.html").as_uri()) for _ in range(TIMES)]
        browser.close()
    first, painted, loaded, filtered, scrolled, slid, heap = map(sorted, zip(*visits, strict=True))
    page = [path for path in (output / "_run" / "page").rglob("*") if path.is_file()]
    middle, megabyte = TIMES // 2, 1e6
    rows = [
        ("written by `batchquant report`", written_s, "s"),
        ("first card shown", first[middle] / 1000, "s"),
        ("first picture painted on one", painted[middle] / 1000, "s"),
        ("all pictures there to be filtered", loaded[middle] / 1000, "s"),
        ("filtered to one", filtered[middle] / 1000, "s"),
        ("median frame while scrolling", scrolled[middle], "ms"),
        ("the same while the slider moves", slid[middle], "ms"),
        ("memory of its scripts", heap[middle] / megabyte, "MB"),
        ("index.html", (output / "index.html").stat().st_size / megabyte, "MB"),
        ("what it loads as it is asked for", sum(p.stat().st_size for p in page) / megabyte, "MB"),
    ]
    yield Table(
        f"Page of {N_IMAGES * len(K) * len(INITS):,} rows",
        ("what", "median", "unit"),
        tuple(rows),
        f"Of {TIMES} visits, each with an empty cache, from the disk.",
    )


def spend_a_night(output):
    """Leave what a run over many pictures leaves, but for the pictures themselves."""
    rng = np.random.default_rng(0)
    sweep = sweep_of("png", "pdf", k=K, init=INITS)
    plan = drafted(*((sweep, _row(number)) for number in range(N_IMAGES)), output=output)
    images = plan.images
    publish(output / "_run" / PLAN_FILE, plan_json(plan))
    last_run = LastRun(datetime(2026, 1, 1, tzinfo=UTC), 30_000.0, 50_000, 0)
    publish(output / "_run" / LAST_RUN_FILE, last_run_json(last_run))
    noise = rng.integers(0, 256, (300, 400, 3), np.uint8)
    (reduced,) = reduce_to(Picture(noise, None, None, None, "PNG", "RGB", ()), THUMBNAIL)
    thumbnail = encode_preview(reduced, None)
    small = smooth(noise)
    url = b64encode(encode_card(small, None, 0.0, is_whole=False)).decode()
    card = {"picture": f"data:image/webp;base64,{url}", "space": "oklab"}
    colors = {k: [tuple(color) for color in rng.integers(0, 256, (k, 3)).tolist()] for k in K}
    palettes = {(k, init): [(color, 1) for color in colors[k]] for k in K for init in INITS}
    with Ledger(output / LEDGER) as ledger:
        ledger.take_plan(images)
        ledger.write([record for image in images for record in _records(image, rng)])
        for image in images:
            outputs = {kind: Output(path, 1, b"") for kind, path in image.overview.files}
            ledger.write_overview(OverviewRecord(*image.key, "drawn", None, 0.3, outputs))
    for image in images:
        publish(output / image.overview.outputs["thumbnail"], thumbnail)
        script = output / image.overview.outputs["palettes"]
        publish(script, to_script(script.stem, palettes, card=card).encode())


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


def _visit(browser, address):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(address, wait_until="commit")
    first = page.wait_for_function(FIRST_CARD).json_value()
    painted = page.wait_for_function(FIRST_PAINTED).json_value()
    loaded = page.wait_for_function(ALL_LOADED).json_value()
    scrolled = page.evaluate(FRAMES, "scroll")
    slid = page.evaluate(FRAMES, "slide")
    filtered = page.evaluate(FILTERED)
    context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
    heap = page.evaluate(HEAP)
    context.close()
    return first, painted, loaded, filtered, scrolled, slid, heap
