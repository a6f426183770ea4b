"""Picks that the page saved → copies of their files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from batchquant.errors import ImageError, NoRunError, StorageError, UsageError
from batchquant.files import inside, publish_output
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import read_regular
from batchquant.files.outputs import read_output
from batchquant.files.stored import as_record, read_json


@dataclass(frozen=True, slots=True)
class Pick:
    """A picked file."""

    path: str  # relative to the output folder


@dataclass(frozen=True, slots=True)
class Picks:
    """What the page saves as JSON; what else it tells of each is for people, and for the page."""

    picks: list[Pick]


def read_picks(file: Path) -> tuple[str, ...]:
    """Return paths of picked files, relative to the output folder, each once.

    Raises UsageError if `file` is nothing that the page saved.
    """
    try:
        told = as_record(Picks, read_json(read_regular(file)))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(
            f"{file}: there are no picks in it. The page saves them as JSON: open"
            " OUTPUT/index.html, pick with the star, and save."
        ) from error
    return tuple(dict.fromkeys(pick.path for pick in told.picks))


def copy_picks(output: Path, file: Path, folder: Path) -> Iterator[tuple[str, str | None]]:
    """Copy picked files into a folder, under their paths in the output folder.

    Yields each path, and why it is not copied; what is there already stays. Raises UsageError as
    `read_picks` does and where `output` is no output folder, StorageError if `folder` cannot be
    written to.
    """
    paths = read_picks(file)
    if not (output / RUN_FOLDER).is_dir():
        raise NoRunError(output)
    for path in paths:
        try:
            _refuse_what_leads_out(output, path)
            content = read_output(output, path)
            publish_output(folder, path, content, may_replace=False)
        except OSError as error:
            yield path, f"cannot be read: {error.strerror}"
        except ImageError as error:
            yield path, str(error)
        else:
            yield path, None


def _refuse_what_leads_out(output: Path, path: str) -> None:
    """Look at what a file from anywhere says; raises ImageError where that leads elsewhere."""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or parts[0] == RUN_FOLDER or "\0" in path:
        raise ImageError("bad_name: no file of a variant in the output folder")
    try:
        inside(output, path)
    except StorageError as error:
        raise ImageError(f"bad_name: {error}") from error
