"""Whether another machine would make the same bytes, and where it would not.

`introduce` is sent to dask workers as its source text, and runs there by the standard library
alone: a worker without batchquant that unpickled something of ours would end, with all it has.
"""

import hashlib
import json
import os
import platform
import socket
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

OURS = "batchquant's sources"


def introduce(question: dict[str, Any]) -> dict[str, Any]:
    """Tell what machine this is, what is installed, and what of some files is seen."""
    versions = {
        "Python": platform.python_version(),
        "architecture": platform.machine(),
        OURS: fingerprint("batchquant"),
        **{name: installed(name) for name in question["libraries"]},
        **{
            f"extension {entry.name}": f"{entry.value} {entry.dist.version if entry.dist else ''}"
            for entry in entry_points(group=question["extensions"])
        },
    }
    if question["probe"] and versions[OURS]:
        versions.update(probed(question["probe"], question["patience_s"]))
    boot = Path("/proc/sys/kernel/random/boot_id")
    return {
        "where": socket.gethostname(),
        "machine": boot.read_text().strip() if boot.exists() else socket.gethostname(),
        "versions": versions,
        "sights": [sight(path, question["n_bytes"]) for path in question["paths"]],
    }


def fingerprint(package: str) -> str | None:
    """Return a digest of all sources of a package; None where it is not installed."""
    found = None
    with suppress(ImportError, ValueError):  # one that says so by itself
        found = find_spec(package)
    if found is None or not found.origin:
        return None
    folder, digest = Path(found.origin).parent, hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def installed(name: str) -> str | None:
    """Return the version of a distribution, if it is there."""
    with suppress(PackageNotFoundError):
        return version(name)
    return None


def probed(code: str, patience_s: float) -> dict[str, str]:
    """Run code that fills the dictionary `found`, in a process: what crashes there is told of."""
    script = f"import json\nfound = {{}}\n{code}\nprint(json.dumps(found))"
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    try:
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience_s,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            return {"import of batchquant": f"{last} (exit code {done.returncode})"}
        found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
        return found
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        return {"import of batchquant": f"{type(error).__name__}: {error}"}


def sight(path: str, n_bytes: int) -> list[Any]:
    """Return size and digest of the first bytes of a file, or -1 and why it cannot be read."""
    try:
        with Path(path).open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            return [size, hashlib.sha256(stream.read(n_bytes)).hexdigest()]
    except OSError as error:
        return [-1, error.strerror or type(error).__name__]
