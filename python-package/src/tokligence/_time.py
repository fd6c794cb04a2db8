"""Times as the gateway reads them."""

from __future__ import annotations

from datetime import datetime, timezone


def rfc3339(moment: datetime | None) -> str | None:
    """Spell a moment in UTC; one without a time zone is of this machine's."""
    if moment is None:
        return None
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
