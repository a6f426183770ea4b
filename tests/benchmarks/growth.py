"""What commands take as a plan grows: trees of many pictures that look as if a run had made them.

One picture is made by a real run; the rows of its ledger are repeated for all others, and names of
its files are linked. So a million variants are there in minutes.
"""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image

from batchquant import load_job, plan_job
from batchquant.files.layout import RUN_FOLDER
from batchquant.run.drawings import overview_task
from batchquant.store import LEDGER, Ledger
from batchquant.store.headers import Headers
from benchmarks.tables import Table

SIZES = tuple(map(int, os.environ.get("GROWTH", "1000 10000 62500").split()))
K = tuple(range(2, 18))
AT_WORK_S = 5  # after which a run is interrupted
LINKS = 50_000  # of one file: ext4 allows 65,000
FIRST = "000/p000000.png"
CHANGED = "000/p000001.png"  # a copy: to remove a link changes the times of all others
OF_IMAGE = "job = '' AND folder = 'photos' AND image = ? AND frame = 0"
COMMAND = (sys.executable, "-m", "batchquant")
# What stands between us and a command: a process begins with the peak of the one that began it.
LAUNCHER = """
import os, resource, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e3)
"""
CSV = """
import sys
from pathlib import Path
from batchquant.report.table import report_csv
from batchquant.store.kept_plan import open_kept
with open_kept(Path(sys.argv[1])) as kept, open(sys.argv[1] + ".csv", "wb") as stream:
    stream.writelines(report_csv(kept.known))
"""
PAGE = """
import sys
from pathlib import Path
from batchquant.report.page.write import write_page
from batchquant.store.kept_plan import open_kept
from batchquant.store.reported import Reported
with open_kept(Path(sys.argv[1])) as kept:
    write_page(Path(sys.argv[1]), kept.known, Reported())
"""


def measure(photos, work):
    """Yield a table: processor seconds and peak memory of each command, by number of pictures."""
    rows = [row for n in SIZES for row in _of(n, work / f"growth-{n}")]
    yield Table(
        f"Growth: pictures of 16 x 16 in {len(K)} K",
        ("command", "pictures", "variants", "processor s", "wall s", "peak MB"),
        tuple(rows),
    )


def _of(n, folder):
    shutil.rmtree(folder, ignore_errors=True)
    job_file = synthesize(folder, n)
    output = folder / "out"
    steps = [
        ("plan --no-estimate", [*COMMAND, "plan", "--no-estimate", job_file]),
        ("run, nothing to do", [*COMMAND, "run", "-q", job_file]),
        ("status", [*COMMAND, "status", output]),
        ("failed", [*COMMAND, "failed", output]),
        ("report.csv alone", [sys.executable, "-c", CSV, output]),
        ("page alone, once", [sys.executable, "-c", PAGE, output]),
        ("page alone, one picture changed", [*COMMAND, "report", output]),
    ]
    for name, command in steps:
        if name.endswith("one picture changed"):
            _mark_changed(output)
        yield name, n, n * len(K), *_spend(command)
    picture = folder / "photos" / CHANGED
    picture.unlink()
    Image.fromarray(np.full((16, 16, 3), 7, np.uint8)).save(picture)
    yield "run, one picture changed", n, n * len(K), *_spend([*COMMAND, "run", "-q", job_file])
    job_file.write_text(job_file.read_text().replace("seed: 0", "seed: 1"))
    yield "Ctrl-C, all pending", n, n * len(K), *_interrupt([*COMMAND, "run", "-q", job_file])
    shutil.rmtree(folder)


def _mark_changed(output):
    """Let the ledger say that report and page do not show one picture as it is."""
    with closing(sqlite3.connect(output / LEDGER)) as ledger, ledger:
        ledger.execute(
            "INSERT OR REPLACE INTO unreported VALUES (NULL, '', 'photos', ?, 0)", (CHANGED,)
        )


def synthesize(folder, n):
    """Make a tree of `n` pictures, and return its job file; a run into it has nothing to do."""
    photos, output = folder / "photos", folder / "out"
    (photos / FIRST).parent.mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(photos / FIRST)
    job_file = folder / "jobs.yaml"
    job_file.write_text(
        f"seed: 0\ninputs: photos\nk: [{', '.join(map(str, K))}]\nsheet: none\n", "utf-8"
    )
    _spend([*COMMAND, "run", "-q", str(job_file)])
    names = [f"{i // 1000:03d}/p{i:06d}.png" for i in range(n)]
    for i, name in enumerate(names[1:], start=1):
        _link(photos / names[i - i % LINKS if i % LINKS else 0], photos / name)
    with closing(sqlite3.connect(output / LEDGER)) as ledger, ledger:
        _repeat(ledger, output, names)
        _note_times(ledger, photos, names)
    job = load_job(job_file)
    headers = Headers(job.output / LEDGER)
    plan = plan_job(job, headers)
    with Ledger(job.output / LEDGER) as ledger:
        ledger.remember_headers(headers.new)
        ledger.take_plan(plan.images)
        records = ledger.records
        drawn = dict(ledger.drawn)
        prints = []
        for image in plan.images:
            task = overview_task(image, plan.output, records, {})
            prints.append((task.fingerprint, image.image))
            _name_overview(output, task, drawn, image)
    with closing(sqlite3.connect(output / LEDGER)) as ledger, ledger:
        ledger.executemany(f"UPDATE overviews SET fingerprint = ? WHERE {OF_IMAGE}", prints)
        for image in plan.images:
            for kind, path in image.overview.files:
                ledger.execute(
                    f"UPDATE outputs SET path = ? WHERE {OF_IMAGE} AND k = 0 AND kind = ?",
                    (path, image.image, kind),
                )
        ledger.execute("DELETE FROM undrawn")
    _spend([*COMMAND, "run", "-q", str(job_file)])  # report and page
    return job_file


