"""A step of a package, one class, between overview and book: from the job file to verify."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from builders import install_extension, on_path
from documents import block_with
from older_ledgers import write_as

JOB = "seed: 3\ninputs: photos\nk: [2, 5]\nbook: true\n"
KINDS = ("page", "palettes", "preview", "sheet_png", "thumbnail")


@pytest.fixture
def with_toy_step(tmp_path):
    module = Path(__file__).parents[1] / "toy_step.py"
    install_extension(tmp_path / "site", module, "Sizes")
    return on_path(tmp_path / "site", os.environ)


@pytest.fixture
def with_step_of_documents(tmp_path):
    module = tmp_path / "step_of_documents.py"
    module.write_text(block_with("python", "python", "class Notes(PictureStep)"))
    install_extension(tmp_path / "site", module, "Notes")
    return on_path(tmp_path / "site", os.environ)


def told(workplace):
    return {path: path.read_text() for path in sorted(workplace.output.rglob("*_sizes.txt"))}


def expected(workplace, row):
    """What the step makes of the picture of a row."""
    lines = [f"photos/{row['image']}, seed 3"]
    for each in workplace.report():
        if each["image"] == row["image"]:
            size = (workplace.output / each["png"]).stat().st_size
            lines.append(f"K {each['k']} {each['init']} png {size}")
    with closing(sqlite3.connect(workplace.output / "_run" / "ledger.sqlite")) as ledger:
        query = "SELECT size_bytes FROM outputs WHERE image = ? AND k = 0 AND kind = ?"
        for kind in KINDS:
            (size,) = ledger.execute(query, (row["image"], kind)).fetchone()
            lines.append(f"{kind} {size}")
    return "\n".join(lines)


def test_it_makes_its_file_once_and_again_when_what_it_needs_has_changed(
    workplace, photos, with_toy_step, faults
):
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    before = workplace.tree()
    # A tree of before the package was there: nothing is clustered or drawn for it.
    mishaps = {f"k={k} of {n}": "raise" for k in (2, 5) for n in ("a.png", "b.jpg", "c.bmp")}
    mishaps |= {f"overview of {name}": "raise" for name in ("a.png", "b.jpg", "c.bmp")}
    done = workplace.run("run", "jobs.yaml", env=faults(mishaps, with_toy_step))
    assert done.returncode == 0, done.stdout
    files = told(workplace)
    for row in workplace.report():
        path = workplace.output / Path(row["png"]).with_name(f"{Path(row['image']).stem}_sizes.txt")
        assert files[path] == expected(workplace, row)
    assert len(files) == 3
    after = workplace.tree()
    assert {path: after[path] for path in before} == before
    again = workplace.run("run", "jobs.yaml", env=with_toy_step)
    assert "Nothing to do" in again.stdout
    assert workplace.run("verify", "out", env=with_toy_step).returncode == 0
    first, *others = files
    first.write_text(files[first].replace("seed 3", "seed 4"))
    damaged = workplace.run("verify", "out", env=with_toy_step)
    assert damaged.returncode == 3
    assert str(first.relative_to(workplace.output)) in damaged.stdout
    others[0].unlink()
    assert workplace.run("run", "jobs.yaml", "--verify", env=with_toy_step).returncode == 0
    assert told(workplace) == files
    workplace.write_job(JOB.replace("seed: 3", "seed: 4"))
    assert workplace.run("run", "jobs.yaml", env=with_toy_step).returncode == 0
    assert all("seed 4" in text for text in told(workplace).values())


def test_it_comes_before_the_book_and_its_failure_is_told_and_tried_again(
    workplace, photos, with_toy_step
):
    workplace.write_job(JOB)
    blocked = workplace.output / "photos" / "a.png" / "a_sizes.txt"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("of somebody else")
    done = workplace.run("run", "jobs.yaml", env=with_toy_step)
    assert done.returncode == 3
    assert "a.png" in done.stdout
    assert "blocked" in done.stdout
    assert blocked.read_text() == "of somebody else"
    assert (workplace.output / "book.pdf").exists()
    blocked.unlink()
    assert workplace.run("run", "jobs.yaml", env=with_toy_step).returncode == 0
    assert len(told(workplace)) == 3


def test_a_run_that_was_killed_before_it_makes_the_rest(workplace, photos, with_toy_step):
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml", env=with_toy_step).returncode == 0
    files, book = told(workplace), (workplace.output / "book.pdf").stat().st_mtime_ns
    with closing(sqlite3.connect(workplace.output / "_run" / "ledger.sqlite")) as ledger:
        ledger.execute("DELETE FROM overviews WHERE step = 'sizes'")
        ledger.execute("DELETE FROM outputs WHERE k = 0 AND init = 'sizes'")
        ledger.execute(
            "INSERT INTO undrawn SELECT job, folder, image, frame FROM overviews WHERE image != ''"
        )
        ledger.commit()
    for path in files:
        path.unlink()
    assert workplace.run("run", "jobs.yaml", env=with_toy_step).returncode == 0
    assert told(workplace) == files
    assert (workplace.output / "book.pdf").stat().st_mtime_ns == book


def test_without_its_package_its_files_are_left_to_prune(workplace, photos, with_toy_step):
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml", env=with_toy_step).returncode == 0
    assert "Nothing to do" in workplace.run("run", "jobs.yaml").stdout
    assert len(told(workplace)) == 3
    assert workplace.run("prune", "out", "jobs.yaml", "--yes").returncode == 0
    assert told(workplace) == {}
    assert workplace.run("verify", "out").returncode == 0


def test_the_step_in_readme_does_what_is_said_there(workplace, photos, with_step_of_documents):
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml", env=with_step_of_documents).returncode == 0
    row, *_ = workplace.report()
    path = workplace.output / Path(row["png"]).with_name(f"{Path(row['image']).stem}_notes.txt")
    title, line, _ = path.read_text().splitlines()
    assert title == f"photos/{row['image']}"
    assert line == f"K 2: {float(row['psnr_db']):.1f} dB"


def test_a_tree_of_before_there_were_steps_is_done(workplace, photos, with_toy_step):
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    before = workplace.tree()
    with closing(sqlite3.connect(workplace.output / "_run" / "ledger.sqlite")) as ledger:
        write_as(ledger, 8)
        ledger.commit()
    assert (
        "to make   0\n  to draw   0 contact sheets and books"
        in workplace.run("plan", "jobs.yaml").stdout
    )
    assert "Nothing to do" in workplace.run("run", "jobs.yaml").stdout
    assert workplace.tree() == before
    assert workplace.run("run", "jobs.yaml", env=with_toy_step).returncode == 0
    assert len(told(workplace)) == 3
