"""What the launcher promises: the executable in its place, and a clear word where there is none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tokgateway._runner import executable, missing_library, refusal

LAUNCHER = (sys.executable, "-m", "tokgateway")


def launch(program: str | Path, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the launcher with another program in the executable's place."""
    environment = {**os.environ, "TOKLIGENCE_EXECUTABLE": str(program)}
    return subprocess.run((*LAUNCHER, *words), input=given, capture_output=True, env=environment, check=False)


def test_arguments_streams_and_exit_code_pass_through_unchanged() -> None:
    script = 'cat; printf "%s|" "$@"; echo said >&2; exit 7'
    ran = launch("/bin/sh", "-c", script, "sh", "a b", "*", "", "ü", given=b"\x00\xff\r\n")
    assert (ran.returncode, ran.stdout, ran.stderr) == (7, b"\x00\xff\r\na b|*||\xc3\xbc|", b"said\n")


def test_the_launcher_becomes_the_executable_so_that_signals_are_its_own() -> None:
    environment = {**os.environ, "TOKLIGENCE_EXECUTABLE": "/bin/sh"}
    script = 'trap "exit 5" TERM; echo $$; while :; do sleep 0.01; done'
    with subprocess.Popen((*LAUNCHER, "-c", script), env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert int(child.stdout.readline()) == child.pid
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 5


@pytest.mark.parametrize(("typed", "seen"), [("tokligence", "tokligence"), ("__main__.py", "tokgateway")])
def test_the_executable_learns_which_of_its_names_was_typed(typed: str, seen: str) -> None:
    start = f"import sys; sys.argv = ['/some/where/{typed}', '-c', 'echo $0']; from tokgateway import __main__"
    environment = {**os.environ, "TOKLIGENCE_EXECUTABLE": "/bin/sh"}
    ran = subprocess.run((sys.executable, "-c", start), env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == f"{seen}\n"


def test_a_variable_that_names_the_launcher_itself_means_the_bundled_executable(tmp_path: Path) -> None:
    itself = tmp_path / "tokligence"
    itself.write_text(f"#!{sys.executable}\nfrom tokgateway._runner import main\nmain()\n")
    itself.chmod(0o755)
    environment = {**os.environ, "TOKLIGENCE_EXECUTABLE": str(itself)}
    ran = subprocess.run((itself, "version"), env=environment, capture_output=True, timeout=30, check=True)
    assert ran.stdout.startswith(b"tokligence ")


def test_where_there_is_no_executable_the_launcher_says_what_to_do_and_ends_with_126(tmp_path: Path) -> None:
    ran = launch(tmp_path / "gone")
    assert (ran.returncode, ran.stdout) == (126, b"")
    assert ran.stderr.decode() == (
        f"tokgateway: there is no executable at {tmp_path}/gone: install a wheel of tokgateway for this machine, "
        "or let TOKLIGENCE_EXECUTABLE name the executable\n"
    )


def test_an_executable_of_another_machine_is_one_line_and_126(tmp_path: Path) -> None:
    (tmp_path / "foreign").write_bytes(b"\xcf\xfa\xed\xfe" + bytes(60))
    ran = launch(tmp_path / "foreign")
    foreign = f"tokgateway: {tmp_path}/foreign does not run on this machine: Exec format error\n"
    assert (ran.returncode, ran.stderr.decode()) == (126, foreign)


def test_what_may_not_be_run_is_one_line_and_126(tmp_path: Path) -> None:
    ran = launch(tmp_path)
    assert ran.returncode == 126
    assert f"{tmp_path} may not be run" in ran.stderr.decode()
    assert ran.stderr.count(b"\n") == 1


def test_a_lost_executable_bit_is_set_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho ran\n")
    program.chmod(0o644)
    assert launch(program).stdout == b"ran\n"
    program.chmod(0o600)
    monkeypatch.setenv("TOKLIGENCE_EXECUTABLE", str(program))
    assert executable() == program
    assert os.access(program, os.X_OK)


def test_without_the_variable_the_executable_is_the_bundled_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKLIGENCE_EXECUTABLE", raising=False)
    assert executable().parts[-3:] == ("tokgateway", "bin", "tokligence")
    assert subprocess.run((executable(), "version"), capture_output=True, check=True).stdout.startswith(b"tokligence ")


def test_as_a_child_the_executable_gets_ctrl_c_itself_and_its_exit_code_is_kept() -> None:
    # How Windows runs it; any system can.
    words = ["sh", "-c", 'trap "exit 6" INT; echo up; while :; do sleep 0.01; done']
    start = f"import sys; from tokgateway._runner import wait_for; sys.exit(wait_for('/bin/sh', {words!r}))"
    command = (sys.executable, "-c", start)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as launcher:
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == b"up\n"
        os.killpg(launcher.pid, signal.SIGINT)
        _, said = launcher.communicate(timeout=10)
        assert (launcher.returncode, said) == (6, b"")


def test_a_missing_cpp_library_is_named_with_the_package_that_brings_it(tmp_path: Path) -> None:
    assert "apk add libstdc++" in (missing_library([str(tmp_path)]) or "")
    (tmp_path / "libstdc++.so.6").touch()
    assert missing_library(["/nowhere", str(tmp_path)]) is None


def test_a_refusal_names_the_program_and_never_takes_two_lines(tmp_path: Path) -> None:
    for error in (FileNotFoundError(2, "No such file"), PermissionError(13, "denied"), OSError(8, "Exec format error")):
        for program in (tmp_path, tmp_path / "gone"):
            said = refusal(str(program), error)
            assert str(program) in said
            assert "\n" not in said
