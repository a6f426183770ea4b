"""Every query that a run asks for each image has its index: without it, time is quadratic."""

import sqlite3
from collections import Counter
from typing import ClassVar

import numpy as np
from PIL import Image
from toy_engine import ToyEngine

from batchquant import load_job
from batchquant.run.corridor import run_job

N_IMAGES = 40
SMALL = ("SCAN wanted", "SCAN CONSTANT ROW", "SCAN s", "SCAN sweeps")  # a row each, or one a job


class Explained(sqlite3.Connection):
    """Counts what is asked, and notes how it is answered."""

    counts: ClassVar[Counter[str]] = Counter()
    ways: ClassVar[dict[str, set[str]]] = {}

    def _note(self, query, values, n=1):
        if query.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            self.counts[query] += n
            way = super().execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
            self.ways.setdefault(query, set()).update(row[3] for row in way)

    def execute(self, query, values=()):
        self._note(query, values)
        return super().execute(query, values)

    def executemany(self, query, rows):
        rows = list(rows)
        if rows:
            self._note(query, rows[0], len(rows))
        return super().executemany(query, rows)


def test_no_query_that_is_asked_for_each_image_goes_through_a_table(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for number in range(N_IMAGES):
        pixels = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{number}.png")
    job = tmp_path / "jobs.yaml"
    job.write_text("inputs: photos\nk: [2, 3]\nbook: true\ntarget: {psnr_db: 20}\n")
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **options: connect(*args, factory=Explained, **options)
    )
    assert run_job(load_job(job), engine=ToyEngine(1)).n_done == 2 * N_IMAGES
    often = [query for query, n in Explained.counts.items() if n >= N_IMAGES]
    assert len(often) > 10
    scanned = {
        query: [way for way in Explained.ways[query] if way.startswith("SCAN")] for query in often
    }
    slow = {
        query: [way for way in ways if not way.startswith(SMALL)] for query, ways in scanned.items()
    }
    assert {query: ways for query, ways in slow.items() if ways} == {}
