"""Processes that a benchmark begins: their memory, and their end, whichever way the benchmark ends."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

# Seconds that a process has to end by itself.
PATIENCE = 20


class Processes:
    """Ends what was begun in its block, last first and by their ids, after errors, Ctrl-C and SIGTERM too."""

    def __init__(self):
        self.begun = []

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
        while self.begun:
            end(self.begun.pop())
        for each, handler in heard.items():
            signal.signal(each, handler)


def end(process):
    """Asks the process to end, and ends what is left of it and of what it had begun."""
    left = family(process.pid)
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pid, begun in left.items():
        if pid != process.pid and begun and begun_at(pid) == begun:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


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
