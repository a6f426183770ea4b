"""Before variants the palettes that pictures share are found; behind them frames are played."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from batchquant.engine.protocol import Engine
from batchquant.engine.signals import Stop
from batchquant.plan.picture_step import VARIANTS
from batchquant.plan.records import ImageKey
from batchquant.plan.selection import WHOLE, Selection
from batchquant.run.events import Listener, Sharing
from batchquant.run.groups import Groups, GroupState
from batchquant.run.recorder import Recorder
from batchquant.run.results import results_of
from batchquant.run.schedule import Schedule
from batchquant.steps.animation import AnimationTask
from batchquant.steps.drawings import AnyTask
from batchquant.steps.shared_palette import SharedPaletteTask
from batchquant.store.planned import find_image


def find_palettes(
    groups: Groups,
    engine: Engine,
    recorder: Recorder,
    *,
    selection: Selection,
    stop: Stop,
    tell: Listener,
    refuse: Callable[[AnyTask], str | None],
    prepare: Callable[[Sequence[AnyTask]], list[AnyTask]],
    timeout: float | str,
    meanwhile: Callable[[], None],
) -> None:
    """Count the colors of pictures that share palettes, and find these, as far as that is due.

    A group whose pictures turn out to have several color profiles is counted once more, in sRGB.
    Parameters are as for `results_of` and `Schedule`; groups without a picture of the selection
    are left as they are.
    """
    tried = set[tuple[ImageKey, bool]]()

    def is_meant(state: GroupState) -> bool:
        if (state.group.scope, state.group.is_converted) in tried:
            return False
        return selection == WHOLE or any(
            selection.part_of(image) for image in groups.images.of_sweep(state.number)
        )

    while not stop.is_wanted():
        due = {
            state.group.scope: state
            for state in groups.states()
            if state.is_due and is_meant(state)
        }
        if not due:
            return
        tried |= {(state.group.scope, state.group.is_converted) for state in due.values()}
        schedule = Schedule(
            ((task.scope, [task]) for state in due.values() for task in groups.tasks(state)),
            {scope: state.n_uncounted for scope, state in due.items()},
            follow=partial(_search, groups, due),
            wider=lambda key: _group_of(groups, key),
            refuse=refuse,
            prepare=prepare,
            timeout=timeout,
        )
        n_steps = len(due) + sum(state.n_uncounted for state in due.values())
        tell(Sharing(0, n_steps))
        results = results_of(
            schedule, engine, groups.output, stop=stop, tell=tell, meanwhile=meanwhile
        )
        for n_done, (task, result) in enumerate(results, start=1):
            recorder.enter(task, result)
            tell(Sharing(n_done, n_steps))


def play_frames(
    tasks: Iterable[AnimationTask],
    engine: Engine,
    recorder: Recorder,
    *,
    output: Path,
    stop: Stop,
    tell: Listener,
    prepare: Callable[[Sequence[AnyTask]], list[AnyTask]],
    timeout: float | str,
    meanwhile: Callable[[], None],
) -> None:
    """Animate frames that are made; parameters are as for `results_of` and `Schedule`."""
    schedule = Schedule(
        ((task.scope, [task]) for task in tasks),
        {},
        follow=lambda scope, behind: None,
        wider=lambda scope: scope,
        prepare=prepare,
        timeout=timeout,
    )
    for task, result in results_of(
        schedule, engine, output, stop=stop, tell=tell, meanwhile=meanwhile
    ):
        recorder.enter(task, result)


def _search(
    groups: Groups, due: dict[ImageKey, GroupState], scope: ImageKey, behind: str
) -> SharedPaletteTask | None:
    """Return the search for palettes, once all pictures of a group are counted."""
    return groups.search(due[scope]) if scope in due and behind == VARIANTS else None


def _group_of(groups: Groups, key: ImageKey) -> ImageKey:
    group = find_image(groups.images, key).group
    assert group is not None
    return group.scope
