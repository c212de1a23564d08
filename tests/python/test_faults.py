"""Each kind of fault in the middle of each kind of query, once: the right rows, or a clear error, within a minute. `make chaos`
does it twenty times."""

import pytest
from faults import FAULTS, QUERIES, case, make_data

# Each fault meets another kind of stage; what a stopped worker costs is the time until it is missed.
PAIRS = [(fault, list(QUERIES)[number % len(QUERIES)]) for number, fault in enumerate(FAULTS)]


@pytest.fixture(scope="module")
def ground(jupyter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    return folder, make_data(folder)


@pytest.mark.parametrize(("fault", "query"), PAIRS, ids=lambda value: value.replace(" ", "-"))
def test_a_fault_costs_time_and_no_rows(ground, fault, query):
    folder, answers = ground
    outcome, took = case(folder, answers, query, fault, seed=len(fault) + len(query))
    said = folder / f"case-{len(fault) + len(query)}" / "said"
    assert outcome in ("right rows", "a clear error"), f"{outcome} after {took:.0f} s: {said.read_text() if said.exists() else ''}"
    # What is left of the cluster can do the work.
    if fault in ("kill a worker", "stop a worker", "restart a worker", "kill a task's process"):
        assert outcome == "right rows"
