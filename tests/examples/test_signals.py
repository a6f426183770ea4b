import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from patience import promised
from processes import need_signal

from batchquant.engine.signals import Stop, held_back


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
        "import signal; from batchquant.engine.signals import Stop; stop = Stop(signal.SIGTERM)\n"
        "with stop:\n"
        "    signal.raise_signal(signal.SIGTERM); print(stop.signum, flush=True)\n"
        "    signal.raise_signal(signal.SIGTERM); print('outlived')\n"
    )
    with promised(60):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
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


def test_a_signal_that_another_thread_gets_is_held_back_too():
    over, reached = threading.Event(), False
    other = threading.Thread(target=over.wait)
    other.start()
    with pytest.raises(HeardError), held_back(signal.SIGINT):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
        reached = True
    over.set()
    other.join()
    assert reached


def test_of_two_blocks_the_outer_one_counts():
    reached = False
    with pytest.raises(HeardError), held_back(signal.SIGINT):
        with held_back(signal.SIGINT):
            signal.raise_signal(signal.SIGINT)
        reached = True
    assert reached
    with pytest.raises(HeardError):
        signal.raise_signal(signal.SIGINT)


def test_outside_the_main_thread_the_handler_is_left_alone():
    seen = []

    def work():
        with held_back(signal.SIGINT):
            seen.append(signal.getsignal(signal.SIGINT))

    other = threading.Thread(target=work)
    other.start()
    other.join()
    assert seen == [signal.getsignal(signal.SIGINT)]


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with held_back(signal.SIGHUP), Stop(signal.SIGHUP) as stop:
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            signal.raise_signal(signal.SIGHUP)
        assert not stop.is_wanted()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_of_a_terminal_that_closes_several_tell():
    need_signal(signal.SIGHUP)
    with Stop(signal.SIGHUP) as stop:
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
    assert stop.signum == signal.SIGHUP


def test_a_wish_needs_no_signal():
    stop = Stop()
    assert not stop.is_wanted()
    stop.wish()
    assert (stop.is_wanted(), stop.signum) == (True, None)
