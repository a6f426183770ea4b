"""The mappings that stand as values in a job file."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    model_validator,
)
from pydantic_core import CoreSchema

from batchquant.jobfile.paths import absolute, existing, resolve
from batchquant.jobfile.values import Decibels, Glob, Name, OneOrMany, wrong

TARGET_EXPECTED = "a mapping with the key psnr_db, such as {psnr_db: 32}"


class Record(BaseModel):
    """Base of the records of a job file."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class InputFolder(Record):
    """A folder of pictures, or a single picture."""

    path: Annotated[Path, AfterValidator(existing), BeforeValidator(resolve)] = Field(
        description="A folder, searched with all below it, or a single file."
    )
    name: Name = Field(
        default="",
        description="Its name in the output tree; default: the folder's own name.",
    )
    exclude: Annotated[tuple[Glob, ...], Field(min_length=1), OneOrMany()] = Field(
        default=(), description="Patterns, as in .gitignore, of what to leave out."
    )

    @property
    def root(self) -> Path:
        """The folder that names of images are relative to."""
        return self.path if self.path.is_dir() else self.path.parent

    @model_validator(mode="before")
    @classmethod
    def _normalize(cls, value: object, info: ValidationInfo) -> object:
        """Bring the short form (a path alone) into the long one, and find the default name."""
        if isinstance(value, str):
            value = {"path": value}
        if not isinstance(value, dict):
            raise wrong(
                "a folder, a file, or a mapping with the keys path, name and exclude", text="a name"
            )
        if isinstance(value.get("path"), str) and "name" not in value:
            is_file = os.path.isfile(resolve(value["path"], info))  # noqa: PTH113 - never raises
            path = absolute(value["path"], info)
            value = {**value, "name": (path.parent if is_file else path).name}
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Allow the short form."""
        long_form = handler(schema)
        return {"anyOf": [{"type": "string", "minLength": 1}, long_form]}


class Target(Record):
    """How good is good enough."""

    psnr_db: Decibels = Field(description="The PSNR to reach, in decibels.")

    @model_validator(mode="before")
    @classmethod
    def _be_a_mapping(cls, value: object) -> object:
        if not isinstance(value, dict):
            raise wrong(TARGET_EXPECTED)
        return value
