"""What is painted → its files."""

import sys
import time
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from pathlib import Path, PurePosixPath

from batchquant.errors import BLOCKED, ImageError
from batchquant.files import publish_output, sync_folders, why_blocked
from batchquant.files.digests import digest_of
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.formats.fitting import unfit
from batchquant.formats.format import Painted
from batchquant.formats.registry import formats, is_picture, kinds_of
from batchquant.plan.keys import settings_of
from batchquant.plan.records import Settings, Variant
from batchquant.steps.result import MAX_FILE_TEXT_BYTES, Written, shorten


def write_files(
    variant: Variant,
    kinds: Collection[str],
    painted: Painted,
    settings: Settings,
    output: Path,
    ours: Container[str],
) -> tuple[dict[str, Written], bool]:
    """Encode and write files of a variant.

    Returns
    -------
    files : dict
        By kind.
    was_there : bool
        Whether one of them was there already, though it is not ours: we wrote it, and forgot.

    Raises
    ------
    ImageError
        If something is in the way of a file; begins with ``blocked``. Or if no picture could be
        made at all, since no format holds it.
    StorageError
        If a file cannot be written.
    """
    contents: dict[str, bytes] = {}
    files: dict[str, Written] = {}
    refused: dict[str, str] = {}
    for kind, path in variant.outputs.items():
        if kind not in kinds:
            continue
        made = formats()[kind]
        own = settings_of(made, settings)
        if reason := made.refuse(painted, own):
            refused[kind] = reason
            files[kind] = Written(-1, None, note=_note(f"no {made.noun}: {reason}"))
            continue
        name = PurePosixPath(path).name.removesuffix(made.suffix)
        content = contents[kind] = made.encode(painted, name, own)
        note = made.note(painted, own)
        is_exact = made.is_exact(painted)
        files[kind] = Written(len(content), digest_of(content), is_exact, note and _note(note))
    if refused and refused.keys() == {kind for kind in variant.outputs if is_picture(kind)}:
        raise ImageError(unfit(refused))
    was_there, folders = False, set[Path]()
    for kind, content in contents.items():
        was_there |= publish_file(content, variant.outputs[kind], output, ours, later=folders)
    sync_folders(folders)  # once for all that is recorded together
    return files, was_there


def shown_kind(is_exact: Mapping[str, bool]) -> str:
    """Choose the file that shows a variant: its first picture, an exact one before others.

    Of each file that is there the kind says whether it is exact; one of them is a picture.
    """
    made = [kind for kind in kinds_of("formats") if kind in is_exact]
    return min(made, key=lambda kind: not is_exact[kind])


def _note(text: str) -> str:
    """Shorten a note; equal ones are one object, which a result of many variants pickles once."""
    return sys.intern(shorten(text, MAX_FILE_TEXT_BYTES))


def publish_file(
    content: bytes,
    path: str,
    output: Path,
    ours: Container[str],
    *,
    later: set[Path] | None = None,
) -> bool:
    """Write a file as `publish_output` does; what lies in `RUN_FOLDER` is ours in any case."""
    may_replace = path in ours or path.startswith(f"{RUN_FOLDER}/")
    return publish_output(output, path, content, may_replace=may_replace, later=later)


def read_as_written(
    path: Path, digest: bytes, read: Callable[[Path], bytes] = read_regular
) -> bytes:
    """Read a file of our own that another step made, by default from the disk.

    Raises ImageError, ``blocked``, if it is not there as it was written: the next run makes it.
    """
    try:
        content = read(path)
    except OSError as error:
        raise ImageError(f"{BLOCKED}{path.name}: {error.strerror}. Run again.") from error
    if digest_of(content) != digest:
        raise ImageError(f"{BLOCKED}{path.name} was changed. Run again.")
    return content


def refuse_places(paths: Iterable[str], output: Path, ours: Container[str]) -> None:
    """See to it that files can stand in their places, before anything is made for them.

    Raises
    ------
    ImageError
        If something is in the way of one; begins with ``blocked``.
    """
    for path in paths:
        if reason := why_blocked(output, path, may_replace=path in ours):
            raise ImageError(reason)


def seconds_since(begin: float) -> float:
    """Return how much time has gone by, in seconds, to the microsecond."""
    return round(time.perf_counter() - begin, 6)
