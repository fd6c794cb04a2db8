"""One operation of the gateway, once as a command and once as a REST call, and how values are spelled there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tokligence.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """A verb with its arguments and flags; a route, whose `{}` are the first arguments, with its fields.

    What is None is left out; of a list there are at most `limit` records.
    """

    verb: str
    route: str
    arguments: tuple[str, ...] = ()
    flags: Fields = field(default_factory=dict)
    fields: Fields = field(default_factory=dict)
    limit: int | None = None

    def words(self) -> list[str]:
        """Spell it as a command; nothing in an argument can be taken for a flag."""
        flags = flag_words({**self.flags, "limit": self.limit})
        return [*self.verb.split(), *flags, "--json", "--", *self.arguments]

    def request(self) -> tuple[str, str, dict[str, Any]]:
        """Spell it as method, path and fields of the REST API."""
        method, path = self.route.split(" ")
        places = [quote(argument, safe="") for argument in self.arguments]
        return method, f"/api/v1{path.format(*places)}", {k: v for k, v in self.fields.items() if v is not None}


def flag_words(flags: Fields) -> list[str]:
    """Spell flags: True stands for the bare flag, None for none, a list for its items with commas."""
    words: list[str] = []
    for name, value in flags.items():
        if value is True:
            words.append(f"--{name}")
        elif value is not None and value is not False:
            words.append(f"--{name}={_listed(name, value) if isinstance(value, (list, tuple)) else value}")
    return words


def texts(name: str, items: Sequence[str]) -> list[str]:
    """Give these texts as a list; raise `TypeError` for a bare text, whose letters would be taken for them."""
    if isinstance(items, str):
        raise TypeError(f"{name}: [{items!r}], not {items!r}")
    return list(items)


def with_commas(name: str, items: Sequence[str]) -> str:
    """Spell a list of texts; raise `UsageError` if one holds a comma, which would make it two."""
    for item in items:
        if not isinstance(item, str):
            raise TypeError(f"{name}: a list is one of texts, and {item!r} is none")
        if "," in item:
            raise UsageError(f"{name}: {item!r} holds a comma; name its parts one by one.")
    return ",".join(items)


def _listed(name: str, items: Sequence[str]) -> str:
    text = with_commas(name, items)
    if text == "none":
        # A key for the models ("none",) would be one for all models.
        raise UsageError(f"{name}: the word none alone stands for no list at all.")
    return text


def rfc3339(moment: datetime | None) -> str | None:
    """Spell a moment in UTC; one without a time zone is of this machine's."""
    if moment is None:
        return None
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
