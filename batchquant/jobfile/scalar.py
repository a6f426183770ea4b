"""A word of a YAML file → the value it looks like, or a `Surprise`; and back, for messages."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

MAX_SHOWN = 60  # characters of a value that a message quotes
MAX_SURPRISE = 64  # characters; longer ones are refused as what they are, text
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,29})")
DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,29})\.[0-9]{1,30}")
WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
SURPRISING = re.compile(
    r"""(?ix) (?-i: yes | Yes | YES | no | No | NO | on | On | ON | off | Off | OFF )
      | [-+]? 0[0-9_]+                      # octal to YAML 1.1
      | [-+]? 0[xob][0-9a-f_]+
      | [-+]? [0-9]+ (_[0-9]+)+             # digits in groups
      | [-+]? [0-9]+ (:[0-5]?[0-9])+ (\.[0-9]*)?   # base 60 to YAML 1.1
      | [-+]? ([0-9]+ \.? [0-9]* | \.[0-9]+) e [-+]?[0-9]+   # text to YAML 1.1, a number to 1.2
      | [-+]? ( \.[0-9]+ | [0-9]+\. )
      | [-+]? \.inf | \.nan
    """
)


@dataclass(frozen=True, slots=True)
class Surprise:
    """A plain word that YAML reads as something else than it looks like: ``010`` is 8.

    It is no number and no text: whoever expects either refuses it, and the person decides.
    """

    text: str

    def reading(self) -> str:
        """Say what YAML makes of it."""
        try:
            reading = yaml.safe_load(self.text)
        except ValueError:
            return "YAML cannot read it"
        if isinstance(reading, str):
            return "YAML 1.1 reads it as text, YAML 1.2 as a number"
        return f"YAML reads it as {str(reading).lower()}"


def read_scalar(text: str, *, is_plain: bool) -> object:
    """Read a scalar as it looks; in quotes it is text, whatever it says.

    >>> [read_scalar(text, is_plain=True) for text in ("10", "0.5", "true", "~", "cat")]
    [10, 0.5, True, None, 'cat']
    >>> read_scalar("010", is_plain=True), read_scalar("010", is_plain=False)
    (Surprise(text='010'), '010')
    """
    if not is_plain:
        return text
    if INTEGER.fullmatch(text):
        return int(text)
    if DECIMAL.fullmatch(text):
        return float(text)
    if text in WORDS:
        return WORDS[text]
    if text in NOTHING:
        return None
    is_surprising = len(text) <= MAX_SURPRISE and SURPRISING.fullmatch(text)
    return Surprise(text) if is_surprising else text


def describe(value: object) -> str:
    """Name a value as a person sees it in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, tuple):
        return "a list" if value else "an empty list"
    if isinstance(value, bool):
        return str(value).lower()
    text = value.text if isinstance(value, Surprise) else str(value)
    if len(text) > MAX_SHOWN:
        text = text[:MAX_SHOWN] + "..."
    return repr(text) if isinstance(value, str | Path | Surprise) else text
