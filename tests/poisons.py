"""Functions for worker processes to meet a mishap in."""

import ctypes
import itertools
import os
import random
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection

from patience import FOREVER_S

KILLED = "its process was ended by SIGKILL (the system does that when memory runs out)"
LOST = "worker_died: {}, also when tried alone"


def kill_self(signum=signal.SIGKILL):
    os.kill(os.getpid(), signum)


def hang():
    """Sleep in C, with all signals blocked."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    ctypes.CDLL(None).sleep(int(FOREVER_S))


def send_half(connection, content, *_):
    os.write(connection.fileno(), bytes(content)[: len(content) // 2])
    kill_self()


def work(item):
    match item.split()[0]:
        case "kill":
            kill_self()
        case "crash":
            kill_self(signal.SIGSEGV)
        case "exit":
            os._exit(3)
        case "sys.exit":
            sys.exit(4)
        case "hang":
            hang()
        case "stop":
            kill_self(signal.SIGSTOP)
        case "spin":  # in C, where Python hears no signal
            sum(itertools.repeat(0))
        case "burn":
            begin = time.process_time()
            while time.process_time() - begin < float(item.split()[1]):
                pass
        case "hog":
            bytearray(b"x") * 300_000_000
            kill_self()
        case "send":
            Connection._send = send_half
            return bytes(100_000)
        case "silence":
            os.closerange(3, 100)
            hang()
        case "nap":
            time.sleep(0.3)
            return os.getpid()
    time.sleep(0.01)
    return item


def note_and_work(item):
    """Leave a line for each time that an item is begun."""
    log, item = item
    with log.open("a") as stream:
        stream.write(f"{item}\n")
    return work(item)


def die_once(path):
    """Kill the worker, unless an earlier one did so."""
    if not path.exists():
        path.touch()
        kill_self()
    return path.name


def give_and_die(n_parts, give):
    for number in range(n_parts):
        give(number)
    kill_self()


def answer_and_die_idle(seconds):
    threading.Timer(0.1, kill_self).start() if seconds == 0 else time.sleep(seconds)
    return seconds


def answer_large(number):
    time.sleep(random.random() / 50)
    return number, bytes(100_000)
