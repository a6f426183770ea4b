"""The types of the values in a job file: what each may be, and the sentence when it is not.

Validation is strict and without unions, so that each place of a file gives one error: values that
may be written in several ways are brought into one form before.
"""

import sys
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from batchquant.files.layout import PALETTE_FOLDER, RUN_FOLDER
from batchquant.formats.registry import kinds_of
from batchquant.jobfile.numbers import K_EXPECTED, K_PATTERN, MAX_K, NumbersError, expand_k
from batchquant.quantization.restarts import NInit
from batchquant.sources.patterns import Patterns

MAX_NAME_BYTES = 100
RESERVED = frozenset(
    {RUN_FOLDER, PALETTE_FOLDER, "report.csv", "report.json", "report.parquet"}
    | {"index.html", "book.pdf"}
)
"""Names at the top of an output folder that are not folders of pictures."""

INIT_ALIASES = {"forgy": "in_pixel", "k-means++": "kmeans++"}
INIT_NAMES = ("random", "in_pixel", "kmeans++", "maximin", *INIT_ALIASES)


def wrong(expected: str, **extra: Any) -> PydanticCustomError:
    """Make the error of a value: what could stand there, and what helps to mend it."""
    # Of extra: choices for near matches; mend, a sentence; text, what a number may have been meant
    # as; bare, that a number in quotes is none; told, what is wrong where the value does not tell;
    # at, keys and indices from where it is raised.
    return PydanticCustomError("wrong", "expected {expected}", {"expected": expected, **extra})


def expecting(expected: str, **extra: Any) -> WrapValidator:
    """Make one sentence of whatever a value does wrong."""

    def check(value: object, handler: Any) -> object:
        try:
            return handler(value)
        except ValueError:
            raise wrong(expected, **extra) from None

    return WrapValidator(check)


class OneOf:
    """Marks a `Literal`, whose words are then what the message of a wrong one offers."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Make one sentence of whatever a value does wrong."""
        *words, last = names = get_args(source)
        expected = f"{', '.join(repr(word) for word in words)} or {last!r}"
        return expecting(expected, choices=names).__get_pydantic_core_schema__(source, handler)


