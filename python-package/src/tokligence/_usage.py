"""What was used of a gateway, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tokligence._operation import Operation, rfc3339, texts
from tokligence._reading import record_of
from tokligence.records import UsageRow, UsageTotal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tokligence._desk import Desk


@dataclass(frozen=True)
class Usage:
    """Reads the books. Filters are `user`, `team`, `key`, `model`, `provider` and `direction`, all of them text."""

    desk: Desk

    def summary(
        self,
        by: Sequence[str] = ("provider", "model"),
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        **filters: str,
    ) -> tuple[UsageTotal, ...]:
        """Give totals by any of day, hour, provider, model, tenant, team, user, key and direction."""
        names = ",".join(texts("by", by))
        only = _filters(since, until, filters)
        operation = Operation(
            "usage summary", "GET /usage/summary", flags={"by": names, **only}, fields={"group_by": names, **only}
        )
        return tuple(record_of(UsageTotal, answer) for answer in self.desk.ask(operation))

    def logs(
        self,
        *,
        limit: int = 50,
        since: datetime | None = None,
        until: datetime | None = None,
        outcome: str | None = None,
        request_id: str | None = None,
        **filters: str,
    ) -> tuple[UsageRow, ...]:
        """Give the newest calls, at most `limit`; the outcome is finished, failed or aborted."""
        only = {**_filters(since, until, filters), "outcome": outcome}
        flags, fields = {**only, "request": request_id}, {**only, "request_id": request_id}
        operation = Operation("usage logs", "GET /usage/logs", flags=flags, fields=fields, limit=limit)
        return tuple(record_of(UsageRow, answer) for answer in self.desk.ask(operation))


_FILTERS = ("user", "team", "key", "model", "provider", "direction")


def _filters(since: datetime | None, until: datetime | None, filters: dict[str, str]) -> dict[str, Any]:
    for name in filters:
        if name not in _FILTERS:
            raise TypeError(f"there is no filter {name!r}; there are {', '.join(_FILTERS)}")
    return {"from": rfc3339(since), "to": rfc3339(until), **filters}
