"""Processes that a benchmark begins: their memory, and their end, whichever way the benchmark ends."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


class Processes:
    """Ends what was begun in its block, by their ids, after errors, Ctrl-C and SIGTERM too.

    All are asked to end at once; what has not ended after `patience` seconds, or was left behind, is killed.
    """

    def __init__(self, patience=10):
        self.begun = []
        self.patience = patience

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def begin(self, *command, **options):
        """Ctrl-C does not reach it: a session of its own leaves its end to this block."""
        process = subprocess.Popen([str(word) for word in command], start_new_session=True, **options)
        self.begun.append(process)
        return process

    def __exit__(self, *_):
        heard = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGTERM)}
        left = {pid: begun for process in self.begun for pid, begun in family(process.pid).items()}
        for process in self.begun:
            process.terminate()
        deadline = time.monotonic() + self.patience
        for process in self.begun:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0, deadline - time.monotonic()))
        for pid, begun in left.items():
            if begun and begun_at(pid) == begun:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for process in self.begun:
            process.wait()
        for each, handler in heard.items():
            signal.signal(each, handler)


def family(pid):
    """Ids of the process and of all below it, each with the time of its start, which tells it from a later one."""
    children = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and (found := status(place.name)):
            children.setdefault(int(found[1]), []).append(int(place.name))
    found, waiting = {}, [pid]
    while waiting:
        one = waiting.pop()
        found[one] = begun_at(one)
        waiting += children.get(one, [])
    return found


def begun_at(pid):
    found = status(pid)
    return found[19] if found else None


def status(pid):
    """The fields of /proc/PID/stat after the name."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None


def peak_mib(pids):
    """The sum of the most memory that each process has held."""
    total = 0.0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
    return total
