"""Options that stand before the command or behind it, as people happen to type them."""

import os
from typing import Any

import click

COLORS = ("auto", "always", "never")


def common_options(*, hidden: bool = False) -> list[click.Option]:
    """Return --debug, --color, --quiet and --verbose, which the command itself does not get."""

    def option(*flags: str, **settings: Any) -> click.Option:
        return click.Option(
            flags, expose_value=False, callback=_note, hidden=hidden, is_eager=True, **settings
        )

    return [
        option("--debug", is_flag=True, help="Show tracebacks of errors."),
        option(
            "--color",
            type=click.Choice(COLORS),
            help="Whether to color what is printed; auto: on terminals. Default: auto.",
        ),
        option("-q", "--quiet", is_flag=True, help="Print failures and errors only."),
        option(
            "-v",
            "--verbose",
            is_flag=True,
            help="Print more of what is made.",
        ),
    ]


def add_common_options(command: click.Command) -> click.Command:
    """Let a command take what stands behind it as if it stood before; what it has is its own."""
    taken = {flag for parameter in command.params for flag in parameter.opts}
    for option in common_options(hidden=command.name not in ("run", "image")):
        if taken.isdisjoint(option.opts):
            command.params.append(option)
    return command


def is_set(ctx: click.Context, name: str) -> bool:
    """Tell whether a common option was given, wherever."""
    return bool(ctx.find_root().meta.get(f"{__name__}.{name}"))


def _note(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        ctx.meta[f"{__name__}.{param.name}"] = value  # which all contexts of a command line share
    if param.name == "color" and not ctx.resilient_parsing:
        _choose_colors(ctx, value)


def _choose_colors(ctx: click.Context, chosen: str | None) -> None:
    """Set what click looks at when it prints; None lets it ask whether a terminal reads."""
    if chosen == "auto":
        ctx.color = None
    elif chosen is not None:
        ctx.color = chosen == "always"
    elif ctx.parent is None and os.environ.get("NO_COLOR"):  # https://no-color.org
        ctx.color = False
    elif ctx.parent is None and os.environ.get("FORCE_COLOR"):  # https://force-color.org
        ctx.color = True
