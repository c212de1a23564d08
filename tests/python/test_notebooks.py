"""Every notebook runs whole, and its saved outputs are the real ones."""

import re
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient
from nbconvert import HTMLExporter

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


# The line that a long query shows, and how it ends.
PROGRESS = re.compile(r"^(done in|stopped after|\d+\.\d s ·)")


def shown(cell):
    """What a cell shows as text, without progress."""
    return [text for text in map(plain, cell.outputs) if not PROGRESS.match(text.replace("TIME", "1.0 s"))]


def plain(output):
    """What an output shows as text, without what differs from run to run."""
    if output["output_type"] == "stream":
        text = output["text"]
    elif output["output_type"] == "error":
        text = "\n".join(output["traceback"])
    else:
        text = output["data"].get("text/plain", "")
    return re.sub(r"\b\d+(\.\d+)? (µs|ms|s)\b", "TIME", text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_whole(path):
    saved = nbformat.read(path, as_version=4)
    fresh = nbformat.read(path, as_version=4)
    NotebookClient(fresh, timeout=120, kernel_name="fram", resources={"metadata": {"path": str(path.parent)}}).execute()
    for number, (was, now) in enumerate(zip(saved.cells, fresh.cells, strict=True)):
        if now.cell_type != "code":
            continue
        errors = [output for output in now.outputs if output["output_type"] == "error"]
        assert bool(errors) == ("raises-exception" in now.metadata.get("tags", [])), f"cell {number}: {errors}"
        assert shown(was) == shown(now), f"cell {number} of {path.name} shows something else than what is saved"
    html, _ = HTMLExporter().from_notebook_node(fresh)
    assert len(html) > 10_000


def test_there_is_a_notebook_for_newcomers():
    assert Path(ROOT / "notebooks" / "01_getting_started.ipynb") in NOTEBOOKS
