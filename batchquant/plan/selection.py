"""Which of the planned variants a run is about."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import overload

from batchquant.errors import UsageError
from batchquant.jobfile import INIT_ALIASES, PALETTE_INIT
from batchquant.jobfile.near import near_match
from batchquant.jobfile.values import INIT_NAMES
from batchquant.plan.records import Plan, PlannedImage
from batchquant.plan.shard import Shard
from batchquant.sources.patterns import Patterns


@dataclass(frozen=True, slots=True)
class Selection:
    """What a run is restricted to; what is empty restricts nothing.

    Attributes
    ----------
    jobs : tuple of str
        Names of jobs.
    only : tuple of str
        Patterns, with the meaning of .gitignore, for FOLDER/IMAGE.
    k : tuple of int
        Numbers of colors.
    init : tuple of str
        Start methods.
    shard : Shard, optional
        The share of the images that is meant, of all that the others mean. It may hold none.
    """

    jobs: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    k: tuple[int, ...] = ()
    init: tuple[str, ...] = ()
    shard: Shard | None = None

    def of(self, plan: Plan) -> Plan:
        """Return the part of a plan that is meant.

        Parameters
        ----------
        plan : Plan
            Any.

        Returns
        -------
        Plan
            With the images that have variants of the selection, and those only. Of jobs without
            images nothing is left.

        Raises
        ------
        UsageError
            If there are images, but an entry means none of them or of their variants.
        """
        if self == WHOLE:
            return plan
        if self.shard is not None:
            meant = replace(self, shard=None).of(plan)
            return replace(meant, images=Chosen(meant.images, Selection(shard=self.shard)))
        if self.jobs:
            plan = _of_jobs(plan, self.jobs)
        chosen = replace(plan, images=Chosen(plan.images, self))
        if plan.images:
            self._check(plan)
        if len(plan.images) and not any(True for _ in chosen.images):
            raise UsageError(
                "no variant is meant by jobs, only, k and init together. Leave one of them out."
            )
        return chosen

    def part_of(self, image: PlannedImage) -> PlannedImage | None:
        """Return an image with those of its variants that are meant; None where none is."""
        if self.jobs and image.job not in self.jobs:
            return None
        if self.only and not _patterns(*self.only).match(f"{image.folder}/{image.image}"):
            return None
        if self.shard and not self.shard.takes(image.folder, image.image):
            return None
        if not self.k and not self.init:
            return image
        inits = tuple(INIT_ALIASES.get(name, name) for name in self.init)
        meant = tuple(
            variant
            for variant in image.variants
            if (not self.k or variant.k in self.k) and (not inits or variant.init in inits)
        )
        return replace(image, variants=meant) if meant else None

    def _check(self, plan: Plan) -> None:
        """Raise UsageError where an entry means nothing; says what there is."""
        meant = replace(self, k=(), init=())
        unmet = {pattern for pattern in self.only if not pattern.startswith("!")}
        k, inits, example = set[int](), set[str](), ""
        for image in plan.images:
            path = f"{image.folder}/{image.image}"
            example = example or path
            unmet -= {pattern for pattern in unmet if _patterns(pattern).match(path)}
            if (self.k or self.init) and meant.part_of(image):
                k |= {variant.k for variant in image.variants}
                inits |= {variant.init for variant in image.variants}
        for pattern in self.only:
            if pattern in unmet:
                raise UsageError(
                    f"only: no picture is matched by {pattern!r}. Write a pattern for FOLDER/IMAGE,"
                    f" such as {example} or {example.partition('/')[0]}/."
                )
        if k:
            _check("k", self.k, sorted(k))
            _check("init", (INIT_ALIASES.get(name, name) for name in self.init), sorted(inits))


class Chosen(Sequence[PlannedImage]):
    """Those of the images of a plan that are meant, with the variants that are."""

    def __init__(self, images: Sequence[PlannedImage], selection: Selection) -> None:
        self._images, self._selection = images, selection

    def __iter__(self) -> Iterator[PlannedImage]:
        """Yield them in the order of the report."""
        return (part for image in self._images if (part := self._selection.part_of(image)))

    def __len__(self) -> int:
        """Count them."""
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, position: int) -> PlannedImage: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[PlannedImage]: ...
    def __getitem__(self, position: int | slice) -> PlannedImage | Sequence[PlannedImage]:
        """Return the one at a position among those that are meant, or some."""
        return list(self)[position]


WHOLE = Selection()


def _of_jobs(plan: Plan, names: Collection[str]) -> Plan:
    return replace(
        plan,
        images=Chosen(plan.images, Selection(jobs=tuple(names))),
        left_out=tuple(entry for entry in plan.left_out if entry[0] in names),
        warnings=tuple(entry for entry in plan.warnings if entry[0] in names),
        absent=tuple(entry for entry in plan.absent if entry[0] in names),
    )


@cache
def _patterns(*patterns: str) -> Patterns:
    try:
        return Patterns(patterns)
    except ValueError as error:
        raise UsageError(f"only: found {', '.join(patterns)}: {error}.") from error


def _check(name: str, wanted: Iterable[object], known: Collection[object]) -> None:
    for value in wanted:
        if value not in known:
            told = ", ".join(map(str, known))
            told = f"{name}: {value} is not among what the job file makes: {told}."
            raise UsageError(f"{told} {_mend(name, value)}")


def _mend(name: str, value: object) -> str:
    """Say how what the job file does not make can be made; of what is no start, what was meant."""
    if name == "init" and value not in (*INIT_NAMES, PALETTE_INIT):
        near = near_match(value, INIT_NAMES)
        return near[0] if near else f"Starts are {', '.join(INIT_NAMES)}."
    return f"To make it, too, add it to {name} in the job file; to make it alone: -s {name}={value}"
