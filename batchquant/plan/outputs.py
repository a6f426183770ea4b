"""What is made of an image, and where it goes."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import PurePosixPath

from batchquant.formats.registry import formats
from batchquant.plan.keys import file_recipe, painted_recipe
from batchquant.plan.records import PlannedFile, Settings, Variant


def plan_variants(
    settings: Settings,
    k: Iterable[int],
    init: Iterable[str],
    kinds: Iterable[str],
    base: PurePosixPath | str,
    *,
    frame: int = 0,
) -> tuple[Variant, ...]:
    """Plan the variants of one image, by k, then by start, each in the order given.

    Parameters
    ----------
    settings : Settings
        What they have in common.
    k, init : iterable
        Numbers of colors and start methods.
    kinds : iterable of str
        Kinds of files that are wanted, of `batchquant.formats.registry.formats`.
    base : pathlib.PurePosixPath or str
        Where outputs go, relative to the output folder: ``cat`` for ``cat_k003_kmeans++.png``.
    frame : int
        Which picture of the source.
    """
    endings = _endings(settings, tuple(k), tuple(init), tuple(kinds), frame)
    return tuple(
        Variant(
            number,
            start,
            recipe,
            tuple(PlannedFile(kind, f"{base}{ending}", digest) for kind, ending, digest in files),
        )
        for number, start, recipe, files in endings
    )


Ending = tuple[int, str, str, tuple[tuple[str, str, str], ...]]
"""Of a variant: k, init, recipe; kind, ending and recipe of each file."""


@lru_cache(maxsize=64)  # all images of a job share one
def _endings(
    settings: Settings,
    k: tuple[int, ...],
    init: tuple[str, ...],
    kinds: tuple[str, ...],
    frame: int,
) -> tuple[Ending, ...]:
    return tuple(
        (
            number,
            start,
            recipe,
            tuple(
                # Padded, so that names sort by k and a k added later renames nothing.
                (
                    kind,
                    f"_k{number:03d}_{start}{formats()[kind].suffix}",
                    file_recipe(kind, recipe, settings),
                )
                for kind in kinds
            ),
        )
        for number in k
        for start in init
        for recipe in (painted_recipe(settings, frame, number, start),)
    )


def folded(path: str) -> str:
    """Return what names a file where neither letter case nor Unicode form counts."""
    return unicodedata.normalize("NFC", path).casefold()


def joined(*parts: str) -> str:
    """Join names as `PurePosixPath` does, which is asked only where it may say something else."""
    path = "/".join(filter(None, parts))
    if path.startswith(("/", ".")) or path.endswith("/") or "//" in path or "/." in path:
        return str(PurePosixPath(*parts))
    return path or "."
