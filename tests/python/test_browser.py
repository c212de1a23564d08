"""Real JupyterLab in a real browser, as a newcomer meets it: the kernel is picked, the first notebook runs whole, help
comes."""

import nbformat
import pytest
from conftest import ROOT
from page import artifacts, contrast

NOTEBOOK = "01_getting_started.ipynb"


@pytest.fixture(scope="module")
def run_whole(watched, lab):
    """The page of the first notebook with all cells run."""
    made = watched(lab)
    made.open(lab, NOTEBOOK)
    made.run_all()
    yield made
    made.close()


def test_the_first_notebook_runs_whole(run_whole):
    notebook = nbformat.read(ROOT / "notebooks" / NOTEBOOK, as_version=4)
    saved = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = run_whole.outputs()
    assert len(shown) == len(saved)
    for number, (cell, outputs) in enumerate(zip(saved, shown, strict=True)):
        failed = [output["text"] for output in outputs if output["failed"]]
        assert bool(failed) == ("raises-exception" in cell.metadata.get("tags", [])), f"cell {number}: {failed}"
        for output in cell.outputs:
            for mime in ("text/html", "image/svg+xml"):
                if mime in output.get("data", {}):
                    assert mime in [one["mime"] for one in outputs], f"cell {number} shows no {mime}: {outputs}"
    assert run_whole.foreign == [] and run_whole.ran() == []


def test_nothing_else_asks_for_attention(run_whole):
    page = run_whole.page
    assert page.locator(".Toastify__toast, .jp-Dialog").count() == 0
    # The picture of README.md: SQL with its table, a script with its chart.
    page.set_viewport_size({"width": 1280, "height": 1070})
    page.get_by_role("heading", name="When did it happen?").evaluate(
        "heading => heading.closest('.jp-Cell').previousElementSibling.scrollIntoView()"
    )
    page.screenshot(path=artifacts() / "screenshot.png")


def test_tables_and_charts_can_be_seen(run_whole):
    page = run_whole.page
    for theme in ("light", "dark"):
        if theme == "dark":
            run_whole.menu("Settings", "Theme", "JupyterLab Dark")
            page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
        tables = page.locator('.jp-OutputArea-output[data-mime-type="text/html"]', has=page.locator("table"))
        assert tables.count() >= 10
        charts = page.locator('.jp-OutputArea-output[data-mime-type="image/svg+xml"] img')
        sizes = [charts.nth(number).bounding_box() for number in range(charts.count())]
        assert len(sizes) >= 4
        assert all(size["width"] > 300 and size["height"] > 150 for size in sizes), sizes
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        for number in range(tables.count()):
            tables.nth(number).screenshot(path=artifacts() / f"{theme}_table_{number:02}.png")
            assert contrast(tables.nth(number).locator("td").first) > 4.5, f"{theme}: table {number} is hard to read"
        for number in range(charts.count()):
            charts.nth(number).screenshot(path=artifacts() / f"{theme}_chart_{number:02}.png")
    assert run_whole.foreign == []


def test_a_newcomer_picks_the_kernel_and_is_helped(watched, lab):
    made = watched(lab)
    page = made.page
    page.goto(f"{lab.url}/lab?token={lab.token}&reset")
    page.locator('.jp-LauncherCard[data-category="Notebook"][title="Fram"]').click(timeout=90_000)
    page.wait_for_selector(".jp-NotebookPanel-toolbar >> text=Fram")
    made.until_idle()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell .cm-content").click()
    page.keyboard.insert_text("let people = frame(#{ name: ['Ada'], age: [36] });")
    page.keyboard.press("Shift+Enter")
    page.keyboard.insert_text("people.fil")
    page.keyboard.press("Tab")
    page.wait_for_selector(".jp-Completer >> text=filter")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Tab")
    page.keyboard.insert_text("ter(col('age') > 30)")
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector(".jp-OutputArea-output td >> text=Ada")
    page.keyboard.insert_text("filter")
    page.keyboard.press("Shift+Tab")
    page.wait_for_selector(".jp-Tooltip >> text=filter")
    page.screenshot(path=artifacts() / "helped.png")
    page.keyboard.press("Escape")
    page.keyboard.insert_text("?")
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector(".jp-Notebook .jp-OutputArea-output >> text=filter")
    assert made.foreign == []
    made.close()
