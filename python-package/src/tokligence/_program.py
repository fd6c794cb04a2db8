"""Runs the executable: one command, and what it printed."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from tokgateway._runner import executable, refusal
from tokligence.errors import ExecutableError, UnavailableError, UsageError, error_of_exit

if TYPE_CHECKING:
    from collections.abc import Sequence

# No command but `stop` takes long: a gateway that starts is waited for two minutes by the executable itself.
PATIENCE_SECONDS = 150.0
GRACE_SECONDS = 10.0


def ask_program(words: Sequence[str], patience: float = PATIENCE_SECONDS) -> list[Any]:
    """Run a command that prints JSON, a value a line, and give the values; raise with its words if it fails."""
    return [json.loads(line) for line in run_program(words, patience).split("\n") if line]


def run_program(words: Sequence[str], patience: float = PATIENCE_SECONDS) -> str:
    """Run a command and give what it printed; raise with its words if it fails, and end it if it takes too long."""
    process = start_program(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    with process:
        try:
            printed, said = process.communicate(timeout=patience)
        except BaseException as error:
            # Asked to end first: `serve --detach` takes what it started with it.
            _end(process)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            raise UnavailableError(f"tokligence {words[0]} did not end within {patience:g} s.") from None
    if process.returncode != 0:
        raise error_of_exit(process.returncode, said)
    return printed


def start_program(words: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    """Start the executable with these words; raise `ExecutableError` if it does not run on this machine."""
    program = executable()
    try:
        return subprocess.Popen([str(program), *words], **options)
    except OSError as error:
        raise ExecutableError(refusal(str(program), error)) from error
    except ValueError as error:
        # A NUL in a word; which one may be a secret.
        raise UsageError(f"What was said cannot be passed on: {error}.") from None


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
