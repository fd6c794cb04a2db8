"""Asks a gateway over HTTP: JSON in, JSON out, no redirects followed, no proxy on the way to this machine."""

from __future__ import annotations

import json
import os
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from tokligence.errors import TokligenceError, UnavailableError, UsageError, error_of_status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPResponse

PATIENCE_SECONDS = 60.0


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would take the key to somebody else."""

    def redirect_request(self, *_args: object, **_more: object) -> None:
        """Follow none: what comes is an error then."""


def ask_http(origin: str, key: str | None, method: str, path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Give the JSON object that a gateway answers with; raise the error that it names."""
    request = Request(f"{origin}{path}", method=method, headers={"accept": "application/json"})
    if key is not None:
        request.add_header("authorization", f"Bearer {key}")
    if method in ("GET", "DELETE"):
        request.full_url += f"?{urlencode(fields)}" if fields else ""
    else:
        request.add_header("content-type", "application/json")
        request.data = json.dumps(dict(fields)).encode()
    try:
        with _answer(origin, request) as answer:
            status, said = answer.status or 0, _object_of(answer)
    except (HTTPException, OSError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise UnavailableError(f"No gateway answers at {origin}: {reason or type(error).__name__}") from error
    if status >= 300:
        raise _refusal(status, said)
    return said


def checked_origin(base_url: str) -> str:
    """Give the address without its end; raise `UsageError` if it is none of HTTP, or holds a password."""
    problem = UsageError(f"{base_url!r} is no address such as http://127.0.0.1:8081.")
    try:
        parts = urlsplit(base_url)
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise problem from None
    if "@" in parts.netloc:
        raise UsageError("The address of a gateway holds no user and password; its key is a word of its own.")
    if not is_address or parts.query or parts.fragment or not _is_visible(base_url):
        raise problem
    return base_url.rstrip("/").removesuffix("/v1")


def checked_key(key: str | None) -> str | None:
    """Give this key, else TOKLIGENCE_API_KEY; raise `UsageError` without showing it if no header can hold it."""
    chosen = key or os.environ.get("TOKLIGENCE_API_KEY") or None
    if chosen is not None and not (chosen.isascii() and _is_visible(chosen)):
        raise UsageError("The API key holds a line break, a space or what is not ASCII, as no key does.")
    return chosen


def _is_visible(text: str) -> bool:
    return text.isprintable() and " " not in text


def _answer(origin: str, request: Request) -> HTTPResponse | HTTPError:
    is_here = urlsplit(origin).hostname in ("localhost", "127.0.0.1", "::1")
    opener = build_opener(_NoRedirect(), *([ProxyHandler({})] if is_here else []))
    try:
        answer: HTTPResponse = opener.open(request, timeout=PATIENCE_SECONDS)
        return answer
    except HTTPError as refused:
        return refused


def _object_of(answer: HTTPResponse | HTTPError) -> dict[str, Any]:
    try:
        value = json.loads(answer.read())
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise TokligenceError(f"HTTP {answer.status} without a JSON object: {answer.url} is no gateway.")
    return value


def _refusal(status: int, said: dict[str, Any]) -> TokligenceError:
    envelope = said.get("error")
    problem = envelope if isinstance(envelope, dict) else said
    words = problem.get("detail") or problem.get("message") or problem.get("title") or f"HTTP {status}"
    code = problem.get("code")
    return error_of_status(status, str(words), code if isinstance(code, str) else None)
