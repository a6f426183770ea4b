"""Classes that other packages add, such as formats of outputs. Workers load them, too."""

from functools import cache
from importlib.metadata import entry_points
from typing import Any

from batchquant.errors import UsageError

GROUP = "batchquant.extensions"
"""Group of entry points; each names a class."""


def load_extensions(base: type) -> list[Any]:
    """Return the classes of a kind that installed packages add, sorted by entry point."""
    return [each for each in _load_all() if isinstance(each, type) and issubclass(each, base)]


@cache
def _load_all() -> tuple[Any, ...]:
    loaded = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        try:
            loaded.append(entry.load())
        except Exception as error:
            raise UsageError(
                f"extension {entry.name} ({entry.value}): cannot be loaded:"
                f" {type(error).__name__}: {error}. Mend it, or uninstall its package."
            ) from error
    return tuple(loaded)
