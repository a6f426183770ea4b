"""What a user may meet: exceptions, each with its exit code, and the classes of reasons."""

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import Self

NOT_ENOUGH_MEMORY = "too_large: not enough memory"
PASSING = (NOT_ENOUGH_MEMORY, "internal: ")
"""How reasons begin that may be gone in the next run, though the image is the same."""
CUT_OFF = ("timeout: ", "worker_died: ")
"""The same, where the worker gave no answer."""
TOO_LARGE = "too_large: "
"""How reasons begin that are about size, `NOT_ENOUGH_MEMORY` among them."""
UNREADABLE = "unreadable: "
"""How a reason begins that is about what is in the file."""
UNFIT = "unfit: "
"""How a reason begins that is about formats none of which can hold a picture; they follow."""
BLOCKED = "blocked: "
"""How a reason begins that is about the place of an output."""


class BatchquantError(Exception):
    """Base of all errors that are told in a sentence, without a traceback.

    Attributes
    ----------
    exit_code : int
        What the command ends with when the error reaches the command line.
    """

    exit_code = 70


class UsageError(BatchquantError):
    """What was asked for cannot be done as asked."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class JobFileProblem:
    """One thing to mend in a job file, for programs; `str` of it is the line for people.

    Attributes
    ----------
    job_file : str
        The file, as it was named.
    line, column : int or None
        Where, counted from 1; None where it is about the whole file, or an option.
    key : str
        Of the file, such as ``jobs[0].k``, or the option; empty likewise.
    message : str
        What is wrong, and how to mend it.
    """

    job_file: str
    line: int | None
    column: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = f":{self.line}:{self.column}" if self.line else ""
        if not self.line and self.key:  # an option
            return f"{self.key}: {self.message}"
        return f"{self.job_file}{place}: {f'{self.key}: ' if self.key else ''}{self.message}"


class JobFileError(UsageError):
    """A job file that cannot be used, or options that stand for one.

    Attributes
    ----------
    problems : tuple of str
        One line each, ``FILE:LINE:COL: path: found ..., expected ...``, in the order of the file;
        of options ``--option: found ..., expected ...``.
    records : tuple of JobFileProblem
        The same for programs, of job files all of them.
    """

    def __init__(self, problems: tuple[str | JobFileProblem, ...]) -> None:
        self.problems = tuple(map(str, problems))
        self.records = tuple(each for each in problems if isinstance(each, JobFileProblem))
        super().__init__("\n".join(self.problems))


class NoImagesError(UsageError):
    """None of the input folders holds an image that is read."""


class NoRunError(UsageError):
    """Nothing has run into what was named as an output folder."""

    def __init__(self, output: Path) -> None:
        told = "nothing has been run into this folder" if output.is_dir() else "no such folder"
        super().__init__(
            f"{output}: {told}. A run writes to the folder that stands in its job file under output"
            " (default: out). To start one: batchquant run jobs.yaml"
        )


class ImageError(BatchquantError):
    """One image cannot be processed; it becomes a failed row, and the others go on.

    The text begins with the class of the reason: ``unreadable``, ``too_large`` or ``bad_name``.
    """

    exit_code = 3


class MachineError(BatchquantError):
    """The machine does not give what is needed: processes, files, a library, memory."""

    @classmethod
    def of(cls, told: str, error: OSError) -> Self:
        """Tell what could not be done, by what the system says of it.

        Parameters
        ----------
        told : str
            What could not be done, and where.
        error : OSError
            Why.
        """
        advice = " Allow more, as by `ulimit -n 1024`." if error.errno == errno.EMFILE else ""
        return cls(f"{told}: {error.strerror or error}.{advice}")


class StorageError(MachineError):
    """The output folder cannot be written to: disk full, read-only, gone."""

    exit_code = 4


class OutletError(BatchquantError):
    """Text that was asked for cannot be written to standard output."""

    exit_code = 74  # EX_IOERR of sysexits.h


class OutputLockedError(BatchquantError):
    """Another run is writing to the output folder."""

    exit_code = 5


class WorkerDiedError(BatchquantError):
    """Worker processes end without an answer: killed by the system, or crashed in a decoder."""


class ClusterError(MachineError):
    """There is no machine to run works on, or none any more; the same command goes on later."""

    exit_code = 75  # EX_TEMPFAIL


class Interrupted(BaseException):
    """SIGINT, SIGTERM or SIGHUP arrived.

    Not an ``Exception``, for the same reason as `KeyboardInterrupt`: code that outlives a broken
    image must not outlive this.

    Attributes
    ----------
    exit_code : int
        128 plus the number of the signal, as shells report it: 130, 143 or 129.
    advice : str
        How to go on, where what was interrupted knows it.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.exit_code = 128 + signum
        self.advice = ""
