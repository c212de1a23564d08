"""TPC-H in a Fram kernel, asked through Jupyter's protocol: `sql` as SQL cells, `script` as script cells."""

import subprocess
import sys
import tempfile
from pathlib import Path

from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from measure import TABLES, TPCH, ask, sql

program, folder, language = sys.argv[1:]


def script(number):
    return (TPCH / "frames" / f"q{number:02}.rhai").read_text()


def run(client, code):
    shown = []

    def keep(message):
        if message["msg_type"] in ("execute_result", "display_data", "error"):
            shown.append(message["content"])

    reply = client.execute_interactive(code, output_hook=keep, store_history=False, timeout=600)
    if reply["content"]["status"] != "ok":
        sys.exit("\n".join(reply["content"]["traceback"]))
    return len(shown)


with tempfile.TemporaryDirectory() as home:
    path, _ = write_connection_file(str(Path(home) / "kernel.json"))
    process = subprocess.Popen([program, "kernel", "-f", path], stdout=subprocess.DEVNULL)
    client = BlockingKernelClient(connection_file=path)
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        for table in TABLES:
            run(client, f'let {table} = scan_parquet("{folder}/{table}.parquet");')
        text = sql if language == "sql" else script
        ask("fram", language, lambda number: run(client, text(number)), lambda: [process.pid])
    finally:
        client.stop_channels()
        process.kill()
        process.wait()
