"""One operation of the gateway, once as a command and once as a REST call, and who carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from tokligence._program import ask_program

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


class Desk(Protocol):
    """Carries out operations: this machine's executable, or a remote gateway."""

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


def flag_words(flags: Fields) -> list[str]:
    """Spell flags: True stands for the bare flag, None for none, a list for its items with commas."""
    words: list[str] = []
    for name, value in flags.items():
        if value is True:
            words.append(f"--{name}")
        elif value is not None and value is not False:
            text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else value
            words.append(f"--{name}={text}")
    return words
