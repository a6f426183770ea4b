"""What somebody typed in place of a command → what was meant."""

import difflib
import shlex
from pathlib import Path

from batchquant.cli.named import SUFFIXES

SAID_ELSEWHERE = {
    "start": "run",
    "execute": "run",
    "resume": "run",
    "continue": "run",
    "new": "init",
    "create": "init",
    "validate": "check",
    "lint": "check",
    "dry-run": "plan",
    "estimate": "plan",
    "progress": "status",
    "errors": "failed",
    "failures": "failed",
    "page": "open",
    "view": "open",
    "show": "open",
    "html": "report",
    "clean": "prune",
    "cleanup": "prune",
    "quantize": "image",
    "convert": "image",
    "picture": "image",
    "photo": "image",
    "single": "image",
    "version": "--version",
}
"""What comes to mind in place of our commands."""


def suggest_commands(word: str) -> str:
    """Say what was meant, or nothing: a command, or a file or folder without one before it."""
    from batchquant.cli.main import COMMANDS

    near = SAID_ELSEWHERE.get(word.lower())
    near = near or next(iter(difflib.get_close_matches(word.lower(), COMMANDS, n=1)), None)
    path, named = Path(word), shlex.quote(word)
    if path.suffix.lower() in SUFFIXES:
        return f"To do what a job file says: batchquant run {named}"
    if path.is_dir():
        return f"To write a job file for a folder: batchquant init {named}"
    if path.is_file():
        return f"To show one picture in a few colors: batchquant image {named} -k 5"
    return f"Did you mean: batchquant {near}" if near else ""
