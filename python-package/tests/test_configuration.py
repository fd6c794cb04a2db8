"""Configuring a gateway from Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokligence import ConfigurationError, Daemon, ExecutableError, Gateway, RefusedError, UsageError, load_config
from tokligence.configuration import value_in


def test_the_effective_configuration_is_that_of_the_executable(home: Path) -> None:
    assert load_config()["gateway"]["port"] == 8081
    assert load_config(profile="agent")["gateway"]["request_timeout"] == 300
    assert Gateway().config_dir == home / ".config/tokligence"


def test_a_secret_is_never_shown(home: Path) -> None:
    gateway = Gateway(home / "lab")
    gateway.override({"providers.openai.api_key": "sk-canary", "providers.openai.base_url": "http://127.0.0.1:9"})
    gateway.save()
    assert gateway.get("providers.openai.api_key") == "[secret]"
    assert "sk-canary" not in str(gateway.config())


def test_what_is_overridden_is_seen_at_once_and_written_by_save_alone(home: Path) -> None:
    gateway = Gateway("~/.config/tokligence/config.yaml")
    gateway.override({"gateway.port": 9001, "gateway.cors_origins": ["https://a.example", "https://b.example"]})
    gateway.override({"gateway.watch_config": False})
    assert gateway.get("gateway.port") == 9001
    assert load_config()["gateway"]["port"] == 8081
    assert not (home / ".config").exists()
    assert gateway.save() == [home / ".config/tokligence/config.yaml"]
    written = load_config()["gateway"]
    assert written["cors_origins"] == ["https://a.example", "https://b.example"]
    assert (written["port"], written["watch_config"]) == (9001, False)
    assert gateway.save() == []


def test_none_takes_a_value_away(home: Path) -> None:
    for value in (9001, None):
        gateway = Gateway(home)
        gateway.override({"gateway.port": value})
        gateway.save()
    assert gateway.get("gateway.port") == 8081


def test_a_save_that_is_refused_writes_nothing_and_says_why(home: Path) -> None:
    gateway = Gateway(home / "lab")
    gateway.override({"gateway.port": 9001, "gateway.max_retries": -1})
    with pytest.raises(ConfigurationError, match=r"gateway\.max_retries: expected whole number from 0 to 10"):
        gateway.save()
    assert not (home / "lab/config.yaml").exists()
    gateway.override({"gateway.prot": 1})
    with pytest.raises(UsageError, match=r'did you mean "gateway\.port"'):
        gateway.save()


def test_values_that_need_each_other_are_saved_together(home: Path) -> None:
    gateway = Gateway(home)
    gateway.override({"routes.fast": "mine/loopback", "providers.mine.type": "loopback"})
    gateway.save()
    assert gateway.get("routes.fast") == "mine/loopback"


def test_a_variable_that_wins_over_files_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKLIGENCE_PROFILE", "agent")
    gateway = Gateway.from_profile("team", home)
    assert gateway.profile == "team"
    with pytest.raises(RefusedError, match="TOKLIGENCE_PROFILE wins over every file"):
        gateway.save()


def test_init_writes_the_profile_and_what_is_pending(home: Path) -> None:
    gateway = Gateway.from_profile("agent", home / "lab")
    gateway.override({"gateway.port": 9001})
    assert home / "lab/setting.ini" in gateway.init()
    again = Gateway(home / "lab")
    assert (again.profile, again.get("gateway.port")) == ("agent", 9001)
    again.load_profile("personal")
    assert again.init() == [home / "lab/setting.ini"]
    assert (again.profile, again.get("gateway.port")) == ("personal", 9001)


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match='there is no profile "nix"; there are personal, agent, team, enterprise'):
        Gateway.from_profile("nix")


def test_values_of_no_kind_and_files_of_other_names_are_refused(home: Path) -> None:
    with pytest.raises(TypeError, match=r"gateway\.port: a value is text"):
        Gateway().override({"gateway.port": {}})  # type: ignore[dict-item]
    with pytest.raises(UsageError, match=r"mine\.yaml: the gateway reads config\.yaml"):
        Gateway(home / "mine.yaml")


def test_a_relative_path_means_the_same_wherever_the_program_goes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    gateway, daemon = Gateway("lab/config.yaml"), Daemon(port=0, config_path="lab")
    monkeypatch.chdir("/")
    assert gateway.config_dir == home / "lab"
    with daemon:
        assert daemon.status().config_dir == str(home / "lab")


def test_a_file_that_is_no_configuration_is_not_taken_for_a_directory(home: Path) -> None:
    (home / "setting.ini").touch()
    with pytest.raises(UsageError, match=r"setting\.ini: the gateway reads config\.yaml and the files beside it"):
        Gateway(home / "setting.ini")


def test_a_comma_in_a_list_is_refused_and_never_makes_two_of_one(home: Path) -> None:
    with pytest.raises(UsageError, match="'https://a,https://b' holds a comma"):
        Gateway(home).override({"gateway.cors_origins": ["https://a,https://b"]})


def test_values_come_back_as_they_were_given(home: Path) -> None:
    for text in ("/tmp/a \"b\" 'c' #d ; e.db", "/tmp/ü日本\u2028x", "/tmp/{a: [b]}", "/tmp/a\\nb: |"):
        gateway = Gateway(home)
        gateway.override({"database.path": text})
        gateway.save()
        assert gateway.get("database.path") == text
    for broken in ("/tmp/a\nb", "/tmp/a\0b"):
        gateway.override({"database.path": broken})
        with pytest.raises(UsageError):
            gateway.save()


def test_what_is_not_set_is_a_key_error() -> None:
    with pytest.raises(KeyError, match=r"gateway\.nothing"):
        Gateway().get("gateway.nothing")


def test_names_with_dots_are_found() -> None:
    values = {"routes": {"gpt-4.1": "openai", "gpt-4": "x"}, "a": {"b": {"c": 1}}}
    assert value_in(values, "routes.gpt-4.1") == "openai"
    assert value_in(values, "a.b") == {"c": 1}


def test_an_executable_that_is_not_there_is_told_with_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TOKLIGENCE_EXECUTABLE", "/nowhere/tokligence")
        with pytest.raises(ExecutableError, match="there is no executable at /nowhere/tokligence"):
            load_config()
