"""Pictures that share a palette → their colors, counted, and the palettes found for all of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from batchquant.errors import BLOCKED, CUT_OFF, PASSING
from batchquant.plan.groups import (
    HISTOGRAM,
    NOT_KNOWN,
    SHARED_PALETTE,
    Group,
    group_key,
    histogram_path,
    histogram_recipe,
)
from batchquant.plan.keys import painted_recipe
from batchquant.plan.records import ImageKey, Plan, PlannedImage
from batchquant.plan.sweep import Sweep
from batchquant.run.drawings.current import digest, is_current
from batchquant.run.reasons import what_is_wrong_with
from batchquant.steps.histogram import HistogramTask
from batchquant.steps.result import DrawnKey
from batchquant.steps.shared_palette import ONE_PROFILE, SEVERAL_PROFILES, SharedPaletteTask
from batchquant.steps.stopping import STOP_FILE
from batchquant.steps.task import shared_of
from batchquant.store import OverviewRecord
from batchquant.store.planned import PlannedImages

SRGB, AS_IT_IS = "srgb:", "keep:"
"""How the fingerprint of a group's palettes begins: whether its pictures are brought to sRGB."""
MAY_PASS = (*CUT_OFF, *PASSING)


@dataclass(frozen=True, slots=True)
class GroupState:
    """What is known of a group.

    Attributes
    ----------
    number : int
        Of its sweep.
    sweep : Sweep
        With the group, as far as it is known.
    n_uncounted : int
        Pictures whose colors are to be counted.
    is_due : bool
        Whether its palettes are to be found once all are.
    """

    number: int
    sweep: Sweep
    n_uncounted: int
    is_due: bool

    @property
    def group(self) -> Group:
        """The group."""
        assert self.sweep.group is not None
        return self.sweep.group


class Shared(NamedTuple):
    """How many groups share palettes, and of how many these are to be found.

    `n_uncounted` is in how many pictures colors are to be counted first.
    """

    n_groups: int
    n_due: int
    n_uncounted: int


