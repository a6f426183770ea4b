import json
import shutil
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batchquant import load_job
from batchquant.errors import JobFileError
from batchquant.images.read.picture import MAX_PIXELS
from batchquant.jobfile import job_file_schema
from batchquant.jobfile.values import INIT_ALIASES, INIT_NAMES
from batchquant.quantization.kmeans.initialize import INITS
from batchquant.report.manifest import manifest_json, settings_of_jobs

BAD = Path(__file__).parents[1] / "data" / "jobs" / "bad"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with some input folders and a file."""
    for name in ("photos", "other/photos", "scans/2024", ".hidden"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a-file").touch()
    (tmp_path / "loop").symlink_to("loop")
    shutil.copytree(BAD / "palettes", tmp_path / "palettes")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(text, **options):
    Path("jobs.yaml").write_text(text, encoding="utf-8")
    return load_job("jobs.yaml", **options)


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_bad_job_file_gives_exactly_its_message(path, folder):
    shutil.copy(path, folder)
    with pytest.raises(JobFileError) as caught:
        load_job(path.name)
    expected = path.with_suffix(".txt").read_text(encoding="utf-8")
    assert f"{caught.value}\n".replace(str(folder), "$ROOT") == expected
    assert caught.value.exit_code == 2


def test_every_bad_job_file_has_its_message_and_every_message_its_file():
    assert {path.stem for path in BAD.glob("*.yaml")} == {path.stem for path in BAD.glob("*.txt")}


@pytest.mark.parametrize(
    ("n", "end"), [(20, "k[19]"), (21, "and 1 more problem."), (22, "and 2 more problems.")]
)
def test_twenty_problems_are_told_one_by_one(folder, n, end):
    with pytest.raises(JobFileError) as caught:
        load("inputs: photos\nk:\n" + "  - x\n" * n)
    last = str(caught.value).splitlines()[19:]
    assert len(last) == 1 + (n > 20)
    assert end in last[-1]


def test_defaults(folder):
    job_file = load("inputs: photos\nk: 3\n")
    (job,) = job_file.jobs
    (source,) = job.inputs
    assert (job_file.output, job_file.seed) == (folder / "out", 0)
    assert (source.path, source.name, source.exclude) == (str(folder / "photos"), "photos", ())
    assert (job.name, job.include, job.k, job.init) == ("", (), (3,), ("kmeans++",))
    assert (job.n_init, job.max_iter, job.tol) == ("auto", 1000, 0)
    assert (job.formats, job.dpi) == (("png",), 150)
    assert (job.frames, job.truncated, job.max_pixels) == ("first", "fail", MAX_PIXELS)
    assert (job.color_profile, job.alpha, job.background) == ("keep", "keep", (255, 255, 255))
    assert (job.reduce, job.blur, job.color_space, job.dither) == (None, 0, "srgb", "none")
    assert (job.refine, job.palette, job.pin, job.palette_files) == ("none", (), (), ())


def test_every_key(folder):
    job_file = load(
        """
