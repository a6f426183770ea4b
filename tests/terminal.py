"""The command on a pseudo-terminal, as a person has it."""

import fcntl
import os
import pty
import struct
import sys
import termios


def start_on_terminal(arguments, cwd, size=(24, 80), before=()):
    """Start the command on a terminal of some rows and columns; its process id and the terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        command = [*before, sys.executable, "-m", "batchquant", *arguments]
        os.execvp(command[0], command)
    return pid, terminal


def read_all(terminal):
    """What a terminal shows until its last process is gone."""
    shown = bytearray()
    try:
        while content := os.read(terminal, 65536):
            shown += content
    except OSError:  # how Linux tells the end
        pass
    return shown.decode()


def on_terminal(arguments, cwd, typed="", size=(24, 80)):
    """Run the command on a terminal and return its exit code and what it showed."""
    pid, terminal = start_on_terminal(arguments, cwd, size)
    os.write(terminal, typed.encode())
    shown = read_all(terminal)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown
