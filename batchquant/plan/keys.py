"""What products are recognized by: recipes, known when planning, and keys, known once inputs are.

A product is something that is made: painted pixels with their figures, or a file. Its recipe is a
digest of the settings that it depends on, and of no others. Its key adds the digest of the source.
Limits, `truncated` and `max_pixels`, stand in no recipe: they decide whether there is a picture at
all, and a record says itself for which of them it holds.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

from batchquant.formats.format import Format
from batchquant.formats.registry import formats
from batchquant.plan.picture_step import PictureStep
from batchquant.plan.records import SETTINGS, Settings
from batchquant.quantization.restarts import WITHOUT_CHANCE, restarts_of

ALGORITHM = 2  # raised when the same settings give other pixels or figures than before
DITHERING = 2  # the same of those that dither
RESTARTS = 2  # the same of those that begin several times
PAINTING = (
    "seed",
    "n_init",
    "max_iter",
    "tol",
    "color_profile",
    "alpha",
    "reduce",
    "blur",
    "palette",
    "pin",
    "color_space",
    "dither",
)
"""Settings that painted pixels depend on in any case."""

PAINTING_LATER = ("refine", "favor_rare", "palette_key")
"""Settings that they depend on unless they are neutral."""
NEUTRAL: Mapping[str, Any] = MappingProxyType(
    {
        "refine": "none",
        "favor_rare": 0.0,
        "dither_strength": 1.0,
        "color_names": (),
        "palette_key": "",
    }
)
"""Settings that there were not always, as all was done before: these stand in no digest."""

FIRST_SCHEMA = 2
FIRST_LIMITS: Mapping[str, Any] = MappingProxyType({"truncated": "fail", "max_pixels": 250_000_000})


def painted_recipe(settings: Settings, frame: int, k: int, init: str) -> str:
    """Digest what painted pixels and their figures depend on, beside the source: 32 hex digits."""
    content = {name: getattr(settings, name) for name in PAINTING}
    content.update(_restarts(settings, k, init))
    content.update(_additions(settings))
    if settings.alpha == "flatten":
        content["background"] = settings.background
    if settings.reduce is not None and settings.dpi == "source":
        content["keeps_size"] = True  # its density is another then
    return _digest("painted", ALGORITHM, content, frame, k, init)


def _restarts(settings: Settings, k: int, init: str) -> dict[str, int]:
    n_init = restarts_of(settings.n_init, k, init)
    several = {"restarts": RESTARTS} if n_init > 1 and init not in WITHOUT_CHANCE else {}
    return {"n_init": n_init, **several}


def _additions(settings: Settings) -> Iterator[tuple[str, Any]]:
    for name in PAINTING_LATER:
        if getattr(settings, name) != NEUTRAL[name]:
            yield name, getattr(settings, name)
    if settings.dither != "none":
        yield "dithering", DITHERING
        if settings.dither_strength != 1:
            yield "dither_strength", settings.dither_strength


def file_recipe(kind: str, painted: str, settings: Settings) -> str:
    """Digest what the file of painted pixels depends on, beside these."""
    output = formats()[kind]
    own = settings_of(output, settings).items()
    content = [(name, value) for name, value in own if name not in NEUTRAL or value]
    return _digest(kind, output.version, painted, content)


def settings_of(made: Format | PictureStep, settings: Settings) -> dict[str, Any]:
    """Return the settings that the files of a format or a step depend on."""
    return {name: getattr(settings, name) for name in made.settings}


def old_fingerprints(settings: Settings, frame: int, k: int, init: str) -> tuple[str, str]:
    """Return what variants were recognized by before there were recipes: two forms of it.

    One digest of all settings stood for painted pixels and all files; in its first form limits were
    a part of it.
    """
    return (
        _fingerprint(replace(settings, **FIRST_LIMITS), frame, k, init),
        _fingerprint(settings, frame, k, init),
    )


@cache
def _fingerprint(settings: Settings, frame: int, k: int, init: str) -> str:
    content = {
        "schema": FIRST_SCHEMA,
        "algorithm": ALGORITHM,
        "frame": frame,
        "k": k,
        "init": init,
        **{name: getattr(settings, name) for name in SETTINGS if name not in NEUTRAL},
        **_restarts(settings, k, init),
        **dict(_additions(settings)),
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _digest(*content: object) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
