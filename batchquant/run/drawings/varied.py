"""Records of all combinations of a picture → the sheet that has them as rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from batchquant.images.draw.fonts import VERSION, is_cjk, version_of_extra
from batchquant.plan.picture_step import SHEET_VARY
from batchquant.plan.records import ImageKey, Plan, PlannedImage
from batchquant.report.captions import exhibits_of, in_order, sharing_of, tell_combination
from batchquant.report.curves import best_for_target, knee_of, trace_curves
from batchquant.run.drawings.current import digest, is_current
from batchquant.run.drawings.overview import SHEET_VERSION, as_shown
from batchquant.steps.result import DrawnKey
from batchquant.steps.stopping import STOP_FILE
from batchquant.steps.varied_sheet import VariedRow, VariedSheetTask
from batchquant.store import Key, OverviewRecord, VariantRecord, record_of
from batchquant.store.planned import PlannedImages

ROWS_VERSION = 1  # raised when rows of combinations are shown otherwise: they are drawn anew
MAX_EXHIBITS = 512  # on a sheet: 256 combinations of 20 K in 4 starts would be 20,480


class Combination(NamedTuple):
    """A picture in one of the jobs that an entry stands for, and what is known of it."""

    name: str  # what its varied keys are set to
    image: PlannedImage
    done: list[VariantRecord]
    is_pending: bool  # whether something of it is to be made


class VariedSheets:
    """Sheets of all combinations of a picture: each is due when the last of these is finished.

    Parameters
    ----------
    plan : Plan
        What is wanted.
    records, drawn, verify
        As in `overview_task`. Read again each time.
    is_open : callable
        Tells by the position of an image whether the run comes to it.
    """

    def __init__(
        self,
        plan: Plan,
        records: Mapping[Key, VariantRecord],
        drawn: Mapping[DrawnKey, OverviewRecord],
        is_open: Callable[[int], bool],
        *,
        verify: bool = False,
    ) -> None:
        assert isinstance(plan.images, PlannedImages)
        self._plan, self._images, self._is_open = plan, plan.images, is_open
        self._records, self._drawn, self._verify = records, drawn, verify
        self._jobs = {
            job: (first, jobs) for first, jobs in plan.wording.combinations for job in jobs
        }
        self._n_open: dict[ImageKey, int] = {}  # of pictures of which some combination is finished

    def close(
        self, scope: ImageKey, behind: str
    ) -> tuple[VariedSheetTask | None, Sequence[ImageKey]]:
        """Take note that an image is finished, or what comes behind it.

        Returns the sheet that is due now; else the images of which nothing more is to be made.
        Until then a mark of theirs has to stay: after a kill the sheet is looked at by it.
        """
        job, *picture = scope
        if job not in self._jobs or not any(picture):
            return None, [scope]
        first = self._first_of(scope)
        if behind != SHEET_VARY:
            if first not in self._n_open:
                self._n_open[first] = len(self._open(scope))
            self._n_open[first] -= 1
            if self._n_open[first] > 0:
                return None, []
            if task := self.due(scope):
                return task, []
        self._n_open.pop(first, None)
        return None, self._open(scope)

    def count(self, unfinished: Iterable[PlannedImage], undrawn: Iterable[PlannedImage]) -> int:
        """Count the sheets that a run will draw, if nothing fails.

        One for each picture of which something is to be made in some job, and what is due as it is.
        """
        if not self._jobs:
            return 0
        found = {self._position_of(image.key) for image in unfinished}
        found |= {self._position_of(image.key) for image in undrawn if self.due(image.key)}
        return len(found - {None})

    def due(self, scope: ImageKey) -> VariedSheetTask | None:
        """Return the sheet of a picture, by one of its combinations, unless it is there as it was.

        None as well where fewer than two have something to show, or no sheet is wanted.
        """
        position = self._position_of(scope)
        if position is None:
            return None
        key, first = self._first_of(scope), self._images[position]
        planned = next(step for step in first.steps if step.name == SHEET_VARY)
        found = list(self._combinations(scope))
        source_sha256 = next((each.done[0].source_sha256 for each in found if each.done), None)
        shown = [
            each for each in found if each.done and each.done[0].source_sha256 == source_sha256
        ]
        if source_sha256 is None or len(shown) < 2:
            return None
        pending = [each.name for each in found if each.is_pending]
        failed = [each.name for each in found if not each.done and not each.is_pending]
        names = " ".join(
            (first.label, *(name for each in shown for _, name in each.image.settings.color_names))
        )
        target = first.overview.target
        fingerprint = digest(
            SHEET_VARY,
            (
                ROWS_VERSION,
                SHEET_VERSION,
                VERSION,
                *([version_of_extra()] if is_cjk(names) else []),
            ),
            planned.files,
            source_sha256,
            first.overview.since,
            None if target is None else [target.metric, target.value],
            [
                (
                    each.name,
                    each.image.settings.color_names,
                    sharing_of(each.image.group),
                    [as_shown(record) for record in in_order(each.done)],
                )
                for each in shown
            ],
            pending,
            failed,
        )
        known = self._drawn.get((*key, SHEET_VARY))
        output = self._plan.output
        if is_current(known, fingerprint, dict(planned.files), output, verify=self._verify):
            return None
        rows, n_left_out = _rows_of(shown)
        notes = [f"still to be made: {'; '.join(pending)}"] if pending else []
        notes += [f"failed: {'; '.join(failed)}"] if failed else []
        rows_left = f"{n_left_out} more row{'s' if n_left_out > 1 else ''}"
        notes += [f"{rows_left}: see the sheets of these jobs"] if n_left_out else []
        keys = [key for key, _ in self._plan.wording.varied_in(scope[0])]
        return VariedSheetTask(
            scope=scope,
            first=key,
            fingerprint=fingerprint,
            title=first.label,
            subtitle=f"{len(found)} combinations of {', '.join(keys)}",
            notes=tuple(notes),
            rows=tuple(rows),
            source=first.file.place,
            source_sha256=source_sha256,
            frame=first.frame,
            takes_all=first.takes_all,
            pixels=first.pixels,
            output=output,
            stop_file=output / STOP_FILE,
            files=planned.files,
            size_bytes=first.file.size_bytes,
        )

    def _first_of(self, scope: ImageKey) -> ImageKey:
        """Return what names a picture in the first of its combinations."""
        return (self._jobs[scope[0]][0], *scope[1:])

    def _position_of(self, scope: ImageKey) -> int | None:
        """Return where the first combination of a picture stands that has a sheet of all."""
        if scope[0] not in self._jobs:
            return None
        position = self._images.position(self._first_of(scope))
        if position is None or (first := self._images[position]).absent is not None:
            return None
        return position if any(step.name == SHEET_VARY for step in first.steps) else None

    def _combinations(self, scope: ImageKey) -> Iterator[Combination]:
        """Yield a picture in all jobs that have it, in the order of the job file."""
        for position in self._positions(scope):
            image = self._images[position]
            settled = [record_of(image, variant, self._records) for variant in image.variants]
            yield Combination(
                tell_combination(self._plan.wording.varied_in(image.job)),
                image,
                [record for record in settled if record and record.status == "done"],
                None in settled and image.refusal is None,
            )

    def _open(self, scope: ImageKey) -> list[ImageKey]:
        """Return the combinations of a picture that the run comes to."""
        return [self._images[at].key for at in self._positions(scope) if self._is_open(at)]

    def _positions(self, scope: ImageKey) -> Iterator[int]:
        for job in self._jobs[scope[0]][1]:
            position = self._images.position((job, *scope[1:]))
            if position is not None:
                yield position


def _rows_of(shown: Sequence[Combination]) -> tuple[list[VariedRow], int]:
    """Return rows by start, then by combination, and how many more there would be.

    So what differs in varied keys alone stands one below the other.
    """
    rows: dict[str, list[VariedRow]] = {}
    for name, image, done, _ in shown:
        target = image.overview.target
        best, knee = best_for_target(done, target), knee_of(trace_curves(done))
        is_shared = bool(sharing_of(image.group))
        exhibits = exhibits_of(done, knee, best, target, is_shared=is_shared)
        for init, of_start in groupby(exhibits, key=lambda exhibit: exhibit.init):
            row = VariedRow(f"{name} · {init}", image.settings, tuple(of_start))
            rows.setdefault(init, []).append(row)
    found = [row for of_start in rows.values() for row in of_start]
    fitting: list[VariedRow] = []
    n_exhibits = 0
    for row in found:
        n_exhibits += len(row.exhibits)
        if len(fitting) >= 2 and n_exhibits > MAX_EXHIBITS:
            break
        fitting.append(row)
    return fitting, len(found) - len(fitting)
