"""A gateway: its configuration, users, teams, keys and books."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokligence._desk import LocalDesk, RemoteDesk
from tokligence._http import checked_key, checked_origin
from tokligence._keys import Keys
from tokligence._operation import Operation
from tokligence._program import ask_program
from tokligence._reading import record_of
from tokligence._teams import Teams
from tokligence._usage import Usage
from tokligence._users import Users
from tokligence.configuration import Value, choosing_words, shown_config, text_of, value_in
from tokligence.records import Model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokligence._desk import Desk

__all__ = ["Administration", "Gateway", "RemoteGateway"]


class Administration:
    """What every gateway can be asked: `users`, `teams`, `keys`, `usage` and models."""

    def __init__(self, desk: Desk) -> None:
        """Hold who carries it out."""
        self._desk = desk
        self.users = Users(desk)
        self.teams = Teams(desk)
        self.keys = Keys(desk)
        self.usage = Usage(desk)

    def models(self) -> tuple[Model, ...]:
        """Give the models that callers may ask for."""
        return tuple(record_of(Model, answer) for answer in self._desk.ask(Operation("models", "GET /services")))


class RemoteGateway(Administration):
    """A gateway elsewhere, administered over its REST API with the rights of a key."""

    def __init__(self, base_url: str, api_key: str | None = None) -> None:
        """Name the address, such as http://127.0.0.1:8081, and the key, else TOKLIGENCE_API_KEY; asks nothing yet."""
        super().__init__(RemoteDesk(checked_origin(base_url), checked_key(api_key)))


class Gateway(Administration):
    """The gateway of a configuration on this machine; all but configuring works while it runs and while it does not."""

    def __init__(self, config_path: str | os.PathLike[str] | None = None) -> None:
        """Name the configuration by its config.yaml or its directory; without one it is the executable's own choice."""
        self._chosen = choosing_words(config_path, None)
        self._profile: str | None = None
        self._pending: dict[str, Value] = {}
        super().__init__(LocalDesk(self._chosen))

    @classmethod
    def from_profile(cls, name: str, config_path: str | os.PathLike[str] | None = None) -> Gateway:
        """Make a gateway that starts from a profile; `init` or `save` writes that down."""
        gateway = cls(config_path)
        gateway.load_profile(name)
        return gateway

    @property
    def config_dir(self) -> Path:
        """The directory of the configuration."""
        return Path(ask_program([*self._choice(), "config", "path", "--json"])[0]["config_dir"])

    @property
    def profile(self) -> str:
        """The profile: the one that was loaded, else the one in force."""
        return str(self.get("profile"))

    def load_profile(self, name: str) -> None:
        """Choose a profile, shipped or your own, until `init` or `save` writes it down; raise if there is none."""
        ask_program([*self._choice(), "profile", "show", "--json", "--", name])
        self._profile = name

    def override(self, values: Mapping[str, Value]) -> None:
        """Set values by dotted key, pending: seen by `get`, written by `init` or `save`. None unsets."""
        for key, value in values.items():
            text_of(key, value)
        self._pending.update(values)

    def get(self, key: str) -> Any:  # noqa: ANN401  Settings are of every kind.
        """Give the value of a dotted key, the pending one first, or the values in force below it; else `KeyError`."""
        if key in self._pending:
            return self._pending[key]
        return value_in(self.config(), key)

    def config(self) -> dict[str, Any]:
        """Give the configuration in force with the profile that was loaded, without what is pending."""
        return shown_config(self._choice())

    def validate(self) -> None:
        """Raise `ConfigurationError` with every problem, and where serving would be refused; not of what is pending."""
        ask_program([*self._choice(), "config", "validate", "--json"])

    def save(self) -> list[Path]:
        """Write the profile and what is pending, all or nothing: where a key stands already, else into config.yaml.

        Raise `ConfigurationError` if the result would not be valid, `RefusedError` if a variable wins over it.
        """
        chosen: dict[str, Value] = {} if self._profile is None else {"profile": self._profile}
        changes = {**chosen, **self._pending}
        if not changes:
            return []
        pairs = [word for key, value in changes.items() for word in (key, text_of(key, value))]
        return self._written(["config", "set", "--json", "--", *pairs])

    def init(self, *, force: bool = False, email: str | None = None) -> list[Path]:
        """Write a configuration with the profile and what is pending; change what is there, or `force` it anew."""
        flags = ["--force"] if force else []
        flags += [] if self._profile is None else [f"--profile={self._profile}"]
        flags += [] if email is None else [f"--email={email}"]
        flags += [f"--set={key}={text_of(key, value)}" for key, value in self._pending.items()]
        return self._written(["init", "--yes", "--json", *flags])

    def _written(self, words: list[str]) -> list[Path]:
        answer = ask_program([*self._chosen, *words])[0]
        self._pending.clear()
        self._profile = None
        return [Path(file) for file in answer["files"]]

    def _choice(self) -> tuple[str, ...]:
        return self._chosen if self._profile is None else (*self._chosen, f"--profile={self._profile}")
