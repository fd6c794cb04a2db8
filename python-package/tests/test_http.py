"""Asking over HTTP, where what answers is no gateway or means no good."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from free_port import free_port
from tokligence import RemoteGateway, TokligenceError, UnavailableError, UsageError

SECRET = "tok_canary"


class Handler(BaseHTTPRequestHandler):
    """Redirects to where keys would be collected, answers with a page elsewhere."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        redirects = self.path.startswith("/api/v1/users")
        self.send_response(302 if redirects else 200)
        self.send_header("location", "/collect")
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def stranger() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that is no gateway, and the paths that it was asked for."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Stranger", (Handler,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_key_follows_no_redirect(stranger: tuple[str, list[str]]) -> None:
    origin, asked = stranger
    with pytest.raises(TokligenceError, match="HTTP 302 without a JSON object"):
        RemoteGateway(origin, SECRET).users.list()
    assert asked == ["/api/v1/users"]


def test_what_is_no_gateway_is_said_so_without_the_key(stranger: tuple[str, list[str]]) -> None:
    origin, _ = stranger
    remote = RemoteGateway(origin, SECRET)
    with pytest.raises(TokligenceError, match="is no gateway") as refused:
        remote.models()
    assert SECRET not in str(refused.value) + repr(remote.users)


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match=r"No gateway answers at http://127\.0\.0\.1:\d+: .*refused"):
        RemoteGateway(f"http://127.0.0.1:{free_port()}/", SECRET).users.list()


def test_an_address_of_another_kind_is_refused() -> None:
    for address in ("127.0.0.1:8081", "file:///etc/passwd", "http://"):
        with pytest.raises(UsageError, match="is no address such as"):
            RemoteGateway(address)
