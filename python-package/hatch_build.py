"""Puts the executable into the wheel and says which machines the wheel is for."""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

MISSING = """
This source distribution of tokgateway holds no executable, and none is compiled here.
Install a wheel instead (pip install --only-binary tokgateway tokgateway). If there is none for this
machine, download its executable from https://github.com/tokligence/gateway/releases and build with
TOKLIGENCE_EXECUTABLE=/path/to/tokligence set.
"""


def version() -> str:
    """Tell the version, which whoever builds a release decides."""
    return os.environ.get("TOKLIGENCE_PYTHON_VERSION", "0.0.0")


class ExecutableHook(BuildHookInterface[Any]):
    """Makes a wheel that holds the executable of TOKLIGENCE_EXECUTABLE."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add it, for TOKLIGENCE_WHEEL_PLATFORM or this machine; an editable installation finds it when it runs."""
        if version == "editable":
            return
        executable = os.environ.get("TOKLIGENCE_EXECUTABLE")
        if not executable:
            self.app.abort(MISSING)
            return
        name = "tokligence.exe" if executable.endswith(".exe") else "tokligence"
        platform = os.environ.get("TOKLIGENCE_WHEEL_PLATFORM") or next(platform_tags())
        build_data["tag"] = f"py3-none-{platform}"
        build_data["pure_python"] = False
        build_data["force_include"][str(Path(executable).resolve())] = f"tokgateway/bin/{name}"
