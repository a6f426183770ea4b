"""Reports and the page among the files of an output folder: which are ours, and may be replaced."""

import errno
import os
import re
from collections.abc import Iterable
from pathlib import Path

from batchquant.errors import StorageError, UsageError
from batchquant.files.bringing import Content
from batchquant.files.opening import kind_of, may_write_into, read_end, read_regular
from batchquant.files.output_bucket import bucket_of_output
from batchquant.files.outputs import is_as_copied, is_taken, publish_copied, read_output

MARKS = {
    ".csv": re.compile(rb"(\xef\xbb\xbf)?job,folder,image,"),
    ".json": re.compile(rb'\[\s*\{\s*"job": ?"[^"]*", ?"folder": ?"'),
    ".parquet": re.compile(rb"(?s).*batchquant.{1,4}report.*PAR1\Z"),
    ".html": re.compile(rb"(?s).*<title>[^<]* in (a )?few colors \xe2\x80\x93 batchquant</title>"),
}
"""What reports and pages of every version begin with, or end with, by their ending."""
AT_THE_END = frozenset({".parquet"})  # where such a file says what it is
MARK_BYTES = 8192  # of a page there is a script before its title


def is_ours(path: Path) -> bool:
    """Tell by its mark whether a report or page is one that batchquant wrote."""
    read = read_end if path.suffix in AT_THE_END else read_regular
    try:
        return MARKS[path.suffix].match(read(path, MARK_BYTES)) is not None
    except OSError:
        return False


def find_in_the_way(output: Path, names: Iterable[str]) -> list[str]:
    """Return those of some reports and pages in whose place there is something else."""
    return [name for name in names if is_taken(output, name) and not _is_ours_there(output, name)]


def refuse_what_is_in_the_way(
    output: Path, names: Iterable[str], *, may_replace: bool = False
) -> None:
    """See to it that reports and the page can be written, before a night is spent on them.

    Files of others may be replaced if that is wanted, a folder never. Raises UsageError if
    something else is in the place of one, StorageError if the output folder, which may be missing,
    lets us not write.
    """
    if output.exists() and not may_write_into(output):
        is_read_only = os.statvfs(output).f_flag & os.ST_RDONLY
        number = errno.EROFS if is_read_only else errno.EACCES
        raise StorageError.of(
            f"{output}: cannot be written to", OSError(number, os.strerror(number))
        )
    for name in find_in_the_way(output, names):
        if (bucket := bucket_of_output(output)) is not None:
            if may_replace:
                continue
            raise UsageError(
                f"{bucket.place}/{name}: there is an object that batchquant did not write, where"
                " its own goes. Move it away, let --replace take its place, or choose another"
                " prefix."
            )
        path = output / name
        is_folder = path.is_dir() and not path.is_symlink()
        if may_replace and not is_folder:
            continue
        kind = "a file" if path.is_file() else kind_of(path.lstat().st_mode)
        by_option = "" if is_folder else ", let --replace take its place,"
        raise UsageError(
            f"{path}: there is {kind} that batchquant did not write, where its own goes. Move it"
            f" away{by_option} or choose another output folder."
        )


def publish_own(output: Path, name: str, content: Content, *, may_replace: bool = False) -> None:
    """Publish a report or the page; raises ImageError ``blocked`` if another's is in its place."""
    is_ours = is_taken(output, name) and _is_ours_there(output, name)
    publish_copied(output, name, content, may_replace=may_replace, is_ours=is_ours)


def _is_ours_there(output: Path, name: str) -> bool:
    """Tell the same where it lies; a bucket is asked only if there is no copy of it here."""
    if is_ours(output / name) and is_as_copied(output, name):
        return True
    if bucket_of_output(output) is None:
        return False
    limit = -1 if Path(name).suffix in AT_THE_END else MARK_BYTES
    try:
        content = read_output(output, name, limit)[-MARK_BYTES:]
        return MARKS[Path(name).suffix].match(content) is not None
    except OSError:
        return False
