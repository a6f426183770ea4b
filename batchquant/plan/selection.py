"""Which of the planned variants a run is about."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from batchquant.errors import UsageError
from batchquant.jobfile import INIT_ALIASES
from batchquant.plan.records import Plan, PlannedImage
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
    """

    jobs: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    k: tuple[int, ...] = ()
    init: tuple[str, ...] = ()

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
        if self.jobs:
            plan = _of_jobs(plan, self.jobs)
        images = _matching(plan.images, self.only)
        variants = [variant for image in images for variant in image.variants]
        inits = tuple(INIT_ALIASES.get(name, name) for name in self.init)
        if images:
            _check("k", self.k, sorted({variant.k for variant in variants}))
            _check("init", inits, sorted({variant.init for variant in variants}))
        chosen = []
        for image in images:
            meant = tuple(
                variant
                for variant in image.variants
                if (not self.k or variant.k in self.k) and (not inits or variant.init in inits)
            )
            if meant:
                chosen.append(replace(image, variants=meant))
        if plan.images and not chosen:
            raise UsageError("found no variant that is meant by all of jobs, only, k and init.")
        return replace(plan, images=tuple(chosen))


WHOLE = Selection()


def _of_jobs(plan: Plan, names: Collection[str]) -> Plan:
    return replace(
        plan,
        images=tuple(image for image in plan.images if image.job in names),
        left_out=tuple(entry for entry in plan.left_out if entry[0] in names),
        warnings=tuple(entry for entry in plan.warnings if entry[0] in names),
        absent=tuple(entry for entry in plan.absent if entry[0] in names),
    )


def _matching(images: Sequence[PlannedImage], only: Sequence[str]) -> Sequence[PlannedImage]:
    if not only or not images:
        return images
    paths = [f"{image.folder}/{image.image}" for image in images]
    for pattern in only:
        if not pattern.startswith("!") and not any(map(_patterns(pattern).match, paths)):
            raise UsageError(
                f"only: found no image that {pattern!r} matches, expected a pattern for"
                f" FOLDER/IMAGE, such as {paths[0]} or {paths[0].partition('/')[0]}/."
            )
    is_meant = _patterns(*only).match
    return [image for image, path in zip(images, paths, strict=True) if is_meant(path)]


def _patterns(*patterns: str) -> Patterns:
    try:
        return Patterns(patterns)
    except ValueError as error:
        raise UsageError(f"only: found {', '.join(patterns)}: {error}.") from error


def _check(name: str, wanted: Iterable[object], known: Collection[object]) -> None:
    for value in wanted:
        if value not in known:
            told = ", ".join(map(str, known))
            raise UsageError(f"{name}: found {value}, expected one of: {told}.")
