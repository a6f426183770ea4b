"""The servers that tests of buckets ask: they answer, and the proxy before them counts."""

import pytest
from s3_servers import Server


def test_a_server_keeps_what_is_put(s3_server):
    bucket = s3_server.make_bucket()
    for key in ("trip/a b+ä&%25.png", "trip/c.png", "d.png"):
        s3_server.put(bucket, key, key.encode())
    assert s3_server.keys(bucket) == ["d.png", "trip/a b+ä&%25.png", "trip/c.png"]
    assert s3_server.keys(bucket, "trip/") == ["trip/a b+ä&%25.png", "trip/c.png"]
    assert s3_server.get(bucket, "trip/c.png") == b"trip/c.png"
    s3_server.delete(bucket, "d.png")
    assert s3_server.request("HEAD", f"/{bucket}/d.png")[0] == 404
    stranger = Server(s3_server.port, s3_server.key, "a guess")
    assert stranger.request("GET", f"/{bucket}/trip/c.png")[0] == 403


def test_the_proxy_counts_and_has_mishaps(counted_s3):
    server = counted_s3.server
    bucket = server.make_bucket()
    before = Server(counted_s3.port, server.key, server.secret)
    before.put(bucket, "a.png", b"1234")
    assert before.get(bucket, "a.png") == b"1234"
    assert before.keys(bucket) == ["a.png"]
    assert counted_s3.asked == {"PUT": 1, "GET": 1, "LIST": 1}
    assert ("PUT", f"/{bucket}/a.png") in counted_s3.keys
    counted_s3.forget()
    counted_s3.mishaps = [503, None]
    assert before.request("GET", f"/{bucket}/a.png")[0] == 503
    with pytest.raises(ConnectionError):
        before.request("GET", f"/{bucket}/a.png")
    assert before.get(bucket, "a.png") == b"1234"
    assert counted_s3.asked == {"GET": 3}
