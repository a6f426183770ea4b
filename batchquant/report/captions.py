"""Records of one image → the words on its contact sheet."""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence

from batchquant.metrics.registry import tell_figures
from batchquant.metrics.target import Target
from batchquant.plan.groups import Group
from batchquant.report.curves import k_to_show
from batchquant.steps.exhibit import Exhibit
from batchquant.steps.files import shown_kind
from batchquant.store import Output, VariantRecord


def exhibits_of(
    done: Sequence[VariantRecord],
    knee: int | None,
    best: VariantRecord | None,
    target: Target | None,
    *,
    is_shared: bool = False,
) -> Iterator[Exhibit]:
    """Yield one of each record, by start, then by K; `done` is by K, at least one.

    The closest variant of the knee's K is marked, and `best`, which meets the target with fewest
    colors: that is shown after the original, or else the one of the knee, or of the K in the
    middle, or of a smaller one that is exact. Where the palette `is_shared`, the inertia of all
    pictures that share it is told.
    """
    knee_record = _closest(done, knee)
    numbers = list(dict.fromkeys(record.k for record in done))
    exact = (record.k for record in done if record.figures.get("mse") == 0)
    after = best or _closest(done, k_to_show(numbers, knee, exact))
    for record in in_order(done):
        marks = ["knee"] if record is knee_record else []
        marks += [f"meets {target.phrase}"] if target and record is best else []
        kind, shown = shown_file(record)
        assert record.n_colors is not None
        yield Exhibit(
            k=record.k,
            init=record.init,
            n_colors=record.n_colors,
            figures=tuple(tell_figures(record.figures)),
            kind=kind,
            path=shown.path,
            size_bytes=shown.size_bytes,
            shared=tell_shared_inertia(record.shared_inertia) if is_shared else "",
            digest=shown.digest,
            mark=", ".join(marks),
            is_best=record is best,
            is_after=record is after,
        )


def tell_combination(varied: Iterable[tuple[str, str]]) -> str:
    """Say what varied keys are set to, as rows of a sheet have it."""
    return ", ".join(f"{key} {value or 'none'}" for key, value in varied)


def _closest(done: Sequence[VariantRecord], k: int | None) -> VariantRecord | None:
    """Return the variant of a K that is closest to the original, if there is one."""
    of_k = [record for record in done if record.k == k]
    return min(of_k, key=lambda record: record.figures.get("mse", 0.0), default=None)


def in_order(done: Sequence[VariantRecord]) -> list[VariantRecord]:
    """Return records as they are shown: by start, as these first occur, then by K."""
    by_init = dict.fromkeys(record.init for record in done)
    return [record for init in by_init for record in done if record.init == init]


def shown_file(record: VariantRecord) -> tuple[str, Output]:
    """Return kind and file that show a variant."""
    kind = shown_kind({kind: output.is_exact for kind, output in record.outputs.items()})
    return kind, record.outputs[kind]


def subtitle_of(
    distinct_colors: int,
    knee: int | None,
    best: VariantRecord | None,
    target: Target | None,
    pending_k: Collection[int],
    sharing: str = "",
) -> str:
    """Say in a line what more colors bring; variants of `pending_k` are still to be made.

    `sharing` is what `sharing_of` says.
    """
    told = ["1 color" if distinct_colors == 1 else f"{distinct_colors:,} colors"]
    if knee is not None:
        told.append(f"knee at K {knee}{' so far' if pending_k else ''}")
    told += reach_of(target, (best.k, best.init) if best else None, pending_k)
    told += [f"palette shared by {sharing}"] if sharing else []
    return " · ".join(told)


def reach_of(
    target: Target | None, best: tuple[int, str] | None, pending_k: Collection[int]
) -> Iterator[str]:
    """Yield up to two phrases: how near the image comes to the target, and what may change that.

    `best` is the K and start that meet it with fewest colors.
    """
    so_far = "" if is_settled(best, pending_k) else " so far"
    if target is None:
        pass
    elif best is not None:
        k, init = best
        yield f"{target.phrase} is met {'at' if so_far else 'from'} K {k}{so_far}, start {init}"
    else:
        yield f"{target.phrase} is not reached{so_far}"
    if pending_k:
        yield f"{len(pending_k)} K still to be made"


def sharing_of(group: Group | None) -> str:
    """Say of which pictures the palette of one of them is; empty where it has one of its own."""
    if group is None or group.n_pictures < 2:
        return ""
    noun = "frames" if group.is_of_frames else "pictures"
    return f"{group.n_pictures:,} {noun} of this {group.kind}"


def tell_shared_inertia(value: float | None) -> str:
    """Say how far all pixels of all pictures of a group are from their palette, summed."""
    if value is None:
        return ""
    digits, _, exponent = f"{value:.4g}".partition("e")
    return f"inertia of all {digits}{exponent and f'e{int(exponent)}'}"


def is_settled(best: tuple[int, str] | None, pending_k: Collection[int]) -> bool:
    """Tell whether nothing that is still to be made can change what meets the target."""
    return best[0] < min(pending_k, default=math.inf) if best else not pending_k
