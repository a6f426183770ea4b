"""`batchquant serve`, started as a person would, and how tests ask it."""

import http.client
import os
import re
import signal
import socket
import subprocess
from contextlib import contextmanager, suppress

from patience import promised
from workplaces import COMMAND

PRIVATE = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]+)")


class Served:
    """A server and its link."""

    def __init__(self, process, said):
        self.process, self.said = process, said
        port, self.token = PRIVATE.search(said).groups()
        self.port, self.link = int(port), PRIVATE.search(said).group()

    def ask(self, path, method="GET", **headers):
        """Ask as who has the token; the answer and its content."""
        return self.ask_plainly(
            path, method, **{"Authorization": f"Bearer {self.token}", **headers}
        )

    def ask_plainly(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=sent)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def status(self, path, **headers):
        return self.ask(path, **headers)[0].status

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def send(self, content):
        """Send bytes as they are, and return all that comes until the connection ends.

        Whoever is refused may be cut off before all is sent.
        """
        answered = bytearray()
        with self.connect() as connection:
            with suppress(OSError):
                connection.sendall(content)
                connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                while part := connection.recv(65536):
                    answered += part
        return bytes(answered)

    def end(self, signum=signal.SIGINT):
        """Tell it to end, and return how it did."""
        self.process.send_signal(signum)
        with promised(5):
            output, errors = self.process.communicate()
        return self.process.returncode, output, errors


@contextmanager
def served(workplace, *arguments, output="out", before=(), env=os.environ):
    """Serve the page of an output folder until the block ends."""
    process = subprocess.Popen(
        [*before, *COMMAND, "serve", output, *arguments],
        cwd=workplace.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        env=env,
    )
    try:
        with promised(30):
            said = process.stdout.readline() + process.stdout.readline()
        assert PRIVATE.search(said), said + process.stderr.read()
        yield Served(process, said)
    finally:
        process.kill()
        process.communicate()
