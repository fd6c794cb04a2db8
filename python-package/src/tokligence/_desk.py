"""Who carries operations out: this machine's executable, or a gateway elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tokligence._http import ask_http
from tokligence._program import ask_program

if TYPE_CHECKING:
    from tokligence._operation import Operation

PAGE = 100


class Desk(Protocol):
    """Carries out operations."""

    def ask(self, operation: Operation) -> list[dict[str, Any]]:
        """Give the records it answers with, one for what is about one thing."""
        ...


@dataclass(frozen=True)
class LocalDesk:
    """The gateway of a configuration directory: through its control socket while it runs, else through its store."""

    choice: tuple[str, ...]

    def ask(self, operation: Operation) -> list[dict[str, Any]]:
        """Run the command."""
        return ask_program([*self.choice, *operation.words()])


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
