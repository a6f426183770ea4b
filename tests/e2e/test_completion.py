"""What a shell completes, and the examples in the help texts."""

import os
import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete
from documents import TEXTS
from programs import need

from batchquant.cli.main import COMMANDS, commands


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_ends_with_an_example(name):
    context = click.Context(commands.get_command(None, name), info_name=name)
    told, _, options = context.get_help().rpartition("\n\nOptions:\n")
    assert "--help" in options
    title, *examples = told.split("\n\n")[-1].splitlines()
    assert title == ("  Example:" if len(examples) == 1 else "  Examples:")
    assert all(line.startswith(f"    batchquant {name}") for line in examples)


COMPLETE = """
eval "$(_BATCHQUANT_COMPLETE=bash_source batchquant)"
[[ $(complete -p batchquant) =~ -F\\ ([^ ]+) ]]
COMP_WORDS=(batchquant ru) COMP_CWORD=1
${BASH_REMATCH[1]} batchquant
echo "${COMPREPLY[@]}"
"""


def test_bash_completes_a_command(workplace):
    command = workplace.path / "bin" / "batchquant"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m batchquant "$@"\n')
    command.chmod(0o755)
    done = subprocess.run(
        [need("bash", package="bash"), "-c", COMPLETE],
        env=os.environ | {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "run\n", "")


def test_completion_asks_for_nothing_that_is_missing(monkeypatch):
    """A terminal is there, but the shell reads it: a question would wait for ever."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.prompt", lambda *args, **options: pytest.fail("asked"))
    shell = ShellComplete(commands, {}, "batchquant", "_BATCHQUANT_COMPLETE")
    found = shell.get_completions(["image", "--init"], "km")
    assert [item.value for item in found] == ["kmeans++"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_documents_tell_each_shell_what_completes(shell, workplace):
    assert f"_BATCHQUANT_COMPLETE={shell}_source batchquant" in TEXTS["commands"]
    environment = os.environ | {"_BATCHQUANT_COMPLETE": f"{shell}_source"}
    told = workplace.run(env=environment).stdout
    assert f"_BATCHQUANT_COMPLETE={shell}_complete" in told


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["ru"], "plain,run"),
        (["run", "--dry"], "plain,--dry-run"),
        (["run", "jo"], "file,jo"),
        (["verify", "ou"], "file,ou"),
        (["init", "ph"], "dir,ph"),
    ],
)
def test_files_and_folders_are_completed(words, completed, workplace):
    environment = os.environ | {
        "_BATCHQUANT_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["batchquant", *words]),
        "COMP_CWORD": str(len(words)),
    }
    assert workplace.run(env=environment).stdout == f"{completed}\n"
