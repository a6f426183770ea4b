import signal
import subprocess
import sys

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


def test_the_second_signal_may_end_the_process():
    code = (
        "import signal; from batchquant.signals import Stop; stop = Stop(signal.SIGTERM)\n"
        "with stop:\n"
        "    signal.raise_signal(signal.SIGTERM); print(stop.signum, flush=True)\n"
        "    signal.raise_signal(signal.SIGTERM); print('outlived')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGTERM, "15\n", "")


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


def test_a_wish_needs_no_signal():
    stop = Stop()
    assert not stop.is_wanted()
    stop.wish()
    assert (stop.is_wanted(), stop.signum) == (True, None)
