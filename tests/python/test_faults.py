"""Each kind of fault in the middle of a query, once: the right rows, or a clear error, within a minute, and a cluster
that works on. `make chaos` does it in each kind of query, twenty times. Then processes whose parents are killed."""

import contextlib
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from clusters import Cluster, family, files_in, held, refusal
from conftest import skip, until
from fault_kinds import FAULTS, HUNGRY
from faults import BIG, GOOD, QUERIES, TIMES, case, cells_of, make_data

# Each fault meets another kind of stage, and SQL loses a worker.
FRAMES = [query for query in QUERIES if query != "SQL"]
EACH = [(fault, FRAMES[number % len(FRAMES)]) for number, fault in enumerate(FAULTS)]
# Workers are lost in each of them.
LOST = [(fault, query) for fault in ("kill a worker", "restart a worker") for query in QUERIES]
PAIRS = [*EACH, *(pair for pair in LOST if pair not in EACH)]
SIDE_BY_SIDE = 3
# Longer than it takes to miss what is stopped.
PAUSE = 9


@pytest.fixture(scope="module")
def ground(jupyter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    return folder, make_data(folder)


def wanted(request):
    """The pairs that are to be tried in this run."""
    specs = [getattr(item, "callspec", None) for item in request.session.items]
    chosen = {(spec.params.get("fault"), spec.params.get("query")) for spec in specs if spec}
    return [pair for pair in PAIRS if pair in chosen]


@pytest.fixture(scope="module")
def outcomes(ground, request):
    """What comes of each pair. Most of a case is waiting, so that some run side by side."""
    reasons = {"": None, "disk": refusal(), "records": refusal(), "network": refusal(network=True)}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        begin = lambda number, pair: pool.submit(case, *ground, pair[1], pair[0], seed=number, pause=PAUSE)
        pairs = list(enumerate(wanted(request)))
        yield {pair: reasons[FAULTS[pair[0]].needs] or begin(number, pair) for number, pair in pairs}


@pytest.mark.parametrize(("fault", "query"), PAIRS, ids=lambda value: value.replace(" ", "-"))
def test_a_fault_costs_time_and_no_rows(outcomes, fault, query):
    begun = outcomes[fault, query]
    if isinstance(begun, str):
        skip(begun)
    outcome, took, said = begun.result()
    assert outcome in GOOD, f"{outcome} after {took:.0f} s: {said}"


@pytest.fixture
def own(ground):
    """A notebook that has started a cluster of its own."""
    folder, _ = ground
    cluster = Cluster(folder / "own")
    temporary = cluster.disk("temporary")
    cluster.environment["TMPDIR"] = str(temporary)
    pairs = 'let e = t.select("EventID")\nbig.join(e, "EventID").join(e, "EventID").select(len())'
    long = BIG.replace("TIMES", str(TIMES)) + pairs
    cells = "\n// %%\n".join(["%cluster start -n 2", cells_of("join"), long])
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
    # What the notebook made for itself is not the cluster's.
    left = [path for path in files_in(own.folder / "temporary") if "fram-client-" not in str(path)]
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


def test_a_task_that_passes_its_share_of_the_memory_is_tried_alone(ground):
    folder, _ = ground
    cluster = Cluster(folder / "memory")
    words = ["worker", cluster.url(), "--cores", "2", "--work-dir", cluster.disk("work"), "--memory"]
    try:
        cluster.workers.append(cluster.process(*words, "1GiB"))
        cluster.wait_for_workers(1)
        cells = HUNGRY.replace("200000000", "40000000")
        said, code = cluster.run(cells)
        # More than a half of it, less than all.
        assert code == 0 and "799999980000000" in said, said
        worker = cluster.workers.pop()
        worker.terminate()
        worker.wait()
        cluster.workers.append(cluster.process(*words, "512MiB"))
        cluster.wait_for_workers(1)
        said, code = cluster.run(cells)
        assert code == 1 and "more memory than the 512 MiB" in said and "--memory" in said, said
        said, code = cluster.run('scan_parquet("DATA/*.parquet").select(len())')
        assert code == 0 and "6000" in said, said
    finally:
        cluster.close()


def test_a_task_that_dies_takes_no_task_of_another_notebook_along(ground):
    folder, _ = ground
    cluster = Cluster(folder / "slots")
    try:
        words = ["worker", cluster.url(), "--cores", "2", "--memory", "2GiB", "--work-dir", cluster.disk("work")]
        cluster.workers.append(cluster.process(*words))
        cluster.wait_for_workers(1)
        cell = HUNGRY.replace("200000000", "20000000")
        tasks = lambda: cluster.count("fram_tasks_running")
        with contextlib.ExitStack() as stopped:
            notebooks = [cluster.begin(cell, name="first")]
            assert until(lambda: tasks() == 1), notebooks[0].communicate(timeout=60)
            stopped.enter_context(held(cluster.workers[0].pid))
            notebooks.append(cluster.begin(cell, name="second"))
            assert until(lambda: tasks() == 2), notebooks[1].communicate(timeout=60)
            name = re.search(r'href="(/workers/[^"]+)"', cluster.asked("/")).group(1)
            busy = re.findall(r'<td class="number">(\d+)</td><td><span class="state busy">busy<', cluster.asked(name))
            assert len(busy) == 2, busy
            os.kill(int(busy[0]), signal.SIGKILL)
        for notebook in notebooks:
            said = notebook.communicate(timeout=60)[0]
            assert notebook.returncode == 0 and "199999990000000" in said, said
        # That of the process which was killed was begun again, and no other.
        ended = [cluster.count(f'fram_jobs_ended{{state="{state}"}}') for state in ("succeeded", "failed")]
        assert ended == [2, 1], cluster.asked("/metrics")
        assert cluster.workers[0].poll() is None and cluster.count("fram_workers") == 1
    finally:
        cluster.close()


def parent(pid):
    with contextlib.suppress(OSError):
        return int(re.search(r"PPid:\s*(\d+)", open(f"/proc/{pid}/status").read())[1])
