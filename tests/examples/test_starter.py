"""The job file to begin with."""

import os
import re
from pathlib import Path

import pytest

from batchquant import load_job
from batchquant.errors import NoImagesError, UsageError
from batchquant.jobfile.model import Job
from batchquant.jobfile.parts import InputFolder
from batchquant.jobfile.run_wide import RUN_WIDE
from batchquant.jobfile.template import FIRST, starter_text, write_starter

OPTIONAL_KEY = re.compile(r"^#(?=(\w+): )", re.MULTILINE)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put_picture(folder, name="a.png"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).touch()
    return folder


def written(folder, job_file="jobs.yaml"):
    """Write a starter and return what the job file says, loaded."""
    write_starter(Path(folder), Path(job_file))
    return load_job(job_file)


def uncommented(text, *keys):
    return OPTIONAL_KEY.sub(lambda match: "" if match[1] in keys else "#", text)


def test_it_says_where_pictures_come_from_and_go_to(here):
    put_picture(here / "photos" / "trip")
    put_picture(here / "photos", "b.JPG")
    put_picture(here / "photos", "c.heic")
    put_picture(here / "photos", ".hidden.png")
    put_picture(here / "photos", "notes.txt")
    found = write_starter(Path("photos"), Path("jobs.yaml"))
    assert [file.relative for file in found.files] == ["b.JPG", "c.heic", "trip/a.png"]
    assert [Path(place).name for place in found.left_out] == ["notes.txt"]
    job_file = load_job("jobs.yaml")
    (job,) = job_file.jobs
    assert job_file.output == here / "out"
    assert job.inputs == (InputFolder(path=str(here / "photos"), name="photos"),)
    assert job.k == (3, 5, 7, 9, 11, 16, 24)
    assert job.init == Job.model_fields["init"].default


def test_numbers_are_written_as_a_person_would():
    text = starter_text("photos", None, "out")
    assert "\n#dpi: 150\n" in text
    assert "\n#blur: 0\n" in text
    assert not re.search(r"^#?\w+: .*\d\.0\b", text, re.MULTILINE)


def test_every_key_is_explained():
    text = starter_text("photos", None, "out")
    keys = re.findall(r"^#?(\w+):", text, re.MULTILINE)
    without = {"name", "state"}  # which goes with a bucket
    known = RUN_WIDE | set(Job.model_fields) | {"jobs", "vary"}
    assert sorted(keys) == sorted(known - without)
    for key in keys:
        assert re.search(rf"^# .*\n#?{key}:", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) < 80
    told = text.replace("\n# ", " ")
    assert "Choices: keep, srgb." in told
    assert "png, pdf, both or none.\n#sheet:" in told  # and no choices: that is all of them


TEXT = starter_text("photos", None, "out")
OPTIONAL = sorted(
    set(re.findall(r"^#(\w+):", TEXT, re.MULTILINE))
    - {"palette", "background", "dither_strength", "vary"}
)


@pytest.mark.parametrize(
    "text",
    [
        *(uncommented(TEXT, key) for key in OPTIONAL),
        uncommented(TEXT, *OPTIONAL),
        uncommented(TEXT, "vary"),
        uncommented(TEXT, "palette").replace("\nk: ", "\n#k: "),
        uncommented(TEXT, "background").replace('#formats: ["png"]', 'formats: ["png", "pdf"]'),
        uncommented(TEXT, "dither", "dither_strength").replace('"none"\n', '"bayer"\n'),
        TEXT.replace("#- {", "- {"),
    ],
    ids=[*OPTIONAL, "all", "vary", "palette", "background", "dither_strength", "long form"],
)
def test_what_is_commented_out_may_be_taken(text, here):
    put_picture(here / "photos")
    Path("jobs.yaml").write_text(text, encoding="utf-8")
    changed = [line for line in text.splitlines() if line not in TEXT.splitlines()]
    assert changed
    assert load_job("jobs.yaml").output == here / "out"


