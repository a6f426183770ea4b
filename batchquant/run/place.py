"""Where a run keeps what is its own in an output folder, and whom it keeps out meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from batchquant.errors import StorageError, UsageError
from batchquant.files import sweep_parts
from batchquant.files.layout import RUN_FOLDER
from batchquant.jobfile import JobFile
from batchquant.plan.shard import Shard
from batchquant.run.lock import hold, hold_with_others, refuse_held
from batchquant.steps.drawings import AnyTask, BookTask
from batchquant.steps.stopping import STOP_FILE
from batchquant.store import IN_RUN_FOLDER, Store
from batchquant.store.shards import ShardFolder, expect_merged, tell_unmerged, unmerged_in


@dataclass(frozen=True)
class Place:
    """Of a run that makes all of a job file: nobody else writes to the output folder meanwhile.

    Attributes
    ----------
    output : pathlib.Path
        The output folder.
    store : Store
        Where the ledger lies.
    """

    output: Path
    store: Store

    @staticmethod
    def of(job_file: JobFile, shard: Shard | None, store: Store = IN_RUN_FOLDER) -> "Place":
        """Return the place of a run, or of a shard; raises UsageError where it cannot be one."""
        if shard is None:
            return Place(job_file.output, store)
        _refuse_bucket(job_file)
        _refuse_shared_palettes(job_file)
        return ShardPlace(job_file.output, ShardFolder(shard, store))

    @property
    def folder(self) -> Path:
        """Where lock, log, and what the run says of itself lie."""
        return self.output / RUN_FOLDER

    @property
    def stop_file(self) -> Path:
        """What lets workers come to an end."""
        return self.output / STOP_FILE

    @property
    def spans_pictures(self) -> bool:
        """Whether books, reports and the page are made."""
        return True

    def check(self) -> None:
        """See to it, before anything is made, that this run may be; raises as `hold` does."""
        for folder in _shard_folders(self.output):
            refuse_held(folder)
        expect_merged(self.output, self.store)

    @contextmanager
    def hold(self) -> Iterator[Callable[[], None]]:
        """Keep others out, as `batchquant.run.lock.hold`; raises UsageError as `check` does."""
        with hold(self.folder) as check_hold:
            self.check()
            yield check_hold

    def sweep(self) -> None:
        """Remove what earlier processes left: parts of files, and the word to stop."""
        sweep_parts(self.output)
        self._withdraw_stop()

    def assign(self, tasks: list[AnyTask]) -> list[AnyTask]:
        """Let tasks heed this run's word to stop."""
        return tasks

    def _withdraw_stop(self) -> None:
        try:
            self.stop_file.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError.of(f"{self.stop_file}: cannot be removed", error) from error


@dataclass(frozen=True)
class ShardPlace(Place):
    """Of a shard: others of as many may be at work, on other machines."""

    store: ShardFolder

    @property
    def shard(self) -> Shard:
        """Which it is."""
        return self.store.shard

    @property
    def folder(self) -> Path:
        """A folder of its own."""
        return super().folder / self.shard.name

    @property
    def stop_file(self) -> Path:
        """For its own workers."""
        return self.folder / Path(STOP_FILE).name

    @property
    def spans_pictures(self) -> bool:
        """Whether books, reports and the page are made."""
        return False

    def check(self) -> None:
        """See to it that there are no shards of another number of them, and that it is idle."""
        refuse_held(self.folder)
        self._refuse_others()

    @contextmanager
    def hold(self) -> Iterator[Callable[[], None]]:
        """Keep out whoever works on all, this shard a second time, and others of another number."""
        with hold_with_others(super().folder), hold(self.folder) as check_hold:
            self._refuse_others()  # of two that begin at once each sees the other
            try:
                yield check_hold
            finally:
                self.store.leave(self.output)

    def _refuse_others(self) -> None:
        for folder in _shard_folders(self.output, but_of=self.shard.n_shards):
            refuse_held(folder)
        others = [
            other
            for other in unmerged_in(self.output, self.store.base)
            if other.n_shards != self.shard.n_shards
        ]
        if others:
            raise UsageError(f"{self.output}: {tell_unmerged(others, self.output)}")

    def sweep(self) -> None:
        """Remove the word to stop. Others may be writing parts: `merge` removes what is left."""
        self._withdraw_stop()

    def assign(self, tasks: list[AnyTask]) -> list[AnyTask]:
        """Let tasks heed this shard's word to stop, and no other's."""
        return [
            task if isinstance(task, BookTask) else replace(task, stop_file=self.stop_file)
            for task in tasks
        ]


def _shard_folders(output: Path, *, but_of: int = 0) -> Iterator[Path]:
    """Yield the folders of shards, also of those that have just begun, but for some."""
    for folder in sorted((output / RUN_FOLDER).glob("shard-*")):
        shard = Shard.named(folder.name)
        if shard is not None and shard.n_shards != but_of:
            yield folder


def _refuse_bucket(job_file: JobFile) -> None:
    """Keep shards out of buckets: a state of its own would hide from each what others made."""
    if job_file.bucket:
        raise UsageError(
            f"{job_file.path}: output: shards cannot write into a bucket, as {job_file.bucket}."
            " Choose a folder that all of them see, and copy it into the bucket after the merge; or"
            " run on several machines by --cluster."
        )


def _refuse_shared_palettes(job_file: JobFile) -> None:
    for job in job_file.jobs:
        if job.shared_palette != "none":
            name = f"job {job.name!r}: " if job.name else ""
            raise UsageError(
                f"{job_file.path}: {name}shared_palette: {job.shared_palette!r} does not go with"
                " --shard: such a palette is found among the colors of pictures of which each shard"
                " has some. Run such jobs from a job file of their own, without --shard; on several"
                " machines by --cluster."
            )
