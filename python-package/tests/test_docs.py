"""Every example of docs/python.md runs, and the package runs on the Python that it says it does."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import tokligence

PACKAGE = Path(__file__).parents[1]
PAGE = PACKAGE.parent / "docs/python.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
SAID = ["Hello", "A gateway runs already on", "8090\n300", "tok_", "bob@example.com", "'model': 'loopback'"]


@pytest.mark.parametrize(("example", "said"), list(zip(EXAMPLES, SAID, strict=True))[:-1])
def test_an_example_of_the_page_runs(example: str, said: str, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", example],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout


def test_the_example_of_agent_frameworks_runs(capsys: pytest.CaptureFixture[str]) -> None:
    # In this process, where other tests have waited for the frameworks already.
    exec(compile(EXAMPLES[-1], PAGE, "exec"), {})
    assert SAID[-1] in capsys.readouterr().out


@pytest.mark.parametrize("module", [name for _, name, _ in iter_modules(tokligence.__path__) if name[0] != "_"])
def test_a_module_says_what_it_promises_and_the_package_promises_no_more(module: str) -> None:
    public = import_module(f"tokligence.{module}")
    assert set(public.__all__) <= set(vars(public))
    exported = {name for name in tokligence.__all__ if getattr(tokligence, name).__module__ == public.__name__}
    assert exported <= set(public.__all__)


def test_the_page_uses_what_is_promised_alone() -> None:
    imports = re.findall(r"^from (tokligence\S*) import (.+)$", "\n".join(EXAMPLES), re.MULTILINE)
    assert imports
    for module, names in imports:
        assert set(names.split(", ")) <= set(import_module(module).__all__)


@pytest.mark.parametrize("package", ["tokligence", "tokgateway"])
def test_the_package_needs_no_python_later_than_3_10(package: str) -> None:
    program = Path(sysconfig.get_path("scripts"), "vermin")
    words = ["--target=3.10-", "--violations", "--no-tips", "--eval-annotations", str(PACKAGE / "src" / package)]
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_the_core_imports_nothing_but_the_standard_library() -> None:
    script = "import sys, tokligence, tokligence.team, tokligence.agent; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", path_of_package() + script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    known = {*sys.stdlib_module_names, "tokligence", "tokgateway", "__main__", "encodings"}
    assert {name for name in loaded if not name.startswith("_")} <= known


def path_of_package() -> str:
    """Where the package that is tested lies, for a Python without its installed packages."""
    return f"import sys; sys.path.insert(0, {str(Path(tokligence.__file__).parents[1])!r}); "
