"""What nobody plans any more is listed, and removed on demand; what is not ours never is."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from workplaces import FINISHED

from batchquant import load_job, plan_job
from batchquant.check.prune import prune
from batchquant.cli.phrases import about_bytes
from batchquant.errors import OutputLockedError, StorageError, UsageError
from batchquant.run.lock import hold
from batchquant.store import LEDGER, Ledger

FOLDER = "photos/c.bmp"
NOTHING = "Nothing to delete.\n"
VARIANTS = {
    f"{FOLDER}/c_k00{k}_{init}.{kind}"
    for k in (3, 5)
    for init in ("random", "in_pixel")
    for kind in ("png", "pdf")
}
SHEET = f"{FOLDER}/c_sheet.png"


@pytest.fixture
def shrunk(finished):
    """A picture is gone from the sources; its outputs, `left`, and four rows are there."""
    (image,) = [image for image in plans(finished)[0].images if image.image == "c.bmp"]
    finished.left = sorted({*VARIANTS, *image.overview.outputs.values()})
    assert len(finished.left) == 8 + 4
    assert SHEET in finished.left
    Path(image.file.place).unlink()
    return finished


def plans(workplace, *names):
    job_files = [load_job(workplace.path / name) for name in names or ["jobs.yaml"]]
    return [plan_job(job_file) for job_file in job_files]


def found(workplace, **options):
    return prune(workplace.output, plans(workplace), **options)


def paths(leftovers):
    return [file.path for file in leftovers.files]


def known(workplace):
    with Ledger.look(workplace.output / LEDGER) as ledger:
        return {key[2] for key in ledger.records}, {
            file.path for file in ledger.unplanned_outputs([])
        }


def test_the_command_lists_and_deletes_on_demand(shrunk):
    before = shrunk.tree()
    listed = shrunk.run("prune", "out", "jobs.yaml")
    assert listed.returncode == 0, listed.stderr
    *lines, last = listed.stdout.splitlines()
    assert [line.split()[1] for line in lines] == shrunk.left
    n_bytes = sum((shrunk.output / path).stat().st_size for path in shrunk.left)
    assert last == f"12 files, {about_bytes(n_bytes)}; --yes deletes them."
    assert shrunk.tree() == before

    deleted = shrunk.run("prune", "out", "jobs.yaml", "--yes")
    assert f"\n12 files, {about_bytes(n_bytes)} deleted.\n" in deleted.stdout
    after = shrunk.tree()
    assert {str(path) for path in before.keys() - after.keys()} == VARIANTS | {SHEET}
    assert not any((shrunk.output / path).exists() for path in shrunk.left)
    assert not (shrunk.output / FOLDER).exists()
    images, files = known(shrunk)
    assert (images, len(files)) == ({"a.png", "trip/b.jpg"}, 2 * 12)
    assert shrunk.run("prune", "out", "jobs.yaml").stdout == NOTHING


def test_plan_and_run_say_how_many_files_of_variants_are_left_over(shrunk):
    to_list = f"of other settings or job files; to list: batchquant prune {shrunk.path}/jobs.yaml\n"
    assert f"  left over 8 files {to_list}" in shrunk.run("plan", "--no-estimate").stdout
    told = json.loads(shrunk.run("plan", "--no-estimate", "--json").stdout)
    assert told["job_files"][0]["n_left_over"] == 8
    shrunk.write_job(FINISHED.replace("[png, pdf]", "[png]"))
    assert f"\nLeft over: {8 + 8} files {to_list}" in shrunk.run("run").stdout
    for path in VARIANTS:  # what somebody else has deleted is not there
        (shrunk.output / path).unlink()
    assert f"\nLeft over: 8 files {to_list}" in shrunk.run("run").stdout
    shrunk.run("prune", "jobs.yaml", "--yes")
    assert "Left over" not in shrunk.run("run").stdout
    assert "left over" not in shrunk.run("plan", "--no-estimate").stdout


def test_a_job_file_that_writes_elsewhere_is_refused_unless_it_is_told_to_write_here(shrunk):
    (shrunk.path / "link").symlink_to(shrunk.output)
    listed = shrunk.run("prune", "link", "jobs.yaml").stdout
    assert "12 files, " in listed
    shrunk.write_job(FINISHED + "output: elsewhere\n")
    before = shrunk.names()
    refused = shrunk.run("prune", "out", "jobs.yaml", "--yes")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"batchquant: {shrunk.path / 'jobs.yaml'}: output is {shrunk.path / 'elsewhere'},"
        f" and not {shrunk.output}, the folder to look through. Name the job files that write to"
        " it, or say by --output out that this one does.\n"
    )
    assert shrunk.names() == before
    assert shrunk.run("prune", "out", "jobs.yaml", "--output", "out").stdout == listed


def test_a_format_that_is_not_wanted_any_more(finished):
    finished.write_job(FINISHED.replace("[png, pdf]", "png"))
    leftovers = found(finished, delete=True)
    assert {path.suffix for path in finished.tree()} == {".png", ".csv", ".html"}
    assert len(leftovers.files) == 12
    images, files = known(finished)
    assert (len(images), len(files)) == (3, 12 + 3 * 4)


def test_what_any_of_several_jobs_plans_is_kept(shrunk, photo):
    photo(shrunk.path / "photos" / "c.bmp")
    shrunk.write_job(FINISHED.replace("[3, 5]", "3"), "three.yaml")
    shrunk.write_job(FINISHED.replace("[3, 5]", "5"), "five.yaml")
    assert paths(prune(shrunk.output, plans(shrunk, "three.yaml", "five.yaml"))) == []
    told = shrunk.run("prune", "out", "three.yaml", "five.yaml")
    assert told.stdout == NOTHING


def test_strangers_are_left_alone(shrunk):
    folder = shrunk.output / FOLDER
    (folder / "c_k003_random.png").write_text("mine")
    (folder / "c_k009_random.png").write_text("mine, of a name like the others")
    os.truncate(folder / "c_k005_random.pdf", 5)
    leftovers = found(shrunk, delete=True)
    assert set(leftovers.strangers) == {
        f"{FOLDER}/c_k003_random.png",
        f"{FOLDER}/c_k005_random.pdf",
    }
    assert len(leftovers.files) == 12 - 2
    names = {"c_k003_random.png", "c_k005_random.pdf", "c_k009_random.png"}
    assert {path.name for path in folder.iterdir()} == names


def test_links_are_not_followed(shrunk, tmp_path):
    folder = shrunk.output / FOLDER
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert not [path for path in paths(found(shrunk, delete=True)) if path.startswith(FOLDER)]
    assert len(list((tmp_path / "elsewhere").iterdir())) == 9
    folder.unlink()
    folder.mkdir()
    (folder / "c_k003_random.png").symlink_to(tmp_path / "elsewhere" / "c_k003_random.png")
    leftovers = found(shrunk, delete=True)
    assert (leftovers.files, len(leftovers.gone)) == ((), 8)
    assert leftovers.strangers == (f"{FOLDER}/c_k003_random.png",)
    assert len(list((tmp_path / "elsewhere").iterdir())) == 9


def test_a_linked_output_folder_is_one_like_any_other(shrunk, tmp_path):
    (tmp_path / "link").symlink_to(shrunk.output)
    assert paths(prune(tmp_path / "link", plans(shrunk))) == shrunk.left


@pytest.mark.parametrize("path", ["/outside.png", "../outside.png", "photos/../../outside.png"])
def test_a_ledger_that_names_what_lies_outside_is_not_believed(path, shrunk):
    outside = shrunk.path / "outside.png"
    outside.write_bytes(b"1234")
    path = str(outside) if path.startswith("/") else path
    with closing(sqlite3.connect(shrunk.output / LEDGER)) as ledger, ledger:
        ledger.execute(
            "UPDATE outputs SET path = ?, size_bytes = 4, digest = NULL WHERE path = ?",
            (path, SHEET),
        )
    leftovers = found(shrunk, delete=True)
    assert (leftovers.strangers, len(leftovers.files)) == ((path,), 11)
    assert outside.exists()


def test_a_name_that_differs_in_case_only_may_be_the_same_file(shrunk, photo):
    photo(shrunk.path / "photos" / "C.BMP")
    assert all(path.startswith("_run/") for path in paths(found(shrunk)))  # named by digests


def test_what_is_gone_already_is_forgotten(shrunk):
    for path in shrunk.left:
        (shrunk.output / path).unlink()
    leftovers = found(shrunk, delete=True)
    assert (leftovers.files, sorted(leftovers.gone)) == ((), shrunk.left)
    assert known(shrunk)[0] == {"a.png", "trip/b.jpg"}


def test_a_folder_with_something_else_in_it_stays(shrunk):
    (shrunk.output / FOLDER / "notes.txt").write_text("mine")
    found(shrunk, delete=True)
    assert [path.name for path in (shrunk.output / FOLDER).iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("delete", [False, True])
def test_it_does_not_meddle_with_a_run(delete, shrunk):
    with hold(shrunk.output / "_run"), pytest.raises(OutputLockedError):
        found(shrunk, delete=delete)


def test_a_folder_without_a_ledger_is_refused(shrunk):
    with pytest.raises(UsageError, match="nothing has been run into this folder"):
        prune(shrunk.path / "photos", plans(shrunk))
    assert not (shrunk.path / "photos" / "_run").exists()


def test_a_file_that_cannot_be_removed_is_told(shrunk, monkeypatch):
    def refuse(path, **options):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(StorageError, match=r"\.js: cannot be removed: Operation"):
        found(shrunk, delete=True)
