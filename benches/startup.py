"""Start of a kernel, a trivial cell, memory when idle: Fram beside ipykernel, started in turns."""

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

ROUNDS = 11
CELLS = 200


def argv(name, program, connection):
    if name == "fram":
        return [program, "kernel", "-f", connection]
    return [sys.executable, "-m", "ipykernel_launcher", "-f", connection]


def resident_mib(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def until_listening(client, deadline):
    """A client that connects too early tries again only after a tenth of a second, which is not the kernel's time."""
    end = time.perf_counter() + deadline
    while True:
        try:
            return socket.create_connection((client.ip, client.shell_port)).close()
        except ConnectionRefusedError:
            assert time.perf_counter() < end, "the kernel does not listen"
            time.sleep(0.001)


def until_info(client, deadline):
    """Asks as soon as the kernel listens, and waits until it answers."""
    until_listening(client, deadline)
    client.start_channels(shell=True, iopub=True, stdin=False, hb=True, control=False)
    client.kernel_info()
    reply = client.get_shell_msg(timeout=deadline)
    assert reply["msg_type"] == "kernel_info_reply", reply


def one(name, program, cells):
    with tempfile.TemporaryDirectory() as folder:
        path, _ = write_connection_file(str(Path(folder) / "kernel.json"))
        client = BlockingKernelClient(connection_file=path)
        client.load_connection_file()
        begun = time.perf_counter()
        process = subprocess.Popen(argv(name, program, path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until_info(client, 60)
            started = time.perf_counter() - begun
            # What a cell shows comes on another socket, which may not be connected yet.
            client.wait_for_ready(timeout=60)
            trips = []
            for _ in range(cells):
                begun = time.perf_counter()
                client.execute_interactive("1 + 1", store_history=False, output_hook=lambda _: None, timeout=60)
                trips.append(time.perf_counter() - begun)
            return started, trips, resident_mib(process.pid)
        finally:
            client.stop_channels()
            process.kill()
            process.wait()


def main():
    program = sys.argv[1]
    found = {name: {"start": [], "cell": [], "mib": 0.0} for name in ("fram", "ipykernel")}
    for round_ in range(ROUNDS):
        for name, values in found.items():
            started, trips, mib = one(name, program, CELLS if round_ == 0 else 1)
            values["start"].append(started * 1000)
            if round_ == 0:
                values["cell"], values["mib"] = [trip * 1000 for trip in trips[5:]], mib
    for name, values in found.items():
        row = {
            "peer": name,
            "start_ms": statistics.median(values["start"]),
            "cell_ms": statistics.median(values["cell"]),
            "idle_mib": values["mib"],
        }
        print(json.dumps(row), flush=True)


main()
