"""Records of one image → the words on its contact sheet."""

import math
from collections.abc import Collection, Iterator, Sequence

from batchquant.formats.registry import formats
from batchquant.quantization.color.fidelity import psnr_db
from batchquant.steps.drawings import Exhibit
from batchquant.store import VariantRecord


def exhibits_of(
    done: Sequence[VariantRecord],
    knee: int | None,
    best: VariantRecord | None,
    target_db: float | None,
) -> Iterator[Exhibit]:
    """Yield what is shown, by start, then by K.

    Parameters
    ----------
    done : sequence of VariantRecord
        By K; at least one.
    knee : int or None
        K of the knee; the closest of its variants is marked.
    best : VariantRecord or None
        The one of `done` that meets the target with fewest colors.
    target_db : float or None
        PSNR to reach, in decibels, if there is a target.

    Yields
    ------
    Exhibit
        One of each record.
    """
    at_knee = [record for record in done if record.k == knee]
    knee_record = min(at_knee, key=lambda record: record.mse or 0.0, default=None)
    by_init = dict.fromkeys(record.init for record in done)
    for record in (record for init in by_init for record in done if record.init == init):
        marks = ["knee"] if record is knee_record else []
        marks += [f"meets {target_db:g} dB"] if record is best else []
        kind = next(kind for kind in formats() if kind in record.outputs)
        shown = record.outputs[kind]
        assert record.n_colors is not None
        assert record.mse is not None
        yield Exhibit(
            k=record.k,
            init=record.init,
            n_colors=record.n_colors,
            psnr_db=psnr_db(record.mse),
            kind=kind,
            path=shown.path,
            size_bytes=shown.size_bytes,
            mark=", ".join(marks),
            is_best=record is best,
        )


def subtitle_of(
    distinct_colors: int,
    knee: int | None,
    best: VariantRecord | None,
    target_db: float | None,
    pending_k: Collection[int],
) -> str:
    """Say how the image gets on with more colors.

    Parameters
    ----------
    distinct_colors : int
        Of the source.
    knee, best, target_db
        As in `exhibits_of`.
    pending_k : collection of int
        Each K of which a variant is neither done nor failed.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> subtitle_of(1000, 5, None, 32.0, ())
    '1,000 colors · knee at K 5 · 32 dB is not reached'
    >>> subtitle_of(1, None, None, 32.0, {16, 32})
    '1 color · 32 dB is not reached so far · 2 K still to be made'
    """
    told = ["1 color" if distinct_colors == 1 else f"{distinct_colors:,} colors"]
    if knee is not None:
        told.append(f"knee at K {knee}{' so far' if pending_k else ''}")
    told += reach_of(target_db, (best.k, best.init) if best else None, pending_k)
    return " · ".join(told)


def reach_of(
    target_db: float | None, best: tuple[int, str] | None, pending_k: Collection[int]
) -> Iterator[str]:
    """Say how near the image comes to the target, and what may still change that.

    Parameters
    ----------
    target_db : float or None
        As in `exhibits_of`.
    best : tuple of int and str, or None
        K and start that meet it with fewest colors.
    pending_k : collection of int
        As in `subtitle_of`.

    Yields
    ------
    str
        Up to two phrases.

    Examples
    --------
    >>> list(reach_of(32.0, (8, "random"), {8, 16}))
    ['32 dB is met at K 8 so far, start random', '2 K still to be made']
    >>> list(reach_of(32.0, (8, "random"), ()))
    ['32 dB is met from K 8, start random']
    """
    so_far = "" if is_settled(best, pending_k) else " so far"
    if best is not None:
        k, init = best
        yield f"{target_db:g} dB is met {'at' if so_far else 'from'} K {k}{so_far}, start {init}"
    elif target_db is not None:
        yield f"{target_db:g} dB is not reached{so_far}"
    if pending_k:
        yield f"{len(pending_k)} K still to be made"


def is_settled(best: tuple[int, str] | None, pending_k: Collection[int]) -> bool:
    """Tell whether nothing that is still to be made can change what meets the target."""
    return best[0] < min(pending_k, default=math.inf) if best else not pending_k
