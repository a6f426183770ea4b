"""Forms of the report, as far as what they need is installed."""

from importlib.util import find_spec
from typing import Annotated, Literal

from pydantic import AfterValidator

from batchquant.jobfile.values import OneOf, wrong


def be_installed(form: str) -> str:
    """Refuse a form of the report whose package is missing."""
    if form == "parquet" and find_spec("pyarrow") is None:
        mend = "Parquet needs a package: pip install 'batchquant[parquet]'"
        raise wrong("'csv' or 'json'", mend=mend)
    return form


Report = Annotated[Literal["csv", "json", "parquet"], OneOf(), AfterValidator(be_installed)]
