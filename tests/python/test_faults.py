"""Each kind of fault in the middle of a query, once: the right rows, or a clear error, within a minute, and a cluster that
works on. `make chaos` does it in each kind of query, twenty times. Then processes whose parents are killed."""

import contextlib
import os
import re
import signal
import time

import pytest
from clusters import Cluster, family, refusal
from conftest import skip, until
from fault_kinds import FAULTS
from faults import GOOD, QUERIES, case, make_data

# Each fault meets another kind of stage.
PAIRS = [(fault, list(QUERIES)[number % len(QUERIES)]) for number, fault in enumerate(FAULTS)]
# Longer than it takes to miss what is stopped.
PAUSE = 9


@pytest.fixture(scope="module")
def ground(jupyter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    return folder, make_data(folder)


@pytest.mark.parametrize(("fault", "query"), PAIRS, ids=lambda value: value.replace(" ", "-"))
def test_a_fault_costs_time_and_no_rows(ground, fault, query):
    needs = FAULTS[fault].needs
    if needs and (reason := refusal(network=needs == "network")):
        skip(reason)
    outcome, took, said = case(*ground, query, fault, seed=len(fault) + len(query), pause=PAUSE)
    assert outcome in GOOD, f"{outcome} after {took:.0f} s: {said}"


@pytest.fixture
def own(ground):
    """A notebook that has started a cluster of its own."""
    folder, _ = ground
    cluster = Cluster(folder / "own")
    temporary = cluster.disk("temporary")
    cluster.environment["TMPDIR"] = str(temporary)
    cells = "%cluster start -n 2\n// %%\n" + QUERIES["join"] + "\n// %%\nlet t = scan_parquet(\"DATA/*.parquet\")\nt.join(t, \"EventID\").join(t, \"EventID\").select(len())"
    cluster.notebook = cluster.begin(cells, master=False)
    try:
        assert until(lambda: len(parts(cluster)["slot"]) >= 2), "no task runs"
        yield cluster
    finally:
        for pid in family(cluster.folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        cluster.notebook.wait()
        cluster.close()


def parts(cluster):
    """The processes of a notebook's own cluster by what they are."""
    found = {"cluster": [], "worker": [], "slot": []}
    for pid in family(cluster.folder):
        with contextlib.suppress(OSError):
            words = open(f"/proc/{pid}/cmdline").read().split("\0")
            if len(words) > 1 and words[1] in found:
                found[words[1]].append(pid)
    return found


def test_a_notebook_that_is_killed_takes_its_own_cluster_along(own):
    own.notebook.kill()
    own.notebook.wait()
    master = own.master.pid
    assert until(lambda: family(own.folder) == [master], 10), parts(own)
    left = [path for path in (own.folder / "temporary").rglob("*") if path.is_file()]
    assert not left, left


def test_a_cluster_whose_master_is_killed_leaves_no_process(own):
    killed = parts(own)
    os.kill(killed["cluster"][0], signal.SIGKILL)
    gone = lambda: not any(parts(own).values())
    assert until(gone, 10), parts(own)
    said, _ = own.notebook.communicate(timeout=60)
    assert re.search("ClusterError.*\n(.*\n)*.*cluster", said), said


def test_tasks_of_a_worker_that_is_killed_end(own):
    before = parts(own)
    worker, slots = before["worker"][0], before["slot"]
    children = [pid for pid in slots if parent(pid) == worker]
    os.kill(worker, signal.SIGKILL)
    assert until(lambda: not set(children) & set(family(own.folder)), 5), children
    # Another worker is started in its place.
    assert until(lambda: len(parts(own)["worker"]) == 2, 10)


def parent(pid):
    with contextlib.suppress(OSError):
        return int(re.search(r"PPid:\s*(\d+)", open(f"/proc/{pid}/status").read())[1])
