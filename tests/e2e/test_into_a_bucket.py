"""What is made in a bucket is what is made in a folder, and is guarded as that is."""

import json
import os
import signal

import pytest
from workplaces import OF_BUCKETS, wait_until

JOB = f"{OF_BUCKETS}formats: [png, pdf]\nsheet: both\n"


@pytest.fixture(scope="session")
def expected(of_a_folder):
    """The tree that the job makes in a folder."""
    of_a_folder.write_job(JOB, "both.yaml")
    done = of_a_folder.run("run", "both.yaml", "--output", "both")
    assert done.returncode == 0, done.stderr
    return of_a_folder.tree("both")


@pytest.fixture
def night(workplace, of_a_folder, bucket):
    """A job out of the bucket, and into it."""
    bucket.server.upload(of_a_folder.path / "photos", bucket.name, "photos")
    text = JOB.replace("photos", f"s3://{bucket.name}/photos")
    workplace.write_job(f"{text}output: s3://{bucket.name}/out\nstate: state\n", "both.yaml")
    return bucket


def differences(bucket, expected):
    """Paths of what is missing, too much, or other than expected."""
    made = bucket.tree("out")
    return [path for path in made | expected if made.get(path) != expected.get(path)]


def test_the_tree_in_a_bucket_is_the_tree_of_a_folder(night, expected, of_a_folder):
    done = night.run("run", "both.yaml", "-j", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Page:     s3://{night.name}/out/index.html" in done.stdout
    assert differences(night, expected) == []
    loaded = night.server.keys(night.name, "out/_run/")
    run_folder = of_a_folder.path / "both" / "_run"
    assert sorted(key.removeprefix("out/_run/") for key in loaded) == sorted(
        str(path.relative_to(run_folder))
        for name in ("page", "thumbs", "previews", "palettes")
        for path in (run_folder / name).rglob("*.*")
    )
    again = night.run("run", "both.yaml")
    assert "Nothing to do" in again.stdout
    assert night.counted.asked == {"LIST": 2}
    verified = night.run("verify", "state")
    assert (verified.returncode, "20 compared with the source" in verified.stdout) == (0, True)
    assert night.run("status", "state").returncode == 0
    assert night.run("report", "state").returncode == 0
    assert differences(night, expected) == []


def test_what_a_kill_leaves_is_finished_by_the_same_command(workplace, night, expected):
    env = os.environ | night.counted.environment
    night.counted.forget()
    run = workplace.start("run", "both.yaml", "-j", "2", env=env)
    wait_until(lambda: night.counted.asked["PUT"] > 20, run)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    done = night.run("run", "both.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert differences(night, expected) == []


def test_a_format_that_is_added_is_made_of_what_lies_in_the_bucket(workplace, night, expected):
    text = (workplace.path / "both.yaml").read_text()
    workplace.write_job(text.replace("formats: [png, pdf]", "formats: png"))
    assert night.run("run", "jobs.yaml").returncode == 0
    done = night.run("run", "both.yaml")
    assert done.returncode == 0, done.stdout
    assert differences(night, expected) == []
    asked = [key for method, key in night.counted.keys if method == "GET" and "/photos/" in key]
    assert not [key for key in asked if key.startswith(f"/{night.name}/photos/")]  # no source


def test_what_was_picked_is_copied_out_of_the_bucket(workplace, night, expected):
    assert night.run("run", "both.yaml").returncode == 0
    path = next(path for path in sorted(expected) if path.suffix == ".png")
    (workplace.path / "picks.json").write_text(json.dumps({"picks": [{"path": str(path)}]}))
    done = night.run("picks", "state", "picks.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert (workplace.path / "picks" / path).read_bytes() == night.tree("out")[path]


def test_pictures_that_share_a_palette_do_so_in_a_bucket(workplace, night, of_a_folder):
    more = "shared_palette: input\npalette_files: gpl\nformats: png\nsheet: none\n"
    text = JOB.partition("formats")[0] + more
    of_a_folder.write_job(text, "shared.yaml")
    done = of_a_folder.run("run", "shared.yaml", "--output", "shared")
    assert done.returncode == 0, done.stderr
    text = text.replace("photos", f"s3://{night.name}/photos")
    workplace.write_job(f"{text}output: s3://{night.name}/out\nstate: state\n", "shared.yaml")
    done = night.run("run", "shared.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert differences(night, of_a_folder.tree("shared")) == []
    assert "Nothing to do" in night.run("run", "shared.yaml").stdout
    assert night.counted.asked == {"LIST": 2}


def test_a_bucket_that_cannot_be_written_to_ends_the_run(night, expected):
    night.counted.refused = {f"/{night.name}/out/photos/c.bmp/c_k002_random.png": 403}
    done = night.run("run", "both.yaml")
    assert done.returncode == 4
    assert "c_k002_random.png: cannot be written: " in done.stderr
    assert "answers 403 Forbidden" in done.stderr
    night.counted.refused = {}
    assert night.run("run", "both.yaml").returncode == 0
    assert differences(night, expected) == []


def test_a_bucket_that_is_not_there_is_told_of_before_anything_is_made(workplace, night):
    text = (workplace.path / "both.yaml").read_text()
    workplace.write_job(text.replace(f"output: s3://{night.name}", "output: s3://no-such-bucket"))
    done = night.run("run", "jobs.yaml")
    assert done.returncode == 4
    assert "s3://no-such-bucket/out: cannot be listed: there is no bucket" in done.stderr
    assert "PUT" not in night.counted.asked


def test_damage_is_found_and_mended(night, expected):
    assert night.run("run", "both.yaml").returncode == 0
    damaged = "photos/a.png/a_k002_random.png"
    gone = "photos/a.png/a_k005_random.pdf"
    content = night.server.get(night.name, f"out/{damaged}")
    night.put(f"out/{damaged}", content[:-20] + bytes(20))
    night.server.delete(night.name, f"out/{gone}")
    verified = night.run("verify", "state")
    assert verified.returncode == 3
    assert f"{damaged}: found other content than what was written" in verified.stdout
    assert f"{gone}: cannot be read: there is no such object" in verified.stdout
    mended = night.run("run", "both.yaml", "--verify")
    assert mended.returncode == 0, mended.stdout
    assert differences(night, expected) == []
    night.put("out/report.csv", night.server.get(night.name, "out/report.csv")[:-3] + b"9\r\n")
    night.server.delete(night.name, "out/index.html")
    verified = night.run("verify", "state")
    assert verified.returncode == 3
    assert "report.csv: found other content than what was written" in verified.stdout
    assert "index.html: cannot be read: there is no such object" in verified.stdout
    assert night.run("run", "both.yaml").returncode == 0
    assert "index.html" in {str(path) for path in night.tree("out")}


def test_what_a_stranger_put_there_stays(workplace, night, expected, of_a_folder):
    """The pictures are those of a folder: either end may lie in a bucket without the other."""
    text = (workplace.path / "both.yaml").read_text()
    photos = str(of_a_folder.path / "photos")
    workplace.write_job(text.replace(f"s3://{night.name}/photos", f'"{photos}"'), "both.yaml")
    stranger = "out/photos/a.png/a_k002_random.png"
    night.put(stranger, b"somebody's")
    done = night.run("run", "both.yaml")
    assert done.returncode == 3
    assert "a file that batchquant did not write is in place of a_k002_random.png" in done.stdout
    assert night.server.get(night.name, stranger) == b"somebody's"
    replaced = night.run("run", "both.yaml", "--replace")
    assert replaced.returncode == 0, replaced.stdout
    assert differences(night, expected) == []
    night.put("out/report.csv", b"somebody's")
    refused = night.run("run", "both.yaml")
    assert refused.returncode == 2
    assert "report.csv: there is an object that batchquant did not write" in refused.stderr


def test_prune_deletes_what_is_ours_alone(workplace, night, expected):
    assert night.run("run", "both.yaml").returncode == 0
    night.put("out/photos/a.png/note.txt", b"somebody's")
    changed = "out/photos/a.png/a_k005_random.png"
    night.put(changed, b"somebody's")
    text = (workplace.path / "both.yaml").read_text().replace("k: [2, 5]", "k: 2")
    workplace.write_job(text, "both.yaml")
    pruned = night.run("prune", "state", "both.yaml", "--yes")
    assert pruned.returncode == 0, pruned.stderr
    left = {path for path in night.tree("out") if "_k005_" in path.name}
    assert {f"out/{path}" for path in left} == {changed}
    assert night.server.get(night.name, "out/photos/a.png/note.txt") == b"somebody's"


def test_a_folder_keeps_the_state_of_one_place(workplace, night):
    assert night.run("run", "both.yaml").returncode == 0
    text = (workplace.path / "both.yaml").read_text()
    workplace.write_job(text.replace("/out\n", "/other\n"), "both.yaml")
    other = night.run("run", "both.yaml")
    assert other.returncode == 2
    assert f"it has the state of a run whose outputs lie in s3://{night.name}/out" in other.stderr
    workplace.write_job(f"inputs: s3://{night.name}/photos\nk: 2\noutput: state\n")
    local = night.run("run", "jobs.yaml")
    assert local.returncode == 2
    assert "not in a folder. Choose another folder." in local.stderr


def test_one_sheet_has_the_combinations_in_a_bucket_too(workplace, night):
    text = (workplace.path / "both.yaml").read_text()
    text = text.replace("k: [2, 5]", "k: [2]\nvary: {blur: [0, 2]}").replace("sheet: both", "")
    workplace.write_job(text.replace("formats: [png, pdf]", "formats: png"))
    assert night.run("run", "jobs.yaml").returncode == 0
    made = {path: content for path, content in night.tree("out").items() if "_vary" in path.name}
    assert len(made) == 5
    night.server.delete(night.name, f"out/{next(iter(made))}")
    done = night.run("run", "jobs.yaml")
    assert "20 made before, 1 contact sheet or book drawn" in done.stdout
    tree = night.tree("out")
    assert {path: tree.get(path) for path in made} == made
    assert night.run("verify", "state").returncode == 0
