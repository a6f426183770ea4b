"""``batchquant help``."""

from typing import TYPE_CHECKING

import click

from batchquant.cli.phrases import heading
from batchquant.errors import UsageError

if TYPE_CHECKING:
    from batchquant.jobfile.explain import Explanation


@click.command("help")
@click.argument("topic", required=False, metavar="[COMMAND|KEY]")
@click.pass_context
def command(ctx: click.Context, topic: str | None) -> None:
    """Explain a command, or a key of job files.

    Of a key: what it means, its default, and how it is written.

    \b
    Examples:
      batchquant help
      batchquant help run
      batchquant help k
    """
    root = ctx.find_root()
    assert isinstance(root.command, click.Group)
    if topic is None:
        click.echo(root.get_help())
        return
    named = root.command.get_command(root, topic)
    if named is not None:
        click.echo(click.Context(named, info_name=topic, parent=root).get_help())

    from batchquant.cli.suggestions import suggest_commands
    from batchquant.jobfile.explain import explain, keys

    explanation = explain(topic)
    if explanation is not None:
        if named is not None:
            click.echo()
        _tell(explanation)
    elif named is None:
        from batchquant.jobfile.near import near_key

        told = near_key(topic, keys()) or suggest_commands(topic) or "All commands: batchquant help"
        raise UsageError(f"{topic!r} is neither a command nor a key of job files. {told}")


def _tell(explanation: "Explanation") -> None:
    where = explanation.where and f", {explanation.where}"
    click.echo(heading(f"{explanation.key}: a key of job files{where}"))
    click.echo(click.wrap_text(explanation.meaning, 80, "  ", "  "))
    if explanation.choices:
        click.echo(f"Choices: {', '.join(explanation.choices)}")
    is_required = explanation.default.startswith("required")
    click.echo(
        f"{explanation.default.capitalize()}" if is_required else f"Default: {explanation.default}"
    )
    click.echo(f"Example: {explanation.example}")
