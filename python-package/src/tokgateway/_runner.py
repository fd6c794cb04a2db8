"""Runs the bundled executable in place of this process. Imports little: every command waits for it."""

from __future__ import annotations

import os
import sys

# What type checkers take for that of typing, whose import every command would wait for.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import NoReturn

# As shells say it of a command that does not run.
CANNOT_RUN = 126
# Where musl looks for libraries unless it was told otherwise.
MUSL_FOLDERS = ("/lib", "/usr/local/lib", "/usr/lib")


def executable() -> Path:
    """Tell where the executable is, ready to run: where TOKLIGENCE_EXECUTABLE says, else inside this package."""
    from contextlib import suppress
    from pathlib import Path

    program = _program()
    if not os.access(program, os.X_OK):
        # Whoever runs it learns why it cannot be.
        with suppress(OSError):
            _make_executable(program)
    return Path(program)


def main() -> NoReturn:
    """Become the executable: same arguments, streams, signals and exit code, and on Unix the same process."""
    program = _program()
    # It may name this launcher, which would begin again for ever.
    os.environ.pop("TOKLIGENCE_EXECUTABLE", None)
    name = os.path.basename(sys.argv[0])
    words = ["tokgateway" if name == "__main__.py" else name, *sys.argv[1:]]
    try:
        if sys.platform == "win32":
            sys.exit(wait_for(program, words))
        if getattr(sys.implementation, "_multiarch", "").endswith("musl"):
            _tell(missing_library([*os.environ.get("LD_LIBRARY_PATH", "").split(":"), *MUSL_FOLDERS]))
        try:
            os.execv(program, words)
        except PermissionError:
            _make_executable(program)
            os.execv(program, words)
    except OSError as error:
        _tell(refusal(program, error))
        sys.exit(CANNOT_RUN)


def wait_for(program: str, words: list[str]) -> int:
    """Run the executable as a child and give back its exit code; Ctrl-C reaches both, and the child acts on it."""
    import signal
    import subprocess

    for interruption in (signal.SIGINT, getattr(signal, "SIGBREAK", signal.SIGINT)):
        # Not SIG_IGN, which a child may inherit.
        signal.signal(interruption, lambda *_: None)
    with subprocess.Popen(words, executable=program) as child:
        return child.wait()


def missing_library(folders: Iterable[str]) -> str | None:
    """Tell what a musl system lacks: its loader's own words, which come next, do not name the package."""
    if any(os.path.exists(f"{folder}/libstdc++.so.6") for folder in folders):
        return None
    return "this system seems to lack the C++ library that the executable needs; on Alpine: apk add libstdc++"


def refusal(program: str, error: OSError) -> str:
    """Say in one line why the executable does not run, and what helps."""
    if not os.path.exists(program):
        help_ = "install a wheel of tokgateway for this machine, or let TOKLIGENCE_EXECUTABLE name the executable"
        return f"there is no executable at {program}: {help_}"
    if isinstance(error, PermissionError):
        return f"{program} may not be run, and making it executable failed: {error.strerror}; as its owner: chmod +x"
    return f"{program} does not run on this machine: {error.strerror}"


def _program() -> str:
    name = "tokligence.exe" if sys.platform == "win32" else "tokligence"
    bundled = os.path.join(os.path.dirname(__file__), "bin", name)
    return os.path.abspath(os.environ.get("TOKLIGENCE_EXECUTABLE") or bundled)


def _make_executable(program: str) -> None:
    # Some installers lose the executable bit.
    os.chmod(program, os.stat(program).st_mode | 0o111)


def _tell(text: str | None) -> None:
    if text:
        print(f"tokgateway: {text}", file=sys.stderr)
