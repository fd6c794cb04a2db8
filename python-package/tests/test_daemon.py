"""The gateway as a process, started and ended from Python."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tokligence import ConfigurationError, Daemon, Gateway, RemoteGateway, UnavailableError

FOREGROUND = "from tokligence import Daemon\nDaemon(port=0).start(background=False)"


def test_a_block_has_a_gateway_that_is_ready_and_gone_behind_it(home: Path) -> None:
    with Daemon(port=0) as daemon:
        status = daemon.status()
        assert daemon.is_running
        assert daemon.base_url == status.address
        assert status.config_dir == str(home / ".config/tokligence")
        with socket.create_connection(("127.0.0.1", int(status.address.rsplit(":", 1)[1])), timeout=10):
            pass
    assert not daemon.is_running
    assert is_gone(status.pid)


def test_a_block_that_fails_leaves_no_process_behind() -> None:
    daemon = Daemon(port=0)
    with pytest.raises(ZeroDivisionError), daemon:
        pid = daemon.status().pid
        raise ZeroDivisionError
    assert is_gone(pid)


def test_a_daemon_outlives_the_python_that_started_it() -> None:
    script = "from tokligence import Daemon\nDaemon(port=0).start()"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    daemon = Daemon()
    pid = daemon.status().pid
    daemon.stop(timeout=30)
    assert is_gone(pid)


def test_stopping_what_does_not_run_is_nothing() -> None:
    Daemon().stop()
    Daemon().stop(timeout=100_000.5)
    Daemon().stop(timeout=1e-7)


def test_nothing_that_runs_is_said_so() -> None:
    with pytest.raises(UnavailableError, match="No gateway runs on"):
        Daemon().status()


def test_a_second_one_is_refused_and_the_first_one_runs_on(running: Daemon) -> None:
    pid = running.status().pid
    with pytest.raises(UnavailableError, match=f"A gateway runs already on .*: process {pid}"), Daemon(port=0):
        pass
    assert running.status().pid == pid


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            UnavailableError, match=f"^Port {port} on 127.0.0.1 is in use by another program"
        ) as refused:
            Daemon(port=port).start()
        assert "tok_adm" not in str(refused.value)


def test_a_configuration_that_cannot_be_served_is_told_with_its_place(home: Path) -> None:
    (home / "config.yaml").write_text("gateway:\n  port: many\n")
    with pytest.raises(ConfigurationError, match=r"config\.yaml:2: gateway\.port: expected"):
        Daemon(config_path=home).start()
    with pytest.raises(ConfigurationError, match=r"database\.type: the PostgreSQL store is not built yet"):
        Daemon(profile="team").start()


def test_threads_share_a_daemon() -> None:
    daemon = Daemon(port=0)

    def start() -> bool:
        try:
            daemon.start()
        except UnavailableError:
            return False
        return True

    with ThreadPoolExecutor(3) as threads:
        started = list(threads.map(lambda _: start(), range(3)))
        assert started.count(True) == 1
        assert len({status.pid for status in threads.map(lambda _: daemon.status(), range(3))}) == 1


def test_in_the_foreground_it_serves_until_it_is_stopped(home: Path) -> None:
    with foreground() as process:
        Daemon().stop(timeout=30)
        assert process.wait(30) == 0


def test_ctrl_c_in_the_foreground_ends_both() -> None:
    with foreground() as process:
        pid = Daemon().status().pid
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 0
        assert is_gone(pid)


def test_what_fails_in_the_foreground_raises() -> None:
    script = FOREGROUND.replace("port=0", "profile='team'")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert "tokligence: refusing to serve:" in done.stderr
    assert "ConfigurationError: It ended with exit code 78" in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_gateway_of_every_address_is_reached_at_this_machines(host: str, home: Path) -> None:
    gateway = Gateway(home)
    gateway.override({"gateway.auth.enabled": True})
    gateway.save()
    with Daemon(port=0, host=host, config_path=home) as daemon:
        assert daemon.base_url.startswith("http://127.0.0.1:")
        assert RemoteGateway(daemon.base_url, Gateway(home).keys.create("root@localhost", name="a").key).models()


def foreground() -> subprocess.Popen[str]:
    """Python with a gateway in its foreground, which serves already, in a session of their own."""
    process = subprocess.Popen(
        [sys.executable, "-c", FOREGROUND], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "http://" in line:
            return process
    raise AssertionError("It ended without saying where it serves.")


def is_gone(pid: int) -> bool:
    """Whether a process ends soon; one that nobody has taken note of has ended too."""
    for _ in range(500):
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout
        if state.strip() == "" or state.startswith("Z"):
            return True
        time.sleep(0.02)
    return False
