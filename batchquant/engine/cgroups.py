"""The control groups of Linux that this process lies in: containers are made of them."""

from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def groups_of(controller: str) -> Iterator[Path]:
    """Yield the folders of this process's control group, and of all groups that it lies in.

    Not all need exist, and there are none where this is no Linux. Version 2 keeps all controllers
    below the mount, version 1 each in a folder of its own, or some together, with a link for each.
    Inside a container the path may be the host's and missing below the mount; the mount itself is
    then the container's group.
    """
    try:
        membership = MEMBERSHIP.read_text(encoding="utf-8")
    except OSError:  # no Linux
        return
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            top = CGROUPS
        elif controller in controllers.split(","):
            top = CGROUPS / controller
        else:
            continue
        group = top / path.lstrip("/")
        for folder in (group, *group.parents):
            yield folder
            if folder == top:
                break


def numbers_in(path: Path) -> list[int]:
    """Return the numbers in a file; none if it is missing, or says ``max``: there is no limit."""
    try:
        return [int(word) for word in path.read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        return []
