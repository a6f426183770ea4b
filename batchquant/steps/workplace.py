"""What a process still has of the picture that it worked on last: the next step may want it.

A step that finds nothing here makes it anew, and comes to the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from batchquant.formats.small import Small
from batchquant.images.draw.looks import Looks
from batchquant.images.read.picture import Picture, Reading
from batchquant.quantization.color.histogram import Histogram
from batchquant.sources.reading import read_source, stamp_of_source
from batchquant.sources.source import Content

MAX_SMALL = 16  # as many as variants of a task, which count them as memory that they need


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture as it was decoded, and its source without its bytes, as far as `Content` tells.

    Attributes
    ----------
    told : str
        What C libraries printed meanwhile.
    histograms : dict of float to Histogram
        Of the picture, softened by some radius.
    """

    size_bytes: int
    mtime_ns: int | None
    ctime_ns: int | None
    sha256: str
    picture: Picture
    told: str
    histograms: dict[float, Histogram]

    @classmethod
    def of(cls, source: Content, picture: Picture, told: str) -> "Decoded":
        """Leave the bytes of a source."""
        times = source.mtime_ns, source.ctime_ns
        return cls(source.size_bytes, *times, source.sha256, picture, told, {})


PictureKey = tuple[str, Reading, str]
"""SHA-256 of the source, how it was read, and the ending of its name."""


@dataclass(slots=True)
class Workplace:
    """Of one file: its bytes, where it has several pictures; and of one picture what is shown.

    And what is decoded, where several jobs show it.
    """

    _source: tuple[Sequence[object], Content] | None = None
    _decoded: tuple[Sequence[object], Reading, Decoded] | None = None
    _picture: PictureKey | None = None
    _looks: Looks | None = None
    _made: dict[tuple[str, bytes], Small] = field(default_factory=dict)

    def forget(self) -> None:
        """Let go of everything."""
        self._source = self._decoded = self._picture = self._looks = None
        self._made.clear()

    def read(self, place: str, *, is_wanted_again: bool) -> Content:
        """Read a source, as `read_source` does, if it is not the one that was read before."""
        stamp = stamp_of_source(place) if is_wanted_again else ()
        if self._source is not None and stamp and self._source[0] == stamp:
            return self._source[1]
        self._source = None  # before the next is read: there may be room for one
        source = read_source(place)
        if stamp:
            self._source = (stamp, source)
        return source

    def decoded(self, place: str, reading: Reading) -> Decoded | None:
        """Return a picture that was decoded before, unless its file is another by now.

        Any other is forgotten: there may be room for one.
        """
        if self._decoded is not None:
            stamp, read, decoded = self._decoded
            if read == reading and stamp == stamp_of_source(place):
                return decoded
            self._decoded = None
        return None

    def keep_decoded(self, place: str, reading: Reading, decoded: Decoded) -> None:
        """Keep a picture for the next job that shows it."""
        if stamp := stamp_of_source(place):
            self._decoded = stamp, reading, decoded

    def keep_looks(self, key: PictureKey, looks: Looks) -> None:
        """Keep how a picture looks, and forget the one before."""
        if self._picture != key:
            self._made.clear()
        self._picture, self._looks = key, looks

    def looks(self, key: PictureKey) -> Looks | None:
        """Return how a picture looks, if it is the last."""
        return self._looks if self._picture == key else None

    def keep_made(self, path: str, digest: bytes, small: Small) -> None:
        """Keep how a file looks that was made of the picture."""
        self._made[path, digest] = small
        if len(self._made) > MAX_SMALL:
            del self._made[next(iter(self._made))]

    def made(self, path: str, digest: bytes | None) -> Small | None:
        """Return how a file looks, if it was made here of the picture."""
        return None if digest is None else self._made.get((path, digest))


HERE = Workplace()
"""Of this process."""
