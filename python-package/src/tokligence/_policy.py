"""A key's policy as the flags of the command line and as the fields of the REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokligence.records import KeyPolicy

_FLAGS = {
    "tier": "tier",
    "priority": "priority",
    "best_priority": "best",
    "worst_priority": "worst",
    "weight": "weight",
    "models": "models",
    "requests_per_minute": "rpm",
    "tokens_per_minute": "tpm",
    "max_concurrent": "concurrent",
    "tokens_per_day": "tokens-per-day",
    "tokens_per_month": "tokens-per-month",
    "quota_mode": "quota",
}


def policy_fields(policy: KeyPolicy | None) -> dict[str, Any]:
    """Give what is settled, under the API's names."""
    settled = {name: getattr(policy, name, None) for name in _FLAGS}
    return {name: value for name, value in settled.items() if value is not None}


def policy_flags(policy: KeyPolicy | None) -> dict[str, Any]:
    """Give what is settled, under the names of flags."""
    return {_FLAGS[name]: value for name, value in policy_fields(policy).items()}
