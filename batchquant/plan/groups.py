"""Pictures that share a palette: which they are, and where it goes."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from batchquant.files.layout import PALETTE_FOLDER, RUN_FOLDER
from batchquant.formats.registry import formats
from batchquant.sources.source import stem_of

if TYPE_CHECKING:
    from batchquant.plan.records import ImageKey, Settings

HISTOGRAM, SHARED_PALETTE, ANIMATION = "histogram", "shared_palette", "animation"
"""Steps: what counts the colors of a picture, what finds the palettes of a group, and what plays
the frames of a file."""
HISTOGRAM_VERSION, PALETTE_VERSION = 1, 1  # raised when the same gives other colors than before
HISTOGRAMS, CENTROIDS = f"{RUN_FOLDER}/histograms", f"{RUN_FOLDER}/shared"
ANIMATED = ("gif", "webp")
"""Formats that play frames."""
NOT_KNOWN = "?"
"""The key of a group whose histograms are not all there."""


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures of a job that are shown in one palette for each K and start.

    Attributes
    ----------
    job : str
        Name of the job.
    directory : str
        Where it lies in the output tree: what names the group.
    key : str
        Digest of the histograms of all its pictures; `NOT_KNOWN` before there are all.
    digest : str
        Of the file that holds its centroids, hexadecimal.
    is_converted : bool
        Whether its pictures are brought to sRGB first, since they have several color profiles.
    kind : str
        What all of its pictures are of: a ``file``, whose frames they are, a ``folder``, an
        ``input`` or the ``job``.
    n_pictures : int
        How many they are, those left out that cannot be read; 0 before that is known.
    blocked : str
        Why it has no palette; empty where it has one, or may get one.
    """

    job: str
    directory: str
    key: str = NOT_KNOWN
    digest: str = ""
    is_converted: bool = False
    kind: str = ""
    n_pictures: int = 0
    blocked: str = ""

    @property
    def is_of_frames(self) -> bool:
        """Whether its pictures are the frames of a file."""
        return self.kind == "file"

    @property
    def scope(self) -> "ImageKey":
        """What names it among all that something is made of; no image has such a key."""
        return self.job, "", self.directory, 0

    @property
    def centroids_path(self) -> str:
        """Where its centroids lie, relative to the output folder."""
        return spread(CENTROIDS, self.scope, "json")

    def palette_path(self, k: int, init: str, kind: str) -> str:
        """Return where a palette file of it goes, relative to the output folder."""
        name = f"k{k:03d}_{init}{formats()[kind].suffix}"
        return str(PurePosixPath(self.directory, PALETTE_FOLDER, name))

    def animation_path(self, k: int, init: str, kind: str) -> str:
        """Return where its frames are played: ``FILE_kKKK_INIT.gif`` beside the frames."""
        # The directory is called as the file is, or, where names clash, has ~2 behind it.
        stem = stem_of(PurePosixPath(self.directory).name)
        name = f"{stem}_k{k:03d}_{init}{formats()[kind].suffix}"
        return str(PurePosixPath(self.directory, name))


def palette_kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return which palette files of a group are wanted: those of pictures, or GIMP's."""
    return tuple(kind for kind in kinds if formats()[kind].key == "palette_files") or ("gpl",)


def group_of(scope: str, job: str, folder: str, directory: str, *, takes_all: bool) -> Group | None:
    """Return the group of a picture.

    Parameters
    ----------
    scope : str
        ``shared_palette`` of its job.
    job, folder : str
        Names of its job and of its input.
    directory : str
        Where its outputs go.
    takes_all : bool
        Whether it is one of several frames of a file.
    """
    match scope:
        case "file" if takes_all:
            return Group(job, directory, kind=scope)
        case "folder":
            return Group(job, str(PurePosixPath(directory).parent), kind=scope)
        case "input":
            return Group(job, str(PurePosixPath(job, folder)), kind=scope)
        case "job":
            return Group(job, job or ".", kind=scope)
    return None


def histogram_path(key: "ImageKey") -> str:
    """Return where the histogram of an image lies, relative to the output folder."""
    return spread(HISTOGRAMS, key, "bin")


def histogram_recipe(settings: "Settings", *, is_converted: bool) -> str:
    """Digest what the colors of a picture depend on, beside its source."""
    names = ("color_profile", "alpha", "reduce", "blur", "truncated", "max_pixels")
    content = [getattr(settings, name) for name in names]
    background = settings.background if settings.alpha == "flatten" else None
    return _digest(HISTOGRAM, HISTOGRAM_VERSION, content, background, is_converted)


def group_key(digests: Iterable[str]) -> str:
    """Digest the digests of histograms, in any order."""
    return _digest(PALETTE_VERSION, sorted(digests))


def _digest(*content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def spread(folder: str, key: "ImageKey", ending: str) -> str:
    """Return the path of a file of our own in one of 256 folders, by what it is of."""
    name = name_of(key)
    return f"{folder}/{name[:2]}/{name}.{ending}"


def name_of(key: "ImageKey") -> str:
    """Digest what names an image or a group: so a file can be called, whatever the length of it."""
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:20]
