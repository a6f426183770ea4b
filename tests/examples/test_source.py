"""What every source can do, tried on one that is a dict."""

import hashlib

import pytest
from toy_source import ALBUM, ORDER, Toy

from batchquant import load_job
from batchquant.errors import ImageError, JobFileError
from batchquant.images.read.header import Header
from batchquant.sources import registry
from batchquant.sources.local import LocalFolder
from batchquant.sources.patterns import Wanted
from batchquant.sources.reading import read_source, sha256_of_source
from batchquant.sources.registry import source_of
from batchquant.sources.search import find_images
from batchquant.sources.source import ImageFile, below, scheme_of, suffix_of

SCAN = ImageFile("toy://album/scan", "scan", 7)


@pytest.fixture
def toy(monkeypatch):
    """The toy is installed."""
    both = {"": LocalFolder(), "toy": Toy()}
    for module in ("sources.registry", "jobfile.paths"):
        monkeypatch.setattr(f"batchquant.{module}.sources", lambda: both)
    return both["toy"]


@pytest.mark.parametrize(
    ("place", "scheme"),
    [
        ("S3://bucket/a", "s3"),
        ("git+ssh://host", "git+ssh"),
        ("/a/toy://b", ""),
        ("./toy://b", ""),
        ("3d://b", ""),
        ("toy:/b", ""),
        ("", ""),
    ],
)
def test_a_place_begins_with_its_scheme(place, scheme):
    assert scheme_of(place) == scheme


def test_names_below_a_place():
    assert below("/photos", "trip/a.png") == "/photos/trip/a.png"
    assert below("/photos", "") == "/photos"
    assert below("/photos", "trip/") == "/photos/trip"
    assert below("/", "") == "/"
    assert below("toy://album", "a.png") == "toy://album/a.png"
    assert suffix_of("toy://album.old/a.PNG") == ".png"
    assert suffix_of("toy://album.old/scan") == ""


def test_what_is_hidden_is_not_wanted_of_any_source():
    wanted = Wanted()
    assert wanted.match("trip/a.png")
    for name in (".a.png", "trip/.a.png", ".trip/a.png", "x/@eaDir/a.png"):
        assert not wanted.match(name)
    assert not wanted.match_folder("x/.git")
    assert Wanted(include=["*.png"], exclude=["trip/"]).match("a.png")
    assert not Wanted(include=["*.png"], exclude=["trip/"]).match("trip/a.png")
    assert not Wanted(exclude=["trip/"]).match_folder("trip")


def test_files_are_sorted_and_looked_into_whatever_their_source(toy):
    asked = []

    def is_picture(file):
        asked.append(file.relative)
        return toy.is_picture(file)

    found = find_images("toy://album", suffixes={".png", ".jpg"}, is_picture=is_picture)
    assert [file.relative for file in found.files] == ["a.png", "scan", "trip/b.jpg"]
    assert found.left_out == ("toy://album/notes.txt",)
    assert asked == ["scan", "notes.txt"]
    some = find_images("toy://album", suffixes=(), include=["*.png"])
    assert [file.place for file in some.files] == ["toy://album/a.png"]


def test_an_input_is_empty_only_if_patterns_are_not_why(toy, monkeypatch):
    excluded = find_images("toy://album", suffixes={".png"}, exclude=["*"])
    assert (excluded.files, excluded.is_empty) == ((), False)
    assert find_images("toy://other", suffixes={".png"}, exclude=["*"]).is_empty
    monkeypatch.setenv(ORDER, "null")
    gone = find_images("toy://album", suffixes={".png"})
    assert gone.reasons("toy://album") == ["toy://album: cannot be read: No such album"]


def test_all_else_follows_from_opening(toy):
    content = ALBUM["scan"]
    assert read_source(SCAN.place).content == content
    assert sha256_of_source(SCAN.place) == hashlib.sha256(content).hexdigest()
    assert read_source(SCAN.place).sha256 == sha256_of_source(SCAN.place)
    assert toy.header(SCAN) == Header(((16, 12),))
    assert toy.is_picture(SCAN)
    assert not toy.is_picture(ImageFile("toy://album/notes.txt", "notes", 7))
    assert not toy.is_picture(ImageFile(SCAN.place, "scan.png", 7))  # by its name already


def test_what_cannot_be_opened_is_a_value(toy):
    gone = ImageFile("toy://album/gone", "gone", 7)
    assert (toy.header(gone), toy.is_picture(gone), toy.sha256(gone.place)) == (None, False, None)


def test_a_place_whose_source_is_not_installed_cannot_be_read():
    with pytest.raises(ImageError, match="unreadable: no source of toy:// is installed"):
        source_of("toy://album")
    assert sha256_of_source("toy://album/a.png") is None
    assert list(registry.sources()) == ["", "s3"]


def test_a_place_in_a_job_file_is_known_by_its_last_name(toy, tmp_path):
    (tmp_path / "jobs.yaml").write_text(
        "inputs: [TOY://x/album/, {path: toy://b, name: c}]\nk: 3\n"
    )
    (job,) = load_job(tmp_path / "jobs.yaml").jobs
    told = [(given.path, given.name, given.root) for given in job.inputs]
    assert told == [("toy://x/album", "album", "toy://x/album"), ("toy://b", "c", "toy://b")]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("toy://", "Write a name behind toy://"),
        ("toi://album", "there is no source of toi:// here. Installed are sources of toy://"),
        ("[toy://a/x, toy://b/x]", "another input is called 'x', too"),
    ],
)
def test_places_that_say_nothing_are_refused(toy, tmp_path, given, told):
    (tmp_path / "jobs.yaml").write_text(f"inputs: {given}\nk: 3\n")
    with pytest.raises(JobFileError, match=told):
        load_job(tmp_path / "jobs.yaml")
