import signal

import pytest

from batchquant.signals import Stop, held_back


class HeardError(Exception):
    pass


@pytest.fixture(autouse=True)
def raise_on_signal():
    def handler(signum, frame):
        raise HeardError

    before = signal.signal(signal.SIGINT, handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_signal_is_a_wish_and_the_second_is_heard():
    with pytest.raises(HeardError), Stop(signal.SIGINT) as stop:
        assert not stop.is_wanted()
        signal.raise_signal(signal.SIGINT)
        assert stop.is_wanted()
        assert stop.signum == signal.SIGINT
        signal.raise_signal(signal.SIGINT)


def test_behind_the_block_signals_are_heard_as_before():
    with Stop(signal.SIGINT):
        pass
    with pytest.raises(HeardError):
        signal.raise_signal(signal.SIGINT)


def test_a_signal_held_back_is_delivered_behind_the_block():
    reached = False
    with pytest.raises(HeardError), held_back(signal.SIGINT):
        signal.raise_signal(signal.SIGINT)
        reached = True
    assert reached
