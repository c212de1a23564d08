"""Runs the peers' programs, reads what they print, and holds their answers against each other."""

import json
import math
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))

from processes import Processes  # noqa: E402

# What the sums of a column may differ by: floats are added in another order, and averages and quotients are cut to six
# digits after the point by some engines, each of them.
RELATIVE, EACH = 1e-9, 2e-6


def lines(program, *words, each=None):
    """Each line of JSON that a program prints, handed on as it comes; what cannot run is said to be skipped."""
    found = []
    with Processes(patience=30) as processes:
        process = processes.begin(sys.executable, HERE / program, *words, stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            if line.startswith("{"):
                found.append(json.loads(line))
                if each:
                    each(found[-1])
        if process.wait() != 0:
            print(f"skipped: {program} ended with code {process.returncode}")
    return found


def troubles(rows):
    """What failed, and where two peers' answers to one question differ, in words."""
    first = {}
    for row in rows:
        name = f"{label(row['q'])} as {row['language']} on {row['peer']}"
        if "error" in row:
            yield f"{name} failed: {row['error']}"
        elif "sums" in row:
            other = first.setdefault((row["q"], row.get("scale")), row)
            if not alike(row, other):
                yield f"{name} differs from {other['peer']}: {row['rows']} rows, {row['sums']} is not {other['sums']}"


def alike(one, other):
    close = lambda pair: math.isclose(*pair, rel_tol=RELATIVE, abs_tol=EACH * one["rows"])
    return one["rows"] == other["rows"] and all(map(close, zip(one["sums"], other["sums"], strict=True)))


def label(question):
    return f"Q{question}" if question.isdigit() else question


def mean(ratios):
    """The geometric mean."""
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) if ratios else math.nan
