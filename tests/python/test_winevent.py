"""A threat hunter's questions of real Windows logs, in SQL and in script, on one machine and on a cluster, have the
answers that another engine gives."""

import json
import os
from functools import lru_cache
from pathlib import Path

import pytest
from conftest import ROOT, skip
from values import Asked

ENTRIES = json.loads((ROOT / "tests" / "oracles" / "winevent.json").read_text())
# All questions to one file follow each other, so that it is bound once.
ENTRIES.sort(key=lambda entry: entry["file"])


def label(entry):
    """The file up to its date, and the question."""
    return f"{Path(entry['file']).name.split('_20')[0]}-{entry['name']}"


@pytest.fixture(scope="module")
def data():
    told = os.environ.get("FRAM_TEST_DATA")
    if told is None:
        skip("FRAM_TEST_DATA names no folder of real logs")
    return Path(told)


@pytest.fixture(scope="module", params=["here", "cluster"])
def kernel(request, data, tmp_path_factory):
    address = request.getfixturevalue("cluster") if request.param == "cluster" else None
    made = Asked(tmp_path_factory.mktemp("winevent"), address)
    yield made
    made.close()


@pytest.fixture(scope="module")
def bind(kernel, data):
    """Binds a file to the name that the questions use, in the place of the one before."""

    @lru_cache(maxsize=1)
    def bound(file):
        kernel.run(f"let logs = read_ndjson({json.dumps(str(data / file))});")

    return bound


@pytest.mark.parametrize("language", ["sql", "script"])
@pytest.mark.parametrize("entry", ENTRIES, ids=label)
def test_a_question_has_the_answer_of_another_engine(kernel, bind, entry, language):
    bind(entry["file"])
    columns, rows = kernel.answer(entry[language], language)
    assert columns == entry["columns"]
    # Written out, 1, 1.0 and true are three things.
    assert [repr(row) for row in rows] == [repr(row) for row in entry["rows"]]
