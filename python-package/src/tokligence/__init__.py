"""The Python SDK of Tokligence, an LLM gateway in one executable. It drives that executable, or a remote gateway."""

from tokligence.configuration import load_config
from tokligence.daemon import Daemon
from tokligence.errors import (
    ConfigurationError,
    ExecutableError,
    RefusedError,
    StorageError,
    TokligenceError,
    UnavailableError,
    UsageError,
)
from tokligence.gateway import Gateway, RemoteGateway
from tokligence.records import (
    Key,
    KeyPolicy,
    Member,
    Model,
    NewKey,
    NewMember,
    Status,
    Team,
    UsageRow,
    UsageTotal,
    User,
)

__all__ = [
    "ConfigurationError",
    "Daemon",
    "ExecutableError",
    "Gateway",
    "Key",
    "KeyPolicy",
    "Member",
    "Model",
    "NewKey",
    "NewMember",
    "RefusedError",
    "RemoteGateway",
    "Status",
    "StorageError",
    "Team",
    "TokligenceError",
    "UnavailableError",
    "UsageError",
    "UsageRow",
    "UsageTotal",
    "User",
    "load_config",
]
