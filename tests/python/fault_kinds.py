"""What may happen to a cluster in the middle of a query: how it is done, what ends it, and what may come of it."""

import os
import re
import signal
import time
from dataclasses import dataclass
from typing import Callable

from clusters import NOTEBOOK, PATIENCE, WORKERS, children, fill, inside

# Cells in which Polars panics, and that need more memory than a worker may use.
PANICS = (
    'scan_parquet("DATA/*.parquet")'
    '.select((col("EventID") * 0 + 9223372036854775807).cast(Datetime).dt.truncate("1mo").max())'
)
HUNGRY = 'scan_parquet("DATA/*.parquet").select(col("EventID").max(), int_range(0, 200000000).sum().alias("all"))'


@dataclass
class Fault:
    """Something that happens in the middle of a query."""

    strike: Callable
    # What ends it, when the query has ended.
    heal: Callable = lambda cluster: None
    # What the cluster needs: a disk of its own for a worker or for the master's records, or a network.
    needs: str = ""
    # Workers that are there when all is over.
    left: int = 2
    # Whether a clear error is no answer to it.
    only_rows: bool = False
    # What a clear error must say.
    words: str = ""


def kill_worker(cluster):
    cluster.workers.pop().kill()


def end_worker(cluster):
    """It says farewell, and its tasks are lost."""
    ended = cluster.workers.pop()
    ended.terminate()
    ended.wait(PATIENCE)


def restart_worker(cluster):
    cluster.workers.pop().kill()
    cluster.add_worker()


def stop_worker(cluster):
    cluster.workers[0].send_signal(signal.SIGSTOP)


def stop_for_seconds(cluster):
    """Long enough to be taken for lost, and back while the query runs again."""
    stop_worker(cluster)
    time.sleep(7)
    cluster.workers[0].send_signal(signal.SIGCONT)


def resume_worker(cluster):
    time.sleep(max(0, cluster.resume_at - time.monotonic()))
    cluster.workers[0].send_signal(signal.SIGCONT)


def stop_both(cluster):
    for worker in cluster.workers:
        worker.send_signal(signal.SIGSTOP)


def resume_both(cluster):
    time.sleep(max(0, cluster.resume_at - time.monotonic()))
    for worker in cluster.workers:
        worker.send_signal(signal.SIGCONT)


def kill_both(cluster):
    while cluster.workers:
        cluster.workers.pop().kill()


def add_both(cluster):
    cluster.add_worker()
    cluster.add_worker()


def restart_both(cluster):
    kill_both(cluster)
    add_both(cluster)


def kill_slot(cluster, how=signal.SIGKILL):
    for slot in children(cluster.workers[0].pid):
        os.kill(slot, how)


def restart_master(cluster):
    cluster.master.kill()
    cluster.master.wait()
    cluster.master = cluster.begun_master()


def stop_master(cluster):
    cluster.master.send_signal(signal.SIGSTOP)


def resume_master(cluster):
    time.sleep(max(0, cluster.resume_at - time.monotonic()))
    cluster.master.send_signal(signal.SIGCONT)


def kill_notebook(cluster):
    cluster.notebook.kill()


def fill_disk(cluster):
    fill(inside(cluster.workers[0], cluster.disk("disk-0")))


def free_disk(cluster):
    (inside(cluster.workers[0], cluster.disk("disk-0")) / "filler").unlink()


def fill_records(cluster):
    fill(inside(cluster.master, cluster.disk("records")))


def pull_for_seconds(cluster):
    cluster.network.pull(WORKERS[0])
    time.sleep(3)
    cluster.network.plug(WORKERS[0])


def plug_notebook(cluster):
    """The master must have missed the notebook by itself, and let go what was kept for it."""
    deadline = time.monotonic() + PATIENCE
    while left := cluster.jobs_left():
        assert time.monotonic() < deadline, f"kept for a notebook that is gone: {left}"
        time.sleep(0.1)
    cluster.network.plug(NOTEBOOK)


def beside(cells, words):
    """Another notebook's query, which must fail as it says, while the first one goes on."""

    def strike(cluster):
        cluster.beside = cluster.begin(cells)

    def heal(cluster):
        said = cluster.beside.communicate(timeout=PATIENCE)[0]
        assert cluster.beside.returncode == 1 and re.search(words, said), said

    return Fault(strike, heal, only_rows=True)


# What a clear error says.
NO_WORKERS = r"ClusterError: the cluster has no workers(.|\n)*fram worker"
NO_MASTER = r"ClusterError: no master answers at fram://[\d.:]+ (.|\n)*fram master"
NO_WAY = r"ClusterError: (another worker cannot fetch the rows|the rows of another task)(.|\n)*--bind"

FAULTS = {
    "kill a worker": Fault(kill_worker, left=1, only_rows=True),
    "restart a worker": Fault(restart_worker, only_rows=True),
    "stop a worker": Fault(stop_worker, left=1, only_rows=True),
    "stop a worker for 7 s": Fault(stop_for_seconds, only_rows=True),
    "stop a worker for a while": Fault(stop_worker, resume_worker, only_rows=True),
    "kill both workers": Fault(kill_both, add_both, words=NO_WORKERS),
    "restart both workers": Fault(restart_both, words=NO_WORKERS),
    "kill a task's process": Fault(kill_slot, only_rows=True),
    "stop a task's process": Fault(lambda cluster: kill_slot(cluster, signal.SIGSTOP), only_rows=True),
    "restart the master": Fault(restart_master, words=NO_MASTER),
    "stop the master for a while": Fault(stop_master, resume_master, words=NO_MASTER),
    "kill the notebook": Fault(kill_notebook),
    "fill a worker's disk": Fault(
        fill_disk, free_disk, needs="disk", words=r"the disk of worker [\d.:]+ \(its folder: .*/disk-0/.*--work-dir"
    ),
    "fill the master's disk": Fault(fill_records, needs="records", only_rows=True),
    "a task panics beside it": beside(PANICS, "EngineFailed.*failed inside"),
    "a task takes all memory beside it": beside(
        HUNGRY, r"ClusterError: a task needed more memory than the 1024 MiB(.|\n)*--memory"
    ),
    "break a worker's network for 3 s": Fault(pull_for_seconds, needs="network", only_rows=True),
    "break a worker's network": Fault(
        lambda cluster: cluster.network.pull(WORKERS[0]),
        lambda cluster: cluster.network.plug(WORKERS[0]),
        needs="network",
        only_rows=True,
    ),
    "break the network between workers": Fault(
        lambda cluster: cluster.network.part_workers(),
        lambda cluster: cluster.network.part_workers("off"),
        needs="network",
        words=NO_WAY,
    ),
    "break the notebook's network": Fault(
        lambda cluster: cluster.network.pull(NOTEBOOK), plug_notebook, needs="network", words=NO_MASTER
    ),
    "end a worker": Fault(end_worker, left=1, only_rows=True),
    "stop both workers for a while": Fault(stop_both, resume_both, words=NO_WORKERS),
}
