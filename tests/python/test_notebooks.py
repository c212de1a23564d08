"""Every notebook runs whole, and its saved outputs are the real ones."""

import re
import subprocess
from pathlib import Path

import duckdb
import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient
from nbconvert import HTMLExporter

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


# The line that a long query shows, and how it ends.
PROGRESS = re.compile(r"^(done in|stopped after|\d+\.\d s ·)")


def is_progress(text):
    """Whether it is such a line, as `plain` has it."""
    return PROGRESS.match(text.replace("TIME", "1.0 s"))


def shown(cell):
    """What a cell shows as text, without progress."""
    return [text for text in map(plain, cell.outputs) if not is_progress(text)]


def plain(output):
    """What an output shows as text, without what differs from run to run."""
    if output["output_type"] == "stream":
        text = output["text"]
    elif output["output_type"] == "error":
        text = "\n".join(output["traceback"])
    else:
        text = output["data"].get("text/plain", "")
    # Where a cluster is, and what this machine has.
    text = re.sub(r"127\.0\.0\.1:\d+ *", "HOST ", re.sub(r"http://\S+", "PAGES", text))
    text = re.sub(r"\b\d+(\.\d+)? [GM]iB\b", "MEMORY", re.sub(r"machine: \d+ cores?\b", "CORES", text))
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


def test_the_first_notebook_shows_the_same_on_a_cluster():
    """Its rows are read from the file by each cell, and nothing is kept in the notebook's process."""
    notebook = nbformat.read(ROOT / "notebooks" / "01_getting_started.ipynb", as_version=4)
    # What `%who` says of a table depends on where its rows are.
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source != "%who"]
    saved = list(map(shown, cells))
    assert len(saved) > 20 and cells[0].source.count(".collect()") == 1
    # The first cell reads the whole file otherwise, and counts its rows.
    cells[0].source = cells[0].source.replace(".collect()", "")
    magics = [nbformat.v4.new_code_cell(f"%cluster {word}") for word in ("start -n 2 --cores 1", "stop")]
    notebook.cells = [magics[0], *cells, magics[1]]
    NotebookClient(notebook, timeout=120, kernel_name="fram", resources={"metadata": {"path": ROOT / "notebooks"}}).execute()
    for was, cell in list(zip(saved, cells, strict=True))[1:]:
        assert shown(cell) == was, cell.source
    lines = [text for cell in cells for text in map(plain, cell.outputs) if is_progress(text)]
    assert any("cluster" in line for line in lines), lines


def test_the_cluster_notebook_tells_of_its_cluster():
    """What is not compared, since it differs from run to run, is in the saved outputs nevertheless."""
    notebook = nbformat.read(ROOT / "notebooks" / "06_cluster.ipynb", as_version=4)
    lines = [plain(output) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    lines = [line for line in lines if is_progress(line)]
    assert any(line.endswith("8 tasks · cluster") for line in lines), lines
    assert any("begun again once" in line for line in lines), lines
    assert any(line.endswith("local") for line in lines), lines


def test_there_is_a_notebook_for_newcomers():
    assert Path(ROOT / "notebooks" / "01_getting_started.ipynb") in NOTEBOOKS


# What a sample is said to hide, line by line.
HIDDEN = re.compile(
    r"(?P<opened>\S+ \S+)  \S+ opens (?P<document>\S+) on (?P<first>\S+)\n"
    r" +PowerShell \S+ calls (?P<address>\S+) \(\S+\) port (?P<port>\d+) .*\n"
    r"(?P<dumped>\S+ \S+)  \S+ dumps lsass.exe\n"
    r"(?P<moved>\S+ \S+)  [^\\]+\\(?P<stolen>\S+) is used on (?P<second>\S+) .*\n"
    r"(?P<cleared>\S+ \S+)  the Security log of \S+ is cleared"
)


@pytest.mark.parametrize("seed", [2, 3, 5, 8, 13, 21])
def test_the_first_notebook_finds_the_intruder_of_any_day(fram, tmp_path, seed):
    logs, story = tmp_path / "logs.ndjson.gz", tmp_path / "story.parquet"
    command = [fram, "sample", "winevents", "--seed", str(seed), "--describe", logs]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    hidden = HIDDEN.search(said.stdout + said.stderr).groupdict()
    notebook = nbformat.read(ROOT / "notebooks" / "01_getting_started.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    load, told = cells[0], next(cell for cell in cells if "'it calls home'" in cell.source)
    assert "data/winevents.ndjson.gz" in load.source
    load.source = load.source.replace("data/winevents.ndjson.gz", str(logs))
    told.source = f"%%sql story\n{told.source}"
    notebook.cells.append(nbformat.v4.new_code_cell(f'story.write_parquet("{story}");'))
    NotebookClient(notebook, timeout=120, kernel_name="fram").execute()
    asked = "SELECT what, Hostname, time, detail FROM read_parquet(?)"
    found = duckdb.connect().execute(asked, [str(story)]).fetchall()
    first, second = hidden["first"], hidden["second"]
    assert [row[:2] for row in found] == [
        ("a document starts PowerShell", first),
        ("it calls home", first),
        ("it reads lsass.exe", first),
        ("a stolen account logs on", second),
        ("data is carried out", second),
        ("the log is cleared", second),
    ]
    details = {what: detail for what, _, _, detail in found}
    assert hidden["document"] in details["a document starts PowerShell"]
    assert details["it calls home"] == f"{hidden['address']}:{hidden['port']}"
    assert details["a stolen account logs on"] == hidden["stolen"]
    # What a service starts runs as the computer itself.
    assert details["the log is cleared"] in (hidden["stolen"], second.split(".")[0] + "$")
    times = {what: time for what, _, time, _ in found}
    for what, when in [("it reads lsass.exe", "dumped"), ("the log is cleared", "cleared")]:
        assert times[what][:16] == hidden[when][:16], f"{what}: {times[what]}, hidden at {hidden[when]}"
