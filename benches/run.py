"""Runs every benchmark and prints Fram beside its peers, with ratios. `run.py PROGRAM DATA [SCALE]`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from asking import HERE, lines
from cluster import cluster

# All peers have these cores and no others.
CORES = 2


def startup(program):
    rows = {row["peer"]: row for row in lines("startup.py", program)}
    print("\nA kernel's start, a trivial cell, memory when idle")
    print(f"{'':<12}{'start ms':>10}{'cell ms':>10}{'idle MiB':>10}")
    for peer, row in rows.items():
        print(f"{peer:<12}{row['start_ms']:>10.1f}{row['cell_ms']:>10.2f}{row['idle_mib']:>10.1f}")
    if len(rows) == 2:
        fram, other = rows["fram"], rows["ipykernel"]
        start, cell = other["start_ms"] / fram["start_ms"], other["cell_ms"] / fram["cell_ms"]
        print(f"{'ratio':<12}{start:>9.1f}x{cell:>9.1f}x")


def tpch(program, folder, scale):
    asked = [
        lines("peers/fram_cells.py", program, folder, "sql"),
        lines("peers/duckdb_sql.py", folder),
        lines("peers/pyspark_sql.py", folder) if shutil.which("java") else [],
        lines("peers/fram_cells.py", program, folder, "script"),
        lines("peers/polars_script.py", folder),
    ]
    if not shutil.which("java"):
        print("skipped: PySpark needs a Java runtime")
    print(f"\nTPC-H at scale factor {scale}: seconds (peak MiB); ratio = peer's time / Fram's")
    for language in ("sql", "script"):
        rows = rows_of(asked, language)
        # PySpark has no script of its own here: its SQL stands beside both.
        rows += [row for row in rows_of(asked, "sql") if language == "script" and row["peer"] == "pyspark"]
        table(language, rows)


def rows_of(asked, language):
    """What was asked of TPC-H, and answered."""
    return [row for part in asked for row in part if row["language"] == language and row["q"].isdigit() and "s" in row]


def table(language, rows):
    peers = list(dict.fromkeys(row["peer"] for row in rows))
    found = {(row["peer"], row["q"]): row for row in rows}
    print(f"\n{language:<8}" + "".join(f"{peer:>26}" for peer in peers))
    for number in sorted({row["q"] for row in rows}, key=int):
        line = f"Q{number:<7}"
        own = found.get(("fram", number))
        for peer in peers:
            row = found.get((peer, number))
            if row is None:
                line += f"{'-':>26}"
                continue
            ratio = f"{row['s'] / own['s']:.2f}x" if own and peer != "fram" else ""
            line += f"{row['s']:>10.3f} ({row['peak_mib']:>5.0f}) {ratio:>7}"
        print(line)


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    scale = sys.argv[3] if len(sys.argv) > 3 else "1"
    subprocess.run([sys.executable, HERE.parent / "tests/oracles/tpch.py", "data", folder, scale], check=True)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    print(f"on {len(os.sched_getaffinity(0))} cores")
    startup(program)
    tpch(program, folder, scale)
    if not cluster(program, folder, scale):
        sys.exit("answers failed, differ or are missing")


main()
