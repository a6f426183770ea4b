"""Names of files as they are shown: what would steer a terminal is text."""

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
