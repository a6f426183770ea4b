"""Contact sheets, books and best pictures of real runs."""

import dataclasses
import re
import sqlite3
from contextlib import closing

import pikepdf
import pytest
from workplaces import text_of

from batchquant import load_job, plan_job
from batchquant.plan.overviews import as_before
from batchquant.run.drawings import overview_task
from batchquant.store import LEDGER, Ledger

JOB = """
inputs: photos
k: [2, 3, 5]
init: [random, in_pixel]
sheet: png
book: true
target: {psnr_db: 16}
report: [csv, json]
"""
WITHOUT_BOOK = JOB.replace("book: true\n", "")


def test_a_book_can_be_searched_and_has_a_page_and_a_bookmark_for_each_picture(workplace, photos):
    workplace.write_job(JOB)
    done = workplace.run("run", "jobs.yaml", "-j", "2")
    assert done.returncode == 0, done.stderr
    assert "18 made, 4 contact sheets and books drawn; " in done.stdout
    pages = text_of(workplace.output / "book.pdf").split("\f")
    title, contents, *sheets, end = pages
    assert (len(sheets), end) == (3, "")  # it ends with a form feed
    for told in ("Contact sheets", "3 pictures", "K 2, 3, 5", "random, in_pixel", "target 16 dB"):
        assert told in title
    for number, name in enumerate(("a.png", "c.bmp", "b.jpg"), start=3):
        assert re.search(rf"{name}\s+{number}\n", contents)
    for page, name in zip(sheets, ("a.png", "c.bmp", "trip/b.jpg"), strict=True):
        assert f"photos/{name}" in page
        assert "start: random" in page
        assert "start: in_pixel" in page
        for row in workplace.report():
            if row["image"] == name:
                assert re.search(rf"\sK {row['k']}\s", page)
                assert f"{row['n_colors']} colors · {float(row['psnr_db']):.1f} dB" in page
    with pikepdf.open(workplace.output / "book.pdf") as book, book.open_outline() as outline:
        (folder,) = outline.root
        assert [item.title for item in folder.children] == ["a.png", "c.bmp", "trip"]


def test_a_book_for_other_paper_is_bound_anew_and_nothing_else_is_made(workplace, photos):
    workplace.write_job(JOB)
    workplace.run("run", "jobs.yaml")
    before = workplace.tree()
    for paper, side in (("letter", 792), ("a4", 841.89)):
        workplace.write_job(JOB.replace("book: true", f"book: {paper}"))
        done = workplace.run("run", "jobs.yaml")
        assert "18 made before, 1 contact sheet or book drawn; " in done.stdout
        with pikepdf.open(workplace.output / "book.pdf") as book:
            assert {float(max(page.mediabox)) for page in book.pages} == {side}
    for same in ("fit", "true"):
        workplace.write_job(JOB.replace("book: true", f"book: {same}"))
        workplace.run("run", "jobs.yaml")
        assert workplace.tree() == before
    assert workplace.run("verify", "out").returncode == 0


def test_the_best_is_the_row_that_the_report_marks(workplace, photos):
    workplace.write_job(WITHOUT_BOOK)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    for folder, stem in (("photos/a.png", "a"), ("photos/c.bmp", "c"), ("photos/trip/b.jpg", "b")):
        rows = [row for row in workplace.report() if row["png"].startswith(f"{folder}/")]
        good = [row for row in rows if float(row["psnr_db"]) >= 16]
        fewest = min(int(row["k"]) for row in good)
        best = max((float(r["psnr_db"]), r["png"]) for r in good if int(r["k"]) == fewest)[1]
        assert [row["png"] for row in rows if row["meets_target"] == "true"] == [best]
        assert (workplace.output / folder / f"{stem}_best.png").samefile(workplace.output / best)


def test_before_and_after_are_made_verified_and_deleted_like_all_else(workplace, photos):
    with_fades = f"{WITHOUT_BOOK}before_after: webp\n"
    workplace.write_job(with_fades)
    planned = workplace.run("plan", "jobs.yaml", "--no-estimate").stdout
    assert "3 before/after animations" in planned
    assert workplace.run("run", "jobs.yaml").returncode == 0
    made = sorted(workplace.output.rglob("*_before_after.webp"))
    assert [path.name for path in made] == [f"{stem}_before_after.webp" for stem in "acb"]
    details = workplace.output / "_run" / "page" / "data" / "details-0000.js"
    assert '"fade":"photos/a.png/a_before_after.webp"' in details.read_text()
    tree = workplace.tree()
    made[0].write_bytes(made[0].read_bytes()[:-1])
    assert "a_before_after.webp" in workplace.run("verify", "out").stdout
    workplace.run("run", "jobs.yaml", "--verify")
    assert workplace.tree() == tree
    workplace.write_job(WITHOUT_BOOK)
    workplace.run("run", "jobs.yaml")
    workplace.run("prune", "out", "jobs.yaml", "--yes")
    assert not any(path.exists() for path in made)
    assert workplace.run("verify", "out").returncode == 0


