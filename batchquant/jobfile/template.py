"""A folder of pictures → a commented job file for it, to begin with."""

import itertools
import json
import os
import textwrap
from pathlib import Path
from typing import Any

from batchquant.errors import NoImagesError, StorageError, UsageError
from batchquant.files import publish
from batchquant.files.layout import RUN_FOLDER
from batchquant.images.read.formats import SOME, part_left_out, read_suffixes, tell_suffixes
from batchquant.jobfile import job_file_schema
from batchquant.jobfile.explain import EXAMPLES, choices_of, write
from batchquant.jobfile.values import check_name
from batchquant.sources.registry import source_of
from batchquant.sources.search import Found, find_images

SPARE_NAME = "pictures"  # in the output tree, of a folder whose own name cannot stand there
WIDTH = 79  # of a terminal, in which many edit
BEGINNING_K = (3, 5, 7, 9, 11, 16, 24)
"""Of 24 photographs these show where more colors stop paying; up to 11 alone they do of none."""
FIRST = (
    "init",
    "formats",
    "target",
    "palette",
    "output",
    "reduce",
    "sheet",
)
"""Keys behind `inputs` and `k` that most people look for, in the order in which they do."""
THEN = (
    "book",
    "before_after",
    "dither",
    "dither_strength",
    "shared_palette",
    "favor_rare",
    "palette_files",
    "pin",
    "blur",
    "include",
    "vary",
    "jobs",
    "report",
    "when_done",
)
"""Keys behind those, in the same order; then the rest."""


def write_starter(folder: Path, job_file: Path) -> Found:
    """Write a job file for the pictures of a folder, and return them.

    The folder is searched as a run does. Raises NoImagesError if it holds no picture, UsageError if
    the job file exists or cannot name the folder, StorageError if it cannot be written.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - drops "..", as in a job file
    base = Path(os.path.realpath(job_file.parent))
    output = _output_name(base, folder)
    found = find_images(
        str(folder),
        suffixes=read_suffixes(),
        is_picture=source_of(str(folder)).is_picture,
        leave_out=os.path.realpath(base / output),
    )
    if not found.files:
        raise NoImagesError(_about_no_picture(folder, found))
    content = starter_text(_path_from(base, folder), _name_of(folder), output).encode()
    _publish_new(job_file, content)
    return found


def _about_no_picture(folder: Path, found: Found) -> str:
    """Say what there is in place of pictures, and where to look instead."""
    others, need_packages = part_left_out(found.left_out)
    told = "".join(f" {what}." for what in [*need_packages, *found.reasons(str(folder))])
    if need_packages:
        return f"{folder}: no picture in it or below that can be read as it is installed.{told}"
    beside = f", only {tell_suffixes(others)}" if others else ""
    return (
        f"{folder}: no picture in it or below{beside}. What is read: {SOME}; hidden files are left"
        f" out.{told} Name the folder that holds the pictures: batchquant init FOLDER"
    )


def starter_text(folder: str, name: str | None, output: str) -> str:
    """Return the text of a job file that says of each key what it means.

    `name` is the folder's in the output tree, where that cannot be its own. Keys that need not be
    set are comments with their default or an example. Each alone becomes a key without its ``#``; a
    background where there is a PDF, a strength where it is dithered.
    """
    keys = job_file_schema()["properties"]
    named = f"{{path: {quote(folder)}, name: {quote(name)}}}" if name else quote(folder)
    values = {
        key: EXAMPLES[key] if key in EXAMPLES else schema["default"]
        for key, schema in keys.items()
        if key not in {"inputs", "k", "state"}  # which goes with a bucket alone
    } | {"output": output}
    others = [*THEN, *(key for key in values if key not in {*FIRST, *THEN})]
    paragraphs = [
        _comment("A job file of batchquant. Relative paths start at its folder, ~ is your home."),
        f"{_about(keys['inputs'])}\ninputs:\n  - {named}\n"
        "  # Under another name in the output tree, and without what patterns match:\n"
        f'  #- {{path: {quote(folder)}, name: "other", exclude: ["drafts/"]}}',
        f"{_about(keys['k'])}\nk: {write(BEGINNING_K)}",
        _comment(
            "All that follows may be left out. Each key stands with its default, or where that is"
            " said, with an example: remove the # in front of it, and change the value."
        ),
        *(_optional(key, keys[key], values[key]) for key in FIRST),
        _comment(f"{'-' * 10} Most jobs need no more. All other keys:"),
        *(_optional(key, keys[key], values[key]) for key in others),
    ]
    return "\n\n".join(paragraphs) + "\n"


def quote(text: str) -> str:
    """Write text in double quotes: JSON, with what YAML refuses or takes for a line end escaped."""
    return "".join(
        letter if letter.isprintable() else f"\\U{ord(letter):08x}"
        for letter in json.dumps(text, ensure_ascii=False)
    )


def _optional(key: str, schema: dict[str, Any], value: object) -> str:
    """Say what a key means, and write it as it is without."""
    told = _about(schema, "An example:" if key in EXAMPLES else "")
    return f"{told}\n{'' if key == 'output' else '#'}{key}: {write(value)}"


def _about(schema: dict[str, Any], more: str = "") -> str:
    """Say what a key means, and the words there are for its value, where that is not said yet."""
    words, told = choices_of(schema), schema["description"]
    if not all(word in told for word in words):
        told += f" Choices: {', '.join(words)}."
    return _comment(f"{told} {more}")


def _comment(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ")


def _output_name(base: Path, folder: Path) -> str:
    """Return the first of out, out-2, ... that is no place of anything but outputs."""
    root = folder.resolve()
    for number in itertools.count(1):
        name = f"out-{number}" if number > 1 else "out"
        is_free = not os.path.lexists(base / name) or (base / name / RUN_FOLDER).is_dir()
        if is_free and not root.is_relative_to((base / name).resolve()):
            break
    return name


def _name_of(folder: Path) -> str | None:
    """Return a name for a folder whose own cannot be one in the output tree."""
    try:
        check_name(folder.name)
    except ValueError:
        return SPARE_NAME
    return None


def _path_from(base: Path, folder: Path) -> str:
    path = os.path.relpath(folder, base)
    if path.startswith("~"):  # would be somebody's home, with "./" before it, too
        path = str(folder)
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"{folder}: its name is not UTF-8, so that no job file can hold it."
            " Rename the folder, or write the job file into it by --file."
        ) from None
    return path


def _publish_new(path: Path, content: bytes) -> None:
    """Publish a file that is not there yet."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(exist_ok=False)  # of two at the same time, one fails here
    except OSError as error:
        if not os.path.lexists(path):
            raise StorageError.of(f"{path}: cannot be written", error) from error
        raise UsageError(
            f"{path}: there is such a file already, which is not written over."
            " Name another by --file, or remove it."
        ) from None
    try:
        publish(path, content)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
