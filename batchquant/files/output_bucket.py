"""The bucket that outputs lie in, and the folder of their state that names it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from batchquant.errors import BLOCKED, ImageError, StorageError, UsageError
from batchquant.files.bringing import NAME_TROUBLE
from batchquant.files.buckets import SCHEME, Bucket, bucket_of, split
from batchquant.files.digests import OUTPUT_BYTES, digest_of, digest_of_file
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.files.whole import publish_changed

if TYPE_CHECKING:
    from batchquant.files.listing import Listing

NOTE = f"{RUN_FOLDER}/bucket"
"""File of a folder that says in which bucket the outputs lie; workers and commands read it."""
LONGEST = 2000  # bytes of it
OF_PAGE = tuple(f"{RUN_FOLDER}/{name}/" for name in ("page", "thumbs", "previews", "palettes"))
"""What the page loads: it lies where the page does."""

_declared: dict[Path, str] = {}


class OutputBucket:
    """The bucket of some outputs, below a prefix, by their paths.

    Attributes
    ----------
    place : str
        As the job file names it.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self._name, self._prefix = split(place)
        self._listing: Listing | None = None

    def listed_size(self, path: str) -> int | None:
        """Return the size of an object, as all were listed when first asked for.

        What this process writes and removes since is known, what others do is not. Raises
        StorageError.
        """
        if self._listing is None:
            from batchquant.files.listing import Listing  # and numpy, which others do without

            begin = len(self._key(""))
            try:
                found = self._bucket.list(self._prefix)
                self._listing = Listing((each.key[begin:], each.size_bytes) for each in found)
            except OSError as error:
                raise StorageError.of(f"{self.place}: cannot be listed", error) from error
        return self._listing.size_of(path)

    def size_of(self, path: str) -> int | None:
        """Ask for the size of an object; None where there is none."""
        try:
            return self._bucket.head(self._key(path)).size_bytes
        except FileNotFoundError:
            return None

    def read(self, path: str, limit: int = -1) -> bytes:
        """Read an object, or its first bytes."""
        if limit < 0:
            return self._bucket.read(self._key(path))
        return self._bucket.read_range(self._key(path), 0, limit)

    def digest(self, path: str) -> bytes:
        """Digest an object as outputs are digested, without holding it in memory."""
        digest = hashlib.blake2b(digest_size=OUTPUT_BYTES)
        for part in self._bucket.parts(self._key(path)):
            digest.update(part)
        return digest.digest()

    def put(self, path: str, content: bytes | Path) -> None:
        """Write an object whole; it is there for good when this returns."""
        self._bucket.put(self._key(path), content)
        if self._listing is not None:
            size_bytes = content.stat().st_size if isinstance(content, Path) else len(content)
            self._listing.note(path, size_bytes)

    def delete(self, path: str) -> None:
        """Remove an object, if it is there."""
        self._bucket.delete(self._key(path))
        if self._listing is not None:
            self._listing.note(path, None)

    @property
    def _bucket(self) -> Bucket:
        return bucket_of(self._name)

    def _key(self, path: str) -> str:
        return f"{self._prefix}/{path}" if self._prefix else path


def declare(output: Path, place: str) -> None:
    """Say where the outputs of a folder lie, before anything is asked of them; empty: in it.

    Raises UsageError if it keeps the state of others.
    """
    noted = _noted(output)
    if noted != place and (noted or any((output / RUN_FOLDER).glob("*.sqlite"))):
        there = noted or "the folder itself"
        raise UsageError(
            f"{output}: it has the state of a run whose outputs lie in {there}, not in"
            f" {place or 'a folder'}. Choose another folder."
        )
    _declared[output] = place
    bucket_of_output.cache_clear()


def note_bucket(output: Path) -> None:
    """Leave word in a folder that is held where its outputs lie."""
    if _declared.get(output):
        publish_changed(output / NOTE, f"{_declared[output]}\n".encode())


@cache
def bucket_of_output(output: Path) -> OutputBucket | None:
    """Return where the outputs of a folder lie; None if in the folder itself."""
    place = _declared.get(output) or _noted(output)
    return OutputBucket(place) if place else None


def is_in_bucket(path: str) -> bool:
    """Tell whether an output lies in the bucket, where there is one."""
    return not path.startswith(f"{RUN_FOLDER}/") or path.startswith(OF_PAGE)


@contextmanager
def told_of_bucket(bucket: OutputBucket, path: str) -> Iterator[None]:
    """Say that it is this object that could not be written, or that its name is not taken."""
    try:
        yield
    except OSError as error:
        if error.errno in NAME_TROUBLE:
            told = f"bad_name: the bucket does not take the output's name: {error.strerror}"
            raise ImageError(told) from error
        raise StorageError.of(f"{bucket.place}/{path}: cannot be written", error) from error


def put_for_owner(
    bucket: OutputBucket, path: str, content: bytes | Path, may_replace: bool
) -> bool:
    """Write an object; True if the very same was there, and may not be replaced.

    No server is asked to see to that by itself: one answers 501, and others do not heed it.
    """
    if not may_replace and (size_bytes := bucket.size_of(path)) is not None:
        if isinstance(content, Path):
            ours, digest = content.stat().st_size, digest_of_file(content)
        else:
            ours, digest = len(content), digest_of(content)
        if size_bytes == ours and bucket.digest(path) == digest:
            return True
        name = PurePosixPath(path).name
        told = f"a file that batchquant did not write is in place of {name}"
        raise ImageError(f"{BLOCKED}{told}")
    bucket.put(path, content)
    return False


def _noted(output: Path) -> str:
    """Return what a folder says of where its outputs lie; raises StorageError if it is nonsense."""
    try:
        text = read_regular(output / NOTE, LONGEST).decode("utf-8", "replace").strip()
    except OSError:
        return ""
    if not text.startswith(f"{SCHEME}://") or not split(text)[0] or not text.isprintable():
        raise StorageError(f"{output / NOTE}: it names no place in a bucket. Was it changed?")
    return text
