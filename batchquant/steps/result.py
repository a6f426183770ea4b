"""What comes back from a worker: numbers, and a sentence where something failed.

A result is pickled through a pipe. It stays under 6 kB with as many variants and files as a task
may have: a worker killed while it sends 60 kB can hang a pool for ever, and
with results under 8 kB none of 545 kills did.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple, Self

from batchquant.files.names import escape
from batchquant.plan.records import ImageKey

DrawnKey = ImageKey | tuple[str, str, str, int, str]
"""What names an overview or a book, as an image or a job alone, or with a step what that makes."""
MAX_TEXT_BYTES = 300
MAX_VARIANT_TEXT_BYTES = 180  # there may be sixteen
MAX_FILE_TEXT_BYTES = 90  # there may be as many, of each format that has limits


class Written(NamedTuple):
    """A file that was written.

    Attributes
    ----------
    size_bytes, digest : int and bytes or None
        Size and `digest_of` it; -1 and None where its format cannot hold the picture.
    is_exact : bool
        Whether it gives all pixels back.
    note : str or None
        What a person may not expect of it, or why it is not there; at most 90 bytes.
    """

    size_bytes: int
    digest: bytes | None
    is_exact: bool = False
    note: str | None = None


class VariantResult(NamedTuple):  # pickles in fewer bytes than a dataclass
    """Figures of one variant that was written.

    Attributes
    ----------
    seed : int
        What the start was drawn with, 32 bits.
    n_iter : int
        Iterations.
    converged : bool
        Whether the centroids came to rest.
    inertia : float
        Sum over visible pixels of the squared distance to the centroid, in the job's color space.
    figures : dict
        What every metric gives of the written picture, by name.
    n_colors : int
        Colors of the written picture.
    files : dict
        By kind, as in `batchquant.plan.records.Variant.outputs`.
    cluster_s, encode_s : float
        Seconds spent on K-Means, and on encoding and writing.
    shared_inertia : float or None
        The same sum over all pictures that share the palette, if any do.
    was_there : bool
        Whether the very same files were there before, unknown to the ledger.
    """

    seed: int
    n_iter: int
    converged: bool
    inertia: float
    figures: dict[str, float]
    n_colors: int
    files: dict[str, Written]
    cluster_s: float
    encode_s: float
    shared_inertia: float | None = None
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What became of one task.

    Attributes
    ----------
    index : int
        Which task this is about: results arrive in any order.
    size_bytes, mtime_ns, ctime_ns : int or None
        The source file as it was when it was read; None where it could not be read.
    source_sha256 : str or None
        Digest of its bytes, hexadecimal.
    width, height : int or None
        Size of the decoded picture in pixels; None where it could not be decoded.
    distinct_colors : int or None
        Distinct colors of its visible pixels.
    source_format, mode : str or None
        Of the source, as Pillow names them.
    notes : str or None
        What else there is to know of the source, at most 300 bytes.
    decode_s : float
        Seconds for reading, decoding and counting colors.
    peak_memory_bytes : int
        High-water mark of the worker's memory so far.
    error : str or None
        Why the picture failed, at most 300 bytes, beginning with the class of the reason.
    variants : tuple of VariantResult, str or None
        In the order of the task's variants; of one that failed alone the reason, at most 180 bytes,
        None where the whole picture did. Shorter where the worker was told to stop.
    truncated : str or None
        The setting, where it decided: ``accept`` let a picture be made that breaks off, ``fail``
        did not.
    max_pixels : int or None
        The setting, where the picture was refused for it.
    pixel_aspect : float
        How wide its pixels are beside their height.
    """

    index: int
    size_bytes: int | None
    mtime_ns: int | None
    ctime_ns: int | None
    source_sha256: str | None
    width: int | None
    height: int | None
    distinct_colors: int | None
    source_format: str | None
    mode: str | None
    notes: str | None
    decode_s: float
    peak_memory_bytes: int
    error: str | None
    variants: tuple[VariantResult | str | None, ...]
    truncated: str | None = None
    max_pixels: int | None = None
    pixel_aspect: float = 1.0

    @property
    def n_made(self) -> int:
        """Variants that were written."""
        return sum(isinstance(made, VariantResult) for made in self.variants)

    @classmethod
    def of_nothing(cls, index: int, n_variants: int, error: str | None = None) -> Self:
        """Return the result of a task of which nothing is known, or nothing yet."""
        return cls(
            index=index,
            size_bytes=None,
            mtime_ns=None,
            ctime_ns=None,
            source_sha256=None,
            width=None,
            height=None,
            distinct_colors=None,
            source_format=None,
            mode=None,
            notes=None,
            decode_s=0.0,
            peak_memory_bytes=0,
            error=error,
            variants=(None,) * n_variants,
        )


@dataclass(frozen=True, slots=True)
class OverviewResult:
    """What became of the overview of an image, of the book of a job, or of a package's step.

    Attributes
    ----------
    key : tuple of str and int
        Which task this is about.
    files : dict
        As in `VariantResult`, by the kinds of the task's files. Empty where the worker was told to
        stop.
    error : str or None
        As in `TaskResult`.
    elapsed_s : float
        Seconds spent.
    """

    key: DrawnKey
    files: dict[str, Written]
    error: str | None = None
    elapsed_s: float = 0.0


def shorten(text: str, max_bytes: int = MAX_TEXT_BYTES) -> str:
    """Bring an error or a note into one line of at most `max_bytes` bytes of UTF-8.

    Addresses in memory are dropped: the text is the same in every run. What does not print is
    escaped: names of files stand in it, and what files say of themselves.

    Parameters
    ----------
    text : str
        Any text.
    max_bytes : int
        Of what comes back.

    Returns
    -------
    str
        The text, cut at a whole character where it is too long.
    """
    text = re.sub(r"( object)? at 0x[0-9a-fA-F]+", "", text)
    line = escape(" ".join(text.split())).encode()
    return line[:max_bytes].decode("utf-8", "ignore")
