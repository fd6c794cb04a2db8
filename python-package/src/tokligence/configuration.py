"""The configuration of this machine's gateway, as the executable reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokligence._operation import with_commas
from tokligence._program import ask_program
from tokligence.errors import UsageError

if TYPE_CHECKING:
    import os

__all__ = ["load_config"]

Value = str | bool | int | float | list[str] | tuple[str, ...] | None


def load_config(config_path: str | os.PathLike[str] | None = None, *, profile: str | None = None) -> dict[str, Any]:
    """Give the configuration in force, all layers merged; secrets read `[secret]`."""
    return shown_config(choosing_words(config_path, profile))


def shown_config(choice: tuple[str, ...]) -> dict[str, Any]:
    """Give the configuration in force that these words choose."""
    values: dict[str, Any] = ask_program([*choice, "config", "show", "--json"])[0]
    return values


def choosing_words(config_path: str | os.PathLike[str] | None, profile: str | None) -> tuple[str, ...]:
    """Spell which configuration is meant, by its config.yaml or its directory; None leaves it to the executable."""
    # Absolute: the program may go elsewhere before the words are used.
    directory = None if config_path is None else _directory_of(Path(config_path).expanduser().absolute())
    named = {"config-dir": directory, "profile": profile}
    return tuple(f"--{name}={value}" for name, value in named.items() if value is not None)


def value_in(values: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401  Settings are of every kind.
    """Give the value of a dotted key, or the values below it; names may hold dots. Raise `KeyError` if not set."""
    if key in values:
        return values[key]
    for at, character in enumerate(key):
        below = values.get(key[:at]) if character == "." else None
        if isinstance(below, Mapping):
            try:
                return value_in(below, key[at + 1 :])
            except KeyError:
                continue
    raise KeyError(key)


def text_of(key: str, value: Value) -> str:
    """Spell a value as `config set` takes it; None unsets."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return with_commas(key, value)
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TypeError(f"{key}: a value is text, a number, a bool or a list of texts, not {type(value).__name__}")


def _directory_of(path: Path) -> Path:
    if path.suffix not in (".yaml", ".yml") and not path.is_file():
        return path
    if path.name != "config.yaml":
        raise UsageError(f"{path}: the gateway reads config.yaml and the files beside it, under no other name.")
    return path.parent
