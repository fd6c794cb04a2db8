"""Makes records of what the gateway answers with."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

from tokligence.errors import TokligenceError
from tokligence.records import KeyPolicy, Team

Record = TypeVar("Record")


def record_of(kind: type[Record], answer: dict[str, Any]) -> Record:
    """Read an answer; what a newer gateway adds is passed over, what is missing raises."""
    values: dict[str, Any] = {}
    for wanted in fields(kind):  # type: ignore[arg-type]
        if wanted.name in answer:
            value = answer[wanted.name]
            values[wanted.name] = tuple(value) if isinstance(value, list) else value
        elif wanted.default is MISSING:
            raise TokligenceError(f"The gateway's answer has no {wanted.name}; its version may not fit this package.")
    return kind(**values)


def team_of(answer: dict[str, Any]) -> Team:
    """Read a team with its policy."""
    policy = answer.get("key_policy")
    return record_of(Team, {**answer, "key_policy": None if policy is None else record_of(KeyPolicy, policy)})
