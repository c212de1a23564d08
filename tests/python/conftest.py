"""What all tests against the real program share: the program, its kernelspec in a place of its own, skips that count."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def skip(reason):
    """A test that cannot be had here is skipped with its reason; where CI runs that is a failure."""
    print(f"skipped: {reason}")
    if os.environ.get("CI") == "true":
        pytest.fail(f"skipped: {reason}", pytrace=False)
    pytest.skip(reason)


def target():
    told = os.environ.get("CARGO_TARGET_DIR")
    if told:
        return Path(told)
    asked = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, capture_output=True, check=True
    )
    return Path(json.loads(asked.stdout)["target_directory"])


def program():
    told = os.environ.get("FRAM_BIN")
    found = Path(told) if told else target() / "debug" / "fram"
    assert found.exists(), f"{found} is not built: cargo build --workspace"
    return found


@pytest.fixture(scope="session", autouse=True)
def jupyter(tmp_path_factory):
    """Jupyter's folders, the history and the kernelspec in a place of their own."""
    home = tmp_path_factory.mktemp("home")
    places = {
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTER_PLATFORM_DIRS": "1",
        "IPYTHONDIR": home / "ipython",
        "FRAM_HOME": home / "fram",
        "JUPYTER_PREFER_ENV_PATH": "0",
    }
    for name, place in places.items():
        os.environ[name] = str(place)
    os.environ.pop("JUPYTER_PATH", None)
    done = subprocess.run([program(), "install", "--user"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="session")
def fram():
    return program()


@pytest.fixture(scope="session")
def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    skip("no Chromium is installed, and it could not be")


@pytest.fixture(scope="session")
def attacks():
    """Attack strings, one a line; `\\n`-like escapes are Python's."""
    lines = (ROOT / "tests" / "data" / "attack_strings.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]


@pytest.fixture(scope="session")
def python():
    return sys.executable
