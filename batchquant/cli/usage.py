"""What click says of a command line → what we say of it: where, what is wrong, how to mend it."""

import re

import click

NO_VALUE = re.compile(r"Option '([^']+)' requires an argument\.")
TOO_MANY = re.compile(r"Got unexpected extra arguments? \((.*)\)")
NOT_A_FOLDER = re.compile(r"Directory '(.*)' is a file\.")
NOT_A_FILE = re.compile(r"File '(.*)' is a directory\.")


def explain(error: click.UsageError) -> str:
    """Say in plain words what click found; what it says otherwise stays as it is."""
    told = error.message
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return f"{error.param.human_readable_name}: missing."
    if isinstance(error, click.BadParameter) and error.param is not None:
        if found := NOT_A_FOLDER.fullmatch(told):
            return f"{found[1]}: a file, not a folder."
        if found := NOT_A_FILE.fullmatch(told):
            return f"{found[1]}: a folder, not a file."
        value, is_not, _ = told.partition(" is not ")
        if is_not and (wanted := _wanted_of(error.param.type)):
            value = value.strip("'")
            return f"{error.param.opts[0]} {value}: '{value}' does not work here. Write {wanted}."
    if found := NO_VALUE.fullmatch(told):
        return f"{found[1]}: no value."
    if found := TOO_MANY.fullmatch(told):
        return f"{found[1]}: more than this command takes."
    return error.format_message()


def _wanted_of(kind: object) -> str | None:
    if isinstance(kind, click.Choice):
        *others, last = map(str, kind.choices)
        return f"{', '.join(others)} or {last}"
    if isinstance(kind, click.IntRange):
        to = "up" if kind.max is None else f"to {kind.max}"
        return f"a whole number from {kind.min} {to}"
    return None
