"""What decoders say of a file that they cannot read → what a person understands."""

import re

ENDS_EARLY = "the file ends too early"
ENDS = re.compile(
    r"truncated|ends too early|not enough (image )?data|image was incomplete"
    r"|(premature|unexpected) end|end of file",
    re.IGNORECASE,
)
PIXELS = re.compile(
    r"data stream|decoder error|decode image data|buffer is not large", re.IGNORECASE
)
KIND = re.compile(r"unsupported|not supported|unknown|unavailable", re.IGNORECASE)


def in_plain_words(told: str) -> str:
    """Say what is wrong with a file by what a decoder says; that stands behind where it says more.

    >>> in_plain_words("image file is truncated (32 bytes not processed)")
    'the file ends too early'
    >>> in_plain_words("broken data stream when reading image file")
    'its pixels are damaged (broken data stream when reading image file)'
    """
    if ENDS.search(told):
        return ENDS_EARLY
    what = "its pixels are damaged" if PIXELS.search(told) else "its content is damaged"
    if KIND.search(told):
        what = "it is of a kind that is not read"
    return f"{what} ({told})" if told else what
