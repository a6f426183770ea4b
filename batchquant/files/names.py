"""Names of files as text: what is no Unicode, and what would steer a terminal, is escaped."""

import unicodedata

JOINERS = "\u200c\u200d"  # of Persian words, of emoji: they print nothing, and shape what does


def escape(text: str) -> str:
    r"""Write characters that do not print as their escapes, as ``ls`` does.

    Parameters
    ----------
    text : str
        Any text, of a name or with names in it.

    Returns
    -------
    str
        In one line. Spaces of every width stay: Japanese names have them, and screenshots of
        macOS.

    Examples
    --------
    >>> escape("Grüße\n\x1b]0;title\x07.png")
    'Grüße\\n\\x1b]0;title\\x07.png'
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if (
        character.isprintable()
        or character in JOINERS
        or unicodedata.category(character) == "Zs"  # what is wider or narrower than a space
    ):
        return character
    return character.encode("unicode_escape").decode()


def printable(name: str) -> str:
    r"""Make any file name valid Unicode.

    Parameters
    ----------
    name : str
        As the operating system gave it, with lone surrogates for bytes that are not UTF-8.

    Returns
    -------
    str
        The same, with such bytes as ``\xNN``.
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
