import socket

import pytest

from batchquant.serve.access import Access


@pytest.mark.parametrize(
    ("host", "ours", "others"),
    [
        (
            "127.0.0.1",
            ("localhost", "LocalHost:80", "127.0.0.1:1", "[::1]", "[::1]:80"),
            ("", None, "evil.example", "192.168.1.5", "localhost.evil.example", "127.0.0.1.nip.io"),
        ),
        ("::1", ("localhost", "[::1]:80"), ("::1.evil.example", "[fe80::1]", "[::1")),
        (
            "0.0.0.0",
            ("192.168.1.5:80", "[fe80::1]", "localhost", f"{socket.gethostname()}:80"),
            ("evil.example", "192.168.1.5.nip.io", "0x7f.1"),
        ),
        (
            "desk.lan",
            ("DESK.lan:80", "10.0.0.1"),
            ("lan", "evil.desk.lan", "desk.lan@evil.example"),
        ),
    ],
)
def test_who_may_be_asked_for(host, ours, others):
    access = Access(host, 80)
    assert all(access.is_name(name) for name in ours)
    assert not any(access.is_name(name) for name in others)


def test_a_token_is_known_from_query_cookie_and_header_and_is_another_each_time():
    access = Access("127.0.0.1", 8000)
    kept = access.cookie.partition(";")[0]
    assert access.has_token(f"a=1&token={access.token}")
    assert access.knows(f"b=2; {kept}", "")
    assert access.knows("", f"bearer {access.token}")
    other = Access("127.0.0.1", 8000)
    assert not other.has_token(f"token={access.token}")
    assert not other.knows(kept, f"Bearer {access.token}")
    assert not other.knows(kept.replace("8000", "8001"), "")
    assert len(access.token) >= 43  # 256 bits


@pytest.mark.parametrize(
    "cookies", ["", "=", "batchquant-8000", "batchquant-8000=", "\x00", "a=\ud800"]
)
def test_cookies_of_others_are_none(cookies):
    assert not Access("127.0.0.1", 8000).knows(cookies, "")


def test_a_token_for_once_is_good_once_and_no_cookie():
    access = Access("127.0.0.1", 8000)
    token = access.token_for_once()
    assert token != access.token
    assert not access.knows(f"batchquant-8000={token}", f"Bearer {token}")
    assert [access.has_token(f"token={token}") for _ in range(2)] == [True, False]
    assert access.has_token(f"token={access.token}")