NAMES = [
    "my photos",
    " leading and trailing ",
    'it\'s "best"',
    "a #1",
    "a: b",
    "{x, y}",
    "[z]",
    "back\\slash",
    "-x",
    "--",
    "~x",
    "~",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a`",
    "yes",
    "010",
    "null",
    "été",
    "e\u0301te\u0301",
    "写真",
    "📷",
    "two\nlines",
    "tab\tbed",
    "bell\x07",
    "del\x7f",
    "next\x85line",
    "sep\u2028arated",
    "\ufeffbom",
    "\uffff",
    "\U0001ffff",
    ".hidden",
    "_run",
    "Report.CSV",
    "long" * 60,
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name(name, here):
    put_picture(here / name)
    (folder,) = written(here / name).jobs[0].inputs
    assert folder.path == str(here / name)
    put_picture(here / "other")
    (folder,) = written(name, "other/jobs.yaml").jobs[0].inputs  # ../NAME
    assert folder.path == str(here / name)
    os.chdir(here / name)
    (folder,) = written(".", "within.yaml").jobs[0].inputs
    assert folder.path == str(here / name)


def test_a_name_of_its_own_goes_into_the_output_tree(here):
    put_picture(here / "photos")
    put_picture(here / ".hidden")
    names = [
        written(folder, f"{i}.yaml").jobs[0].inputs[0].name
        for i, folder in enumerate(["photos", ".hidden"])
    ]
    assert names == ["photos", "pictures"]


def test_a_name_that_is_not_utf_8(here):
    folder = put_picture(Path(os.fsdecode(os.fsencode(here) + b"/caf\xe9")))
    with pytest.raises(UsageError, match="its name is not UTF-8"):
        written(folder)
    assert not Path("jobs.yaml").exists()
    (within,) = written(folder, folder / "jobs.yaml").jobs[0].inputs
    assert within.path == str(folder)


def test_a_folder_beside_and_above_the_job_file(here):
    put_picture(here / "photos")
    assert written("photos", "jobs/night.yaml").jobs[0].inputs[0].path == str(here / "photos")
    assert '"../photos"' in Path("jobs/night.yaml").read_text()
    os.chdir(here / "jobs")
    assert written("..", "above.yaml").jobs[0].inputs[0].path == str(here)


def test_a_link_keeps_its_name(here):
    put_picture(here / "camera" / "DCIM0001")
    (here / "photos").symlink_to(here / "camera" / "DCIM0001")
    (folder,) = written("photos").jobs[0].inputs
    assert (folder.path, folder.name) == (str(here / "camera" / "DCIM0001"), "photos")


def test_outputs_of_earlier_runs_are_no_pictures(here):
    put_picture(here)
    put_picture(here / "out" / "photos" / "a.png", "a_k003_random.png")
    (here / "out" / "_run").mkdir()
    found = write_starter(Path(), Path("jobs.yaml"))
    assert [file.relative for file in found.files] == ["a.png"]
    assert load_job("jobs.yaml").output == here / "out"


def test_pictures_in_a_folder_named_as_the_output_are_pictures(here):
    put_picture(here / "out" / "trip")
    assert written("out").output == here / "out-2"
    (here / "out-2").touch()
    assert written(".", "all.yaml").output == here / "out-3"
    (here / "out" / "_run").mkdir()
    assert written("out/trip", "trip.yaml").output == here / "out-3"


def test_nothing_is_written_over(here):
    put_picture(here / "photos")
    Path("jobs.yaml").write_text("mine")
    with pytest.raises(UsageError, match=r"^jobs.yaml: there is such a file already, .* by --file"):
        written("photos")
    assert Path("jobs.yaml").read_text() == "mine"
    Path("link.yaml").symlink_to("nowhere")
    with pytest.raises(UsageError, match=r"^link.yaml: there is such a file"):
        written("photos", "link.yaml")
    assert not Path("nowhere").exists()


def test_a_disk_that_is_full_leaves_no_file(here, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    put_picture(here / "photos")
    monkeypatch.setattr("batchquant.jobfile.template.publish", full)
    with pytest.raises(OSError, match="No space left"):
        written("photos")
    assert [path.name for path in here.iterdir()] == ["photos"]


def test_a_folder_that_needs_a_package_is_told_as_what_it_is(here, monkeypatch):
    monkeypatch.setattr(
        "batchquant.images.read.formats.is_installed", lambda reader: reader == "Pillow"
    )
    put_picture(here / "phone", "a.heic")
    put_picture(here / "phone", "b.HEIC")
    told = (
        r"phone: no picture in it or below that can be read as it is installed\. 2 HEIC files"
        r" \(\.heic\) were left out; pip install pillow-heif reads them\.$"
    )
    with pytest.raises(NoImagesError, match=told):
        written("phone")


def test_keys_stand_in_the_order_that_people_look_for_them():
    keys = re.findall(r"^#?(\w+):", starter_text("photos", None, "out"), re.MULTILINE)
    assert keys[:7] == ["inputs", "k", "init", "formats", "target", "palette", "output"]
    assert keys[2 : 2 + len(FIRST)] == [*FIRST]
    experts = {"csv_bom", "memory", "timeout", "max_pixels", "tol", "max_iter", "truncated"}
    assert experts.isdisjoint(keys[: 2 + len(FIRST)])


def test_no_picture(here):
    put_picture(here / "texts", "notes.txt")
    with pytest.raises(
        NoImagesError,
        match=r"texts: no picture .*, only 1 \.txt\. .* HEIC .*: batchquant init FOLDER$",
    ):
        written("texts")
    assert not Path("jobs.yaml").exists()
