"""The key `sheet`: a word, or a list of kinds."""

from typing import Annotated, Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from batchquant.jobfile.values import OneOf

KINDS = ("png", "pdf")


class KindsOfSheets:
    """Marks a word in whose place a list may stand, as elsewhere in a job file."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Turn a list into the word for it before that is validated."""
        return core_schema.no_info_before_validator_function(_as_word, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Allow both forms."""
        kinds = {"type": "array", "items": {"enum": list(KINDS)}, "minItems": 1}
        return {"anyOf": [handler(schema), kinds]}


def _as_word(value: object) -> object:
    """Return the word for a list; where there is none, the entry that is wrong in it, or all."""
    if not isinstance(value, tuple) or not value:
        return value
    kinds = [kind for kind in KINDS if kind in value]
    others = [entry for entry in value if entry not in KINDS]
    if kinds and others and others[0] in ("both", "none"):  # one contradicts the other
        return value
    return others[0] if others else "both" if len(kinds) > 1 else kinds[0]


Sheet = Annotated[Literal["png", "pdf", "both", "none"], OneOf(), KindsOfSheets()]
