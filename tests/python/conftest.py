"""What all tests against the real program share: the program, its kernelspec in a place of its own, skips that
count."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from clusters import addresses
from page import ARGUMENTS, Watched
from server import Server

ROOT = Path(__file__).resolve().parent.parent.parent
# The escapes of the corpus.
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


def skip(reason):
    """A test that cannot be had here is skipped with its reason; where CI runs that is a failure."""
    print(f"skipped: {reason}")
    if os.environ.get("CI") == "true":
        pytest.fail(f"skipped: {reason}", pytrace=False)
    pytest.skip(reason)


def until(condition, seconds=60):
    """Whether the condition came true in this time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def processes(*words):
    """Ids of the processes whose command line holds all of these words."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                command = (place / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if all(word in command for word in words):
                found.append(int(place.name))
    return found


def target():
    told = os.environ.get("CARGO_TARGET_DIR")
    if told:
        return ROOT / told
    asked = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, capture_output=True, check=True
    )
    return Path(json.loads(asked.stdout)["target_directory"])


def program():
    told = os.environ.get("FRAM_BIN")
    found = Path(told) if told else target() / "debug" / "fram"
    assert found.exists(), f"{found} is not built: cargo build --workspace"
    return found.resolve()


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
        "XDG_CACHE_HOME": home / "cache",
        "JUPYTER_PREFER_ENV_PATH": "0",
    }
    for name, place in places.items():
        os.environ[name] = str(place)
    for name in ("JUPYTER_PATH", "JUPYTER_TOKEN", "FRAM_PYTHON"):
        os.environ.pop(name, None)
    done = subprocess.run([program(), "install", "--user"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="session")
def fram():
    return program()


@pytest.fixture(scope="session")
def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        found = shutil.which(name)
        if found:
            return found
    browsers = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    own = sorted(browsers.glob("chromium-*/*/chrome"))
    if own:
        return str(own[-1])
    skip("no Chromium is installed, and it could not be; on Debian and Ubuntu: apt-get install chromium")


@pytest.fixture(scope="session")
def attacks():
    """Attack strings, one a line."""
    corpus = ROOT / "tests" / "data" / "attack_strings.txt"
    lines = corpus.read_text(encoding="utf-8").split("\n")
    character = lambda found: chr(int(found[2], 16)) if found[2] else ESCAPES[found[1]]
    decoded = [re.sub(r"\\(u\{([0-9a-f]+)\}|.)", character, line) for line in lines if not line.startswith("##")]
    return [line for line in decoded if line]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The notebooks, as JupyterLab shows them."""
    place = tmp_path_factory.mktemp("notebooks")
    shutil.copytree(ROOT / "notebooks", place, dirs_exist_ok=True)
    return place


@pytest.fixture(scope="session")
def lab(folder, chromium, fram):
    made = Server(folder, fram)
    # All cells and outputs are on the page at once: JupyterLab leaves out what is not in view, and a cell's 51st
    # output.
    settings = json.dumps({"windowingMode": "none", "maxNumberOutputs": 10_000})
    made.ask("PUT", "/lab/api/settings/@jupyterlab/notebook-extension:tracker", raw=settings)
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser(chromium):
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        skip("playwright is not installed; tests/python/requirements.txt names it")
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield made
        made.close()


@pytest.fixture(scope="module")
def watched(browser):
    """Opens a page that may ask for nothing beyond this server, or this file."""
    return lambda own: Watched(browser, own if isinstance(own, str) else own.url)


@pytest.fixture(scope="session")
def python():
    return sys.executable


@pytest.fixture(scope="session")
def cluster(jupyter, tmp_path_factory):
    """The address of a master with two workers of one core."""
    folder = tmp_path_factory.mktemp("cluster")
    log = (folder / "log").open("w")
    begin = lambda *words: subprocess.Popen([program(), *words], stdout=subprocess.PIPE, stderr=log, text=True)
    started = [begin("master", "--port", "0", "--ui-port", "0")]
    address, _ = addresses(started[0], folder / "log")
    for _ in range(2):
        started.append(begin("worker", address, "--cores", "1", "--memory", "4GiB", "--work-dir", folder / "work"))
    assert until(lambda: (folder / "log").read_text().count("has come") == 2), (folder / "log").read_text()
    yield address
    for process in started:
        process.terminate()
        process.wait(timeout=10)
