"""What a dask worker is asked before it is given work, and what is wrong with its answer."""

import secrets
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

from batchquant.engine.dask.handshake import OURS, introduce
from batchquant.engine.protocol import Conditions
from batchquant.extensions import GROUP
from batchquant.files import publish

SEEN_FILE = "seen-by-workers"  # in the folder of what has a clock or this machine in it
FIRST_BYTES = 1 << 24  # of a file that every worker must see are compared; and its size
PATIENCE_S = 120.0  # for libraries to be imported from a slow disk

PROBE = """
import batchquant.engine.local, batchquant.steps.step
from PIL import features
for name in features.get_supported():
    found[f"Pillow's {name}"] = features.version(name) or "built in"
import OpenImageIO, pikepdf, pillow_heif, zlib_ng.zlib_ng
found["OpenImageIO, as built"] = OpenImageIO.VERSION_STRING
found["pikepdf's qpdf"] = pikepdf.__libqpdf_version__
for name, version in pillow_heif.libheif_info().items():
    found[f"pillow-heif's {name}"] = str(version)
found["zlib-ng, as built"] = str(getattr(zlib_ng.zlib_ng, "ZLIBNG_VERSION", ""))
try:
    import rawpy
    found["rawpy's LibRaw"] = ".".join(map(str, rawpy.libraw_version))
except ImportError:
    pass
"""
"""What tells the versions of C libraries that packages bring with them: they decide over bytes."""

BY_VALUE = """(lambda names: (
    exec(source, names),
    __import__("distributed").get_worker().log_event(
        topic, [token, names["introduce"](question)]
    ),
    None,
)[-1])({"__name__": "handshake"})"""
"""What a dask worker evaluates: nothing of ours has to be there for it."""


class Question:
    """What all dask workers are asked, and the answer of this machine."""

    def __init__(self, conditions: Conditions | None = None) -> None:
        self._conditions = conditions
        self.memory = conditions.memory if conditions else "100%"
        self.folder = str(conditions.folder) if conditions else ""
        self._paths: list[Path] = []
        self._own: Future[dict[str, Any]] | None = None

    def begin(self) -> None:
        """Look what is to be seen, and begin to answer; once, since that takes a second."""
        if self._own is not None:
            return
        if self._conditions is not None:
            seen = self._conditions.folder / SEEN_FILE
            publish(seen, secrets.token_hex(16).encode())  # who reads it sees our folder
            self._paths = [seen, *self._conditions.samples()]
        threads = ThreadPoolExecutor(1)
        self._own = threads.submit(introduce, self._content())
        threads.shutdown(wait=False)

    def _content(self) -> dict[str, Any]:
        return {
            "libraries": list(self._conditions.libraries) if self._conditions else [],
            "extensions": GROUP,
            "probe": PROBE if self._conditions else "",
            "patience_s": PATIENCE_S,
            "paths": [str(path) for path in self._paths],
            "n_bytes": FIRST_BYTES,
        }

    def names(self, topic: str, token: int) -> dict[str, Any]:
        """Return what `BY_VALUE` speaks of, for an answer under a topic."""
        source = files("batchquant.engine.dask").joinpath("handshake.py").read_text("utf-8")
        return {"source": source, "question": self._content(), "topic": topic, "token": token}

    def differences(self, answer: dict[str, Any]) -> list[str]:
        """Tell where a machine is not as this one, a phrase each."""
        assert self._own is not None, "nothing was asked"
        told, own = [], self._own.result()
        ours, theirs = own["versions"], answer["versions"]
        if theirs[OURS] is None:
            return ["batchquant is not installed there"]
        for name in dict.fromkeys([*ours, *theirs]):
            here, there = ours.get(name), theirs.get(name)
            if here != there:
                told.append(f"{name}: {there or 'none'} there, {here or 'none'} here")
        for path, here, there in zip(self._paths, own["sights"], answer["sights"], strict=True):
            if here != list(there):  # which came as a tuple
                why = there[1] if there[0] < 0 else "another file stands there"
                told.append(f"it does not see {path}: {why}")
        return told


def shortened(differences: Sequence[str], most: int = 4) -> str:
    """Put differences into one sentence, the first few of many."""
    more = f"; and {len(differences) - most} more" if len(differences) > most else ""
    return "; ".join(differences[:most]) + more
