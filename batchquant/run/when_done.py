"""The command that a job file names for when all is over: a message, a mail, the next step."""

import os
import signal
import stat
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from batchquant.errors import BatchquantError, MachineError, UsageError
from batchquant.files.layout import RUN_FOLDER
from batchquant.files.opening import open_regular
from batchquant.files.outputs import place_of_output
from batchquant.jobfile import JobFile
from batchquant.report.manifest import MANIFEST_FILE, Manifest, read_manifest
from batchquant.report.page.build import INDEX
from batchquant.report.summary import Summary, exit_code
from batchquant.report.table import REPORTS
from batchquant.run.log import LOG_FILE
from batchquant.store.shards import shards_in

LIMIT_S = 30.0
MAX_MANIFEST_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class WhenDone:
    """A command, and whose end it tells of.

    Attributes
    ----------
    words : tuple of str
        The command; empty where none is wanted.
    job_file : pathlib.Path
        It is started in its folder, where relative paths of job files begin.
    output : pathlib.Path
        The output folder.
    """

    words: tuple[str, ...]
    job_file: Path
    output: Path

    @classmethod
    def of(cls, job_file: JobFile) -> Self:
        """Return what a job file names."""
        return cls(job_file.when_done, job_file.path.resolve(), job_file.output)

    def after(self, summary: Summary, signum: int | None = None) -> str:
        """Run it after what came to an end, by itself or by a signal; returns as `run`."""
        if signum is not None:
            code, outcome = 128 + signum, "interrupted"
        else:
            code = exit_code([summary])
            is_whole = not (code or summary.n_pending)
            outcome = "failed" if code == 1 else "done" if is_whole else "incomplete"
        n_done = summary.n_done + summary.n_skipped
        told = {
            "MESSAGE": f"{n_done} variants done, {summary.n_failed} failed,"
            f" {summary.n_pending} left, of {summary.n_images} pictures",
            "PICTURES": summary.n_images,
            "MADE": summary.n_done,
            "DONE": n_done,
            "FAILED": summary.n_failed,
            "LEFT": summary.n_pending,
            "SECONDS": round(summary.elapsed_s),
        }
        return self.run({"OUTCOME": outcome, "EXIT_CODE": code, **told})

    def after_error(self, error: Exception) -> str:
        """Run it after what could not go on; returns as `run`."""
        code = MachineError.exit_code
        if isinstance(error, BatchquantError):
            code = error.exit_code
        unknown = dict.fromkeys(("PICTURES", "MADE", "DONE", "FAILED", "LEFT", "SECONDS"), "")
        return self.run({"OUTCOME": "failed", "EXIT_CODE": code, "MESSAGE": str(error), **unknown})

    def run(self, told: Mapping[str, object]) -> str:
        """Run it to its end, `LIMIT_S` at most; what it prints goes to standard error.

        Parameters
        ----------
        told : mapping of str
            What it is told, as variables ``BATCHQUANT_`` of its environment, beside paths.

        Returns
        -------
        str
            What went wrong; empty if nothing did. It is no reason to end otherwise.
        """
        if not self.words:
            return ""
        environment = {f"BATCHQUANT_{name}": _plain(value) for name, value in told.items()}
        environment |= {f"BATCHQUANT_{name}": value for name, value in self._paths().items()}
        try:
            process = subprocess.Popen(
                self.words,
                cwd=self.job_file.parent,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=2,
                process_group=0,  # so that what it has started can be ended with it
            )
        except OSError as error:
            place = f" in {self.job_file.parent}" if error.filename == self.job_file.parent else ""
            return f"when_done: {self.words[0]} cannot be started{place}: {error.strerror}."
        try:
            code = process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            return f"when_done: {self.words[0]} was ended after {LIMIT_S:.0f} s."
        finally:
            if process.returncode is None:  # too slow, or somebody wants it all to end
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if code < 0:
            return f"when_done: {self.words[0]} was ended by signal {-code}."
        return f"when_done: {self.words[0]} ended with exit code {code}." if code else ""

    def _paths(self) -> dict[str, str]:
        """Return paths by what they are of; empty where there is no such file."""
        there = {
            "PAGE": self.output / INDEX,
            "REPORT": next(
                (path for name in REPORTS if (path := self.output / name).exists()), None
            ),
            "LOG": self.output / RUN_FOLDER / LOG_FILE,
        }
        return {
            "JOB_FILE": str(self.job_file),
            "OUTPUT": place_of_output(self.output),
            **{name: str(path) if path and path.exists() else "" for name, path in there.items()},
        }


def when_done_of_shards(output: Path) -> WhenDone:
    """Return what the shard that began last was to run; raises UsageError if it may be a trap.

    Whoever may write into an output folder could name any command there. So the one is taken that
    a shard has kept of its job file, if the file is ours and nobody else may write to it.
    """
    found: list[tuple[Manifest, Path, bool]] = []
    for shard in shards_in(output):
        path = output / RUN_FOLDER / shard.name / MANIFEST_FILE
        try:
            with open_regular(path) as stream:
                seen = os.fstat(stream.fileno())
                manifest = read_manifest(stream.read(MAX_MANIFEST_BYTES), output)
        except (OSError, ValueError):
            continue  # it was killed before, or `merge_shards` will tell
        is_ours = seen.st_uid == os.geteuid() and not seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        found.append((manifest, path, is_ours))
    if not found:
        return WhenDone((), Path(), output)
    manifest, path, is_ours = max(found, key=lambda each: each[0].started)
    kept = manifest.job_file
    if kept.when_done and not is_ours:
        raise UsageError(
            f"when_done is not run: {path} is somebody else's, or others may write to it, and could"
            " have named any command there."
        )
    return WhenDone(kept.when_done, kept.path, output)


def _plain(value: object) -> str:
    """Write what a variable can hold."""
    return str(value).replace("\0", " ")
