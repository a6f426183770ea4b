"""The columns of the report, and where each stands."""

from batchquant.formats.registry import kinds_of
from batchquant.metrics.registry import names_beside
from batchquant.store.records import COLUMNS

PICTURES = kinds_of("formats")
_OTHER_COLUMNS = (
    "job",
    "folder",
    "image",
    "frame",
    "source_sha256",
    "source_format",
    "mode",
    "width",
    "height",
    "distinct_colors",
    "k",
    "init",
    "seed",
    "n_init",
    "n_iter",
    "converged",
    "inertia",
    "inertia_space",
    "shared_inertia",
    "n_colors",
    "knee",
    "meets_target",
    *PICTURES,
    *(f"{kind}_bytes" for kind in PICTURES),
    "status",
    "error",
    "notes",
)
FIGURES = names_beside(_OTHER_COLUMNS)
_AT = _OTHER_COLUMNS.index("n_colors")
REPORT_COLUMNS = (*_OTHER_COLUMNS[:_AT], *FIGURES, *_OTHER_COLUMNS[_AT:])
ASKED = tuple(name for name in REPORT_COLUMNS[4:] if name in (*COLUMNS, *FIGURES))
"""Which of them are asked of tables: the plan says what names the image."""

_AT_COLUMN = {name: at for at, name in enumerate(REPORT_COLUMNS)}
(
    K,
    INIT,
    N_INIT,
    INERTIA_SPACE,
    CONVERGED,
    KNEE,
    MEETS_TARGET,
    STATUS,
    ERROR,
    NOTES,
) = (
    _AT_COLUMN[name]
    for name in (
        "k",
        "init",
        "n_init",
        "inertia_space",
        "converged",
        "knee",
        "meets_target",
        "status",
        "error",
        "notes",
    )
)
PICTURES_AT = {kind: (_AT_COLUMN[kind], _AT_COLUMN[f"{kind}_bytes"]) for kind in PICTURES}
ASKED_AT = tuple(_AT_COLUMN[name] for name in ASKED)
WORDS = {None: None, True: "true", False: "false"}
TEXTS = tuple(
    _AT_COLUMN[name]
    for name in (
        "job",
        "folder",
        "image",
        "source_sha256",
        "source_format",
        "mode",
        "init",
        *PICTURES,
        "error",
        "notes",
    )
)
TRUTHS = frozenset({"converged", "meets_target"})
FLOATS = frozenset({"inertia", "shared_inertia", *FIGURES})
WHOLE = frozenset(
    {"frame", "width", "height", "distinct_colors", "k", "seed", "n_init", "n_iter", "n_colors"}
    | {"knee", *(f"{kind}_bytes" for kind in PICTURES)}
)
"""Columns of true and false, of numbers and of whole numbers; in all others there is text."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would run (OWASP, CSV injection)."""
