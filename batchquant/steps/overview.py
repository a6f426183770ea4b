"""What is made of an image → what shows it as a whole."""

import time
from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

import numpy as np

from batchquant.errors import ImageError, StorageError
from batchquant.files import inside, publish_output, withdraw
from batchquant.files.digests import digest_of
from batchquant.files.outputs import read_output
from batchquant.formats.named import shown_names
from batchquant.formats.palette_text import to_script
from batchquant.formats.pdf_page import encode_pdf
from batchquant.formats.png import encode_rgb_png
from batchquant.formats.small import Small
from batchquant.images.draw.before_after import encode_before_after
from batchquant.images.draw.card import encode_strip
from batchquant.images.draw.looks import Looks
from batchquant.images.draw.sheet import SHEET_DPI, Sheet, Tile, draw_sheet
from batchquant.images.read.decode import decode
from batchquant.images.read.picture import Reading
from batchquant.quantization.color import Color
from batchquant.sources.source import suffix_of
from batchquant.steps.attempt import attempt
from batchquant.steps.drawings import OverviewTask
from batchquant.steps.exhibit import Exhibit
from batchquant.steps.files import publish_file, seconds_since
from batchquant.steps.result import OverviewResult, Written
from batchquant.steps.stderr import CaughtStderr
from batchquant.steps.stopping import StopWantedError, reason_of, stop_if_wanted
from batchquant.steps.varied_sheet import VariedSheetTask
from batchquant.steps.workplace import HERE

Palettes = dict[tuple[int, str], tuple[tuple[Color, int], ...]]


def draw_overview(task: OverviewTask) -> OverviewResult:
    """Draw and write the overview of one image.

    Parameters
    ----------
    task : OverviewTask
        What to show.

    Returns
    -------
    OverviewResult
        What was written. Nothing that is wrong with the image raises.

    Raises
    ------
    StorageError
        If the output folder cannot be written to. That is no fault of the image.
    """
    begin = time.perf_counter()
    stderr = CaughtStderr()
    try:
        with stderr.caught():
            contents, digests = _draw(task)
        files, in_the_way = _publish(task, contents, digests)
    except StorageError:
        raise
    except StopWantedError:
        return OverviewResult(task.key, {})
    except Exception as error:  # a fault of ours, too, costs one image and not the night
        return OverviewResult(task.key, {}, reason_of(error, stderr.text))
    return OverviewResult(task.key, files, in_the_way, seconds_since(begin))


