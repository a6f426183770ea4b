"""Variants and overview of a picture in one process: nothing is read twice, all bytes the same."""

import pytest
from PIL import Image
from toy_engine import ToyEngine

from batchquant import load_job
from batchquant.engine.protocol import Began
from batchquant.engine.signals import Stop
from batchquant.run.corridor import run_job
from batchquant.steps.drawings import OverviewTask

JOB = "inputs: photos\nframes: all\nk: [2, 3, 5]\nbook: true\ntarget: {psnr_db: 20}\n"
N_PAGES = 12


def test_a_file_of_many_pages_is_read_once_by_a_worker_and_each_page_decoded_once(
    workplace, photo, counted
):
    folder = workplace.path / "photos"
    pages = [
        Image.fromarray(photo(folder / "page.png", height=90, width=120, seed=seed))
        for seed in range(N_PAGES)
    ]
    (folder / "page.png").unlink()
    pages[0].save(folder / "all.tif", save_all=True, append_images=pages[1:])
    workplace.write_job(JOB)
    trees, counts = [], []
    # On a busy machine the parent may be later than a process waits for the next page.
    for name in ("alone", *(f"chained {turn}" for turn in range(5))):
        environment, read = counted(name)
        done = workplace.run("run", "jobs.yaml", "-j", "2", "--output", name, env=environment)
        assert done.returncode == 0, done.stdout
        trees.append(workplace.tree(name))
        counts.append(read())
        assert trees[-1] == trees[0]
        # A page whose process has another when its overview is due is decoded twice.
        if counts[-1]["read_source"] <= 4 and counts[-1]["decode"] < 1.5 * N_PAGES:
            break
    else:
        pytest.fail(f"{counts}")
    assert len(trees[0]) > 4 * N_PAGES
    assert counts[0] == {"read_source": 2 * N_PAGES, "decode": 2 * N_PAGES}
    assert counts[-1]["decode"] >= N_PAGES


def test_an_overview_that_was_told_to_stop_is_drawn_by_the_next_run(workplace, photos):
    workplace.write_job("inputs: photos\nk: 3\n")
    job_file, stop = load_job(workplace.path / "jobs.yaml"), Stop()

    def tell(event):
        if isinstance(event, Began) and isinstance(event.work, OverviewTask):
            stop.wish()
            event.work.stop_file.touch()  # as an engine does that hears of it

    stopped = run_job(job_file, engine=ToyEngine(1), stop=stop, tell=tell)
    assert (stopped.n_done, stopped.n_drawn) == (1, 0)
    assert run_job(job_file, engine=ToyEngine(1)).n_drawn == 3
    assert len(list(workplace.output.rglob("*_sheet.png"))) == 3