output: elsewhere/out
seed: 7
inputs: [photos, {path: scans/2024, name: scans, exclude: ["drafts/"]}]
include: ["*.jpg", "*.png"]
frames: all
truncated: accept
max_pixels: 1000000
color_profile: srgb
alpha: flatten
reduce: 640
blur: 1.5
k: [3, 5, 7, 9, 11, 16..32:8]
pin: ["#ffffff", "#Ff8800", "ffffff"]
init: [random, in_pixel]
n_init: 2
refine: swaps
max_iter: 50
tol: 0.5
color_space: oklab
dither: floyd-steinberg
formats: [png, pdf]
palette_files: [gpl, hex, json, swatch]
background: "#000000"
dpi: 300
"""
    )
    (job,) = job_file.jobs
    assert job_file.output == folder / "elsewhere" / "out"
    assert job_file.seed == 7
    assert [(source.name, source.exclude) for source in job.inputs] == [
        ("photos", ()),
        ("scans", ("drafts/",)),
    ]
    assert job.include == ("*.jpg", "*.png")
    assert job.k == (3, 5, 7, 9, 11, 16, 24, 32)
    assert job.init == ("random", "in_pixel")
    assert job.formats == ("png", "pdf")
    assert (job.n_init, job.max_iter, job.tol, job.dpi) == (2, 50, 0.5, 300)
    assert (job.frames, job.truncated, job.max_pixels) == ("all", "accept", 1_000_000)
    assert (job.color_profile, job.alpha, job.background) == ("srgb", "flatten", (0, 0, 0))
    assert (job.reduce, job.blur) == (640, 1.5)
    assert (job.refine, job.color_space, job.dither) == ("swaps", "oklab", "floyd-steinberg")
    assert job.pin == ((255, 255, 255), (255, 136, 0))
    assert job.palette_files == ("gpl", "hex", "json", "swatch")


@pytest.mark.parametrize(
    ("written", "k"),
    [
        ("5", (5,)),
        ("2..5", (2, 3, 4, 5)),
        ("[9, 3, 3, 2..4]", (2, 3, 4, 9)),
        ("16..32:8", (16, 24, 32)),
        ("1..10:4", (1, 5, 9)),
        ("[4096, 1]", (1, 4096)),
        ('"2..3"', (2, 3)),
    ],
)
def test_k_is_expanded_sorted_and_merged(written, k, folder):
    assert load(f"inputs: photos\nk: {written}\n").jobs[0].k == k


def test_forgy_is_recorded_as_in_pixel_and_merged_with_it(folder):
    job_file = load("inputs: photos\nk: 3\ninit: [forgy, random, in_pixel]\n")
    assert job_file.jobs[0].init == ("in_pixel", "random")


def test_jobs_override_shared_defaults(folder):
    job_file = load(
        """
seed: 3
inputs: photos
k: [3, 5]
formats: [png, pdf]
jobs:
  - name: a
  - {name: b, k: 7, formats: pdf, inputs: [photos, scans/2024]}
