"""The page after a long night: how soon it is there, and what it asks of a browser."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import PurePosixPath

import chromium
import numpy as np
from playwright.sync_api import sync_playwright

from batchquant.files import publish
from batchquant.images.draw.preview import THUMBNAIL, encode_preview
from batchquant.images.read.picture import Picture
from batchquant.jobfile import Job
from batchquant.plan.outputs import plan_variants
from batchquant.plan.overviews import plan_overview
from batchquant.plan.records import Plan, PlannedImage, Settings
from batchquant.quantization.color.fidelity import psnr_db
from batchquant.report.last_run import LAST_RUN_FILE, LastRun, last_run_json
from batchquant.sources.source import ImageFile
from batchquant.steps.result import TaskResult, VariantResult, Written
from batchquant.store import LEDGER, Ledger, Output, OverviewRecord, records_of
from batchquant.store.kept_plan import PLAN_FILE, plan_json
from benchmarks.clock import seconds
from benchmarks.tables import Table

K = (3, 5, 7, 9, 11, 16, 24, 32)
INITS = ("random", "in_pixel")
N_IMAGES = 3125  # times 8 K and 2 starts: 50,000 rows
SETTINGS = Settings(seed=0, n_init=1, max_iter=1000, tol=0.0, dpi=150.0)
TIMES = 5

# Times are the page's own clock, which begins with the wish to open it.
FIRST_CARD = "() => document.querySelector('#cards li') && performance.now()"
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
SCROLLED = """() => new Promise((done) => {
    let last = performance.now(), worst = 0, left = 120;
    const step = (now) => {
        worst = Math.max(worst, now - last);
        last = now;
        window.scrollBy(0, 300);
        if (!left--) done(worst); else requestAnimationFrame(step);
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
    first, loaded, filtered, scrolled, heap = map(sorted, zip(*visits, strict=True))
    page = [path for path in (output / "_run" / "page").rglob("*") if path.is_file()]
    middle, megabyte = TIMES // 2, 1e6
    rows = [
        ("written by `batchquant report`", written_s, "s"),
        ("first picture shown", first[middle] / 1000, "s"),
        ("all pictures there to be filtered", loaded[middle] / 1000, "s"),
        ("filtered to one", filtered[middle] / 1000, "s"),
        ("longest frame while scrolling", scrolled[middle], "ms"),
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
    images = tuple(_planned(number) for number in range(N_IMAGES))
    plan = Plan(output, images, (), ())
    publish(output / "_run" / PLAN_FILE, plan_json(plan))
    last_run = LastRun(datetime(2026, 1, 1, tzinfo=UTC), 30_000.0, 50_000, 0)
    publish(output / "_run" / LAST_RUN_FILE, last_run_json(last_run))
    noise = rng.integers(0, 256, (300, 400, 3), np.uint8)
    thumbnail = encode_preview(Picture(noise, None, None, None, "PNG", "RGB", ()), THUMBNAIL)
    with Ledger(output / LEDGER) as ledger:
        ledger.write([record for image in images for record in _records(image, rng)])
        for image in images:
            outputs = {kind: Output(path, 1, b"") for kind, path in image.overview.files}
            ledger.write_overview(OverviewRecord(*image.key, "drawn", None, 0.3, outputs))
    for image in images:
        path = output / image.overview.outputs["thumbnail"]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(thumbnail)


def _planned(number):
    folder, name = f"folder {number // 100:02}", f"picture {number:05}.jpg"
    base = PurePosixPath(folder, name, PurePosixPath(name).stem)
    job = Job.model_construct(name="", inputs=(), k=K, init=INITS)
    return PlannedImage(
        job="",
        folder=folder,
        image=name,
        frame=0,
        takes_all=False,
        file=ImageFile(f"/photos/{folder}/{name}", name, 4_000_000, number),
        size=(4000, 3000),
        settings=SETTINGS,
        variants=plan_variants(SETTINGS, K, INITS, ("png", "pdf"), base),
        overview=plan_overview(job, folder, name, 0, base),
    )


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
    loaded = page.wait_for_function(ALL_LOADED).json_value()
    scrolled = page.evaluate(SCROLLED)
    filtered = page.evaluate(FILTERED)
    heap = page.evaluate(HEAP)
    context.close()
    return first, loaded, filtered, scrolled, heap
