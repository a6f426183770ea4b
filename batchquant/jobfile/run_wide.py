"""What a job file says as a whole: keys of its own, and its jobs. The schema is made of both."""

from pathlib import Path, PurePath
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from batchquant.jobfile.command import Command
from batchquant.jobfile.model import Job
from batchquant.jobfile.parts import Record
from batchquant.jobfile.paths import not_a_file, resolve, with_bucket
from batchquant.jobfile.reports import Report
from batchquant.jobfile.values import Distinct, Memory, Seed, Timeout, YesOrNo, wrong


class JobFile(Record):
    """A job file, resolved: run-wide keys and at least one job.

    `path`, where the file lies, `bucket`, `varied`, `combinations` and `overrides` are no keys.
    `jobs` are its entries with the shared defaults filled in, or the one nameless job of a file
    without entries; one for each combination that an entry varies, of which `varied` says by name
    what keys are set to, and `combinations`, by the name of the first, what all are called.
    `overrides` were given beside the file; outputs go into `bucket`, if not into `output`.
    """

    path: Path
    varied: dict[str, dict[str, str]] = Field(default_factory=dict)
    combinations: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    output: Annotated[Path, AfterValidator(not_a_file), BeforeValidator(resolve)] = Field(
        default="out",
        validate_default=True,
        description="Folder for everything that is written, relative to this file; or a place in a"
        " bucket, s3://BUCKET/PREFIX.",
    )
    state: Annotated[Path | None, BeforeValidator(resolve)] = Field(
        default=None,
        description="Where output is in a bucket: the folder of this machine that remembers what is"
        " there; relative to this file.",
    )
    bucket: str = ""
    seed: Seed = Field(
        default=0, description="All random starts come from it: the same seed, the same pictures."
    )
    timeout: Timeout = Field(
        default="auto",
        description="Seconds that one image may take, 0 for no limit; auto: 60 of processor time,"
        " and one more for each variant and restart of each megapixel begun.",
    )
    memory: Memory = Field(
        default="70%",
        description="Memory that all workers may use together: a share of the machine's, such as"
        " 70%, or an amount, such as 8 GB.",
    )
    report: Distinct[Report] = Field(
        default=("csv",), description="Forms of the report: csv, json, parquet."
    )
    csv_bom: YesOrNo = Field(
        default=False,
        description="Whether report.csv begins with the mark by which Excel knows UTF-8.",
    )
    when_done: Command = Field(
        default=(),
        description="Command to run when all is over, as a list of words, without a shell.",
    )
    jobs: tuple[Job, ...]

    @model_validator(mode="before")
    @classmethod
    def _keep_state_of_a_bucket(cls, value: object) -> object:
        return with_bucket(value) if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _keep_outputs_from_inputs(self) -> Self:
        for index, job in enumerate(self.jobs):
            for number, folder in enumerate(job.inputs):
                if PurePath(folder.root).is_relative_to(self.bucket or self.output):
                    raise wrong(
                        "",
                        told=f"it lies in the output folder {self.bucket or self.output}, where"
                        " outputs would fall among the pictures.",
                        mend="Choose another output, outside of it.",
                        at=("jobs", index, "inputs", number),
                    )
        return self


RUN_WIDE = frozenset(JobFile.model_fields) - {
    "path",
    "bucket",
    "varied",
    "combinations",
    "overrides",
    "jobs",
}
"""Keys that belong to the whole file, never to an entry of ``jobs``."""
