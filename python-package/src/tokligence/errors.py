"""What may go wrong, by the exit code of the executable; the message is in its own words."""

from __future__ import annotations

__all__ = [
    "ConfigurationError",
    "ExecutableError",
    "RefusedError",
    "StorageError",
    "TokligenceError",
    "UnavailableError",
    "UsageError",
]


class TokligenceError(Exception):
    """Anything the gateway refuses or fails at; `code` is that of the REST API where it was asked, else None."""

    exit_code = 1

    def __init__(self, message: str, code: str | None = None) -> None:
        """Hold the gateway's words."""
        super().__init__(message)
        self.code = code


class RefusedError(TokligenceError):
    """What was asked is not there, exists already, or may not be done (exit code 1)."""


class UsageError(TokligenceError):
    """What was asked makes no sense: an unknown name, or a value that is not valid (exit code 2)."""

    exit_code = 2


class UnavailableError(TokligenceError):
    """Nothing runs, something runs already, a port is taken, or a gateway cannot be reached (exit code 69)."""

    exit_code = 69


class StorageError(TokligenceError):
    """The database could not be written (exit code 75)."""

    exit_code = 75


class ConfigurationError(TokligenceError):
    """The configuration is not valid, or asks for what this gateway must not serve without (exit code 78)."""

    exit_code = 78


class ExecutableError(TokligenceError):
    """There is no executable for this machine, or it does not run."""


_BY_EXIT_CODE: dict[int, type[TokligenceError]] = {
    kind.exit_code: kind for kind in (RefusedError, UsageError, UnavailableError, StorageError, ConfigurationError)
}


def error_of_exit(exit_code: int, words: str) -> TokligenceError:
    """Make the error of a command that ended with this code and said this."""
    # Before the reason stand notices, and of a first start the administrator's key.
    _, found, reason = f"\n{words.strip()}".rpartition("\ntokligence: ")
    kind = _BY_EXIT_CODE.get(exit_code, TokligenceError)
    return kind(reason if found else f"It ended with exit code {exit_code}.")


def error_of_status(status: int, words: str, code: str | None) -> TokligenceError:
    """Make the error of an HTTP answer, of the kind that a command would have ended with."""
    if code == "storage_failed":
        return StorageError(words, code)
    if code in ("config_invalid", "storage_corrupt"):
        return ConfigurationError(words, code)
    if status >= 500 or status == 429:
        return UnavailableError(words, code)
    kind = UsageError if status in (400, 413, 415, 422) else RefusedError
    return kind(words, code)
