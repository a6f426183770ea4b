"""Colors and palettes in a job file: written out, or in a palette file that it names."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from batchquant.errors import TOO_LARGE, UNREADABLE
from batchquant.formats.named import Named, PaletteError, clean_name
from batchquant.formats.palette_reading import PALETTE_KINDS, parse_palette
from batchquant.formats.palette_text import HEX_PATTERN, format_hex, parse_hex
from batchquant.jobfile.numbers import MAX_K
from batchquant.jobfile.paths import resolve
from batchquant.jobfile.values import wrong
from batchquant.quantization.color import Color

MAX_BYTES = 1024 * 1024  # of a palette file: 4096 colors, each with a long name
COLOR_EXPECTED = 'a color such as "#ff8800"'
PALETTE_EXPECTED = (
    'colors such as "#ff8800", or the path of a palette file:'
    f" {', '.join(f'.{kind}' for kind in PALETTE_KINDS[:-1])} or .{PALETTE_KINDS[-1]}"
)


class Palette(tuple[Color, ...]):
    """Different colors, and the names that some of them have."""

    names: dict[Color, str]

    @classmethod
    def of(cls, named: Iterable[Named]) -> Self:
        """Keep the first of equal colors, and the first name of each."""
        given = tuple(named)
        palette = cls(dict.fromkeys(color for color, _ in given))
        names = {color: name for color, name in reversed(given) if name}
        palette.names = {color: names[color] for color in palette if color in names}
        return palette


class OrPaletteFile:
    """Marks a list of colors in whose place one color or the path of a palette file may stand."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read the file before the list is validated."""
        return core_schema.with_info_wrap_validator_function(_read_palette, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Allow all forms."""
        many = handler(schema)
        color = many["items"]
        endings = (*PALETTE_KINDS, *(kind.upper() for kind in PALETTE_KINDS))
        file = {"type": "string", "pattern": rf"\.({'|'.join(endings)})$"}
        names = {"type": "object", "additionalProperties": color, "minProperties": 1}
        many = {**many, "items": {"anyOf": [color, {**names, "maxProperties": 1}]}}
        return {"anyOf": [color, file, names, many]}


def _read_palette(value: object, handler: Any, info: ValidationInfo) -> Palette:
    if isinstance(value, tuple):
        pairs = [_as_pair(entry) for entry in value]
        colors = handler(tuple(color for _, color in pairs))
        named = tuple(map(Named, colors, (clean_name(name) for name, _ in pairs)))
    elif isinstance(value, dict):
        named = tuple(
            Named(_as_color(color, COLOR_EXPECTED, at=(name,)), clean_name(name))
            for name, color in value.items()
        )
    elif isinstance(value, str) and (kind := _kind(value)) in PALETTE_KINDS:
        named = _read_file(resolve(value, info), kind)
    else:
        named = (Named(_as_color(value, PALETTE_EXPECTED)),)
    palette = Palette.of(named)
    if not 1 <= len(palette) <= MAX_K:
        told = f"the palette has {len(palette)} colors, and may have 1 to {MAX_K}."
        raise wrong("", told=told, mend="Name another palette.")
    return palette


def _as_pair(entry: object) -> tuple[str, object]:
    """Take a color of a list, and its name where it is written as ``name: color``."""
    if isinstance(entry, dict) and len(entry) == 1:
        ((name, color),) = entry.items()
        return name, color
    return "", entry


def _kind(path: str) -> str:
    return Path(path).suffix.lower().removeprefix(".")


def _read_file(path: Path, kind: str) -> tuple[Named, ...]:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        told = f"{path}: {(error.strerror or 'cannot be read').lower()}."
        raise wrong("", told=told, mend="Name a palette file that is there.") from None
    if len(content) > MAX_BYTES:
        told = f"{path} is larger than {MAX_BYTES // 1024} kB, which no palette file is."
        raise wrong("", told=told, mend="Name a palette file.")
    try:
        return parse_palette(content, kind)
    except PaletteError as error:
        why = error.found
        if why.startswith("the end of"):
            told = f"it ends in {error.place}, but needs {error.expected}."
        elif why.startswith((UNREADABLE, TOO_LARGE)):
            told = f"{why.partition(': ')[2]}. Name {error.expected}."
        else:
            told = f"{error.place} has {why}, but needs {error.expected}."
        raise wrong("", told=f"{path}: {told}") from None


def _read_color(value: object) -> Color:
    return _as_color(value, COLOR_EXPECTED)


def _as_color(value: object, expected: str, **extra: Any) -> Color:
    mend: dict[str, str] = {}
    if isinstance(value, str):
        try:
            return parse_hex(value)
        except ValueError:
            if re.fullmatch("#[0-9a-fA-F]{3}", value):
                mend = {"mend": f'Did you mean "#{"".join(digit * 2 for digit in value[1:])}"?'}
    elif value is None:
        mend = {"mend": "Put colors in quotes: without, # begins a comment."}
    raise wrong(expected, text="a color", **mend, **extra)


HexColor = Annotated[
    Color,
    PlainValidator(_read_color),
    PlainSerializer(format_hex),
    WithJsonSchema({"type": "string", "pattern": f"^{HEX_PATTERN}$"}),
]
