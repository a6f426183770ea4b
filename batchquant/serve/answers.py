"""What is asked for → what is answered, with what a browser may do with it."""

import math
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from io import BufferedReader
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Generic, Self, TypeVar
from urllib.parse import quote, urlsplit

from batchquant.errors import BatchquantError
from batchquant.files.names import escape
from batchquant.report.page.beside import PageBeside
from batchquant.report.page.build import INDEX
from batchquant.serve.access import Access
from batchquant.serve.glance import glance_at
from batchquant.serve.shown import TYPES, UNKNOWN, may_be_shown, open_inside, path_of, type_of

LIVE = "_run/live.json"
CHUNK = 65536
EVERY_S = 1.0  # that page and figures are made anew at most
PAUSE = 5  # times the duration of the last time: so they take a sixth of a core at most
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page runs its own scripts, and no others; nothing of it goes to another place."""
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
PDF_POLICY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)
"""In a sandbox browsers show no PDF."""
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # of the first address, which has the token
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
Made = TypeVar("Made")


@dataclass(slots=True)
class Answer:
    """What is sent; a context manager, since there may be an open file."""

    status: int
    headers: dict[str, str]
    content: bytes = b""
    file: BufferedReader | None = None
    n_bytes: int = 0  # of the file, from where it stands

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.file is not None:
            self.file.close()

    def parts(self) -> Iterator[bytes]:
        """Yield the content, a part at a time; raises ConnectionError if the file has shrunk."""
        if self.file is None:
            yield self.content
            return
        left = self.n_bytes
        while left:
            part = self.file.read(min(left, CHUNK))
            if not part:
                raise ConnectionError("the file has shrunk: what is left cannot be sent")
            left -= len(part)
            yield part


class Answers:
    """Answers requests for the page of an output folder, and for files in it.

    Parameters
    ----------
    output : pathlib.Path
        The output folder.
    folder : pathlib.Path
        Where the page is drawn.
    """

    def __init__(self, output: Path, folder: Path) -> None:
        self._output, self._folder = output, folder
        self._page = PageBeside(output, folder)
        self._drawn = _Seldom(self._page.draw)
        self._glance = _Seldom(lambda: glance_at(output))

    def answer(self, address: str, headers: Message, access: Access) -> Answer:
        """Answer a request by its address as it was sent, and its headers."""
        if not access.is_name(headers.get("Host")):
            told = "This server is not called by that name: use the link that it has printed."
            return _told(HTTPStatus.MISDIRECTED_REQUEST, told)
        try:
            asked = urlsplit(address)
        except ValueError:
            return _told(HTTPStatus.BAD_REQUEST, "That is no address.")
        path = path_of(asked.path) if address.startswith("/") else None
        if access.has_token(asked.query):
            # From now on the cookie has it: in addresses tokens are handed on.
            place = "/" + quote(os.fsencode(path or ""))
            sent = {"Location": place, "Set-Cookie": access.cookie}
            return _told(HTTPStatus.SEE_OTHER, "", sent)
        if not access.knows(headers.get("Cookie", ""), headers.get("Authorization", "")):
            told = "This page is for who has its token: use the link that batchquant has printed."
            return _told(HTTPStatus.FORBIDDEN, told)
        if path is None:
            return _not_found()
        try:
            return self._find(path, headers)
        except (BatchquantError, OSError) as error:  # it may be better the next time
            return _told(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}")

    def _find(self, path: str, headers: Message) -> Answer:
        """Answer who may see it."""
        if path == LIVE:
            return _sent(HTTPStatus.OK, self._glance(), TYPES[".json"])
        if path in ("", INDEX):
            self._drawn(at_once=self._page.is_waiting)
            path = INDEX
        own = self._page.find(path)
        if own is None and (path == INDEX or not may_be_shown(path)):
            return _not_found()
        try:
            file = open_inside(self._folder if own else self._output, path)
        except (OSError, ValueError):
            return _not_found()
        kind = "text/html; charset=utf-8" if path == INDEX else type_of(path)
        return _of_file(file, kind, headers)


class _Seldom(Generic[Made]):
    """Makes something when it is asked for, but not often, and in one thread at a time.

    Whoever asks while it is made anew gets what there is, and waits only for the first.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make, self._lock = make, Lock()
        self._made: list[Made] = []
        self._next = -math.inf

    def __call__(self, *, at_once: bool = False) -> Made:
        if not self._lock.acquire(blocking=not self._made or at_once):
            return self._made[0]
        try:
            began = time.monotonic()
            if at_once or not self._made or began >= self._next:
                self._made = [self._make()]
                now = time.monotonic()
                self._next = now + max(EVERY_S, PAUSE * (now - began))
            return self._made[0]
        finally:
            self._lock.release()


def _of_file(file: BufferedReader, kind: str, headers: Message) -> Answer:
    """Answer with a file, with a part of it, or that it is as it was."""
    found = os.fstat(file.fileno())
    tag = f'"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"'
    sent = {"ETag": tag, "Accept-Ranges": "bytes"}
    if tag in headers.get("If-None-Match", ""):
        file.close()
        return Answer(HTTPStatus.NOT_MODIFIED, _headers(kind) | sent)
    begin, end, status = 0, found.st_size, HTTPStatus.OK
    asked = RANGE.fullmatch(headers.get("Range", ""))
    if asked and any(asked.groups()) and headers.get("If-Range", tag) == tag:
        begin, end = _range(*asked.groups(), size=found.st_size)
        if begin >= end:
            file.close()
            sent["Content-Range"] = f"bytes */{found.st_size}"
            return _told(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "No such part.", sent)
        status = HTTPStatus.PARTIAL_CONTENT
        sent["Content-Range"] = f"bytes {begin}-{end - 1}/{found.st_size}"
    file.seek(begin)
    sent["Content-Length"] = str(end - begin)
    return Answer(status, _headers(kind) | sent, file=file, n_bytes=end - begin)


def _range(first: str, last: str, *, size: int) -> tuple[int, int]:
    """Return begin and end of what a range means; the end is not behind the begin if nothing."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)


def _headers(kind: str) -> dict[str, str]:
    """Return what is said of every answer of a kind."""
    policy = FILE_POLICY
    if kind.startswith("text/html"):
        policy = PAGE_POLICY
    elif kind == TYPES[".pdf"]:
        policy = PDF_POLICY
    sent = {
        "Content-Type": kind,
        "Content-Security-Policy": policy,
        "Cache-Control": "private, no-cache",  # asked again each time: a run may have changed it
        **ALWAYS,
    }
    return sent | {"Content-Disposition": "attachment"} if kind == UNKNOWN else sent


def _sent(status: int, content: bytes, kind: str) -> Answer:
    """Answer with what is made."""
    headers = _headers(kind) | {"Content-Length": str(len(content))}
    return Answer(status, headers, content)


def _told(status: int, text: str, further: Mapping[str, str] | None = None) -> Answer:
    """Answer with a sentence."""
    answer = _sent(status, f"{escape(text)}\n".encode(), "text/plain; charset=utf-8")
    answer.headers |= further or {}
    return answer


def _not_found() -> Answer:
    return _told(HTTPStatus.NOT_FOUND, "There is no such file to be shown.")
