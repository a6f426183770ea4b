"""The mappings that stand as values in a job file."""

import math
import os
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema

from batchquant.jobfile.paths import name_of, place_of, with_pattern
from batchquant.jobfile.values import Glob, Name, OneOrMany, expecting, wrong
from batchquant.metrics.metric import Metric
from batchquant.metrics.registry import metrics
from batchquant.metrics.target import Target as Goal
from batchquant.sources.source import scheme_of

TARGET_EXPECTED = f"one figure to reach ({', '.join(metrics())}), such as {{psnr_db: 32}}"


class Record(BaseModel):
    """Base of the records of a job file."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class InputFolder(Record):
    """A folder of pictures, or a single picture."""

    path: Annotated[str, BeforeValidator(place_of)] = Field(
        description="A folder, searched with all below it, a single file, a pattern such as"
        " photos/*.png, or a place of another source, such as s3://BUCKET/PREFIX."
    )
    name: Name = Field(
        default="",
        description="Its name in the output tree; default: the folder's own name.",
    )
    only: Annotated[tuple[Glob, ...], Field(min_length=1), OneOrMany()] = Field(
        default=(), description="Patterns, as in .gitignore, of what to take; default: all of it."
    )
    exclude: Annotated[tuple[Glob, ...], Field(min_length=1), OneOrMany()] = Field(
        default=(), description="Patterns, as in .gitignore, of what to leave out."
    )

    @property
    def root(self) -> str:
        """The place that names of images are relative to."""
        is_file = not scheme_of(self.path) and not os.path.isdir(self.path)  # noqa: PTH112
        return os.path.dirname(self.path) if is_file else self.path  # noqa: PTH120

    @model_validator(mode="before")
    @classmethod
    def _normalize(cls, value: object, info: ValidationInfo) -> object:
        """Bring the short form (a path alone) into the long one, and find the default name."""
        if isinstance(value, str):
            value = {"path": value}
        if not isinstance(value, dict):
            raise wrong(
                "a folder, a file, or {path: ...} with name, only or exclude beside it",
                text="a name",
            )
        if isinstance(value.get("path"), str):
            value = with_pattern(value, info)
        if isinstance(value.get("path"), str) and "name" not in value:
            value = {**value, "name": name_of(value["path"], info)}
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Allow the short form."""
        long_form = handler(schema)
        return {"anyOf": [{"type": "string", "minLength": 1}, long_form]}


def refuse_equal_names(inputs: tuple[InputFolder, ...]) -> tuple[InputFolder, ...]:
    """Refuse folders of different places that would have one name in the output tree."""
    roots: dict[str, str] = {}
    for index, folder in enumerate(inputs):
        if roots.setdefault(folder.name, folder.root) != folder.root:
            raise wrong(
                "",
                told=f"another input is called {folder.name!r}, too, and its outputs would fall"
                " among those of this one.",
                mend=f"Give it another: {{path: {folder.path}, name: other}}.",
                at=(index,),
            )
    return inputs


def _say_one(schema: dict[str, Any]) -> None:
    """Tell editors that there is one key of several."""
    schema |= {"minProperties": 1, "maxProperties": 1}
    for entry in schema["properties"].values():
        del entry["default"]  # None: it is not written


class OneFigure(Record):
    """How good is good enough: one figure, and what it shall be, or better."""

    model_config = ConfigDict(json_schema_extra=_say_one)

    @property
    def goal(self) -> Goal:
        """What is to be reached."""
        (found,) = self.told().items()
        return Goal(*found)

    @model_serializer
    def told(self) -> dict[str, float]:
        """Return what the job file says."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    @model_validator(mode="before")
    @classmethod
    def _be_one(cls, value: object) -> object:
        if not isinstance(value, dict):
            raise wrong(TARGET_EXPECTED)
        if not value:
            raise wrong(TARGET_EXPECTED, told="no figure is named.")
        if len(value) > 1 and value.keys() <= metrics().keys():
            raise wrong(TARGET_EXPECTED, told=f"{' and '.join(value)} are more than one figure.")
        return value


def _goal_of(metric: Metric) -> Any:
    """Return the field of a metric."""

    def check(value: float) -> float:
        if not metric.is_goal(value):
            raise ValueError
        return value

    words = (
        ("minimum", "exclusiveMaximum")
        if metric.better == "lower"
        else ("exclusiveMinimum", "maximum")
    )
    ends = {word: end for word, end in zip(words, metric.bounds, strict=True) if math.isfinite(end)}
    way = "or less" if metric.better == "lower" else "or more"
    told = f"{metric.doc[0].upper()}{metric.doc[1:]}: so much {way}."
    schema = WithJsonSchema({"type": "number", **ends})
    kind = Annotated[float, AfterValidator(check), expecting(metric.goals, bare=True), schema]
    return kind, Field(default=None, description=told)


if TYPE_CHECKING:
    Target = OneFigure
else:
    Target = create_model(
        "Target",
        __base__=OneFigure,
        __doc__="How good is good enough.",
        **{name: _goal_of(metric) for name, metric in metrics().items()},
    )
