"""Forms of the report, as far as what they need is installed."""

from importlib.util import find_spec
from typing import Annotated, Literal

from pydantic import AfterValidator

from batchquant.jobfile.values import OneOf, wrong
from batchquant.packages import how_to_install


def be_installed(form: str) -> str:
    """Refuse a form of the report whose package is missing."""
    if form == "parquet" and find_spec("pyarrow") is None:
        mend = f"Parquet needs a package: {how_to_install('pyarrow')}"
        raise wrong("'csv' or 'json'", mend=mend)
    return form


Report = Annotated[Literal["csv", "json", "parquet"], OneOf(), AfterValidator(be_installed)]