class KindOf:
    """Marks the name of an output format that is listed by a key."""

    def __init__(self, key: str) -> None:
        self._kinds = kinds_of(key)

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Accept the names of the registry."""
        return OneOf().__get_pydantic_core_schema__(Literal[*self._kinds], handler)  # type: ignore


class OneOrMany:
    """Marks a list in whose place one entry may stand."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Wrap a lone entry before the list is validated."""
        return core_schema.no_info_before_validator_function(_as_tuple, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Allow both forms."""
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


class KValues:
    """Marks the list of K: numbers and ranges, which become sorted numbers."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate entry by entry, then merge."""
        entry = core_schema.no_info_plain_validator_function(_expand_k)
        many = core_schema.tuple_schema([entry], variadic_item_index=0, min_length=1)
        one_or_many = core_schema.no_info_before_validator_function(_as_tuple, many)
        return core_schema.no_info_after_validator_function(_merge_k, one_or_many)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe what may be written, not the merged numbers."""
        entry = {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_K},
                {"type": "string", "pattern": f"^{K_PATTERN}$"},
            ]
        }
        return {"anyOf": [entry, {"type": "array", "items": entry, "minItems": 1}]}


def _as_tuple(value: object) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _expand_k(value: object) -> tuple[int, ...]:
    """Turn ``16`` or ``16..32:8`` into the numbers it means."""
    try:
        return expand_k(value)
    except NumbersError as error:
        raise wrong(K_EXPECTED, **({"mend": error.mend} if error.mend else {})) from None


def _merge_k(ranges: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    return tuple(sorted({k for numbers in ranges for k in numbers}))


def _number_or(
    word: str, low: float, high: float, expected: str, kind: type[int] | type[float] = float
) -> PlainValidator:
    """Check in one step, since a union would give an error for each of its members."""

    def check(value: Any) -> Any:
        is_number = isinstance(value, int | kind) and not isinstance(value, bool)
        if value != word and not (is_number and low <= value <= high):
            raise wrong(expected, choices=(word,), bare=True)
        return value if value == word else kind(value)

    return PlainValidator(check)


def without_repeats(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Keep the first of equal entries."""
    return tuple(dict.fromkeys(values))


Entry = TypeVar("Entry")
Distinct = Annotated[
    tuple[Entry, ...], Field(min_length=1), OneOrMany(), AfterValidator(without_repeats)
]


def check_name(name: str) -> str:
    """Refuse what cannot be one folder of the output tree."""
    if (
        not name.isprintable()
        or "/" in name
        or name.startswith(".")
        or not name.strip()
        or len(name.encode()) > MAX_NAME_BYTES
        or name.casefold() in RESERVED
    ):
        raise ValueError
    return name


def check_init(name: str) -> str:
    """Refuse what is no start method, and give one of two names the name it is known by."""
    if name not in INIT_NAMES:
        raise ValueError
    return INIT_ALIASES.get(name, name)


def _check_book(value: Any) -> Any:
    """Accept a paper, or true, which is what `fit` is: each sheet a page of its own size."""
    if value is not True and value is not False and value not in PAPERS:
        raise wrong("'a4', 'letter', 'fit', true or false", choices=(*PAPERS, "true", "false"))
    return "fit" if value is True else value


def written(expected: str) -> AfterValidator:
    """Refuse a key without a value, where the record has None for a key that is not written."""

    def check(value: object) -> object:
        if value is None:
            raise wrong(expected)
        return value

    return AfterValidator(check)


def check_pattern(pattern: str) -> str:
    """Refuse what means nothing in .gitignore."""
    Patterns([pattern])
    return pattern


NAME_EXPECTED = (
    f"a name for a folder: up to {MAX_NAME_BYTES} bytes, no '/', no leading '.',"
    f" none of {', '.join(sorted(RESERVED))}"
)
Name = Annotated[str, AfterValidator(check_name), expecting(NAME_EXPECTED, text="a name")]
Glob = Annotated[
    str,
    Field(min_length=1),
    AfterValidator(check_pattern),
    expecting('a pattern such as "*.jpg" or "drafts/"', text="a name"),
]
Init = Annotated[
    str,
    AfterValidator(check_init),
    expecting(f"one of {', '.join(repr(name) for name in INIT_NAMES)}", choices=INIT_NAMES),
    WithJsonSchema({"enum": list(INIT_NAMES)}),
]
Format = Annotated[str, KindOf("formats")]
PaletteFormat = Annotated[str, KindOf("palette_files")]
YesOrNo = Annotated[bool, expecting("true or false", choices=("true", "false"))]
BeforeAfter = Annotated[Literal["webp", "none"], OneOf()]
PAPERS = ("a4", "letter", "fit")
BOOK_SCHEMA = WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": list(PAPERS)}]})
Book = Annotated[str | bool, PlainValidator(_check_book), BOOK_SCHEMA]
Frames = Annotated[Literal["first", "all"], OneOf()]
ColorProfile = Annotated[Literal["keep", "srgb"], OneOf()]
Alpha = Annotated[Literal["keep", "flatten"], OneOf()]
Truncated = Annotated[Literal["fail", "accept"], OneOf()]
ColorSpace = Annotated[Literal["srgb", "oklab"], OneOf()]
Dither = Annotated[Literal["none", "floyd-steinberg", "atkinson", "bayer", "blue-noise"], OneOf()]
Share = Annotated[float, Field(ge=0, le=1), expecting("a number from 0 to 1", bare=True)]
SharedPalette = Annotated[Literal["none", "file", "folder", "input", "job"], OneOf()]
Refine = Annotated[Literal["none", "swaps"], OneOf()]
MAX_SEED = 2**32 - 1
Seed = Annotated[
    int, Field(ge=0, le=MAX_SEED), expecting(f"a whole number from 0 to {MAX_SEED}", bare=True)
]
MAX_RESTARTS, MAX_ITERATIONS = 1000, 1_000_000
RESTARTS_EXPECTED = f"'auto', or a whole number from 1 to {MAX_RESTARTS}"
Restarts = Annotated[
    NInit,
    _number_or("auto", 1, MAX_RESTARTS, RESTARTS_EXPECTED, int),
    WithJsonSchema(
        {"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": MAX_RESTARTS}]}
    ),
]
Iterations = Annotated[
    int,
    Field(ge=1, le=MAX_ITERATIONS),
    expecting(f"a whole number from 1 to {MAX_ITERATIONS}", bare=True),
]
Tolerance = Annotated[
    float,
    Field(ge=0, allow_inf_nan=False),
    expecting("a number from 0 up, such as 0 or 0.5", bare=True),
]
MEMORY_EXPECTED = 'a share such as "70%", or an amount such as "8 GB" or "500 MB"'
MEMORY_PATTERN = r"([1-9][0-9]?|100) ?%|[0-9]+(\.[0-9]+)? ?[MG]B"
Memory = Annotated[str, Field(pattern=f"^({MEMORY_PATTERN})$"), expecting(MEMORY_EXPECTED)]
TIMEOUT_EXPECTED = "'auto', or seconds: a number from 0 up, where 0 is no limit"
Timeout = Annotated[
    float | Literal["auto"],
    _number_or("auto", 0, sys.float_info.max, TIMEOUT_EXPECTED),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "number", "minimum": 0}]}),
]
MAX_DPI = 9600
Dpi = Annotated[
    float | Literal["source"],
    _number_or("source", 1, MAX_DPI, f"'source', or a number from 1 to {MAX_DPI}"),
    WithJsonSchema(
        {"anyOf": [{"const": "source"}, {"type": "number", "minimum": 1, "maximum": MAX_DPI}]}
    ),
]
PIXELS_EXPECTED = "a whole number from 1 up"
Pixels = Annotated[int, Field(ge=1), expecting(PIXELS_EXPECTED, bare=True)]
Side = Annotated[
    Pixels | None,
    written(PIXELS_EXPECTED),
    WithJsonSchema({"type": "integer", "minimum": 1}),
]
MAX_BLUR = 1000
Blur = Annotated[
    float, Field(ge=0, le=MAX_BLUR), expecting(f"a number from 0 to {MAX_BLUR}", bare=True)
]
