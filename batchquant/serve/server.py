"""A small server for one output folder: threads, few connections, and no patience for the slow."""

import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from threading import Lock
from typing import Any

from batchquant.errors import MachineError, UsageError
from batchquant.files.output_bucket import bucket_of_output
from batchquant.run.status import look_at
from batchquant.serve.access import Access
from batchquant.serve.answers import Answers

MAX_CONNECTIONS = 64  # a browser opens six
EVERYWHERE = ("0.0.0.0", "::")  # which no browser can go to
HEAD_S = 10.0  # for a request to arrive


class PageServer(ThreadingMixIn, TCPServer):
    """Serves the page of an output folder until the process is told to stop.

    Parameters
    ----------
    output : pathlib.Path
        The output folder; nothing is written into it.
    folder : pathlib.Path
        An empty one for what is drawn.
    host, port
        Where to listen; port 0 is any that is free.
    tell_fault : callable
        Called with what went wrong by our fault, in any thread.

    Raises
    ------
    UsageError
        If nothing has run into the folder, or its outputs lie in a bucket.
    MachineError
        If there is nothing to listen at, or somebody else does.
    """

    daemon_threads = True  # a download does not keep the process
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = MAX_CONNECTIONS

    def __init__(
        self,
        output: Path,
        folder: Path,
        *,
        host: str,
        port: int,
        tell_fault: Callable[[BaseException], None],
    ) -> None:
        _refuse_bucket(output)
        look_at(output)  # whether anything has run into it, before anybody opens a browser
        self._tell_fault = tell_fault
        self._lock = Lock()
        # Each connection with the time until which the head of its next request has to be there;
        # None while it is answered.
        self._open: dict[socket.socket, float | None] = {}
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            self.address_family, *_, address = found[0]
            super().__init__(address[:2], Request)  # type: ignore[arg-type]  # of IPv6 it is four
        except (OSError, OverflowError) as error:
            told = error if isinstance(error, OSError) else OSError(0, str(error))
            raise MachineError.of(f"{host}, port {port}: cannot listen there", told) from error
        port = self.server_address[1]
        self.access = Access(host, port)
        self.answers = Answers(output, folder)
        name = socket.gethostname() if host in EVERYWHERE else host
        self._place = f"http://{f'[{name}]' if ':' in name else name}:{port}/"
        self.link = f"{self._place}?token={self.access.token}"

    def link_for_once(self) -> str:
        """Return a link that is good once: what a browser is started with, others can read."""
        return f"{self._place}?token={self.access.token_for_once()}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection in a thread; where there are many, who has waited longest leaves."""
        with self._lock:
            waiting = {each: at for each, at in self._open.items() if at is not None}
            is_full = len(self._open) >= MAX_CONNECTIONS
            if is_full and waiting:
                longest = min(waiting, key=waiting.__getitem__)
                del self._open[longest]
                _end(longest)
            if not is_full or waiting:
                self._open[request] = time.monotonic() + HEAD_S
        if request in self._open:
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection, and end it."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """End connections whose request does not arrive; called by `serve_forever`."""
        now = time.monotonic()
        with self._lock:
            for request, until in self._open.items():
                if until is not None and now > until:
                    _end(request)

    def note(self, request: socket.socket, *, is_waited_for: bool) -> None:
        """Note whether the next request of a connection is waited for, or the last is answered."""
        with self._lock:
            if request in self._open:
                self._open[request] = time.monotonic() + HEAD_S if is_waited_for else None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell what was our fault: that somebody has left, or is too slow, is not."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError | TimeoutError):
            self._tell_fault(error)


class Request(BaseHTTPRequestHandler):
    """Reads the requests of a connection, and sends what `Answers` has for them."""

    protocol_version = "HTTP/1.1"
    timeout = 20  # seconds for 64 kB to go: half of what the slowest modem took
    server: PageServer

    def handle_one_request(self) -> None:
        """Wait for a request, and answer it."""
        self.server.note(self.connection, is_waited_for=True)
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Read the head of a request."""
        is_good = super().parse_request()
        self.server.note(self.connection, is_waited_for=False)
        return is_good

    def do_GET(self) -> None:
        """Answer a request."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer the same without what it is about."""
        self._answer()

    def _answer(self) -> None:
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # what follows is not read, and no request
        answer = self.server.answers.answer(self.path, self.headers, self.server.access)
        with answer:
            self._send(answer.status, answer.headers)
            if self.command != "HEAD":
                for part in answer.parts():
                    self.wfile.write(part)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what http.server refuses by itself: no pages of its own, with what was sent."""
        self.close_connection = True
        headers = {"Content-Length": "0", "Connection": "close"}
        with suppress(OSError):
            self._send(int(code), headers)

    def _send(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection and "Connection" not in headers:
            self.send_header("Connection", "close")
        self.end_headers()

    def version_string(self) -> str:
        """Say who answers, and no versions."""
        return "batchquant"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing: there are tokens in it."""


def _refuse_bucket(output: Path) -> None:
    bucket = bucket_of_output(output)
    if bucket is not None:
        raise UsageError(
            f"{output}: what is made lies in {bucket.place}, and so does the page; only folders"
            " are served. How such a run gets on: batchquant status"
        )


def _end(request: socket.socket) -> None:
    """Let the thread of a connection come to an end."""
    with suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)
