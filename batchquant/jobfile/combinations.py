"""Keys beside each other: one that would be ignored is a mistake.

A check belongs to the key that would be ignored, and sees the good keys above it in `Job`. Nothing
is said beside a key that has to be mended first, nor of defaults: pydantic does not validate them.
"""

from collections.abc import Collection
from typing import Any, TypeVar

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from batchquant.formats.palette_text import format_hex
from batchquant.formats.registry import formats, kinds_of

Target = TypeVar("Target")
PALETTE_INIT = "palette"
"""Stands for the start where colors are given, not searched for."""
FOLLOWS_PALETTE = object()
"""Stands for a key that is not written and need not be, since there is a palette."""


def conflict(told: str, mend: str, *, beside: str = "") -> PydanticCustomError:
    """Make the error of a key that does not go with others; `beside` is the other, if it is one.

    Where `told` has ``{line}``, the place of the other is put.
    """
    return PydanticCustomError("conflict", "{told}", {"told": told, "mend": mend, "beside": beside})


def follow_palette(value: object, handler: Any, info: ValidationInfo) -> object:
    """Take all colors of a palette where there is no k."""
    if value is not FOLLOWS_PALETTE:
        return handler(value)
    palette = info.data.get("palette")  # None where it has to be mended
    return () if palette is None else (len(palette),)


def give_way_to_palette(value: object, handler: Any, info: ValidationInfo) -> object:
    """Refuse a key of starts where colors are given; then init follows."""
    if info.data.get("palette") == ():
        return handler(value)
    if value is not FOLLOWS_PALETTE:
        raise conflict(
            f"{info.field_name} does not go with a palette{{line}}, whose colors need no start",
            f"Remove {info.field_name}.",
            beside="palette",
        )
    return (PALETTE_INIT,)


def give_way_to_whole_palette(value: object, handler: Any, info: ValidationInfo) -> object:
    """Refuse a key of the search for colors where all of a palette are taken."""
    palette, k = info.data.get("palette"), info.data.get("k")
    if palette and k and k[0] >= len(palette):
        raise conflict(
            f"{info.field_name} would change nothing: all colors of the palette{{line}} are taken",
            f"Remove {info.field_name}, or set a k smaller than the palette.",
            beside="palette",
        )
    return handler(value)


def fit_among_k(pin: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
    """Refuse more pinned colors than there will be colors, and those that a palette lacks."""
    k, palette = info.data.get("k"), info.data.get("palette")
    if palette and not set(pin) <= set(palette):
        color = next(color for color in pin if color not in palette)
        raise conflict(
            f"{format_hex(color)} is no color of the palette{{line}}",
            "Add it to palette, or remove it from pin.",
            beside="palette",
        )
    if k and len(pin) > k[0]:
        raise conflict(
            f"{len(pin)} colors are pinned, more than the smallest k, {k[0]}{{line}}",
            "Pin fewer, or raise k.",
            beside="k",
        )
    return pin


def have_what_to_weaken(strength: float, info: ValidationInfo) -> float:
    """Refuse a strength of dithering where nothing is dithered."""
    if info.data.get("dither") == "none":
        raise conflict(
            "dither_strength would change nothing: nothing is dithered{line}",
            "Remove dither_strength, or set dither.",
            beside="dither",
        )
    return strength


def have_what_to_share(scope: str, info: ValidationInfo) -> str:
    """Refuse to share a palette that is given, or among frames of which one is taken."""
    if scope != "none" and info.data.get("palette"):
        raise conflict(
            "shared_palette does not go with a palette{line}, which all pictures share anyway",
            "Remove shared_palette.",
            beside="palette",
        )
    if scope == "file" and info.data.get("frames") == "first":
        raise conflict(
            "shared_palette: file is for all frames of a file, of which frames: first takes"
            " one{line}",
            "Write frames: all, or remove shared_palette.",
            beside="frames",
        )
    return scope


def fit_into_formats(kinds: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Refuse a format that cannot hold as many colors as are wanted."""
    n_colors, beside = _most_colors(info.data)
    for kind in kinds:
        most = formats()[kind].max_colors
        if most is not None and n_colors > most:
            raise conflict(
                f"{formats()[kind].noun} holds at most {most} colors, not {n_colors}{{line}}",
                f"Remove {kind} from formats, or take fewer colors.",
                beside=beside,
            )
    return kinds


def _most_colors(data: dict[str, Any]) -> tuple[int, str]:
    """Return how many colors a picture may have, and the key that says so."""
    most: int = max(data.get("k", ()), default=0)
    palette: Collection[object] = data.get("palette") or ()
    return (len(palette), "palette") if palette and most >= len(palette) else (most, "k")


def have_a_png(target: Target, info: ValidationInfo) -> Target:
    """Refuse a target where there is nothing that could stand as the best picture."""
    if "png" not in info.data.get("formats", ("png",)):
        raise conflict(
            "target needs png among formats{line}: the best picture is written as FILE_best.png",
            "Add png to formats, or remove target.",
            beside="formats",
        )
    return target


def be_seen(background: object, info: ValidationInfo) -> object:
    """Refuse a background that nothing is laid onto."""
    kinds = info.data.get("formats")
    laying = [kind for kind in kinds_of("formats") if "background" in formats()[kind].settings]
    is_laid = kinds is None or not set(kinds).isdisjoint(laying)
    if info.data.get("alpha") == "keep" and not is_laid:
        raise conflict(
            "background would change nothing: transparency is kept",
            f"Remove background, or set alpha: flatten, or add {', '.join(laying[:-1])} or"
            f" {laying[-1]} to formats.",
        )
    return background
