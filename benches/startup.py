"""Start of a kernel, a trivial cell, memory when idle: Fram beside ipykernel, started in turns.

Bare sockets that try to connect every millisecond: Jupyter's own client tries ten times a second, and would measure itself.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import zmq
from jupyter_client.connect import write_connection_file
from jupyter_client.session import Session

ROUNDS = 11
CELLS = 200
PATIENCE = 60_000


def argv(name, program, connection):
    if name == "fram":
        return [program, "kernel", "-f", connection]
    return [sys.executable, "-m", "ipykernel_launcher", "-f", connection]


def resident_mib(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


class Client:
    """Shell and iopub of a kernel that may not listen yet."""

    def __init__(self, context, connection):
        self.session = Session(key=connection["key"].encode())
        self.shell, self.iopub = context.socket(zmq.DEALER), context.socket(zmq.SUB)
        for socket, port in ((self.shell, "shell_port"), (self.iopub, "iopub_port")):
            socket.reconnect_ivl, socket.rcvtimeo, socket.linger = 1, PATIENCE, 0
            socket.connect(f"tcp://{connection['ip']}:{connection[port]}")
        self.iopub.subscribe(b"")

    def ask(self, kind, content):
        return self.session.send(self.shell, kind, content)["header"]["msg_id"]

    def reply(self, request):
        while True:
            _, message = self.session.recv(self.shell, mode=0)
            if message["parent_header"]["msg_id"] == request:
                return message

    def until_idle(self, request):
        while True:
            _, message = self.session.recv(self.iopub, mode=0)
            if message["parent_header"].get("msg_id") == request and message["content"].get("execution_state") == "idle":
                return

    def until_subscribed(self):
        """A subscription that came too late is told by nothing but silence."""
        while True:
            self.reply(self.ask("kernel_info_request", {}))
            if self.iopub.poll(200):
                return

    def cell(self):
        content = {"code": "1 + 1", "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
        begun = time.perf_counter()
        request = self.ask("execute_request", content)
        self.reply(request)
        self.until_idle(request)
        return time.perf_counter() - begun

    def close(self):
        self.shell.close()
        self.iopub.close()


def one(name, program, cells, context):
    with tempfile.TemporaryDirectory() as folder:
        path, connection = write_connection_file(str(Path(folder) / "kernel.json"))
        client = Client(context, connection)
        begun = time.perf_counter()
        process = subprocess.Popen(argv(name, program, path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            client.reply(client.ask("kernel_info_request", {}))
            started = time.perf_counter() - begun
            client.until_subscribed()
            idle = resident_mib(process.pid)
            return started, [client.cell() for _ in range(cells)], idle
        finally:
            client.close()
            process.kill()
            process.wait()


def main():
    program = sys.argv[1]
    context = zmq.Context()
    found = {name: {"start": [], "cell": [], "mib": []} for name in ("fram", "ipykernel")}
    for round_ in range(ROUNDS):
        for name, values in found.items():
            started, trips, mib = one(name, program, CELLS if round_ == 0 else 1, context)
            values["start"].append(started * 1000)
            values["mib"].append(mib)
            if round_ == 0:
                values["cell"] = [trip * 1000 for trip in trips[5:]]
    for name, values in found.items():
        row = {
            "peer": name,
            "start_ms": statistics.median(values["start"]),
            "cell_ms": statistics.median(values["cell"]),
            "idle_mib": statistics.median(values["mib"]),
        }
        print(json.dumps(row), flush=True)


main()
