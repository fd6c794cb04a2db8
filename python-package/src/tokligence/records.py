"""What the gateway answers with, under the API's own names."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = [
    "Key",
    "KeyPolicy",
    "Member",
    "Model",
    "NewKey",
    "NewMember",
    "Status",
    "Team",
    "UsageRow",
    "UsageTotal",
    "User",
]


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who may call; `role` is root_admin, gateway_admin or gateway_user, `status` active or inactive."""

    id: str
    email: str
    name: str
    role: str
    status: str
    created_at: str


@dataclass(frozen=True, kw_only=True)
class KeyPolicy:
    """What is settled for a key, or for the new keys of a team; None is nothing settled."""

    tier: str | None = None
    priority: int | str | None = None
    best_priority: int | str | None = None
    worst_priority: int | str | None = None
    weight: int | None = None
    models: tuple[str, ...] | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    max_concurrent: int | None = None
    tokens_per_day: int | None = None
    tokens_per_month: int | None = None
    quota_mode: str | None = None


@dataclass(frozen=True, kw_only=True)
class Key(KeyPolicy):
    """An API key with what is settled for it and what it has used; never the secret."""

    id: str
    user_id: str
    team_id: str | None
    name: str
    prefix: str
    scopes: tuple[str, ...]
    labels: tuple[str, ...]
    addresses: tuple[str, ...]
    status: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    used_today: int | None
    used_this_month: int | None


@dataclass(frozen=True, kw_only=True)
class NewKey(Key):
    """A key that was just made or rotated: `key` is the secret, told this once and left out of `repr`."""

    key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Team:
    """Users that share keys, budgets and books; `members` is their number."""

    id: str
    name: str
    key_policy: KeyPolicy | None
    members: int
    created_at: str


@dataclass(frozen=True, kw_only=True)
class Member:
    """A user in a team; `role` is admin or member."""

    user_id: str
    email: str
    name: str
    role: str
    added_at: str


@dataclass(frozen=True, kw_only=True)
class NewMember(Member):
    """A member with the key that was made for it, told this once and left out of `repr`."""

    api_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class UsageTotal:
    """What a group of calls took; of the dimensions those that were asked for are set, money is decimal text."""

    day: str | None = None
    hour: str | None = None
    provider: str | None = None
    model: str | None = None
    tenant: str | None = None
    team: str | None = None
    user: str | None = None
    key: str | None = None
    direction: str | None = None
    requests: int
    failed: int
    aborted: int
    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: str
    cost_nanos: str
    unpriced_requests: int


@dataclass(frozen=True, kw_only=True)
class UsageRow:
    """One call in the books; None is unknown."""

    request_id: str
    at: str
    user_id: str | None
    team_id: str | None
    key_id: str | None
    direction: str
    operation: str
    protocol: str
    provider: str | None
    requested_model: str
    model: str | None
    stream: bool
    outcome: str
    error_code: str | None
    http_status: int
    input_tokens: int | None
    cached_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    usage_source: str
    cost_usd: str | None
    cost_nanos: str | None
    latency_ms: float
    first_token_ms: float | None
    attempts: int


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that callers may ask for, with its list prices in US dollars per million tokens."""

    model: str
    providers: tuple[str, ...]
    input_usd: str | None
    output_usd: str | None
    context_window: int | None


@dataclass(frozen=True, kw_only=True)
class Status:
    """A gateway that runs: where, as which process, since when, and how it is."""

    version: str
    pid: int
    address: str
    profile: str
    config_dir: str
    started_at: str
    uptime_seconds: int
    requests: int
    in_flight: int
    draining: bool
    degraded: tuple[str, ...]