def _draw(task: OverviewTask) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the files by kind, and digests of the exhibits by path."""
    reading = task.settings.reading(task.frame, takes_all=task.takes_all)
    key = task.source_sha256, reading, suffix_of(task.source)
    looks = HERE.looks(key) or _look_at(task, reading)
    names = shown_names(task.settings.color_names, looks.icc_profile)
    rows: dict[str, list[Tile]] = {}
    palettes: Palettes = {}
    digests, after = {}, None
    for exhibit in task.exhibits:
        stop_if_wanted(task.stop_file)
        digests[exhibit.path], small = _make_small(task, exhibit, looks)
        palettes[exhibit.k, exhibit.init] = small.palette
        rows.setdefault(exhibit.init, []).append(_tile_of(exhibit, small, names))
        after = small.picture if exhibit.is_after else after
    outputs = dict(task.files)
    name = PurePosixPath(outputs["palettes"]).stem
    contents = {
        "thumbnail": looks.thumbnail,
        "preview": _preview(outputs["preview"], looks),
        "palettes": to_script(name, palettes, names, _card(task, looks, rows)).encode(),
    }
    if kinds := [kind for kind in outputs if kind in ("sheet_png", "sheet_pdf", "page")]:
        sheet = draw_sheet(
            task.title,
            task.subtitle,
            looks.original,
            [(f"start: {init}", tiles) for init, tiles in rows.items()],
            [f"varied: {task.varied}"] if task.varied else [],
        )
        contents |= _encode(sheet, kinds)
    if "before_after" in outputs:
        stop_if_wanted(task.stop_file)
        assert after is not None
        contents["before_after"] = encode_before_after(looks.original.picture, after)
    stop_if_wanted(task.stop_file)
    return contents, digests


def _preview(path: str, looks: Looks) -> bytes:
    """Return a preview of the kind that is planned, by what the header of a picture says."""
    if looks.small is not None and PurePosixPath(path).suffix == ".png":
        return encode_rgb_png(np.asarray(looks.small))
    return looks.preview


def _card(task: OverviewTask, looks: Looks, rows: dict[str, list[Tile]]) -> dict[str, object]:
    """Return what the page paints on the card of a picture.

    Its own small picture, for which a browser takes the nearest colors of whichever palette. What
    is dithered mixes colors instead: it is given as it was drawn, in the order of palettes.
    """
    settings = task.settings
    if settings.dither == "none":
        picture = looks.card(settings.blur)
        return {"picture": _data_url(picture), "space": settings.color_space}
    tiles = [tile.picture for of_init in rows.values() for tile in of_init]
    strip = encode_strip(tiles)
    width, height = strip.size
    return {"strip": _data_url(strip.content), "tile": [width, height, strip.columns]}


def _data_url(webp: bytes) -> str:
    """Write a picture into a script: what else lies on the disk no page may look into."""
    return f"data:image/webp;base64,{b64encode(webp).decode()}"


def draw_varied_sheet(task: VariedSheetTask) -> OverviewResult:
    """Draw and write a sheet that has all combinations of varied keys as rows.

    Raises as `draw_overview` does.
    """

    def make(files: dict[str, Written]) -> None:
        contents = _encode(_draw_rows(task), dict(task.files))
        stop_if_wanted(task.stop_file)
        for kind, path in task.files:
            publish_file(contents[kind], path, task.output, task.ours)
            files[kind] = Written(len(contents[kind]), digest_of(contents[kind]))

    return attempt(task.key, make)


def _draw_rows(task: VariedSheetTask) -> Sheet:
    looks: dict[Reading, Looks] = {}
    rows = []
    for row in task.rows:
        reading = row.settings.reading(task.frame, takes_all=task.takes_all)
        if reading not in looks:
            key = task.source_sha256, reading, suffix_of(task.source)
            looks[reading] = HERE.looks(key) or _look_at(task, reading)
        original = next(iter(looks.values())).original
        # All tiles are as large as the original, also of pictures that were reduced.
        shown = looks[reading]._replace(original=original)
        names = shown_names(row.settings.color_names, shown.icc_profile)
        tiles = []
        for exhibit in row.exhibits:
            stop_if_wanted(task.stop_file)
            _, small = _make_small(task, exhibit, shown)
            tiles.append(_tile_of(exhibit, small, names))
        rows.append((row.name, tiles))
    return draw_sheet(task.title, task.subtitle, original, rows, task.notes)


def _tile_of(exhibit: Exhibit, small: Small, names: Mapping[Color, str]) -> Tile:
    return Tile(
        k=exhibit.k,
        n_colors=exhibit.n_colors,
        figures=exhibit.figures,
        size_bytes=exhibit.size_bytes,
        picture=small.picture,
        palette=small.palette,
        mark=exhibit.mark,
        shared=exhibit.shared,
        names=tuple(names[color] for color, _ in small.palette if color in names),
    )


def _look_at(task: OverviewTask | VariedSheetTask, reading: Reading) -> Looks:
    source = HERE.read(task.source, is_wanted_again=task.takes_all)
    if source.sha256 != task.source_sha256:
        raise ImageError("unreadable: the file has changed while it was worked on")
    return Looks.of(decode(source.content, reading, suffix_of(task.source)))


def _make_small(
    task: OverviewTask | VariedSheetTask, exhibit: Exhibit, looks: Looks
) -> tuple[bytes, Small]:
    """Return the digest of an exhibit's file, and how it looks."""
    small = HERE.made(exhibit.path, exhibit.digest)
    is_as_large = small is not None and small.picture.size == looks.original.picture.size
    if small is not None and is_as_large and exhibit.digest is not None:
        return exhibit.digest, small
    try:
        content = read_output(task.output, exhibit.path)
    except OSError as error:
        raise ImageError(f"unreadable: {exhibit.path}: {error.strerror}") from error
    return digest_of(content), Small.of_file(content, exhibit.kind, looks)


def _encode(sheet: Sheet, kinds: Iterable[str]) -> dict[str, bytes]:
    png = encode_rgb_png(sheet.pixels)
    return {
        kind: png if kind.endswith("_png") else encode_pdf(png, SHEET_DPI, texts=sheet.texts)
        for kind in kinds
    }


def _publish(
    task: OverviewTask, contents: dict[str, bytes], digests: dict[str, bytes]
) -> tuple[dict[str, Written], str | None]:
    """Write all that nothing is in the way of; returns files by kind, and what is in the way."""
    outputs, error = dict(task.files), None
    files: dict[str, Written] = {}
    for kind, content in contents.items():
        try:
            publish_file(content, outputs[kind], task.output, task.ours)
            files[kind] = Written(len(content), digest_of(content))
        except ImageError as reason:
            error = error or str(reason)
    try:
        if "best" in outputs:
            files |= _name_best(task, outputs["best"], digests)
    except ImageError as reason:
        error = error or str(reason)
    return files, error


def _name_best(task: OverviewTask, path: str, digests: dict[str, bytes]) -> dict[str, Written]:
    """Let the best picture stand under its name, or nothing where none is good enough."""
    may_replace = path in task.ours
    for exhibit in task.exhibits:
        if exhibit.is_best:
            original = inside(task.output, exhibit.path)
            publish_output(task.output, path, original, may_replace=may_replace)
            return {"best": Written(exhibit.size_bytes, digests[exhibit.path])}
    if task.withdraws_best and may_replace:
        withdraw(task.output, path)
    return {}