def test_what_is_missing_is_drawn_again_and_nothing_else(workplace, photos):
    workplace.write_job(JOB)
    workplace.run("run", "jobs.yaml")
    before = workplace.tree()
    (workplace.output / "photos" / "a.png" / "a_sheet.png").unlink()
    next((workplace.output / "_run" / "thumbs").rglob("*.jpg")).unlink()
    planned = workplace.run("plan", "jobs.yaml").stdout
    told = re.search(r"\n  to make   0\n  to draw   ([12]) contact sheet", planned)
    again = workplace.run("run", "jobs.yaml").stdout
    assert again.startswith("18 variants of 3 pictures: 18 made before, ")
    assert f" {told.group(1)} contact sheet" in again  # of one picture, or two
    assert workplace.tree() == before
    assert "Nothing to do. " in workplace.run("run", "jobs.yaml").stdout
    assert "\n  to draw   0 contact sheets and books\n" in workplace.run("plan", "jobs.yaml").stdout
    assert "to draw" not in workplace.run("plan", "jobs.yaml", "-k", "3").stdout


def test_an_overview_that_ends_its_worker_costs_no_variant(workplace, photos, faults):
    workplace.write_job(WITHOUT_BOOK)
    done = workplace.run("run", "jobs.yaml", env=faults({"overview of c.bmp": "kill"}))
    assert done.returncode == 3
    assert "18 made, 2 contact sheets drawn; " in done.stdout
    assert "photos/c.bmp: not drawn: worker_died: " in done.stdout
    assert {row["status"] for row in workplace.report()} == {"done"}
    again = workplace.run("run", "jobs.yaml")
    assert (again.returncode, "18 made before, 1 contact sheet drawn; " in again.stdout) == (
        0,
        True,
    )


def lay_out_as_before(output, job_file, age):
    """Let a tree be as it was: 0, when all previews were JPEG; 1, when each kind had one folder."""
    prints, moved = [], []
    plan = plan_job(load_job(job_file))
    with Ledger(output / LEDGER) as ledger:
        for image in plan.images:
            files = as_before(image.overview.files)[age]
            moved += zip(files, image.overview.files, strict=True)
            older = dataclasses.replace(image.overview, files=files)
            task = overview_task(
                dataclasses.replace(image, overview=older), output, ledger.records, {}
            )
            prints.append((task.fingerprint, image.image))
    for (_, path), (_, now) in moved:
        if path != now:
            (output / now).rename(output / path)
            if age:
                (output / now).parent.rmdir()
    with closing(sqlite3.connect(output / LEDGER)) as ledger, ledger:
        ledger.executemany("UPDATE overviews SET fingerprint = ? WHERE image = ?", prints)
        paths = [(path, now) for (_, path), (_, now) in moved]
        ledger.executemany("UPDATE outputs SET path = ? WHERE path = ?", paths)
        # All is looked at again, and shown again.
        for table, number in (("undrawn", ""), ("unreported", "NULL, ")):
            ledger.execute(
                f"INSERT OR REPLACE INTO {table} SELECT {number}job, folder, image, frame"
                " FROM overviews WHERE image <> ''"
            )
    return sorted(path for (_, path), (_, now) in moved if path != now)


@pytest.mark.parametrize(("age", "n_older", "n_pruned"), [(0, 3, 0), (1, 9, 2)])
def test_what_an_older_version_drew_stays_until_it_is_drawn_anew(
    workplace, photos, age, n_older, n_pruned
):
    workplace.write_job(JOB)
    workplace.run("run", "jobs.yaml")
    older = lay_out_as_before(workplace.output, workplace.path / "jobs.yaml", age)
    assert len(older) == n_older
    before = workplace.tree()
    assert "Nothing to do. " in workplace.run("run", "jobs.yaml").stdout
    assert workplace.tree() == before
    data = workplace.output / "_run" / "page" / "data"
    shown = "".join(path.read_text() for path in data.glob("*.js"))
    assert set(re.findall(r'"(_run/[^"]+)"', shown)) >= set(older)
    assert all((workplace.output / path).exists() for path in older)
    assert workplace.run("verify", "out").returncode == 0
    assert workplace.run("prune", "out", "jobs.yaml").stdout == "Nothing to delete.\n"

    (workplace.output / older[-1]).unlink()
    assert "1 contact sheet or book drawn" in workplace.run("run", "jobs.yaml").stdout
    assert "Nothing to do. " in workplace.run("run", "jobs.yaml").stdout
    assert workplace.tree() == before
    assert workplace.run("verify", "out").returncode == 0
    pruned = workplace.run("prune", "out", "jobs.yaml", "--yes").stdout
    told = f"{n_pruned} files, " if n_pruned else "Nothing to delete."
    assert any(line.startswith(told) for line in pruned.splitlines())
    assert sum((workplace.output / path).exists() for path in older) == n_older - n_pruned - 1
