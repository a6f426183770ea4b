"""Each kind of change is one class: it goes all the way from the job file to verify."""

import os
import shutil
from pathlib import Path

import pytest
import toy_source
from builders import install_extension, on_path
from circumstances import long_form
from documents import block_with
from toy_engine import ToyEngine
from toy_store import ToyStore

from batchquant import load_job
from batchquant.check.output import verify_output
from batchquant.errors import NoRunError
from batchquant.run.corridor import run_job
from batchquant.run.review import review_output
from batchquant.run.survey import plan_job
from batchquant.store import LEDGER
from batchquant.store.kept_plan import open_kept

JOB = "inputs: photos\nk: [2, 5]\ninit: [random, in_pixel]\nbook: true\ntarget: {psnr_db: 20}\n"


@pytest.fixture
def with_toy_format(tmp_path):
    module = Path(__file__).parents[1] / "toy_format.py"
    install_extension(tmp_path / "site", module, "Toy")
    return on_path(tmp_path / "site", os.environ)


def test_a_format_of_a_package_goes_from_the_job_file_to_verify(
    workplace, photos, faults, with_toy_format
):
    workplace.write_job(f"{JOB}formats: png\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0
    before = workplace.tree()
    workplace.write_job(f"{JOB}formats: [png, toy]\n")
    unknown = workplace.run("plan", "jobs.yaml")
    assert unknown.returncode == 2
    assert "formats[1]: 'toy' does not work here." in unknown.stderr
    # A picture of which colors were looked for again would fail.
    mishaps = {f"k={k} of {name}": "raise" for k in (2, 5) for name in ("a.png", "b.jpg", "c.bmp")}
    done = workplace.run("run", "jobs.yaml", env=faults(mishaps, with_toy_format))
    assert done.returncode == 0, done.stdout
    rows = workplace.report()
    assert len(rows) == 12
    for row in rows:
        file = workplace.output / row["toy"]
        assert file.stat().st_size == int(row["toy_bytes"])
        file.with_name(Path(row["png"]).name).unlink()
    done = workplace.run("run", "jobs.yaml", env=faults(mishaps, with_toy_format))
    assert done.returncode == 0, done.stdout
    after = workplace.tree()
    assert {path: file for path, file in after.items() if path.suffix == ".png"} == {
        path: file for path, file in before.items() if path.suffix == ".png"
    }
    verified = workplace.run("verify", "out", env=with_toy_format)
    assert verified.returncode == 0, verified.stdout
    workplace.write_job(f"{JOB}formats: png\n")
    assert workplace.run("run", "jobs.yaml").returncode == 0  # the package is gone


def test_an_engine_of_a_caller_makes_the_same_tree(workplace, photos):
    workplace.write_job(JOB)
    assert workplace.run("run", "jobs.yaml").returncode == 0
    expected = workplace.tree()
    shutil.rmtree(workplace.output)
    job_file = load_job(workplace.path / "jobs.yaml")
    summary = run_job(job_file, engine=ToyEngine(1))
    assert (summary.n_done, summary.n_failed, summary.n_pending) == (12, 0, 0)
    assert workplace.tree() == expected
    assert verify_output(job_file.output).problems == ()
    again = run_job(job_file, engine=ToyEngine(1))
    assert (again.n_done, again.n_skipped) == (0, 12)


@pytest.fixture
def with_toy_source(tmp_path):
    module = Path(__file__).parents[1] / "toy_source.py"
    install_extension(tmp_path / "site", module, "Toy")
    return on_path(tmp_path / "site", os.environ)


@long_form
def test_a_source_of_a_package_is_read_as_a_folder_is(workplace, with_toy_source):
    def run(*arguments, album="{}"):
        return workplace.run(*arguments, env=with_toy_source | {toy_source.ORDER: album})

    for name, content in toy_source.ALBUM.items():
        path = workplace.path / "album" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    workplace.write_job(JOB.replace("photos", "album"))
    assert workplace.run("run", "jobs.yaml").returncode == 0
    expected = workplace.tree()
    shutil.rmtree(workplace.output)
    shutil.rmtree(workplace.path / "album")
    workplace.write_job(JOB.replace("photos", "toy://album"))
    unknown = workplace.run("plan", "jobs.yaml")
    assert unknown.returncode == 2
    assert "jobs.yaml:1:9: inputs: there is no source of toy:// here." in unknown.stderr
    done = run("run", "jobs.yaml")
    assert done.returncode == 0, done.stdout
    assert workplace.tree() == expected
    assert "Nothing to do" in run("run", "jobs.yaml").stdout
    verified = run("verify", "out")
    assert "12 compared with the source" in verified.stdout
    assert (verified.returncode, workplace.run("verify", "out").returncode) == (0, 0)


@long_form
def test_of_a_source_what_is_not_there_is_kept_and_what_has_changed_is_made_again(
    workplace, with_toy_source
):
    def run(*arguments, album="{}"):
        return workplace.run(*arguments, env=with_toy_source | {toy_source.ORDER: album})

    workplace.write_job("inputs: toy://album\nk: 3\n")
    nothing = run("run", "jobs.yaml", album="null")
    assert nothing.returncode == 2
    assert "no picture in toy://album. Looked for" in nothing.stderr
    assert "toy://album: cannot be read: No such album." in nothing.stderr
    assert run("run", "jobs.yaml").returncode == 0
    before = workplace.report()
    for album, why in [
        ("null", "cannot be read: No such album."),
        ('"empty"', "it holds no file."),
    ]:
        gone = run("run", "jobs.yaml", album=album)
        assert gone.returncode == 3
        rows = [row | {"notes": f"source not looked at: toy://album: {why}"} for row in before]
        assert workplace.report() == rows
    changed = run("run", "jobs.yaml", album='{"a.png": 7}')
    assert (changed.returncode, "1 made, 2 made before" in changed.stdout) == (0, True)


@long_form
def test_the_source_in_the_documents_reads_archives(workplace, photos, tmp_path):
    code = block_with("python", "python", "class Archive(Source)")
    (tmp_path / "archive.py").write_text(code)
    install_extension(tmp_path / "site", tmp_path / "archive.py", "Archive")
    packed = shutil.make_archive(tmp_path / "trip", "zip", photos)
    workplace.write_job(f"inputs: zip://{packed}\nk: 3\n")
    environment = on_path(tmp_path / "site", os.environ)
    assert workplace.run("run", "jobs.yaml", env=environment).returncode == 0
    assert [row["image"] for row in workplace.report()] == ["a.png", "c.bmp", "trip/b.jpg"]
    assert "Nothing to do" in workplace.run("run", "jobs.yaml", env=environment).stdout
    Path(packed).write_bytes(b"no archive")
    gone = workplace.run("run", "jobs.yaml", env=environment)
    assert gone.returncode == 3
    assert "cannot be read: BadZipFile: File is not a zip file" in gone.stdout


def test_a_store_of_a_caller_knows_what_was_made(workplace, photos):
    workplace.write_job(JOB)
    job_file = load_job(workplace.path / "jobs.yaml")
    run_job(job_file, engine=ToyEngine(1))
    expected = workplace.tree()
    assert (workplace.output / LEDGER).exists()
    shutil.rmtree(workplace.output)
    store = ToyStore()
    with pytest.raises(NoRunError):
        verify_output(job_file.output, store=store)
    with review_output(plan_job(job_file, store=store), store=store) as found:
        assert found.count_reasons() == {"new": 12}
    summary = run_job(job_file, engine=ToyEngine(1), store=store)
    assert (summary.n_done, summary.n_failed) == (12, 0)
    assert workplace.tree() == expected
    assert not list(workplace.output.rglob("ledger*"))
    again = run_job(job_file, engine=ToyEngine(1), store=store)
    assert (again.n_done, again.n_skipped) == (0, 12)
    with open_kept(job_file.output, store) as kept:
        assert len(kept.known.plan.images) == 3
    verified = verify_output(job_file.output, store=store)
    assert (verified.n_variants, verified.n_compared, verified.problems) == (12, 12, ())
    for path in photos.rglob("*.*"):
        path.unlink()
    absent = run_job(job_file, engine=ToyEngine(1), store=store)
    assert (absent.n_absent, absent.n_failed) == (1, 0)
    assert workplace.tree().keys() == expected.keys()
