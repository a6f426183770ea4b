"""A file that was written, and what the ledger says of it → what does not agree."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from batchquant.files.digests import digest_of_file
from batchquant.files.output_bucket import bucket_of_output
from batchquant.files.outputs import digest_of_output, size_of_output
from batchquant.store import Output


class UnlikeError(Exception):
    """A file is not the one that was written."""


def compare(written: Output, size_bytes: int, digest: bytes) -> None:
    """Raise UnlikeError if the size or the digest of a file is not what was written."""
    if size_bytes != written.size_bytes:
        raise UnlikeError(f"found {size_bytes} bytes, expected {written.size_bytes}")
    if written.digest not in (None, digest):
        raise UnlikeError("found other content than what was written")


def check_files(output: Path, files: Iterable[Output]) -> Iterator[str]:
    """Yield ``PATH: found ..., expected ...`` for each file that is not as it was written.

    None is read into memory as a whole: a book may be larger.
    """
    for written in files:
        try:
            size_bytes = size_of_output(output, written.path)
            digest = digest_of_output(output, written.path)  # which raises where it is not there
            compare(written, size_bytes or 0, digest)
        except OSError as error:
            yield f"{written.path}: cannot be read: {error.strerror}"
        except UnlikeError as error:
            yield f"{written.path}: {error}"


def check_copies(output: Path, names: Iterable[str]) -> Iterator[str]:
    """Yield the same of reports and the page, where a folder has copies of what a bucket has."""
    for name in names if bucket_of_output(output) else ():
        try:
            if digest_of_file(output / name) != digest_of_output(output, name):
                yield f"{name}: found other content than what was written"
        except FileNotFoundError as error:
            if (output / name).is_file():
                yield f"{name}: cannot be read: {error.strerror}"
