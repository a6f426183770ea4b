"""Where outputs lie, by what a folder says of it; without a server."""

import random

import pytest

from batchquant import load_job
from batchquant.errors import ImageError, StorageError, UsageError
from batchquant.files.buckets import Listed
from batchquant.files.listing import Listing
from batchquant.files.output_bucket import NOTE, bucket_of_output, declare, note_bucket
from batchquant.files.outputs import (
    has_output,
    is_taken,
    place_of_output,
    publish_output,
    read_output,
    withdraw,
)


class Fake:
    """What an `OutputBucket` asks of a bucket, on a dict; counts what is asked."""

    def __init__(self):
        self.objects, self.asked = {}, []

    def list(self, prefix):
        self.asked.append("LIST")
        for key, content in self.objects.items():
            yield Listed(key, len(content), 0, "")

    def head(self, key):
        self.asked.append("HEAD")
        if key not in self.objects:
            raise FileNotFoundError(2, "there is no such object")
        return Listed(key, len(self.objects[key]), 0, "")

    def read(self, key):
        self.asked.append("GET")
        return self.objects[key]

    def parts(self, key):
        self.asked.append("GET")
        yield self.objects[key]

    def put(self, key, content):
        self.asked.append("PUT")
        self.objects[key] = content if isinstance(content, bytes) else content.read_bytes()

    def delete(self, key):
        self.objects.pop(key, None)


@pytest.fixture
def bucket(monkeypatch):
    fake = Fake()
    monkeypatch.setattr("batchquant.files.output_bucket.bucket_of", lambda name: fake)
    bucket_of_output.cache_clear()
    yield fake
    bucket_of_output.cache_clear()


@pytest.fixture
def state(tmp_path, bucket):
    """A folder that names the bucket."""
    declare(tmp_path, "s3://night/out")
    note_bucket(tmp_path)
    return tmp_path


def test_a_folder_says_where_its_outputs_lie(state):
    assert (state / NOTE).read_text() == "s3://night/out\n"
    assert place_of_output(state) == "s3://night/out"
    assert place_of_output(state / "other") == str(state / "other")
    declare(state, "s3://night/out")
    with pytest.raises(UsageError, match="whose outputs lie in s3://night/out, not in s3://b"):
        declare(state, "s3://b")
    with pytest.raises(UsageError, match="not in a folder"):
        declare(state, "")


def test_a_folder_that_a_command_names_takes_the_place_of_a_bucket(tmp_path):
    job = tmp_path / "jobs.yaml"
    job.write_text("inputs: s3://day/photos\nk: 3\noutput: s3://night/out/\nstate: state\n")
    job_file = load_job(job)
    assert (job_file.output, job_file.bucket) == (tmp_path / "state", "s3://night/out")
    job_file = load_job(job, output=tmp_path / "out")
    assert (job_file.output, job_file.bucket) == (tmp_path / "out", "")


@pytest.mark.parametrize("text", ["nonsense", "s3://", "s3://a\x1b[2J", "ftp://a"])
def test_what_a_folder_says_is_not_believed(tmp_path, text, bucket):
    (tmp_path / NOTE).parent.mkdir()
    (tmp_path / NOTE).write_text(text)
    with pytest.raises(StorageError, match="it names no place in a bucket"):
        bucket_of_output(tmp_path)


def test_what_the_page_loads_goes_into_the_bucket_and_what_is_known_stays(state, bucket):
    for path in ("a/b.png", "_run/thumbs/1.jpg", "_run/histograms/1"):
        publish_output(state, path, b"1234", may_replace=True)
    assert set(bucket.objects) == {"out/a/b.png", "out/_run/thumbs/1.jpg"}
    assert (state / "_run/histograms/1").read_bytes() == b"1234"
    assert not (state / "a").exists()
    withdraw(state, "a/b.png")
    withdraw(state, "a/b.png")
    assert set(bucket.objects) == {"out/_run/thumbs/1.jpg"}


def test_a_bucket_is_listed_once_and_asked_where_that_does_not_tell(state, bucket):
    bucket.objects |= {"out/a.png": b"1234"}
    assert is_taken(state, "a.png")
    assert not is_taken(state, "b.png")
    assert has_output(state, "a.png", 4)
    assert bucket.asked == ["LIST"]
    bucket.objects |= {"out/b.png": b"12"}  # by a worker, meanwhile
    assert has_output(state, "b.png", 2)
    assert not has_output(state, "c.png", 2)
    assert bucket.asked == ["LIST", "HEAD", "HEAD"]


def test_a_listing_tells_what_a_dict_tells():
    rng = random.Random(1)
    names = [f"{rng.random()}/ä.png" for _ in range(1000)]
    known = {name: rng.randrange(1 << 40) for name in names[:500]}
    listing = Listing(known.items())
    assert all(listing.size_of(name) == known.get(name) for name in names)
    listing.note(names[0], None)
    listing.note(names[-1], 7)
    assert (listing.size_of(names[0]), listing.size_of(names[-1])) == (None, 7)
    assert Listing([]).size_of("a") is None


def test_what_others_wrote_is_replaced_only_if_that_is_wanted(state, bucket):
    bucket.objects |= {"out/a.png": b"1234"}
    assert publish_output(state, "a.png", b"1234", may_replace=False)  # the very same
    with pytest.raises(ImageError, match="blocked: a file that batchquant did not write"):
        publish_output(state, "a.png", b"5678", may_replace=False)
    assert read_output(state, "a.png") == b"1234"
    assert not publish_output(state, "a.png", lambda stream: stream.write(b"56"), may_replace=True)
    assert read_output(state, "a.png") == b"56"
    assert not list(state.rglob("*.part"))
