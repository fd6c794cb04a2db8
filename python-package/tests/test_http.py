"""Asking over HTTP, where what answers is no gateway or means no good."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from free_port import free_port
from tokligence import Model, RemoteGateway, TokligenceError, UnavailableError, UsageError
from tokligence._reading import record_of
from tokligence.agent import AutoGenGateway

SECRET = "tok_canary"


class Handler(BaseHTTPRequestHandler):
    """Redirects to where keys would be collected, breaks off among teams, knows no models, else answers with a page."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302 if self.path.startswith("/api/v1/users") else 200)
        self.send_header("location", "/collect")
        if self.path.startswith("/api/v1/teams"):
            self.send_header("content-length", "100")
        self.end_headers()
        self.wfile.write(b"{}" if self.path == "/v1/models" else b"<html>")

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


def test_an_answer_that_breaks_off_is_unavailable(stranger: tuple[str, list[str]]) -> None:
    with pytest.raises(UnavailableError, match=r"No gateway answers at .*: IncompleteRead"):
        RemoteGateway(stranger[0], SECRET).teams.list()


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:8081", "file:///etc/passwd", "http://", "http://[::1", "http://a:99999", "http://a b", "http://a/?b=1"],
)
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="is no address such as"):
        RemoteGateway(address)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="holds no user and password") as refused:
        RemoteGateway("https://root:tok_canary@gateway.example")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("key", [f"{SECRET}\n", f"{SECRET}\r\nx: y", f"{SECRET} ", f"{SECRET}…"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_shown(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKLIGENCE_API_KEY", key)
    for use in (RemoteGateway, lambda address: AutoGenGateway.get_config_list(["m"], base_url=address)):
        with pytest.raises(UsageError, match="The API key holds a line break") as refused:
            use("http://127.0.0.1:9")
        assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_what_lists_no_models_is_no_gateway(stranger: tuple[str, list[str]]) -> None:
    with pytest.raises(TokligenceError, match="lists no models: it is no gateway"):
        AutoGenGateway.get_config_list(base_url=stranger[0])


def test_what_a_newer_gateway_adds_is_passed_over_and_what_is_missing_is_named() -> None:
    answer = {"model": "m", "providers": ["p"], "input_usd": "1", "output_usd": None, "context_window": 2**64}
    model = Model(model="m", providers=("p",), input_usd="1", output_usd=None, context_window=2**64)
    assert record_of(Model, {**answer, "colour": "red"}) == model
    with pytest.raises(TokligenceError, match="has no providers; its version may not fit"):
        record_of(Model, {"model": "m"})
