"""``python -m soak``: a night in small.

Many small pictures are made once undisturbed, while memory is watched, and once with kills at
random of a worker, the parent, or all. In the end both trees have to be the same.
"""

import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import click
import numpy as np
from PIL import Image
from processes import kill_9, wait_for_processes_to_end, workers_of

JOB = "inputs: photos\nk: [2, 7]\nformats: [png, pdf]\n"
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
PILOT = 500  # pictures, to tell how many can be made in the time
N_VARIANTS = 2  # of each picture
UNDISTURBED = 0.3  # of the time; kills take the rest
SAMPLE_S = 0.5
PARTS = 8  # of a run, for the table of memory
GROWTH = 1.1  # of a worker's memory, from the first half of a run to the second, at most
KEPT_BYTES = 4000  # what the parent may keep of each variant
ONCE_MB = 10  # what it comes to hold in any run: caches of SQLite, what report and page load


@click.command()
@click.option("--minutes", type=click.FloatRange(min=1), default=30.0, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=Path("build/soak"))
def main(minutes, folder):
    """Run for some minutes; exit with 1 where a tree differs, or memory grows."""
    began = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    draw(folder, range(PILOT))
    pilot_s = len(watch(start(folder, "pilot"))) * SAMPLE_S
    n = max(PILOT, int(PILOT / pilot_s * minutes * 60 * UNDISTURBED))
    draw(folder, range(PILOT, n))
    click.echo(f"{n} pictures, undisturbed:")
    is_good = tell_memory(watch(start(folder, "reference")), N_VARIANTS * n)
    for kills in disturb(folder, began + minutes * 60, longest_s=max(5.0, minutes)):
        told = ", ".join(f"{count} x {who}" for who, count in sorted(kills.items())) or "nobody"
        same = is_same(folder)
        click.echo(f"killed: {told}; the same tree: {same}")
        is_good &= same
    sys.exit(0 if is_good else 1)


def draw(folder, numbers):
    """Draw small pictures, a thousand in a folder."""
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    (folder / "jobs.yaml").write_text(JOB, encoding="utf-8")
    for number in numbers:
        path = folder / "photos" / f"{number // 1000:03}" / f"{number:06}.png"
        path.parent.mkdir(exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 64, (32, 32, 3), np.uint8)
        ramp = np.indices((32, 32)).sum(axis=0).astype(np.uint8)[..., np.newaxis]
        Image.fromarray(noise + 3 * ramp).save(path)


def start(folder, output):
    """Start the command in a process group of its own."""
    command = [sys.executable, "-m", "batchquant", "run", "jobs.yaml", "-q", "--output", output]
    return subprocess.Popen(command, cwd=folder, process_group=0)


def watch(run):
    """Let a run come to its end; what its parent and a worker have, in MB, over time."""
    samples = []
    while run.poll() is None:
        if workers := workers_of(run):
            samples.append((resident_mb(run.pid), max(map(resident_mb, workers))))
        time.sleep(SAMPLE_S)
    assert run.returncode == 0
    return samples


def resident_mb(pid):
    """The memory of a process; 0 where it has ended."""
    try:
        pages = int(Path("/proc", str(pid), "statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * PAGE_BYTES / 1e6


def tell_memory(samples, n_variants):
    """Print medians over time; whether workers stay as they are and the parent keeps little."""
    parent, worker = over_time(samples)
    for who, parts in (("parent", parent), ("worker", worker)):
        click.echo(f"  MB of the {who} over time: {' '.join(f'{part:.0f}' for part in parts)}")
    grown_mb = max(parent) - min(parent)
    kept = max(0, grown_mb - ONCE_MB) * 1e6 / n_variants
    click.echo(
        f"  the parent grows by {grown_mb:.0f} MB: {ONCE_MB} at most in any run, the rest are"
        f" {kept:.0f} bytes of each variant, for the report"
    )
    early, late = worker[: PARTS // 2], worker[PARTS // 2 :]
    return max(late) < GROWTH * max(early) and kept < KEPT_BYTES


def over_time(samples):
    """Medians of the parent and of a worker, in MB, in each part of a run."""
    return [
        [statistics.median(part) for part in np.array_split(figures, PARTS)]
        for figures in zip(*samples, strict=True)
    ]


def disturb(folder, until, longest_s):
    """Run with kills at random until a time; yield how often whom, for each tree that is done."""
    kills = Counter()
    while True:
        run = start(folder, "disturbed")
        while run.poll() is None and time.monotonic() < until:
            with suppress(subprocess.TimeoutExpired):
                run.wait(random.uniform(0, longest_s))
            who = random.choice(["worker", "parent", "group"])
            kills[who] += kill_9(run, who)
        run.wait()
        wait_for_processes_to_end(run.pid)
        assert run.returncode in {0, -signal.SIGKILL}
        if run.returncode == 0:
            yield kills
            if time.monotonic() > until:
                return
            shutil.rmtree(folder / "disturbed")
            kills = Counter()


def is_same(folder):
    """Whether the disturbed tree is the reference, and nothing is left half written."""
    compared = ["diff", "-rq", "--exclude=_run", "reference", "disturbed"]
    return subprocess.run(compared, cwd=folder, check=False).returncode == 0 and not list(
        (folder / "disturbed").rglob("*.part")
    )


if __name__ == "__main__":
    main()
