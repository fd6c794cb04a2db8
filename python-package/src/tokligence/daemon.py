"""The gateway as a process of this machine."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from tokligence._program import PATIENCE_SECONDS, ask_program, run_program, start_program
from tokligence._reading import record_of
from tokligence.configuration import choosing_words
from tokligence.errors import UnavailableError, error_of_exit
from tokligence.records import Status

if TYPE_CHECKING:
    import os
    from types import TracebackType

__all__ = ["Daemon"]

# The executable itself knows how long running calls may take.
_PATIENCE_OF_STOP_SECONDS = 2 * 3600.0


class Daemon:
    """Starts, watches and ends the gateway of a configuration.

    As a context manager it is there inside the block alone; started in the background otherwise it outlives Python,
    until `stop` or `tokligence stop`. One object may be used by several threads.
    """

    def __init__(
        self,
        port: int | None = None,
        *,
        host: str | None = None,
        config_path: str | os.PathLike[str] | None = None,
        profile: str | None = None,
    ) -> None:
        """Choose what to serve; what is left out is as configured, port 8081 if nothing is. Port 0 takes a free one."""
        self._choice = choosing_words(config_path, profile)
        listen = {"port": port, "host": host}
        self._flags = [f"--{name}={value}" for name, value in listen.items() if value is not None]

    def start(self, background: bool = True) -> None:
        """Start it. In the background: return when it serves, raise with its words if it does not.

        In the foreground: return when it was ended, raise if it failed; its log goes to standard error.
        """
        words = [*self._choice, "serve", *self._flags]
        if background:
            run_program([*words, "--detach", "--json"])
            return
        with start_program(words) as process:
            exit_code = _wait(process)
        if exit_code != 0:
            raise error_of_exit(
                exit_code, f"tokligence: It ended with exit code {exit_code}; standard error tells why."
            )

    def stop(self, *, now: bool = False, timeout: float | None = None) -> None:
        """End it and wait until it has ended; nothing happens where none runs.

        Running calls are finished first, or, with `now`, ended. Raise `UnavailableError` if that takes longer than
        `timeout` seconds; it goes on ending.
        """
        flags = [*(["--now"] if now else []), *([] if timeout is None else [f"--timeout={timeout:.3f}"])]
        patience = timeout + PATIENCE_SECONDS if timeout else _PATIENCE_OF_STOP_SECONDS
        run_program([*self._choice, "stop", *flags], patience)

    def status(self) -> Status:
        """Tell what runs; raise `UnavailableError` if nothing does."""
        return record_of(Status, ask_program([*self._choice, "status", "--json"])[0])

    @property
    def is_running(self) -> bool:
        """Whether a gateway runs on this configuration, started here or elsewhere."""
        try:
            self.status()
        except UnavailableError:
            return False
        return True

    @property
    def base_url(self) -> str:
        """The address it serves at, such as http://127.0.0.1:8081; OpenAI's clients want `/v1` behind it."""
        # As the executable says where a listener on every address is reached from this machine.
        return re.sub(r"//(?:0\.0\.0\.0|\[::\])(?=:|$)", "//127.0.0.1", self.status().address)

    def __enter__(self) -> Daemon:
        """Start it in the background."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; running calls are finished first, unless the block failed."""
        self.stop(now=kind is not None)


def _wait(process: subprocess.Popen[str]) -> int:
    """Ctrl-C reaches it too and has it finish its calls, so it is waited for; a second one ends them."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        return _wait_again(process)
    except BaseException:
        process.terminate()
        raise


def _wait_again(process: subprocess.Popen[str]) -> int:
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
