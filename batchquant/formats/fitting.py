"""What is said where no format can hold a picture, and read again."""

from collections.abc import Iterable, Mapping

from batchquant.errors import UNFIT


def unfit(refused: Mapping[str, str]) -> str:
    """Say why no picture can be made: the formats that cannot hold it, and why the first cannot.

    Examples
    --------
    >>> unfit({"gif": "300 colors, at most 256; take fewer colors"})
    'unfit: gif: 300 colors, at most 256; take fewer colors, or write png'
    """
    return f"{UNFIT}{', '.join(refused)}: {next(iter(refused.values()))}, or write png"


def may_fit(reason: str, kinds: Iterable[str]) -> bool:
    """Tell whether a picture failed for its formats, and one is wanted that was not tried.

    Examples
    --------
    >>> reason = unfit({"gif": "300 colors, at most 256; take fewer colors"})
    >>> may_fit(reason, ["gif"]), may_fit(reason, ["gif", "png"])
    (False, True)
    """
    tried = reason.removeprefix(UNFIT).partition(":")[0].split(", ")
    return reason.startswith(UNFIT) and not set(kinds) <= set(tried)
