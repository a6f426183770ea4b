"""A plan → how many overviews a run will draw."""

from batchquant.plan.records import Plan
from batchquant.plan.selection import WHOLE, Selection
from batchquant.run.review import Review
from batchquant.run.schedule import Overviews
from batchquant.steps.tasks import make_tasks


def count_drawings(
    plan: Plan, found: Review, selection: Selection = WHOLE, *, verify: bool = False
) -> int | None:
    """Count the overviews that a run will draw, if nothing fails.

    Parameters
    ----------
    plan : Plan
        From `select`.
    found : Review
        How far it is carried out.
    selection : Selection
        What `plan` is restricted to.
    verify : bool
        Whether files are compared with their digests, not with their sizes only.

    Returns
    -------
    int or None
        None where the plan is restricted: overviews show all variants of an image. Else one for
        each image of which something is to be made, and what is due as it is, books too.
        A book that may have to be bound again after these is not counted.
    """
    if selection != WHOLE:
        return None
    tasks = make_tasks(plan.output, found.pending(plan, plan), plan.images, workers=1)
    overviews = Overviews(plan, plan, tasks, found.settled, found.drawn, verify=verify)
    return len(overviews.at_start()) + len({task.position for task in tasks})
