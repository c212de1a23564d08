"""TPC-H in a Fram kernel: `sql` as SQL cells, `script` as script cells; here, or on a cluster with `--workers`."""

import tempfile
import time
from pathlib import Path

from fram_kernel import Cluster, Kernel
from measure import SMALL, arguments, ask, ask_small, say, script, sql
from processes import Processes, family, peak_mib

# What the tasks of one worker may use.
MEMORY = "4GiB"

options = arguments("program", "folder", "language")
peer = "fram cluster" if options.workers else "fram"
text = sql if options.language == "sql" else script


def main(processes, home):
    cluster = None
    if options.workers:
        cluster = Cluster(processes, options.program, home, options.workers, options.cores, MEMORY)
    begun = time.perf_counter()
    kernel = Kernel(processes, options.program, home, cluster)
    try:
        kernel.name_tables(options.folder, ["nation"])
        kernel.run(SMALL)
        say(peer, options.language, "session", s=time.perf_counter() - begun)
        ask_small(peer, options.language, kernel.run)
        kernel.name_tables(options.folder)
        run = lambda question: kernel.run(text(question))
        rows_of = lambda question: kernel.rows_of(text(question), options.language)
        ask(peer, options.language, run, lambda: [kernel.process.pid], options, rows_of)
        for number, worker in enumerate(cluster.workers if cluster else [], 1):
            say(peer, options.language, f"worker {number}", peak_mib=peak_mib(family(worker.pid)))
    finally:
        kernel.close()


with tempfile.TemporaryDirectory() as home, Processes() as processes:
    main(processes, Path(home))
