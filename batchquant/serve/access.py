"""Who may see the page: who has its token, and asks for it by a name that is ours."""

import hmac
import ipaddress
import secrets
import socket
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit


class Access:
    """Knows the token of a server, and the names that it is reached by.

    Other pages in the same browser may send requests here, but know no token. Whoever lets a name
    of his own lead to this machine would have the browser send our cookie along, if it had one
    for that name, and may guess at ports: so names that are not ours are answered nothing.

    Parameters
    ----------
    host : str
        What the server listens at.
    port : int
        Its port, which the cookie is named by: cookies heed no ports.
    """

    def __init__(self, host: str, port: int) -> None:
        self.token = secrets.token_urlsafe(32)
        self._once: set[str] = set()
        self._cookie = f"batchquant-{port}"
        self._is_local = is_loopback(host)
        self._names = {"localhost", host.lower()}
        if not self._is_local:
            self._names.add(socket.gethostname().lower())

    @property
    def cookie(self) -> str:
        """What a browser is told to keep: not for scripts, nor for what other sites ask for."""
        return f"{self._cookie}={self.token}; Path=/; HttpOnly; SameSite=Lax"

    def is_name(self, host: str | None) -> bool:
        """Tell whether a Host header names us; through a tunnel the port may be another.

        An address is never a name that somebody else lets lead here.
        """
        try:
            name = urlsplit(f"//{host or ''}").hostname or ""
        except ValueError:
            return False
        return name in self._names or (is_loopback(name) if self._is_local else _is_address(name))

    def token_for_once(self) -> str:
        """Return another token, which is good in one query."""
        token = secrets.token_urlsafe(32)
        self._once.add(token)
        return token

    def has_token(self, query: str) -> bool:
        """Tell whether the query of an address has the token, or one for once, which that ends."""
        told = parse_qs(query).get("token", [""])[0]
        try:
            self._once.remove(told)
        except KeyError:
            return self._is_token(told)
        return True

    def knows(self, cookies: str, authorization: str) -> bool:
        """Tell whether the token is in a cookie, or in ``Authorization: Bearer TOKEN``."""
        kind, _, told = authorization.partition(" ")
        if kind.lower() == "bearer" and self._is_token(told.strip()):
            return True
        try:
            kept = SimpleCookie(cookies).get(self._cookie)
        except CookieError:
            return False
        return kept is not None and self._is_token(kept.value)

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode("utf-8", "replace"), self.token.encode())


def is_loopback(host: str) -> bool:
    """Tell whether a name or address is of this machine for itself."""
    return host.lower() == "localhost" or (_is_address(host) and _address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        _address(host)
    except ValueError:
        return False
    return True


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(host)
