"""A Fram kernel that is asked through Jupyter's protocol, here or on a cluster of its own."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pyarrow.parquet
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from measure import TABLES

# Seconds that a cell may take.
LONGEST = 1800


class Kernel:
    """A kernel, which keeps its history and what it answers in this folder."""

    def __init__(self, processes, program, home, cluster=None):
        home.mkdir(exist_ok=True)
        self.answer = home / "answer.parquet"
        path, _ = write_connection_file(str(home / "kernel.json"))
        environment = {**os.environ, "FRAM_HOME": str(home / "fram")}
        self.process = processes.begin(
            program, "kernel", "-f", path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )
        self.client = BlockingKernelClient(connection_file=path)
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        # What is written to a file is worked out by the kernel itself, unless its rows are wanted before.
        self.collected = ".collect()" if cluster else ""
        if cluster:
            self.run(f"%cluster {cluster.address} --token-file {cluster.token}")

    def name_tables(self, folder, tables=TABLES):
        for table in tables:
            self.run(f'let {table} = scan_parquet("{folder}/{table}.parquet");')

    def run(self, cell):
        """Runs the cell, and gives how much it has shown."""
        shown = []

        def keep(message):
            if message["msg_type"] in ("execute_result", "display_data"):
                shown.append(message["content"])

        reply = self.client.execute_interactive(cell, output_hook=keep, store_history=False, timeout=LONGEST)
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join([cell, *reply["content"]["traceback"]]))
        return len(shown)

    def rows_of(self, cell, language):
        """The rows of the cell's value, which pass through a file."""
        self.answer.unlink(missing_ok=True)
        write = f"{self.collected}.write_parquet({json.dumps(str(self.answer))});"
        if language == "sql":
            self.run(f"%%sql answer\n{cell};")
            self.run(f"answer{write}")
        else:
            self.run(f"{cell.rstrip()}\n{write}")
        columns = pyarrow.parquet.read_table(self.answer).columns
        return list(zip(*(column.to_pylist() for column in columns), strict=True))

    def close(self):
        self.client.stop_channels()


class Cluster:
    """A master and its workers, each with the same share of memory, on this machine's own address."""

    def __init__(self, processes, program, home, workers, cores, memory):
        home.mkdir(exist_ok=True)
        self.token = home / "token"
        self.log = home / "cluster.log"
        kept = {"stderr": self.log.open("a"), "text": True, "env": {**os.environ, "FRAM_HOME": str(home / "fram")}}
        begin = lambda *words, **options: processes.begin(
            program, *words, "--ui-port", "0", "--token-file", self.token, **kept, **options
        )
        master = begin("master", "--port", "0", stdout=subprocess.PIPE)
        self.address = re.search(r"fram://\S+?(?=;)", master.stdout.readline()).group()
        work = ("--cores", cores, "--memory", memory, "--work-dir", home / "work")
        self.workers = [
            begin("worker", self.address, *work, stdout=subprocess.DEVNULL) for _ in range(workers)
        ]
        self._wait(workers)

    def _wait(self, workers):
        deadline = time.monotonic() + 60
        while self.log.read_text().count("has come") < workers:
            if time.monotonic() > deadline:
                raise RuntimeError(self.log.read_text())
            time.sleep(0.05)
