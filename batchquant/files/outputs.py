"""What was made, wherever it lies: in an output folder, or in a bucket that the folder names.

Where outputs go into a bucket, the folder of their state takes the place of the output folder: it
has ``_run/``, and copies of reports and page. All else, and what the page loads, lies in the bucket
under the names that it would have in an output folder.
"""

import filecmp
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from batchquant.files.bringing import Content, part_of, told_of, write
from batchquant.files.digests import digest_of_file
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import has_size, read_regular
from batchquant.files.output_bucket import (
    OutputBucket,
    bucket_of_output,
    is_in_bucket,
    put_for_owner,
    told_of_bucket,
)
from batchquant.files.places import inside
from batchquant.files.places import publish_output as publish_in_folder
from batchquant.files.places import why_blocked as why_blocked_in_folder
from batchquant.files.whole import publish, publish_changed
from batchquant.files.whole import withdraw as withdraw_from_folder


def place_of_output(output: Path) -> str:
    """Name where outputs lie, for people to read."""
    bucket = bucket_of_output(output)
    return bucket.place if bucket else str(output)


def is_there(output: str) -> Callable[[str, int], bool]:
    """Return what tells whether an output has a size: by one listing, where a bucket has it."""
    bucket = bucket_of_output(Path(output))
    if bucket is None:
        return lambda path, size_bytes: has_size(f"{output}/{path}", size_bytes)
    return lambda path, size_bytes: (
        bucket.listed_size(path) == size_bytes
        if is_in_bucket(path)
        else has_size(f"{output}/{path}", size_bytes)
    )


def size_of_output(output: Path, path: str) -> int | None:
    """Return the size of an output; None where it is not there. Raises OSError."""
    bucket = _bucket_with(output, path)
    if bucket is not None:
        return bucket.size_of(path)
    try:
        return (output / path).stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def has_output(output: Path, path: str, size_bytes: int) -> bool:
    """Tell whether an output has a size; what a listing does not say is asked for. Raises OSError.

    So it is not asked for again though it was written since by another process of ours.
    """
    bucket = _bucket_with(output, path)
    is_listed = bucket is not None and bucket.listed_size(path) == size_bytes
    return is_listed or size_of_output(output, path) == size_bytes


def is_taken(output: Path, path: str) -> bool:
    """Tell whether something lies in the place of an output; of a bucket, as it was listed."""
    bucket = _bucket_with(output, path)
    return (
        os.path.lexists(output / path) if bucket is None else bucket.listed_size(path) is not None
    )


def read_output(output: Path, path: str, limit: int = -1) -> bytes:
    """Read an output, or its first bytes; raises OSError."""
    bucket = _bucket_with(output, path)
    return read_regular(output / path, limit) if bucket is None else bucket.read(path, limit)


def digest_of_output(output: Path, path: str) -> bytes:
    """Digest an output; raises OSError."""
    bucket = _bucket_with(output, path)
    return digest_of_file(output / path) if bucket is None else bucket.digest(path)


def why_blocked(output: Path, path: str, *, may_replace: bool) -> str | None:
    """Tell, before a file is made, why its place is ``blocked``; in a bucket publishing tells."""
    if _bucket_with(output, path) is not None:
        return None
    return why_blocked_in_folder(output, path, may_replace=may_replace)


def publish_output(
    output: Path,
    path: str,
    content: Content | Path,
    *,
    may_replace: bool,
    later: set[Path] | None = None,
) -> bool:
    """Write an output for its owner, as `batchquant.files.places.publish_output` does."""
    bucket = _bucket_with(output, path)
    if bucket is None:
        return publish_in_folder(output, path, content, may_replace=may_replace, later=later)
    with told_of_bucket(bucket, path):
        if callable(content):
            return _put_written(bucket, output, path, content, may_replace)
        if isinstance(content, Path):
            content = read_output(output, str(content.relative_to(output)))
        return put_for_owner(bucket, path, content, may_replace)


def publish_copied(
    output: Path, path: str, content: Content, *, may_replace: bool, is_ours: bool
) -> None:
    """Write a report or the page, or what it loads, unless it is as it is to be.

    Of what goes into a bucket the folder keeps a copy: it tells what was written last.
    """
    bucket = bucket_of_output(output)
    if bucket is None:
        if not is_ours:
            publish_in_folder(output, path, content, may_replace=may_replace)
        elif isinstance(content, bytes):
            publish_changed(inside(output, path), content)
        else:
            publish(inside(output, path), content)
        return
    part = part_of(output / path)
    with told_of(part):
        part.parent.mkdir(parents=True, exist_ok=True)
        write(content, part)
    try:
        size_bytes = part.stat().st_size
        copy = output / path
        is_same = copy.is_file() and filecmp.cmp(part, copy, shallow=False)
        if is_same and bucket.listed_size(path) == size_bytes:
            return
        with told_of_bucket(bucket, path):
            put_for_owner(bucket, path, part, may_replace or is_ours)
        part.replace(copy)  # after the bucket has it: else it would not be written again
    finally:
        part.unlink(missing_ok=True)


def is_as_copied(output: Path, path: str) -> bool:
    """Tell whether a bucket has what its copy here says; of a folder there is nothing to tell."""
    bucket = bucket_of_output(output)
    if bucket is None:
        return True
    try:
        return bucket.listed_size(path) == (output / path).stat().st_size
    except FileNotFoundError:
        return False


def withdraw(output: Path, path: str) -> None:
    """Remove an output, if it is there, and its copy; raises StorageError."""
    bucket = bucket_of_output(output)
    if bucket is not None and is_in_bucket(path):
        with told_of_bucket(bucket, path):
            bucket.delete(path)
    withdraw_from_folder(output, path)


def _put_written(
    bucket: OutputBucket,
    output: Path,
    path: str,
    content: Callable[[BinaryIO], object],
    may_replace: bool,
) -> bool:
    part = part_of(output / RUN_FOLDER / "part")
    try:
        write(content, part)
        return put_for_owner(bucket, path, part, may_replace)
    finally:
        part.unlink(missing_ok=True)


def _bucket_with(output: Path, path: str) -> OutputBucket | None:
    """Return the bucket that has an output; None where it lies in the folder."""
    return bucket_of_output(output) if is_in_bucket(path) else None