def _repeat(ledger, output, names):
    """Repeat what is known of the first picture for all others."""
    ledger.create_function("renamed", 2, _renamed)
    ledger.execute("CREATE TEMP TABLE names (name TEXT)")
    ledger.executemany("INSERT INTO names VALUES (?)", [(name,) for name in names[1:]])
    for table in ("variants", "outputs", "overviews"):
        columns = [row[1] for row in ledger.execute(f"PRAGMA table_info({table})")]
        told = [_as_other(column) for column in columns]
        ledger.execute(
            f"INSERT INTO {table} ({', '.join(columns)})"
            f" SELECT {', '.join(told)} FROM {table} JOIN names WHERE image = '{FIRST}'"
        )
    paths = ledger.execute("SELECT path FROM outputs WHERE path NOT LIKE '_run/%' ORDER BY path")
    for (path,) in paths.fetchall():
        number = int(re.search(r"p([0-9]{6})", path)[1])
        if number:
            base = number - number % LINKS if number % LINKS else 0
            folders = [f"{i // 1000:03d}/p{i:06d}" for i in (number, base)]
            source = path.replace(*folders).replace(f"/p{number:06d}_", f"/p{base:06d}_")
            _link(output / source, output / path)


def _note_times(ledger, photos, names):
    """Let records say when their pictures were written: else all have to be looked at."""
    times = []
    for name in names:
        found = (photos / name).stat()
        times.append((str(found.st_mtime_ns), str(found.st_ctime_ns), name))
    ledger.executemany(
        f"UPDATE variants SET source_mtime_ns = ?, source_ctime_ns = ? WHERE {OF_IMAGE}", times
    )


def _as_other(column):
    return {
        "image": "name",
        "source_path": "renamed(source_path, name)",
        "path": "renamed(path, name)",
    }.get(column, column)


def _renamed(path, name):
    folder, stem = name.removesuffix(".png").split("/")
    if path.startswith(f"{RUN_FOLDER}/"):
        return f"{path}.{stem}"  # given its name when the plan is known
    return path.replace("000/p000000", f"{folder}/{stem}").replace("p000000_", f"{stem}_")


def _name_overview(output, task, drawn, image):
    known = drawn[image.key].outputs
    source = drawn[("", "photos", FIRST, 0)].outputs
    for kind, path in image.overview.files:
        if kind in known and not (output / path).exists():
            _link(output / source[kind].path, output / path)


def _link(source, target):
    """Give a file a second name; of every so many the first is a copy."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.name == Path(CHANGED).name:
        shutil.copy2(source, target)
    else:
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)


def _spend(command):
    """Return processor seconds, seconds of the clock, and the peak of memory in MB."""
    begin = time.monotonic()
    launched = [sys.executable, "-S", "-c", LAUNCHER, *map(str, command)]
    done = subprocess.run(launched, capture_output=True, check=True)
    exit_code, processor_s, peak_mb = map(float, done.stdout.split())
    if exit_code not in (0, 3):
        raise RuntimeError(done.stderr.decode())
    return processor_s, time.monotonic() - begin, peak_mb


def _interrupt(command):
    """Return the same from Ctrl-C to the end, when variants are being made."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    manifest = Path(command[-1]).parent / "out" / RUN_FOLDER / "manifest.json"
    before = manifest.stat().st_mtime_ns
    while process.poll() is None and manifest.stat().st_mtime_ns == before:
        time.sleep(0.05)
    time.sleep(AT_WORK_S)
    begin, peak_mb = time.monotonic(), 0.0
    process.send_signal(signal.SIGINT)
    while process.poll() is None:
        peak_mb = max(peak_mb, _peak_mb(process.pid))
        time.sleep(0.01)
    assert process.returncode == 130, process.returncode
    return None, time.monotonic() - begin, peak_mb


def _peak_mb(pid):
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+)", status)  # gone while a process ends
    return int(found[1]) * 1024 / 1e6 if found else 0.0
