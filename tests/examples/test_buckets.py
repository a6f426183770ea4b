"""What is said of buckets, and how little of an object is read; without a server."""

import io
import random
import struct

import pytest
from PIL import Image

from batchquant.files import buckets
from batchquant.images.read.header import read_header
from batchquant.sources.ranges import FIRST_BYTES, Parts, open_parts
from batchquant.sources.registry import source_of


class Fetched:
    """Content that is fetched in parts, which are counted."""

    def __init__(self, content):
        self.content, self.asked = content, []

    def __call__(self, start, length):
        self.asked.append((start, length))
        return self.content[start : start + length]

    def open(self):
        return open_parts(Parts(self, len(self.content)))


def test_parts_of_a_file_are_read_as_the_file_is():
    rng = random.Random(1)
    content = rng.randbytes(1_000_000)
    fetched = Fetched(content)
    plain = io.BytesIO(content)
    with fetched.open() as stream:
        for _ in range(200):
            how = rng.choice([io.SEEK_SET, io.SEEK_END])
            offset = rng.randrange(1_100_000) - (1_000_000 if how else 0)
            length = rng.choice([1, 26, 5_000, 300_000])
            assert stream.seek(offset, how) == plain.seek(offset, how)
            assert stream.read(length) == plain.read(length)
            assert stream.tell() == plain.tell()
        stream.seek(7)
        assert stream.read() == content[7:]
    assert sum(length for _, length in fetched.asked) <= len(content)  # nothing twice
    assert len(fetched.asked) < 40


def test_all_of_a_file_is_read_at_once():
    fetched = Fetched(bytes(10 * FIRST_BYTES))
    with fetched.open() as stream:
        assert stream.read() == fetched.content
    assert fetched.asked == [(0, 10 * FIRST_BYTES)]


def test_a_header_at_the_end_is_found_without_what_lies_between():
    pixels = Image.new("RGB", (2000, 1000))
    stream = io.BytesIO()
    pixels.save(stream, "TIFF")
    content = stream.getvalue()
    (at,) = struct.unpack_from("<I", content, 4)
    (n_entries,) = struct.unpack_from("<H", content, at)
    directory = content[at : at + 2 + 12 * n_entries + 4]
    fetched = Fetched(content[:4] + struct.pack("<I", len(content)) + content[8:] + directory)
    with fetched.open() as parts:
        assert read_header(parts, ".tif").sizes == ((2000, 1000),)
    assert sum(length for _, length in fetched.asked) < 10 * FIRST_BYTES


def test_what_cannot_be_fetched_is_remembered_whatever_its_reader_makes_of_it():
    def fail(start, length):
        raise OSError(5, "the server is away")

    parts = Parts(fail, 100)
    with open_parts(parts) as stream:
        assert read_header(stream, ".png") is None
    assert parts.error.strerror == "the server is away"


def told_by(text, kind=Exception):
    with pytest.raises(OSError) as caught, buckets.told_of("night"):
        raise kind(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Generic S3 error: Error performing PUT http://169.254.169.254/latest/api/token",
            "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,"
            " or AWS_SKIP_SIGNATURE=true for a public bucket",
        ),
        (
            "status code: 301 Moved Permanently: <Error><Code>PermanentRedirect</Code>",
            "the bucket night is in another region: set AWS_REGION",
        ),
        (
            "Server returned non-2xx status code: 403 Forbidden: <Code>AccessDenied</Code>",
            "Amazon S3 answers 403 Forbidden (AccessDenied)",
        ),
        (
            "Server returned non-2xx status code: 500 Oh: \n\nDebug source: ..",
            "Amazon S3 answers 500 Oh",
        ),
        (
            'Encountered object with invalid path: Path "a//x" contained empty path segment\n\n'
            "Debug source: ..",
            'Path "a//x" contained empty path segment: rename that object, or name an input'
            " without it",
        ),
        (
            "HTTP error: error sending request\n\nDebug source",
            "Amazon S3 cannot be reached: check AWS_ENDPOINT_URL and the network",
        ),
        ("something new\n\nDebug source:", "Exception: something new"),
    ],
)
def test_what_a_bucket_does_not_do_is_said_in_a_sentence(text, told, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT", raising=False)
    assert told_by(text).strerror == told


def test_an_object_that_is_gone_is_a_file_that_is_gone():
    error = told_by("Object at location a not found", FileNotFoundError)
    assert isinstance(error, FileNotFoundError)
    assert error.strerror == "there is no such object"


def test_a_bucket_is_a_source_of_pictures():
    assert source_of("s3://night/trip/a.png").scheme == "s3"
