"""YAML text → `JobFile`; every problem found, with its line and column."""

from batchquant.job.combinations import PALETTE_INIT
from batchquant.job.load import load_job
from batchquant.job.model import Job, JobFile
from batchquant.job.parts import InputFolder
from batchquant.job.schema import job_file_schema
from batchquant.job.values import INIT_ALIASES

__all__ = [
    "INIT_ALIASES",
    "PALETTE_INIT",
    "InputFolder",
    "Job",
    "JobFile",
    "job_file_schema",
    "load_job",
]
