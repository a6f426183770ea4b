"""A job that Python gives as a dict → the same nodes as of a file; they stand nowhere."""

import os
from collections.abc import Iterable, Mapping

import numpy as np

from batchquant.jobfile.tree import NOWHERE, Node


def node_of(value: object, path: str = "") -> Node:
    """Turn scalars, paths, and lists and mappings of these, into nodes.

    `path` is where it stands, as a person names it: ``jobs[0].k``.
    """
    if isinstance(value, Node):  # read already
        return value
    if isinstance(value, Mapping):
        entries = {
            str(key): node_of(entry, f"{path}.{key}".lstrip(".")) for key, entry in value.items()
        }
        return Node(NOWHERE, path, NOWHERE, entries=entries)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        items = [node_of(entry, f"{path}[{number}]") for number, entry in enumerate(value)]
        return Node(NOWHERE, path, NOWHERE, items=items)
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    elif isinstance(value, np.generic):
        value = value.item()
    return Node(NOWHERE, path, NOWHERE, scalar=value)
