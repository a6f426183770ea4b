"""A command as a value of a job file: words, since there is no shell."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from batchquant.jobfile.values import OneOrMany, expecting, wrong

EXPECTED = "a command as a list of words, such as [notify-send, finished]"


def _check_word(word: str) -> str:
    """Refuse what no program can be given."""
    if "\0" in word:
        raise ValueError
    return word


def _be_in_words(value: object) -> object:
    """Refuse a command in one text: its spaces may be of a name."""
    if isinstance(value, str) and len(value.split()) > 1:
        raise wrong(EXPECTED, told="there is no shell that parts a text into words.")
    return value


def _name_a_program(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words[0].strip():
        raise wrong(EXPECTED)
    return words


Word = Annotated[str, AfterValidator(_check_word), expecting("a word", text="a word")]
Command = Annotated[
    tuple[Word, ...],
    Field(min_length=1),
    AfterValidator(_name_a_program),
    OneOrMany(),
    BeforeValidator(_be_in_words),
]
