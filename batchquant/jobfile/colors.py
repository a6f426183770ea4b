"""Colors and palettes in a job file: written out, or in a palette file that it names."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from batchquant.formats.palette_text import (
    HEX_PATTERN,
    PALETTE_KINDS,
    PaletteError,
    format_hex,
    parse_hex,
    parse_palette,
)
from batchquant.jobfile.paths import resolve
from batchquant.jobfile.scalar import describe
from batchquant.jobfile.values import MAX_K, without_repeats, wrong
from batchquant.quantization.color import Color

MAX_BYTES = 1024 * 1024  # of a palette file: 4096 colors, each with a long name
COLOR_EXPECTED = 'a color such as "#ff8800"'
PALETTE_EXPECTED = 'colors such as "#ff8800", or the path of a .gpl or .hex file'


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
        """Allow all three forms."""
        many = handler(schema)
        endings = (*PALETTE_KINDS, *(kind.upper() for kind in PALETTE_KINDS))
        file = {"type": "string", "pattern": rf"\.({'|'.join(endings)})$"}
        return {"anyOf": [many["items"], file, many]}


def _read_palette(value: object, handler: Any, info: ValidationInfo) -> tuple[Color, ...]:
    if isinstance(value, tuple):
        colors = handler(value)
    elif isinstance(value, str) and (kind := _kind(value)) in PALETTE_KINDS:
        colors = _read_file(resolve(value, info), kind)
    else:
        colors = (_as_color(value, PALETTE_EXPECTED),)
    colors = without_repeats(colors)
    if not 1 <= len(colors) <= MAX_K:
        raise wrong(f"1 to {MAX_K}", found=f"{len(colors)} colors")
    return colors


def _kind(path: str) -> str:
    return Path(path).suffix.lower().removeprefix(".")


def _read_file(path: Path, kind: str) -> tuple[Color, ...]:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        told = f"{path}: {(error.strerror or '').lower()}."
        raise wrong("a palette file that can be read", mend=told) from None
    if len(content) > MAX_BYTES:
        raise wrong("a palette file", found=f"more than {MAX_BYTES // 1024} kB in {path}")
    # Only names and comments are more than ASCII, and those are not used.
    text = content.decode("utf-8-sig", errors="replace")
    try:
        return parse_palette(text, kind)
    except PaletteError as error:
        found = f"{describe(error.found)} in line {error.line} of {path}"
        raise wrong(error.expected, found=found) from None


def _read_color(value: object) -> Color:
    return _as_color(value, COLOR_EXPECTED)


def _as_color(value: object, expected: str) -> Color:
    mend: dict[str, str] = {}
    if isinstance(value, str):
        try:
            return parse_hex(value)
        except ValueError:
            if re.fullmatch("#[0-9a-fA-F]{3}", value):
                mend = {"mend": f'Did you mean "#{"".join(digit * 2 for digit in value[1:])}"?'}
    elif value is None:
        mend = {"mend": "Put colors in quotes: without, # begins a comment."}
    raise wrong(expected, text="a color", **mend)


HexColor = Annotated[
    Color,
    PlainValidator(_read_color),
    PlainSerializer(format_hex),
    WithJsonSchema({"type": "string", "pattern": f"^{HEX_PATTERN}$"}),
]
