"""Names of files as text: what is no Unicode, and what would steer a terminal, is escaped."""

import unicodedata

JOINERS = "\u200c\u200d"  # of Persian words, of emoji: they print nothing, and shape what does


def escape(text: str) -> str:
    """Write what does not print as its escape, as ``ls`` does; spaces of every width stay."""
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if (
        character.isprintable()
        or character in JOINERS
        or unicodedata.category(character) == "Zs"  # in Japanese names, and screenshots of macOS
    ):
        return character
    return character.encode("unicode_escape").decode()


def printable(name: str) -> str:
    r"""Make a file name valid Unicode: bytes that are not UTF-8 become ``\xNN``."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
