"""TPC-H in a Fram kernel: `sql` as SQL cells, `script` as script cells. With `--workers` it is asked on a cluster too, in
turn with the one process."""

import tempfile
import time
from pathlib import Path

from fram_kernel import Cluster, Kernel
from measure import SMALL, Peer, arguments, ask, ask_small, say, script, sql
from processes import Processes, family, peak_mib

# What the tasks of one worker may use.
MEMORY = "4GiB"

options = arguments("program", "folder", "language")
text = sql if options.language == "sql" else script


def begun(name, processes, home, cluster=None):
    """A kernel that has answered the small query and knows all tables."""
    start = time.perf_counter()
    kernel = Kernel(processes, options.program, home / name, cluster)
    kernel.name_tables(options.folder, ["nation"])
    kernel.run(SMALL)
    say(name, options.language, "session", s=time.perf_counter() - start)
    ask_small(name, options.language, kernel.run)
    kernel.name_tables(options.folder)
    return kernel


def peer(name, kernel):
    return Peer(
        name,
        lambda question: kernel.run(text(question)),
        lambda: [kernel.process.pid],
        lambda question: kernel.rows_of(text(question), options.language),
    )


def main(processes, home):
    kernels = {"fram": begun("fram", processes, home)}
    cluster = None
    if options.workers:
        cluster = Cluster(processes, options.program, home / "cluster", options.workers, options.cores, MEMORY)
        kernels["fram cluster"] = begun("fram cluster", processes, home, cluster)
    try:
        ask(options.language, options, *(peer(*one) for one in kernels.items()))
        for number, worker in enumerate(cluster.workers if cluster else [], 1):
            say("fram cluster", options.language, f"worker {number}", peak_mib=peak_mib(family(worker.pid)))
    finally:
        for kernel in kernels.values():
            kernel.close()


with tempfile.TemporaryDirectory() as home, Processes() as processes:
    main(processes, Path(home))
