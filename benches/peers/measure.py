"""What every peer's program shares: ask each question some times, print the best time and the peak memory."""

import json
import time
from pathlib import Path

QUESTIONS = (1, 3, 6, 9, 18)
TIMES = 3
TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
TPCH = Path(__file__).resolve().parent.parent.parent / "tests" / "tpch"


def sql(number):
    return (TPCH / f"q{number:02}.sql").read_text()


def peak_mib(pids):
    total = 0.0
    for pid in pids:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        total += next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    return total


def ask(peer, language, run, pids):
    """`run(number)` answers a question and gives its number of rows."""
    for number in QUESTIONS:
        best = None
        for _ in range(TIMES):
            begun = time.perf_counter()
            rows = run(number)
            took = time.perf_counter() - begun
            best = took if best is None else min(best, took)
        row = {"peer": peer, "language": language, "q": number, "s": best, "rows": rows, "peak_mib": peak_mib(pids())}
        print(json.dumps(row), flush=True)
