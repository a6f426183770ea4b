"""Buckets that speak S3, by obstore, which is loaded when the first is asked for.

Where they are, and who we are, stands in the environment, by the names that AWS gave them.
"""

import errno
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from batchquant.files.names import escape
from batchquant.packages import how_to_install

if TYPE_CHECKING:
    from obstore import Bytes
    from obstore.store import S3Store

Answer = TypeVar("Answer")
SCHEME = "s3"
MAX_RETRIES, FIRST_WAIT_S, RETRY_S = 10, 0.5, 180
"""Of a request that a server or the way to it fails: waits grow, and take a quarter of a minute."""
CONNECT_S, SILENT_S = 5, 60
"""Until there is a connection, and between two parts of an answer; no limit for all of it, since a
picture may be large and the way narrow."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CODE = re.compile(r"<Code>(\w+)</Code>")
STATUS = re.compile(r"status code: (\d{3}[\w ]*)")
METADATA_SERVICES = "http://169.254."  # of clouds, asked for credentials where there are no others
NO_BUCKET = frozenset({"NoSuchBucket", "InvalidBucketName"})
NO_CREDENTIALS = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"}
)
OTHER_REGION = frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed"})


class Listed(NamedTuple):
    """What a bucket says of an object."""

    key: str
    size_bytes: int
    mtime_ns: int  # since 1970
    etag: str  # that of other content is another, and means nothing else; empty where none is told


class Bucket:
    """A bucket; raises OSError, which says in `strerror` what is wrong and how to mend it.

    Each request is tried again where the server or the way to it fails.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        with told_of(name):
            self._store = _open(name)

    def list(self, prefix: str) -> Iterator[Listed]:
        """Yield the objects below a prefix, a thousand by a request; all for an empty one."""
        with told_of(self.name):
            chunks = self._store.list(prefix=prefix or None, chunk_size=1000)
            while chunk := wait_for(lambda: next(chunks, None)):
                for found in chunk:
                    yield _listed(found)

    def head(self, key: str) -> Listed:
        """Return what is said of an object; raises FileNotFoundError where there is none."""
        with told_of(self.name):
            return _listed(wait_for(lambda: self._store.head(key)))

    def read(self, key: str) -> bytes:
        """Return all of an object."""
        with told_of(self.name):
            return wait_for(lambda: self._store.get(key).bytes().to_bytes())

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """Return a part of an object."""
        with told_of(self.name):
            part = wait_for(lambda: self._store.get_range(key, start=start, length=length))
            return part.to_bytes()

    def read_begins(self, keys: Sequence[str], length: int) -> Sequence[bytes]:
        """Return the first bytes of some objects, asked for at once; none where that fails."""
        import asyncio  # 40 ms, which who reads no bucket does not wait for

        async def ask() -> Sequence["Bytes | BaseException"]:
            asked = (self._store.get_range_async(key, start=0, length=length) for key in keys)
            return await asyncio.gather(*asked, return_exceptions=True)

        answers = wait_for(lambda: asyncio.run(ask()))
        return [b"" if isinstance(found, BaseException) else bytes(found) for found in answers]

    def put(self, key: str, content: bytes | Path) -> None:
        """Write an object whole, by one request, in place of any other."""
        with told_of(self.name):
            wait_for(lambda: self._store.put(key, content, use_multipart=False))

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        with told_of(self.name), suppress(FileNotFoundError):
            wait_for(lambda: self._store.delete(key))

    def parts(self, key: str) -> Iterator[bytes]:
        """Yield an object in parts, by one request."""
        with told_of(self.name):
            parts = iter(wait_for(lambda: self._store.get(key)))
            while part := wait_for(lambda: next(parts, None)):
                yield bytes(part)


@cache
def bucket_of(name: str) -> Bucket:
    """Return the bucket of a name, of this process."""
    return Bucket(name)


def why_not() -> str:
    """Say what buckets need, where it is not installed, without loading it."""
    is_there = find_spec("obstore") is not None
    return "" if is_there else f"Buckets need a package: {how_to_install('obstore')}"


def split(place: str) -> tuple[str, str]:
    """Return the bucket and the key of a place.

    >>> split("s3://night/trip/a.png"), split("s3://night")
    (('night', 'trip/a.png'), ('night', ''))
    """
    bucket, _, key = place.partition("://")[2].partition("/")
    return bucket, key


def wait_for(ask: Callable[[], Answer]) -> Answer:
    """Return what a call of obstore returns; a signal ends the waiting at once.

    obstore hears none while it waits, and a server that does not answer is asked for long.
    """
    answers: SimpleQueue[tuple[Answer | None, BaseException | None]] = SimpleQueue()

    def answer() -> None:
        try:
            answers.put((ask(), None))
        except BaseException as error:
            answers.put((None, error))

    Thread(target=answer, daemon=True).start()
    found, error = answers.get()
    if error is not None:
        raise error
    return cast(Answer, found)


@contextmanager
def told_of(bucket: str) -> Iterator[None]:
    """Say in a sentence why a bucket does not do what it was asked for."""
    try:
        yield
    except Exception as error:  # of as many types as obstore has; most are not its own
        number, told = _why(error, bucket)
        raise OSError(number, told) from error


def _open(name: str) -> "S3Store":
    from obstore.store import S3Store

    return S3Store(
        name,
        disable_bulk_delete=True,  # not every server answers that as obstore expects
        client_options={
            "allow_http": True,  # the endpoint says whether it is meant
            "connect_timeout": f"{CONNECT_S}s",
            "read_timeout": f"{SILENT_S}s",
            "timeout": "1day",
        },
        retry_config={
            "max_retries": MAX_RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_S),
            "backoff": {"init_backoff": timedelta(seconds=FIRST_WAIT_S)},
        },
    )


def _listed(found: object) -> Listed:
    assert isinstance(found, dict)
    mtime = (found["last_modified"] - EPOCH) // timedelta(microseconds=1)
    return Listed(found["path"], found["size"], mtime * 1000, found["e_tag"] or "")


def _why(error: Exception, bucket: str) -> tuple[int, str]:
    """Return an error's number and what is told of it, from the text that obstore gives."""
    text = str(error)
    first = escape(text.partition("\n\nDebug source")[0])
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or "Amazon S3"
    found = CODE.search(text)
    code = found[1] if found else ""
    if code in NO_BUCKET:
        return errno.ENOENT, f"there is no bucket {bucket} at {endpoint}"
    if isinstance(error, FileNotFoundError):
        return errno.ENOENT, "there is no such object"
    if METADATA_SERVICES in text:
        told = "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        return errno.EACCES, f"{told}, or AWS_SKIP_SIGNATURE=true for a public bucket"
    if code in NO_CREDENTIALS:
        told = f"{endpoint} does not take the credentials ({code})"
        return errno.EACCES, f"{told}: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if code in OTHER_REGION:
        return errno.EIO, f"the bucket {bucket} is in another region: set AWS_REGION"
    if "invalid path" in first:
        told = first.partition("invalid path: ")[2].removeprefix("Error parsing ")
        return errno.EINVAL, f"{told}: rename that object, or name an input without it"
    if "Could not parse path" in first:
        return errno.EINVAL, first
    if status := STATUS.search(text):
        answer = f"{status[1].strip()} ({code})" if code else status[1].strip()
        number = errno.EACCES if status[1].startswith(("401", "403")) else errno.EIO
        return number, f"{endpoint} answers {answer}"
    if "HTTP error" in first:
        return errno.EIO, f"{endpoint} cannot be reached: check AWS_ENDPOINT_URL and the network"
    return errno.EIO, f"{type(error).__name__}: {first[:200]}"