"""
    )
    first, second = job_file.jobs
    assert (first.name, first.k, first.formats) == ("a", (3, 5), ("png", "pdf"))
    assert (second.name, second.k, second.formats) == ("b", (7,), ("pdf",))
    assert [source.name for source in second.inputs] == ["photos", "2024"]


def test_a_quoted_number_is_a_name_and_a_date_needs_no_quotes(folder):
    for name in ("010", "2024-05-01"):
        (folder / name).mkdir()
    job_file = load("inputs: ['010', 2024-05-01]\nk: 3\n")
    assert [source.name for source in job_file.jobs[0].inputs] == ["010", "2024-05-01"]


def test_a_single_file_belongs_to_its_folder(folder):
    (folder / "photos" / "cat.jpg").touch()
    (folder / "photos" / "dog.jpg").touch()
    job_file = load("inputs: [photos/cat.jpg, photos/dog.jpg]\nk: 3\n")
    assert [source.name for source in job_file.jobs[0].inputs] == ["photos", "photos"]


def test_paths_are_relative_to_the_job_file(folder, monkeypatch):
    load("inputs: photos\nk: 3\n")
    monkeypatch.chdir("/")
    job_file = load_job(folder / "jobs.yaml")
    assert job_file.jobs[0].inputs[0].path == str(folder / "photos")
    assert job_file.output == folder / "out"


def test_the_home_folder_is_known(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    assert load("inputs: ~/photos\nk: 3\n").jobs[0].inputs[0].path == str(folder / "photos")


def test_output_can_be_given_from_outside(folder):
    job_file = load("inputs: photos\nk: 3\noutput: a\n", output="b")
    assert job_file.output == folder / "b"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"# " + b"x" * 257 * 1024 + b"\ninputs: photos\nk: 3\n", "larger than 256 kB"),
        (b"k: " + b"[" * 100_000, "nested deeper than 16"),
        (b"- " * 100_000, "nested deeper than 16"),
        (b"{a: " * 60_000, "nested deeper than 16"),
        (b"? " * 100_000, "a list or mapping is no key"),
        (b"k: " + b"9" * 200_000, "k: '999"),
        (b"k: [" + b"x," * 100_000 + b"x]\ninputs: photos", "more than 5000 values"),
        (b"? " + b"a" * 200_000, "aaa"),
        (b"\xff\xfek\x00:\x00", "the byte 0xFF here is no UTF-8"),
    ],
    ids=["large", "flow", "block", "mappings", "keys", "digits", "values", "long-key", "utf-16"],
)
def test_a_hostile_file_is_one_line(content, told, folder):
    Path("jobs.yaml").write_bytes(content)
    with pytest.raises(JobFileError) as caught:
        load_job("jobs.yaml")
    assert told in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("jobs.yaml", "no such file. To write one: batchquant init FOLDER"),
        ("night.yaml", "no such file. To write one: batchquant init FOLDER --file night.yaml"),
        ("day.yaml", "no such file. Did you mean days.yaml?"),
        ("photos", "a folder, not a job file. To write one for it: batchquant init photos"),
        (
            "a.PNG",
            "a picture, not a job file. To show it in a few colors: batchquant image a.PNG -k 5",
        ),
    ],
)
def test_an_unreadable_file_is_told(path, told, folder):
    (folder / "days.yaml").touch()
    (folder / "a.PNG").touch()
    with pytest.raises(JobFileError) as caught:
        load_job(path)
    assert str(caught.value) == f"{path}: {told}"


@pytest.mark.parametrize(("given", "dpi"), [("source", "source"), ("1", 1.0), ("72.5", 72.5)])
def test_dpi_is_a_number_or_that_of_the_source(given, dpi, folder):
    job_file = load(f"inputs: photos\nk: 3\ndpi: {given}\n")
    assert job_file.jobs[0].dpi == dpi
    assert type(job_file.jobs[0].dpi) is type(dpi)
    with warnings.catch_warnings(action="error"):
        assert settings_of_jobs(manifest_json(job_file, 1, datetime.now(UTC)))[""].dpi == dpi


@pytest.mark.parametrize(
    ("given", "sheet"),
    [
        ("[png, pdf]", "both"),
        ("[pdf, png, pdf]", "both"),
        ("[pdf]", "pdf"),
        ("[none]", "none"),
        ("both", "both"),
    ],
)
def test_sheets_are_a_word_or_a_list(given, sheet, folder):
    assert load(f"inputs: photos\nk: 3\nsheet: {given}\n").jobs[0].sheet == sheet


def test_a_timeout_of_whole_seconds_can_be_written_down(folder):
    job_file = load("inputs: photos\nk: 3\ntimeout: 6\n")
    with warnings.catch_warnings(action="error"):
        assert job_file.model_dump()["timeout"] == 6


def test_a_byte_order_mark_is_harmless(folder):
    Path("jobs.yaml").write_bytes(b"\xef\xbb\xbfinputs: photos\nk: 3\n")
    assert load_job("jobs.yaml").jobs[0].k == (3,)


def test_settings_that_an_earlier_version_did_not_know_are_as_they_were_then(folder):
    job_file = load("inputs: photos\nk: 3\nseed: 4\n")
    manifest = json.loads(manifest_json(job_file, 1, datetime.now(UTC)))
    del manifest["job_file"]["jobs"][0]["dither_strength"]
    (settings,) = settings_of_jobs(json.dumps(manifest).encode()).values()
    assert (settings.seed, settings.dither_strength) == (4, 1)


def test_the_committed_schema_is_the_one_that_is_printed():
    committed = REPOSITORY / "configs" / "batchquant.schema.json"
    assert json.loads(committed.read_text()) == job_file_schema()


def test_the_starts_of_job_files_are_those_of_kmeans():
    assert set(INIT_NAMES) == set(INITS)
    for alias, name in INIT_ALIASES.items():
        assert INITS[alias] is INITS[name]


def test_kmeans_plusplus_may_be_spelled_as_scikit_learn_does(folder):
    (job,) = load("inputs: photos\nk: 3\ninit: [k-means++, maximin, kmeans++]\n").jobs
    assert job.init == ("kmeans++", "maximin")
