"""Real JupyterLab in a real browser: the notebook as a newcomer runs it, and data that tries to be markup."""

import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from server import Server

playwright = pytest.importorskip("playwright.sync_api")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]
# What this page sets if anything from data is ever run.
CANARY = "window.__ran"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("notebooks")
    shutil.copytree(ROOT / "notebooks", place, dirs_exist_ok=True)
    return place


@pytest.fixture(scope="module")
def lab(folder):
    made = Server(folder, "jupyterlab")
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser(chromium):
    with playwright.sync_playwright() as play:
        made = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield made
        made.close()


@pytest.fixture
def page(browser, lab):
    made = browser.new_page(viewport={"width": 1280, "height": 1600})
    made.foreign = []

    def check(route):
        if not route.request.url.startswith((lab.url, lab.url.replace("http", "ws"), "data:", "blob:")):
            made.foreign.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    made.route("**/*", check)
    made.on("dialog", lambda dialog: (made.foreign.append("dialog " + dialog.message), dialog.dismiss()))
    yield made
    made.close()


def artifacts():
    place = Path(os.environ.get("FRAM_SCREENSHOTS", ROOT / "target" / "screenshots"))
    place.mkdir(parents=True, exist_ok=True)
    return place


def open_and_run(page, lab, name, seconds=180):
    page.goto(f"{lab.url}/lab/tree/{name}?token={lab.token}&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
    page.wait_for_selector(".jp-NotebookPanel-toolbar >> text=Fram", timeout=60_000)
    page.wait_for_selector('[data-status="idle"], .jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=60_000)
    page.click("text=Run >> nth=0")
    page.click("text=Run All Cells >> nth=0")
    page.wait_for_function(
        """() => {
            const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.textContent);
            return prompts.length > 0 && prompts.every(p => /\\[\\d+\\]/.test(p));
        }""",
        timeout=seconds * 1000,
    )


def test_the_first_notebook_shows_tables_and_charts(page, lab):
    # All cells are on the page at once: windowing would leave out what is not in view.
    lab.ask("PUT", "/lab/api/settings/@jupyterlab/notebook-extension:tracker", raw='{"windowingMode": "none"}')
    open_and_run(page, lab, "01_getting_started.ipynb")
    tables = page.locator(".jp-OutputArea table")
    charts = page.locator(".jp-OutputArea img, .jp-OutputArea svg")
    assert tables.count() >= 5
    sizes = [charts.nth(number).bounding_box() for number in range(charts.count())]
    assert sum(size is not None and size["width"] > 300 and size["height"] > 150 for size in sizes) >= 3, sizes
    page.screenshot(path=artifacts() / "getting_started.png")
    outputs = page.locator(".jp-Cell-outputWrapper")
    for number in range(outputs.count()):
        output = outputs.nth(number)
        if output.is_visible():
            output.screenshot(path=artifacts() / f"output_{number:02}.png")
    assert page.foreign == []


def hostile(attacks):
    """Cells that show every attack string wherever data can be shown."""
    lines = ["let attacks = ["]
    lines += [f"    {json.dumps(attack)}," for attack in attacks if "\x00" not in attack]
    lines.append("];")
    cells = [
        "\n".join(lines),
        "frame(#{ value: attacks })",
        "let named = #{}; for a in attacks { if a != \"\" { named[a] = [1] } }\nframe(named)",
        "for a in attacks { print(a); eprint(a) }",
        "frame(#{ value: attacks, n: attacks.map(|a| 1) }).bar(\"value\", \"n\", #{ title: attacks[0], x_label: attacks[1] })",
        "frame(#{ value: attacks, n: attacks.map(|a| 1) }).scatter(\"n\", \"n\", #{ color: \"value\", title: attacks[2] })",
        "attacks",
        "frame(#{ list: [attacks] })",
        "%who",
    ]
    failing = ["frame(#{ a: [1] }).select(attacks[0])", "throw attacks[0]", "read_csv(attacks[0])"]
    return cells, failing


def test_nothing_from_data_becomes_part_of_the_page(page, lab, folder, attacks):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "fram", "display_name": "Fram"}})
    cells, failing = hostile(attacks)
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    notebook.cells += [
        nbformat.v4.new_code_cell(cell, metadata={"tags": ["raises-exception"]}) for cell in failing
    ]
    nbformat.write(notebook, folder / "hostile.ipynb")
    page.add_init_script(f"{CANARY} = []; window.alert = text => {CANARY}.push(text);")
    open_and_run(page, lab, "hostile.ipynb")
    assert page.evaluate(CANARY) == []
    found = page.evaluate(
        """() => [...document.querySelectorAll('.jp-OutputArea script, .jp-OutputArea iframe, .jp-OutputArea object, '
            + '.jp-OutputArea embed, .jp-OutputArea form, .jp-OutputArea input, .jp-OutputArea video, '
            + '.jp-OutputArea audio, .jp-OutputArea base, .jp-OutputArea meta, .jp-OutputArea link, '
            + '.jp-OutputArea mjx-container, .jp-RenderedHTMLCommon a')]
            .map(element => element.outerHTML)"""
    )
    assert found == []
    handlers = page.evaluate(
        """() => [...document.querySelectorAll('.jp-OutputArea *')].flatMap(element =>
            [...element.attributes].filter(a => a.name.startsWith('on') || /^\\s*javascript:/i.test(a.value))
            .map(a => element.tagName + ' ' + a.name + '=' + a.value))"""
    )
    assert [handler for handler in handlers if "javascript:" not in handler or "title=" not in handler] == []
    assert page.foreign == []
    page.screenshot(path=artifacts() / "hostile.png")
