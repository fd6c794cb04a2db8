"""A gateway elsewhere, asked over its REST API with a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tokligence._http import ask_http

if TYPE_CHECKING:
    from tokligence._operation import Operation

PAGE = 100


@dataclass(frozen=True)
class RemoteDesk:
    """The REST API at an address, with the rights of a key."""

    origin: str
    key: str | None = field(repr=False)

    def ask(self, operation: Operation) -> list[dict[str, Any]]:
        """Ask once, or page by page where the answer is a list."""
        method, path, fields = operation.request()
        limit = operation.limit
        records: list[dict[str, Any]] = []
        while True:
            if limit is not None:
                fields["limit"] = min(limit - len(records), PAGE)
            answer = ask_http(self.origin, self.key, method, path, fields)
            if "data" not in answer:
                return [answer]
            records += answer["data"]
            fields["cursor"] = answer.get("next_cursor")
            if fields["cursor"] is None or (limit is not None and len(records) >= limit):
                return records
