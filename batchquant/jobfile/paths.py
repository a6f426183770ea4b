"""The paths of a job file: relative to it, absolute afterwards."""

import difflib
import os
import re
import stat
from contextlib import suppress
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationInfo

from batchquant.files.buckets import SCHEME, why_not
from batchquant.jobfile.values import wrong
from batchquant.sources.registry import sources
from batchquant.sources.source import scheme_of

MAGIC = re.compile(r"[*?]|\[.+\]")
MAX_BESIDE = 1000  # names that are looked at to find one that is like another
EXPECTED = "a folder, a file, or a place of a source that is installed"


def absolute(text: str, info: ValidationInfo) -> Path:
    """Make a path absolute, links not resolved; relative ones start at the job file."""
    base: Path = (info.context or {}).get("base", Path())
    return Path(os.path.abspath(base / Path(text).expanduser()))  # noqa: PTH100 - drops ".."


def resolve(value: object, info: ValidationInfo) -> Path:
    """Turn the text of a path into an absolute one, links resolved."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise wrong("the path of a folder or file", text="a name")
    try:
        path = absolute(value, info)
    except RuntimeError:  # ~nobody
        mend = f"{value}: there is no such user's home."
        raise wrong("", told=mend, mend="Write the path in full.") from None
    if os.path.isfile(path):  # noqa: PTH113 - never raises
        return Path(os.path.realpath(path.parent), path.name)  # a link is known by its own name
    return Path(os.path.realpath(path))


def place_of(value: object, info: ValidationInfo) -> str:
    """Turn the text of an input into its place: what its source finds it by."""
    scheme = scheme_of(value) if isinstance(value, str) else ""
    if not scheme or not isinstance(value, str):
        return str(_existing(resolve(value, info), str(value)))
    source = sources().get(scheme)
    if source is None:
        known = [f"{name}://" for name in sources() if name]
        mend = f"Installed are sources of {', '.join(known)}; packages can add some."
        raise wrong(EXPECTED, told=f"there is no source of {scheme}:// here.", mend=mend)
    if mend := source.why_not():
        raise wrong(EXPECTED, told=f"{scheme}:// cannot be read as it is installed.", mend=mend)
    name = value.partition("://")[2].rstrip("/")
    if not name or "\0" in name:
        raise wrong(f"a name behind {scheme}://")
    return f"{scheme}://{name}"


def name_of(text: str, info: ValidationInfo) -> str:
    """Return the name of an input in the output tree, where the job file gives none."""
    if scheme_of(text):
        return PurePosixPath(text).name
    is_file = os.path.isfile(resolve(text, info))  # noqa: PTH113 - never raises
    path = absolute(text, info)
    return (path.parent if is_file else path).name


def with_pattern(value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    """Part an input such as ``trip/*.jpg`` into its folder and what is taken of it, `only`.

    A name that is there as it is written is no pattern.
    """
    text: str = value["path"]
    if not MAGIC.search(text) or scheme_of(text) or "\0" in text:
        return value
    with suppress(RuntimeError):  # ~nobody
        if os.path.lexists(absolute(text, info)):
            return value
    parts = PurePosixPath(text).parts
    first = next(at for at, part in enumerate(parts) if MAGIC.search(part))
    if "only" in value:
        mend = "Write the folder as path, and the pattern among only."
        raise wrong("", told="this is a pattern, and there is only, too.", mend=mend, at=("path",))
    only = (f"/{'/'.join(parts[first:])}",)
    return {**value, "path": str(PurePosixPath(*parts[:first])), "only": only}


def _existing(path: Path, text: str) -> Path:
    """Refuse a path that leads nowhere."""
    try:
        path.stat()
    except OSError as error:
        told, mend = f"{path}: {(error.strerror or 'cannot be found').lower()}.", ""
        if windows := re.match(r"([A-Za-z]):[\\/]?", text):
            rest = text[windows.end() :].replace("\\", "/")
            mend = f"That is a path of Windows; in WSL it is /mnt/{windows[1].lower()}/{rest}."
            if not text.isprintable():
                told = "in double quotes \\ stands for something else than in a path of Windows."
                mend = "Write it in single quotes."
        elif beside := _like(path):
            mend = f"Did you mean {beside}?"
        raise wrong("", told=told, mend=mend or "Name a folder or file that is there.") from None
    return path


def _like(path: Path) -> str:
    """Return the name of what lies beside a path that leads nowhere, if one is like it."""
    with suppress(OSError), os.scandir(path.parent) as entries:
        names = {entry.name for entry in islice(entries, MAX_BESIDE)} - {path.name}
        return next(iter(difflib.get_close_matches(path.name, sorted(names), n=1)), "")
    return ""


def with_bucket(content: dict[str, Any]) -> dict[str, Any]:
    """Take the place of outputs in a bucket from where the folder stands, which is `state` then."""
    output, state = content.get("output"), content.get("state")
    scheme = scheme_of(output) if isinstance(output, str) else ""
    if not scheme or not isinstance(output, str):
        if state is not None:
            mend = "Take it out: an output folder keeps its state itself, in _run."
            raise wrong("", told="state is for an output in a bucket.", mend=mend, at=["state"])
        return content
    at = ["output"]
    if scheme != SCHEME:
        expected = f"a folder, or a place in a bucket, {SCHEME}://BUCKET/PREFIX"
        raise wrong(expected, told=f"outputs cannot be written to {scheme}://.", at=at)
    if mend := why_not():
        raise wrong("", told="this is a place in a bucket.", mend=mend, at=at)
    name = output.partition("://")[2].strip("/")
    if not name or not name.isprintable() or "//" in name:
        raise wrong(f"a bucket and a prefix behind {scheme}://", at=at)
    if state is None:
        told = (
            "an output in a bucket needs a folder for ledger, lock and log, which it cannot hold."
        )
        raise wrong("", told=told, mend="Name one beside it, such as: state: state", at=at)
    return {**content, "output": state, "bucket": f"{scheme}://{name}"}


def not_a_file(path: Path) -> Path:
    """Refuse a path at which no folder can be made."""
    for place in (path, *path.parents):
        try:
            if stat.S_ISDIR(place.stat().st_mode):
                return path
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            told = f"{place}: {(error.strerror or 'cannot be found').lower()}."
            raise wrong("the path of a folder, existing or new", told=told) from None
        told = f"{place} is a file, and outputs go into a folder."
        raise wrong("", told=told, mend="Name another place.")
    return path
