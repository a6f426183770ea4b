"""README and what lies in docs, as tests read them."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PATHS = (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md")))
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in PATHS}


def blocks(text, language):
    """All blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def section(name, heading):
    """What stands below a heading of a document, up to the next of its rank."""
    _, _, rest = TEXTS[name].partition(f"{heading}\n")
    assert rest, f"{name}: no {heading}"
    return rest.partition(f"\n{heading.partition(' ')[0]} ")[0]


def block_with(name, language, words):
    """The one block of a document that holds these words."""
    (found,) = [block for block in blocks(TEXTS[name], language) if words in block]
    return found


def recipes(name):
    """The job files of a document that begin with the name of their file, by that name."""
    found = (re.match(r"# ([\w-]+\.yaml)\n", block) for block in blocks(TEXTS[name], "yaml"))
    return {match[1]: match.string for match in found if match}
