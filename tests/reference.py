"""``make docs``: what of the documents is written by the code itself, between marks in them."""

import inspect
import re
from pathlib import Path

import click

from batchquant.cli.main import COMMANDS, commands
from batchquant.jobfile.schema import job_file_schema
from batchquant.report.page.advice import ABSENT, ADVICE, UNDRAWN

DOCS = Path(__file__).parents[1] / "docs"
REMARK = re.compile(r"^(batchquant .*?\S) {3,}")
MARKED = re.compile(r"(<!-- by `make docs`: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def commands_told():
    """Every command as its ``--help`` has it."""
    context = click.Context(commands, info_name="batchquant")
    for name in COMMANDS:
        command = commands.get_command(context, name)
        own = click.Context(command, info_name=name, parent=context)
        yield f"### {name}"
        yield ""
        yield f"`{command.get_usage(own).removeprefix('Usage: ')}`"
        yield ""
        yield from _paragraphs(command.help)
        everywhere = {parameter.name for parameter in commands.params}
        options = [
            parameter
            for parameter in command.params
            if isinstance(parameter, click.Option)
            and not parameter.hidden
            and parameter.name not in everywhere
        ]
        rows = [option.get_help_record(own) for option in options]
        if any(rows):
            yield "| Option | |"
            yield "|---|---|"
            yield from (
                f"| `{_cell(names)}` | {_cell(told)} |" for names, told in filter(None, rows)
            )
            yield ""


def _paragraphs(text):
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b\n"):
            _, *lines = paragraph.split("\n")[1:]  # the first one is "Examples:"
            yield from (
                "```sh",
                *(REMARK.sub(r"\1  # ", line.strip()) for line in lines),
                "```",
                "",
            )
        else:
            yield from (_cell(paragraph), "")


def keys_told():
    """Every key of a job file, from the model."""
    yield "| Key | Default | |"
    yield "|---|---|---|"
    for key, schema in job_file_schema()["properties"].items():
        default = schema.get("default", "")
        default = " ".join(map(str, default)) if isinstance(default, list) else default
        default = str(default).removesuffix(".0").replace("False", "false")
        shown = f"`{default}`" if default else ""
        words = _words(schema)
        choices = f" Choices: {', '.join(f'`{word}`' for word in words)}." if words else ""
        yield f"| `{key}` | {shown} | {_cell(schema['description'])}{choices} |"


def _words(schema):
    forms = [schema, *schema.get("anyOf", ())]
    return next((form["enum"] for form in forms if "enum" in form), [])


def reasons_told():
    """Classes of reasons for failure, and what to do about each."""
    yield "| Word | Heading | What to do |"
    yield "|---|---|---|"
    for word, (heading, advice) in ADVICE.items():
        begins = "unreadable" if word == "truncated" else word  # the rest of the reason tells
        yield f"| `{begins}` | {heading} | {_cell(advice)} |"


def beside_told():
    """What stands beside the failures of pictures."""
    for heading, advice in (ABSENT, UNDRAWN):
        yield f"- **{heading}.** {_cell(advice)}"


def _cell(text):
    return " ".join(text.replace("|", "\\|").split())


PARTS = {
    "commands": commands_told,
    "keys": keys_told,
    "reasons": reasons_told,
    "beside": beside_told,
}


def written(text):
    """Return a document with what the code says between its marks."""
    return MARKED.sub(
        lambda found: "\n".join([found[1].rstrip("\n"), "", *PARTS[found[2]](), "", found[3]]), text
    )


if __name__ == "__main__":
    for path in sorted(DOCS.glob("*.md")):
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
