"""YAML text → `JobFile`; every problem found, with its line and column."""

from batchquant.job.load import load_job
from batchquant.job.model import InputFolder, Job, JobFile
from batchquant.job.schema import job_file_schema

__all__ = ["InputFolder", "Job", "JobFile", "job_file_schema", "load_job"]
