"""The Python of the specification, word for word in spec_examples/, does what it shows."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from free_port import free_port
from tokligence import ConfigurationError, Daemon, Gateway, RefusedError, RemoteGateway, load_config

EXAMPLES = Path(__file__).parent / "spec_examples"


def test_an_agent_gets_a_langchain_model_and_autogens_list_of_models(running: Daemon) -> None:
    names = runpy.run_path(str(EXAMPLES / "agent_development.py"))
    assert names["llm"].model_name == "claude-3-sonnet-20240229"
    assert names["llm"].temperature == 0.7
    assert names["llm"].openai_api_base == f"{running.base_url}/v1"
    assert [entry["model"] for entry in names["config_list"]] == ["loopback"]


def test_a_profile_is_loaded_customized_and_saved_into_config_yaml(home: Path) -> None:
    runpy.run_path(str(EXAMPLES / "profile_switching.py"))
    assert [path.name for path in (home / ".config/tokligence").iterdir()] == ["config.yaml"]
    values = load_config()
    assert (values["profile"], values["gateway"]["port"], values["database"]["type"]) == ("team", 8082, "postgresql")


def test_the_environment_chooses_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKLIGENCE_PROFILE", "personal")
    runpy.run_path(str(EXAMPLES / "environment_override.py"))
    assert Gateway().profile == "enterprise"
    assert load_config()["gateway"]["auth"]["type"] == "oidc"


def test_the_team_script_sets_up_a_team_and_serves_it_where_its_database_is_built() -> None:
    beside = Gateway()
    beside.override({"database.type": "sqlite", "metrics.prometheus_port": free_port()})
    beside.save()
    port = free_port()
    done = team_setup(port)
    assert done.stderr == ""
    told = dict(line.removeprefix("Added ").split(" with API key: ") for line in done.stdout.splitlines())
    assert list(told) == ["alice@team.com", "bob@team.com"]
    # The daemon outlives the script; a key of the team calls it, and nobody does without one.
    assert Daemon().base_url == f"http://127.0.0.1:{port}"
    assert Daemon().status().profile == "team"
    alice = RemoteGateway(f"http://127.0.0.1:{port}", told["alice@team.com"])
    assert alice.models() == ()
    with pytest.raises(RefusedError) as refused:
        RemoteGateway(f"http://127.0.0.1:{port}", "any").models()
    assert refused.value.code == "unauthenticated"


def test_the_team_script_as_it_stands_says_what_is_not_built_yet() -> None:
    done = team_setup(free_port())
    assert done.returncode == 1
    assert "ConfigurationError: refusing to serve:" in done.stderr
    assert "the PostgreSQL store is not built yet" in done.stderr
    with pytest.raises(ConfigurationError, match="PostgreSQL store"):
        Gateway().validate()


def team_setup(port: int) -> subprocess.CompletedProcess[str]:
    """The script, with a port that is free here."""
    text = (EXAMPLES / "team_setup.py").read_text().replace("8081", str(port))
    options: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 60}
    return subprocess.run([sys.executable, "-c", text], check=False, **options)
