"""What a run does for works on this machine, and leaves to others where works are run there."""

import math
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from batchquant.engine.compiled import compile_kernels_in
from batchquant.engine.cores import usable_cores
from batchquant.engine.memory import budget_bytes, total_bytes
from batchquant.engine.protocol import Conditions, Engine, ManyMachines
from batchquant.plan.records import Plan
from batchquant.report.manifest import DECISIVE
from batchquant.store.planned import PlannedImages

MAX_SAMPLES = 64  # pictures that every other machine must see: of so many folders one each


def is_elsewhere(engine: Engine | None) -> bool:
    """Tell whether an engine runs works on other machines."""
    return isinstance(engine, ManyMachines)


def count_workers(engine: Engine | None) -> int:
    """Tell how many works can be run side by side."""
    return engine.n_workers() if isinstance(engine, ManyMachines) else usable_cores()


def memory_for(engine: Engine, memory: str) -> tuple[float, float]:
    """Return what works may take together, and what the machine has; others know it themselves."""
    if is_elsewhere(engine):
        return math.inf, math.inf
    return budget_bytes(memory), total_bytes()


def compile_for(engine: Engine, run_folder: Path, compiling: Callable[[], None]) -> None:
    """Compile K-Means for workers of this machine; others do it themselves."""
    if not is_elsewhere(engine):
        compile_kernels_in(run_folder, compiling)


def require_of(engine: Engine, plan: Plan, run_folder: Path, memory: str) -> None:
    """Tell an engine of other machines what they must have and see: a picture of each input."""
    if isinstance(engine, ManyMachines):
        engine.require(Conditions(run_folder, lambda: _samples_of(plan), DECISIVE, memory))


def _samples_of(plan: Plan) -> list[Path]:
    images = plan.images
    if isinstance(images, PlannedImages):
        found = (image for image, _, n_possible, _ in images.groups() if n_possible)
    else:
        found = (image for image in images if image.refusal is None)
    places = (Path(image.file.place) for image in islice(found, MAX_SAMPLES))
    return [place for place in places if place.is_absolute()]
