"""A kernel whose cells give values: what a cell answers is written to a file, and DuckDB reads it."""

import json
import re

import duckdb
from jupyter_client.manager import start_new_kernel


class Asked:
    """A kernel that is asked; ended when closed. Its answers pass through this folder. With a cluster, they are worked
    out there."""

    def __init__(self, folder, cluster=None):
        self.file = folder / "answer.parquet"
        # Files are written by the notebook's own process.
        self.collected = ".collect()" if cluster else ""
        self.manager, self.client = start_new_kernel(kernel_name="fram")
        if cluster:
            self.run(f"%cluster {cluster}")

    def run(self, cell):
        """Runs a cell, and gives what it shows as text."""
        said = []
        reply = self.client.execute_interactive(cell, store_history=False, timeout=120, output_hook=said.append)
        reply = reply["content"]
        assert reply["status"] == "ok", "\n".join([cell, *reply.get("traceback", [])])
        return [message["content"]["data"]["text/plain"] for message in said if message["msg_type"] == "execute_result"]

    def jobs(self):
        """How many jobs the cluster has ended."""
        return int(re.search(r"(\d+) done", self.run("%cluster status")[0]).group(1))

    def answer(self, cell, language):
        """The columns' names, and the rows."""
        self.file.unlink(missing_ok=True)
        write = f"{self.collected}.write_parquet({json.dumps(str(self.file))});"
        if language == "sql":
            # A `;` at the end: the rows get a name, and nothing is shown.
            self.run(f"%%sql answer\n{cell};")
            self.run(f"answer{write}")
        else:
            # The cell ends in a call, which goes on over the end of the line.
            self.run(f"{cell.rstrip()}\n{write}")
        return self._read()

    def _read(self):
        """The names are the file's own, since DuckDB renames what differs by case alone; the first is that of the
        whole."""
        connection, file = duckdb.connect(), str(self.file)
        names = connection.execute("SELECT name FROM parquet_schema(?)", [file]).fetchall()[1:]
        rows = connection.execute("SELECT * FROM read_parquet(?)", [file]).fetchall()
        return [name for (name,) in names], [list(row) for row in rows]

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
