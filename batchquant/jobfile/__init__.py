"""YAML text → `JobFile`; every problem found, with its line and column."""

from batchquant.jobfile.combinations import PALETTE_INIT
from batchquant.jobfile.load import JobLike, as_job_file, load_job, output_of
from batchquant.jobfile.model import Job
from batchquant.jobfile.numbers import expand_k, read_k
from batchquant.jobfile.options import read_options
from batchquant.jobfile.overrides import Override
from batchquant.jobfile.parts import InputFolder
from batchquant.jobfile.run_wide import JobFile
from batchquant.jobfile.schema import job_file_schema
from batchquant.jobfile.values import INIT_ALIASES
from batchquant.jobfile.vary import VARIED

__all__ = [
    "INIT_ALIASES",
    "PALETTE_INIT",
    "VARIED",
    "InputFolder",
    "Job",
    "JobFile",
    "JobLike",
    "Override",
    "as_job_file",
    "expand_k",
    "job_file_schema",
    "load_job",
    "output_of",
    "read_k",
    "read_options",
]
