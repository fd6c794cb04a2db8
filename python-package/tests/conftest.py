"""Every test has a home of its own, no settings of this machine, and leaves no gateway behind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_anthropic import FakeAnthropic
from tokligence import Daemon

FOREIGN = ("TOKLIGENCE_", "OPENAI_", "ANTHROPIC_", "GEMINI_", "GOOGLE_", "LANGSMITH_", "LANGCHAIN_")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home directory that is empty; its gateway is ended after the test."""
    for name in list(os.environ):
        foreign = name.startswith(FOREIGN) and name != "TOKLIGENCE_EXECUTABLE"
        if foreign or name.endswith("_API_KEY") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPENAI_AGENTS_DISABLE_TRACING", "1")
    with tempfile.TemporaryDirectory(prefix="sdk-") as directory:
        monkeypatch.setenv("HOME", directory)
        monkeypatch.setenv("USERPROFILE", directory)
        yield Path(directory)
        monkeypatch.undo()
        if Path(directory, ".config/tokligence/gateway.lock").exists():
            Daemon(config_path=Path(directory, ".config/tokligence")).stop(now=True)


@pytest.fixture
def running() -> Iterator[Daemon]:
    """A personal gateway on a free port."""
    with Daemon(port=0) as daemon:
        yield daemon


@pytest.fixture
def anthropic() -> Iterator[FakeAnthropic]:
    """A provider that speaks Anthropic's Messages."""
    with FakeAnthropic() as provider:
        yield provider
