"""Buckets that speak S3."""

import errno
import hashlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from batchquant.errors import UNREADABLE, ImageError
from batchquant.files.buckets import SCHEME, Listed, bucket_of, split, why_not
from batchquant.images.read.header import begins_as_picture, may_be_picture
from batchquant.sources.patterns import Wanted
from batchquant.sources.ranges import FIRST_BYTES, Parts, open_parts
from batchquant.sources.source import GONE, Content, ImageFile, Source, Unreadable, suffix_of

ETAG_BYTES = 7  # as a number that SQLite holds


class S3Bucket(Source):
    """A bucket with all below a prefix, or an object; hidden names are left out as in a folder."""

    scheme = SCHEME
    is_far = True
    nothing = "it holds no object."

    def __init__(self) -> None:
        self._begins: dict[str, bytes] = {}  # of files whose headers are asked for next

    def why_not(self) -> str:
        """Say what reads buckets, where it is not installed."""
        return why_not()

    def file_at(self, place: str) -> ImageFile | None:
        """Return the object that a place with an ending is, unless it is a prefix of others."""
        bucket, key = split(place)
        if not suffix_of(key):
            return None
        try:
            found = bucket_of(bucket).head(key)
        except OSError:  # a prefix, or the search will tell
            return None
        return _image_file(bucket, found, key.rpartition("/")[2])

    def search(self, place: str, wanted: Wanted) -> Iterator[ImageFile | Unreadable]:
        """Yield what is wanted of the objects below a prefix."""
        bucket, prefix = split(place)
        leave_out = f"{wanted.leave_out.rstrip('/')}/" if wanted.leave_out else ""
        for found in bucket_of(bucket).list(prefix):
            relative = found.key.removeprefix(f"{prefix}/")
            # Programs that show folders put empty objects for them; obstore drops the last slash.
            is_folder = not found.size_bytes and not suffix_of(relative)
            if is_folder or not wanted.match(relative):
                continue
            file = _image_file(bucket, found, relative)
            if not (leave_out and file.place.startswith(leave_out)):
                yield file

    def open(self, place: str) -> BinaryIO:
        """Open an object of which parts are read."""
        bucket, key = split(place)
        return open_parts(self._parts(place, bucket_of(bucket).head(key).size_bytes))

    def look_ahead(self, files: Sequence[ImageFile]) -> None:
        """Fetch the first parts of some files, all at once."""
        by_bucket: dict[str, list[ImageFile]] = {}
        for file in files:
            by_bucket.setdefault(split(file.place)[0], []).append(file)
        self._begins = {}
        for name, of_bucket in by_bucket.items():
            keys = [split(file.place)[1] for file in of_bucket]
            begins = bucket_of(name).read_begins(keys, FIRST_BYTES)
            self._begins |= zip((file.place for file in of_bucket), begins, strict=True)

    def open_listed(self, file: ImageFile) -> BinaryIO:
        """Open an object whose size is known."""
        parts = self._parts(file.place, file.size_bytes)
        parts.keep(0, self._begins.pop(file.place, b""))
        return open_parts(parts)

    def is_picture(self, file: ImageFile) -> bool:
        """Read no more of an object than its header; raises OSError where it cannot be read.

        Else it would be remembered as no picture, since a server did not answer once.
        """
        suffix = suffix_of(file.relative)
        if not may_be_picture(suffix):
            return False
        parts = self._parts(file.place, file.size_bytes)
        with open_parts(parts) as stream:
            answer = begins_as_picture(stream, suffix)
        if parts.error is not None and parts.error.errno != errno.ENOENT:
            raise parts.error
        return answer

    def stamp(self, place: str) -> tuple[object, ...]:
        """Return what the bucket says of an object; nothing where it does not."""
        bucket, key = split(place)
        try:
            return tuple(bucket_of(bucket).head(key))
        except OSError:
            return ()

    def read(self, place: str) -> Content:
        """Read an object, by one request."""
        bucket, key = split(place)
        try:
            content = bucket_of(bucket).read(key)
        except FileNotFoundError as error:
            raise ImageError(GONE) from error
        except OSError as error:
            raise ImageError(f"{UNREADABLE}{error.strerror}") from error
        return Content(content, len(content))

    def sha256(self, place: str) -> str | None:
        """Digest an object, part by part, by one request."""
        bucket, key = split(place)
        digest = hashlib.sha256()
        try:
            for part in bucket_of(bucket).parts(key):
                digest.update(part)
        except OSError:
            return None
        return digest.hexdigest()

    def _parts(self, place: str, size_bytes: int) -> Parts:
        bucket, key = split(place)

        def fetch(start: int, length: int) -> bytes:
            return bucket_of(bucket).read_range(key, start, length)

        return Parts(fetch, size_bytes)


def _image_file(bucket: str, found: Listed, relative: str) -> ImageFile:
    # The ETag stands for the time of any change: another one says that content may be another.
    etag = hashlib.blake2b(found.etag.encode(), digest_size=ETAG_BYTES).digest()
    return ImageFile(
        f"{SCHEME}://{bucket}/{found.key}",
        relative,
        found.size_bytes,
        found.mtime_ns,
        int.from_bytes(etag) if found.etag else None,
    )
