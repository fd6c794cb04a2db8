"""API keys of a gateway."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from tokligence._operation import Operation, rfc3339, texts
from tokligence._policy import policy_fields, policy_flags
from tokligence._reading import record_of
from tokligence.records import Key, NewKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from tokligence._desk import Desk
    from tokligence.records import KeyPolicy


@dataclass(frozen=True)
class Keys:
    """Makes, lists, rotates and revokes keys."""

    desk: Desk

    def create(
        self,
        user: str,
        *,
        name: str,
        team: str | None = None,
        scopes: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
        addresses: Sequence[str] | None = None,
        expires_at: datetime | None = None,
        policy: KeyPolicy | None = None,
    ) -> NewKey:
        """Make a key for a user, by id, e-mail or name; the answer is the only one that ever shows it."""
        common: dict[str, Any] = {"name": name, "team": team}
        expiry = rfc3339(expires_at)
        lists = {"scopes": scopes, "labels": labels, "addresses": addresses}
        told = {field: texts(field, items) for field, items in lists.items() if items is not None}
        shown = {"scope": told.get("scopes"), "label": told.get("labels"), "address": told.get("addresses")}
        flags = {**common, **shown, "expires": expiry, **policy_flags(policy)}
        fields = {**common, **told, "user": user, "expires_at": expiry, **policy_fields(policy)}
        return record_of(NewKey, self._one(Operation("apikey create", "POST /keys", (user,), flags, fields)))

    def list(self, *, user: str | None = None, team: str | None = None, label: str | None = None) -> tuple[Key, ...]:
        """Give keys, oldest first; only of a user, of a team or with a label if one is named."""
        only = {"user": user, "team": team, "label": label}
        operation = Operation("apikey list", "GET /keys", flags=only, fields=only)
        return tuple(record_of(Key, answer) for answer in self.desk.ask(operation))

    def get(self, key_id: str) -> Key:
        """Give one key with what is settled for it and what it has used."""
        return record_of(Key, self._one(Operation("apikey show", "GET /keys/{}", (key_id,))))

    def rotate(self, key_id: str, *, overlap: timedelta | None = None) -> NewKey:
        """Give a key a new secret under the same id; the old one works on for the overlap, in whole minutes."""
        minutes = ceil(overlap.total_seconds() / 60) if overlap else None
        flags = {"overlap": minutes and f"{minutes}m"}
        fields = {"overlap_seconds": minutes and minutes * 60}
        return record_of(
            NewKey, self._one(Operation("apikey rotate", "POST /keys/{}/rotate", (key_id,), flags, fields))
        )

    def revoke(self, key_id: str) -> Key:
        """Revoke a key; it and all keys that it has made stop working at once."""
        return record_of(Key, self._one(Operation("apikey revoke", "DELETE /keys/{}", (key_id,))))

    def _one(self, operation: Operation) -> dict[str, Any]:
        return self.desk.ask(operation)[0]
