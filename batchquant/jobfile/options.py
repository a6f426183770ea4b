"""Options of the command line that are keys of a job file → a `Job`, held to the same rules."""

from collections.abc import Mapping

from pydantic import ValidationError

from batchquant.errors import JobFileError
from batchquant.jobfile.given import node_of
from batchquant.jobfile.model import Job
from batchquant.jobfile.sentences import translate_all

NO_FOLDER = {"path": "/", "name": "none"}  # a job has inputs; options name their picture themselves
OPTIONS = {"k": "-k", "formats": "--format"}
"""Names of options that are not called as their keys are."""


def read_options(options: Mapping[str, object]) -> Job:
    """Check keys that are given as options, with all others by default.

    Parameters
    ----------
    options : mapping of str to object
        Scalars, tuples of these, and nodes of options that were read (`Override.node`), by the key
        of a job file.

    Returns
    -------
    Job
        Its `inputs` mean nothing.

    Raises
    ------
    JobFileError
        With all problems at once, each by the name of its option.
    """
    tree = node_of({"inputs": NO_FOLDER, **options})
    try:
        return Job.model_validate(tree.plain())
    except ValidationError as error:
        problems = (
            f"{_option(problem.path)}: {problem.text}" for problem in translate_all(error, tree)
        )
        raise JobFileError(tuple(dict.fromkeys(problems))) from None


def _option(path: str) -> str:
    if path.startswith("-"):  # as it was typed
        return path
    key = path.partition("[")[0]
    return OPTIONS.get(key, f"--{key.replace('_', '-')}")
