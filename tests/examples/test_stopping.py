import errno
import os

import pytest

from batchquant.steps.stopping import OF_SYSTEM, reason_of


@pytest.mark.parametrize("code", OF_SYSTEM)
def test_what_the_system_says_of_a_picture_is_said_in_plain_words(code):
    told = reason_of(OSError(code, os.strerror(code)))
    assert told == f"unreadable: {OF_SYSTEM[code]} ({os.strerror(code)})"


def test_what_is_in_our_words_or_in_none_stays():
    assert reason_of(OSError(errno.EIO, "the server is away")) == "unreadable: the server is away"
    assert reason_of(OSError("?")) == "unreadable: the system does not say why"