class Groups:
    """The pictures of a plan that share palettes, and what is known of them.

    `images` are those of the plan, `output` is its output folder.

    Parameters
    ----------
    plan : Plan
        The plan.
    drawn : mapping of DrawnKey to OverviewRecord
        What is known; read again each time.
    verify, retry_failed : bool
        As in `Review`.
    may_try : bool
        Whether what could not be counted is counted again, once, where that may help.
    """

    def __init__(
        self,
        plan: Plan,
        drawn: Mapping[DrawnKey, OverviewRecord],
        *,
        verify: bool = False,
        retry_failed: bool = False,
        may_try: bool = False,
    ) -> None:
        assert isinstance(plan.images, PlannedImages)
        self.images, self.output, self._drawn = plan.images, plan.output, drawn
        self._verify, self._retry_failed, self._may_try = verify, retry_failed, may_try
        self._tried = set[tuple[ImageKey, bool]]()

    def take_over(self) -> Shared:
        """Let the images of each group know what is known of it, which their recipes depend on."""
        n_groups = n_due = n_uncounted = 0
        for number, sweep in self.images.groups_of_palettes():
            state = self.look(number, sweep)
            n_groups, n_due = n_groups + 1, n_due + state.is_due
            n_uncounted += state.n_uncounted
            if state.sweep != sweep:
                self.images.replace_sweep(number, state.sweep)
        return Shared(n_groups, n_due, n_uncounted)

    def are_due(self) -> bool:
        """Tell whether a palette is to be found."""
        return any(state.is_due for state in self.states())

    def states(self) -> Iterator[GroupState]:
        """Yield what is known of each group."""
        return (self.look(*entry) for entry in self.images.groups_of_palettes())

    def look(self, number: int, sweep: Sweep) -> GroupState:
        """Return what is known of a group."""
        group = sweep.group
        assert group is not None
        known = self._drawn.get((*group.scope, SHARED_PALETTE))
        group = replace(
            group,
            key=NOT_KNOWN,
            digest="",
            blocked="",
            n_pictures=0,
            is_converted=_is_converted(known),
        )
        sweep = sweep.of_group(group)
        digests, is_known, n_again, blocked = [], True, 0, ""
        for image in self.images.of_sweep(number):
            record = self._histogram(image, sweep)
            if record is None:
                is_known = False
            elif record.error is None:
                digests.append(_digest_of(record))
            elif record.error.startswith(CUT_OFF):
                blocked = f"{BLOCKED}its palette waits for {image.label}: {record.error}"
            if record is not None and record.error is not None:
                n_again += self._is_to_count(image, sweep)
        if blocked or not is_known:
            sweep = sweep.of_group(replace(group, blocked=blocked))
            return GroupState(number, sweep, self._count_due(number, sweep), is_due=True)
        group = replace(group, key=group_key(digests), n_pictures=len(digests))
        sweep = sweep.of_group(group)
        fingerprint = _fingerprint(sweep)
        wanted = dict(sweep.group_files)
        if is_current(known, fingerprint, wanted, self.output, verify=self._verify):
            assert known is not None
            found = known.outputs[SHARED_PALETTE].digest
            group = replace(group, digest=found.hex() if found else "")
        elif known is not None and known.error is not None and known.fingerprint == fingerprint:
            group = replace(group, blocked=f"{BLOCKED}its palette was not found: {known.error}")
        sweep = sweep.of_group(group)
        is_due = not group.digest or n_again > 0
        n_uncounted = self._count_due(number, sweep) if is_due else 0
        return GroupState(number, sweep, n_uncounted, is_due)

    def tasks(self, state: GroupState) -> Iterator[HistogramTask]:
        """Yield what is to be counted of a group."""
        for image in self.images.of_sweep(state.number):
            if self._is_to_count(image, state.sweep):
                self._tried.add((image.key, state.group.is_converted))
                shared = shared_of(image, self.output)
                yield HistogramTask(
                    scope=shared.pop("key"),
                    fingerprint=_fingerprint_of_colors(image, state.sweep),
                    is_converted=state.group.is_converted,
                    files=((HISTOGRAM, histogram_path(image.key)),),
                    **{**shared, "settings": state.sweep.settings},
                )

    def search(self, state: GroupState) -> SharedPaletteTask | None:
        """Return the search for the palettes of a group; None where it cannot begin."""
        state = self.look(state.number, state.sweep)
        if state.group.key == NOT_KNOWN or state.group.digest:
            return None
        histograms, pixels = [], 0
        for image in self.images.of_sweep(state.number):
            record = self._drawn[*image.key, HISTOGRAM]
            if record.error is None:
                file = record.outputs[HISTOGRAM]
                assert file.digest is not None
                histograms.append((file.path, file.digest))
                pixels += image.pixels
        group = state.group
        return SharedPaletteTask(
            scope=group.scope,
            fingerprint=_fingerprint(state.sweep),
            title=group.directory,
            group=group,
            settings=state.sweep.settings,
            k=state.sweep.k,
            init=state.sweep.init,
            kinds=state.sweep.kinds,
            histograms=tuple(histograms),
            pixels=pixels,
            files=state.sweep.group_files,
            output=self.output,
            stop_file=self.output / STOP_FILE,
        )

    def _histogram(self, image: PlannedImage, sweep: Sweep) -> OverviewRecord | None:
        """Return what is known of the colors of an image as it is now."""
        record = self._drawn.get((*image.key, HISTOGRAM))
        if record is None or record.fingerprint != _fingerprint_of_colors(image, sweep):
            return None
        return record

    def _count_due(self, number: int, sweep: Sweep) -> int:
        """Tell in how many pictures of a group colors are to be counted."""
        return sum(self._is_to_count(image, sweep) for image in self.images.of_sweep(number))

    def _is_to_count(self, image: PlannedImage, sweep: Sweep) -> bool:
        """Tell whether the colors of an image are to be counted for a palette that is due."""
        assert sweep.group is not None
        if (image.key, sweep.group.is_converted) in self._tried:
            return False
        record = self._histogram(image, sweep)
        if record is None:
            return True
        if record.error is not None:
            return self._may_try and (self._retry_failed or record.error.startswith(MAY_PASS))
        # Nobody needs the file until then: it may be gone.
        path, file = histogram_path(image.key), record.outputs.get(HISTOGRAM)
        return what_is_wrong_with(path, file, self.output, verify=self._verify) is not None


def _is_converted(known: OverviewRecord | None) -> bool:
    """Tell whether the pictures of a group are brought to sRGB, by what came of it last."""
    if known is None:
        return False
    if known.error in (SEVERAL_PROFILES, ONE_PROFILE):
        return known.error == SEVERAL_PROFILES
    return known.fingerprint.startswith(SRGB)


def _fingerprint(sweep: Sweep) -> str:
    """Digest all that the palettes of a group depend on."""
    assert sweep.group is not None
    recipes = [painted_recipe(sweep.settings, 0, k, init) for k in sweep.k for init in sweep.init]
    begin = SRGB if sweep.group.is_converted else AS_IT_IS
    return begin + digest(SHARED_PALETTE, recipes, sweep.group_files)


def _fingerprint_of_colors(image: PlannedImage, sweep: Sweep) -> str:
    """Digest all that the colors of an image depend on, its source by what its folder says."""
    assert sweep.group is not None
    recipe = histogram_recipe(sweep.settings, is_converted=sweep.group.is_converted)
    file = image.file
    stamp = (file.place, file.size_bytes, file.mtime_ns, file.ctime_ns)
    return digest(HISTOGRAM, image.key, recipe, stamp, image.since)


def _digest_of(record: OverviewRecord) -> str:
    found = record.outputs[HISTOGRAM].digest
    return found.hex() if found else ""
