"""``batchquant completion``."""

import os
from pathlib import Path

import click

from batchquant.errors import UsageError

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS), required=False)
def command(shell: str | None) -> None:
    """Print what lets a shell complete commands by Tab.

    Options and names of files, too. SHELL is bash (4.4 or newer), zsh or fish; default: the one
    you have.

    \b
    Examples:
      batchquant completion bash >> ~/.bashrc
      batchquant completion zsh >> ~/.zshrc      below compinit
      batchquant completion fish > ~/.config/fish/completions/batchquant.fish
    """
    from click.shell_completion import get_completion_class

    from batchquant.cli.main import commands

    shell = shell or Path(os.environ.get("SHELL", "")).name
    kind = get_completion_class(shell) if shell in SHELLS else None
    if kind is None:
        raise UsageError(f"Name your shell: {', '.join(SHELLS[:-1])} or {SHELLS[-1]}.")
    click.echo(kind(commands, {}, "batchquant", "_BATCHQUANT_COMPLETE").source(), nl=False)
