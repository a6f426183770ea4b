"""What processes ask the kernel for."""

import subprocess

import pytest
from programs import need


class Trace:
    """What all processes of a run asked the kernel for, in the order in which it was done.

    But for now.json, which has a clock of its own and need not outlive anything.
    """

    def __init__(self, text):
        calls = []
        begun = {}
        for line in text.splitlines():
            pid, rest = line.split(maxsplit=1)
            if rest.endswith("<unfinished ...>"):
                begun[pid] = rest.removesuffix("<unfinished ...>").rstrip()
            elif rest.startswith("<... "):
                calls.append(begun.pop(pid) + rest.partition("resumed>")[2].lstrip())
            else:
                calls.append(rest)
        self.calls = [call for call in calls if "now.json" not in call]

    def first(self, *parts, since=0):
        """The position of the first call, from one on, that holds all parts."""
        return next(
            position
            for position in range(since, len(self.calls))
            if all(part in self.calls[position] for part in parts)
        )


def tracing(calls):
    """The command that traces another into a file, `trace`; skips where that is not allowed."""
    strace = need("strace", package="strace")
    if subprocess.run([strace, "-f", "true"], capture_output=True, check=False).returncode:
        pytest.skip("tracing is not allowed here")
    return [strace, "-f", "-y", "-qq", "-s", "100000", "-e", f"trace={calls}", "-o", "trace"]
