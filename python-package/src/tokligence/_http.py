"""Asks a gateway over HTTP: JSON in, JSON out, no redirects followed, no proxy on the way to this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

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
        with _opener(origin).open(request, timeout=PATIENCE_SECONDS) as answer:
            return _object_of(answer)
    except HTTPError as error:
        with error:
            _refuse(error)
    except (URLError, OSError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise UnavailableError(f"No gateway answers at {origin}: {reason}") from error


def checked_origin(base_url: str) -> str:
    """Give the address without its end; raise `UsageError` if it is none of HTTP."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{base_url!r} is no address such as http://127.0.0.1:8081.")
    return base_url.rstrip("/").removesuffix("/v1")


def _opener(origin: str) -> OpenerDirector:
    is_here = urlsplit(origin).hostname in ("localhost", "127.0.0.1", "::1")
    return build_opener(_NoRedirect(), *([ProxyHandler({})] if is_here else []))


def _object_of(answer: HTTPResponse | HTTPError) -> dict[str, Any]:
    try:
        value = json.loads(answer.read())
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise TokligenceError(f"HTTP {answer.status} without a JSON object: {answer.url} is no gateway.")
    return value


def _refuse(error: HTTPError) -> NoReturn:
    said = _object_of(error)
    envelope = said.get("error")
    problem = envelope if isinstance(envelope, dict) else said
    words = problem.get("detail") or problem.get("message") or problem.get("title") or f"HTTP {error.code}"
    code = problem.get("code")
    raise error_of_status(error.code, str(words), code if isinstance(code, str) else None) from None
