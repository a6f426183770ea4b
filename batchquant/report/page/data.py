"""What the page shows → scripts that it loads.

Browsers let a page from the disk load classic scripts, and nothing else: so each file is one call
of a function with JSON. They are paged, for the page to be there at once however long the night.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from batchquant.files.layout import RUN_FOLDER
from batchquant.formats.registry import formats, kinds_of
from batchquant.report.captions import is_settled, reach_of
from batchquant.report.last_run import LastRun
from batchquant.report.page.advice import advise, class_of
from batchquant.report.page.records import ShownImage, ShownVariant

PAGE_FOLDER = f"{RUN_FOLDER}/page"
DATA_FOLDER = f"{PAGE_FOLDER}/data"
CARDS = 500  # pictures a page of the gallery's data holds; 200 kB
FIRST = 24  # pictures that a large window shows at first; 90 kB
VARIANTS = 1000  # variants a page of details holds, or one image; 300 kB


def data_scripts(number: int, images: Sequence[ShownImage]) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of the scripts of a chunk, relative to the output folder.

    JavaScript in ASCII. Details are named by the place of their first image among all of the page.
    """
    begin = number * CARDS
    cards = []
    for page in page_details(images):
        cards += [_card(image, begin) for image in page]
        yield _script("details", begin, {begin + i: _details(each) for i, each in enumerate(page)})
        begin += len(page)
    yield _script("cards", number, cards)


def first_palettes(images: Sequence[ShownImage], read: Callable[[str], bytes]) -> tuple[str, bytes]:
    """Return path and content of what paints the cards seen first: the scripts of their pictures.

    One opens in a fraction of the time of many. The page asks for those that could not be read.
    """
    scripts = []
    for image in images[:FIRST]:
        if image.palettes is not None:
            with suppress(OSError):
                scripts.append(read(image.palettes))
    return f"{DATA_FOLDER}/palettes-0000.js", b"".join(scripts)


def run_script(last_run: LastRun | None, identity: str) -> tuple[str, bytes]:
    """Return path and content of the script that says what differs from run to run."""
    return _script("run", 0, {"id": identity, "last": _run(last_run)})


def n_chunks(n_images: int) -> int:
    """Return in how many chunks images are shown."""
    return -(-n_images // CARDS)


def page_details(images: Iterable[ShownImage]) -> Iterator[list[ShownImage]]:
    """Part images into pages of about equal size."""
    page: list[ShownImage] = []
    n_variants = 0
    for image in images:
        if page and n_variants + len(image.variants) > VARIANTS:
            yield page
            page, n_variants = [], 0
        page.append(image)
        n_variants += len(image.variants)
    if page:
        yield page


def _card(image: ShownImage, page: int) -> dict[str, Any]:
    ks = sorted({variant.k for variant in image.variants})
    inits = list(dict.fromkeys(variant.init for variant in image.variants))
    made = {(v.k, v.init): v.figures for v in image.variants if v.status == "done"}
    figures = [made.get((k, init)) for k in ks for init in inits]
    return {
        "job": image.job,
        "folder": image.folder,
        "image": image.image,
        "frame": image.frame,
        "width": image.width,
        "height": image.height,
        "aspect": round(image.pixel_aspect, 6),
        "status": image.status,
        "ks": ks,
        "inits": inits,
        "psnr": _rounded(figures, "psnr_db"),  # by K, then by start; null where it is not done
        "deltaE": _rounded(figures, "delta_e"),
        "knee": image.knee,
        "target": image.target and image.target.phrase,
        "goal": image.target and [image.target.metric, image.target.value],
        "best": image.best,
        "settled": is_settled(image.best, image.pending_k),
        "thumbnail": image.thumbnail,
        "palettes": image.palettes,
        "page": page,
    }


def _rounded(figures: Iterable[Mapping[str, float] | None], name: str) -> list[float | str | None]:
    """Return a figure of each variant; what is done and has none is told from what is not."""
    return [
        None if found is None else _number(round(found[name], 2)) if name in found else ""
        for found in figures
    ]


def _details(image: ShownImage) -> dict[str, Any]:
    reach = reach_of(image.target, image.best, image.pending_k) if image.is_begun else ()
    return {
        "colors": image.distinct_colors,
        "source": image.source,
        "notes": image.notes,
        "error": image.error,
        "advice": image.error and advise(class_of(image.error))[1],
        "reach": " · ".join(reach),
        "sharing": image.sharing,
        "sheets": image.sheets,
        **({"fade": image.before_after} if image.before_after else {}),
        "best": image.best_path,
        "preview": image.preview,
        "variants": [_variant(variant) for variant in image.variants],
    }


def _variant(variant: ShownVariant) -> dict[str, Any]:
    if variant.status != "done":
        return {"k": variant.k, "init": variant.init, "status": variant.status}
    kinds = kinds_of("formats")
    pictures = tuple(file.kind for file in variant.files if file.kind in kinds)
    return {
        "k": variant.k,
        "init": variant.init,
        "status": variant.status,
        "seed": variant.seed,
        "nColors": variant.n_colors,
        "nIter": variant.n_iter,
        "converged": variant.converged,
        "inertia": variant.inertia,
        "sharedInertia": variant.shared_inertia,
        "figures": {name: _number(value) for name, value in variant.figures.items()},
        "files": [[_noun(file.kind), file.path, file.size_bytes] for file in variant.files],
        "nPictures": len(pictures),
        "shown": _first_shown(pictures),
        **dict(_seldom(variant)),
    }


def _seldom(variant: ShownVariant) -> Iterator[tuple[str, Any]]:
    """Yield what few variants have, by name: the others need no bytes for it."""
    if variant.animations:
        yield "animations", [[_noun(kind), path, size] for kind, path, size in variant.animations]
    for file in variant.files:
        if file.kind in kinds_of("error_map"):
            yield "errorMap", file.path


@cache
def _noun(kind: str) -> str:
    """Return what a person calls files of a kind; of an extension that is gone, its name."""
    noun = formats()[kind].noun if kind in formats() else kind
    return noun[0].upper() + noun[1:]


@cache
def _first_shown(pictures: tuple[str, ...]) -> int | None:
    """Return which picture a browser is given, by the order of the registry."""
    shown = [kind for kind, each in formats().items() if each.is_shown_by_browsers]
    found = [kind for kind in shown if kind in pictures]
    return pictures.index(found[0]) if found else None


def _run(last_run: LastRun | None) -> dict[str, Any] | None:
    if last_run is None:
        return None
    return {
        "started": last_run.started.isoformat(timespec="seconds"),
        "elapsed": last_run.elapsed_s,
        "done": last_run.n_done,
        "skipped": last_run.n_skipped,
    }


def _number(value: float | None) -> float | str | None:
    """JSON has no infinity; JavaScript reads this word as one."""
    return "Infinity" if value is not None and math.isinf(value) else value


def _script(kind: str, number: int, content: object) -> tuple[str, bytes]:
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    path = PurePosixPath(DATA_FOLDER, f"{kind}-{number:04d}.js")
    return str(path), f'batchquant.take("{kind}",{number},{text});\n'.encode()
