"""A variant that is done, as sheets and the page show it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A variant that is done, as an overview shows it.

    Attributes
    ----------
    k, init : int and str
        The variant.
    n_colors : int
        Colors of its picture.
    figures : tuple of str
        What its figures say, such as ``31.2 dB``.
    kind, path : str
        Of the file that shows it, relative to the output folder.
    size_bytes : int
        Of that file.
    mark : str
        What is special about it; empty for most.
    is_best : bool
        Whether it stands as the best picture.
    is_after : bool
        Whether the animation of before and after fades into it.
    shared : str
        What is told of all pictures that share its palette; empty where none do.
    digest : bytes or None
        Of the file; None where that is not known.
    """

    k: int
    init: str
    n_colors: int
    figures: tuple[str, ...]
    kind: str
    path: str
    size_bytes: int
    mark: str = ""
    is_best: bool = False
    is_after: bool = False
    shared: str = ""
    digest: bytes | None = None
