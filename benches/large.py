"""TPC-H at scale 10, and growth: with data, with joins, with tasks. `large.py PROGRAM DATA`; DATA holds all scales.

Each result is appended to DATA/large.jsonl as it comes. What is there is not measured again: what was interrupted goes
on where it was; move the file away to measure anew.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from asking import HERE, label, lines, mean, troubles

# All peers have these cores and no others.
CORES = 2
QUESTIONS = ("1", "3", "6", "9", "18")
# The question that growth is measured by, and the scale where it is not data that grows.
GROWING, MIDDLE = "9", 3
JOINS = tuple(f"joins{count}" for count in range(5))
TIMES = 2


@dataclass(frozen=True)
class Setup:
    """A peer on data of a scale, with a cluster; Fram in one process is asked in turn with Fram's cluster."""

    peer: str
    language: str
    scale: int
    workers: int = 2
    cores: int = 1

    def command(self, program, data):
        folder = data / f"tpch-{self.scale}"
        workers = ("--workers", str(self.workers), "--cores", str(self.cores))
        if self.peer == "spark cluster":
            return ("peers/pyspark_sql.py", folder, *workers)
        return ("peers/fram_cells.py", program, folder, self.language, *workers)


def here(language, scale):
    return Setup("fram", language, scale)


def there(language, scale, cores=1):
    return Setup("fram cluster", language, scale, cores=cores)


def spark(scale):
    return Setup("spark cluster", "sql", scale)


def wanted():
    """What is measured, and the questions."""
    for language in ("sql", "script"):
        yield there(language, 10), QUESTIONS
    yield spark(10), QUESTIONS
    for scale in (1, MIDDLE):
        joins = JOINS if scale == MIDDLE else ()
        yield there("sql", scale), (GROWING, *joins)
        yield spark(scale), (GROWING, *joins)
        yield there("script", scale), (GROWING,)
    for cores in (2, 4, 8):
        yield there("sql", MIDDLE, cores), (GROWING,)
        yield there("script", MIDDLE, cores), (GROWING,)


class Results:
    """What has been measured, in a file that grows."""

    def __init__(self, path):
        self.path = path
        self.rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        self.failed = []

    def find(self, setup, question):
        held = {**asdict(setup), "q": question}
        return next((row for row in self.rows if held.items() <= row.items()), None)

    def add(self, setup, row):
        row = {**asdict(setup), **row}
        if "error" in row:
            self.failed.append(row)
            return
        self.rows.append(row)
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def missing(self, setup, questions):
        """What is not there yet, and can be had."""
        if setup.peer == "spark cluster" and not shutil.which("java"):
            return []
        asked = [setup, replace(setup, peer="fram")] if setup.peer == "fram cluster" else [setup]
        return [question for question in questions if not all(self.find(one, question) for one in asked)]

    def measure(self, setup, questions, program, data):
        missing = self.missing(setup, questions)
        if not missing:
            return
        print(f"measuring {setup.peer}, {setup.language}, scale {setup.scale}: {', '.join(missing)}", flush=True)
        asked = ("--check", "--times", str(TIMES), "--questions", ",".join(missing))
        lines(*setup.command(program, data), *asked, each=lambda row: self.add(setup, row))

    def seconds(self, setup, question):
        row = self.find(setup, question)
        return row["s"] if row else None


def shown(value, other=None):
    if value is None:
        return f"{'-':>18}"
    ratio = f"{value / other:.2f}x" if other else ""
    return f"{value:>10.2f}{ratio:>8}"


def line(name, results, question, setups):
    """Seconds of one process, of the cluster over it, and of Spark over the cluster."""
    one, two, three = (results.seconds(setup, question) for setup in setups)
    print(f"{name:<14}{shown(one)}{shown(two, one)}{shown(three, two)}")
    return three / two if two and three else None


def report(results):
    print(f"\nseconds, best of {TIMES}; ratios: of Fram's cluster to Fram, of Spark's cluster to Fram's")
    for language in ("sql", "script"):
        print(f"\nscale 10, {language:<4}{'fram':>10}{'fram cluster':>18}{'spark cluster':>18}")
        setups = (here(language, 10), there(language, 10), spark(10))
        ratios = [line(label(question), results, question, setups) for question in QUESTIONS]
        print(f"geometric mean of Spark's ratios: {mean([ratio for ratio in ratios if ratio]):.2f}x")
        print(f"\n{label(GROWING)}, data")
        for scale in (1, MIDDLE, 10):
            line(f"scale {scale}", results, GROWING, (here(language, scale), there(language, scale), spark(scale)))
        print(f"\n{label(GROWING)}, scale {MIDDLE}, tasks at once")
        for cores in (1, 2, 4, 8):
            print(f"{2 * cores:<14}{shown(results.seconds(there(language, MIDDLE, cores), GROWING))}")
    print(f"\njoins, scale {MIDDLE}, sql")
    for count, question in enumerate(JOINS):
        line(str(count), results, question, (here("sql", MIDDLE), there("sql", MIDDLE), spark(MIDDLE)))
    print("\npeak MiB of a worker, scale 10")
    for setup in (there("sql", 10), there("script", 10), spark(10)):
        peaks = [results.find(setup, f"worker {number}") for number in (1, 2)]
        shown_peaks = ", ".join(f"{peak['peak_mib']:.0f}" for peak in peaks if peak)
        print(f"{setup.peer}, {setup.language}: {shown_peaks}")


def main():
    program, data = sys.argv[1], Path(sys.argv[2])
    for scale in (1, MIDDLE, 10):
        generate = (HERE.parent / "tests/oracles/tpch.py", "data", data / f"tpch-{scale}", str(scale))
        subprocess.run([sys.executable, *generate], check=True)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    results = Results(data / "large.jsonl")
    for setup, questions in wanted():
        results.measure(setup, questions, program, data)
    report(results)
    wrong = list(troubles([*results.rows, *results.failed]))
    print("\n".join(["", *wrong]) if wrong else "\nAll answers that are there agree.")
    if wrong or any(results.missing(setup, questions) for setup, questions in wanted()):
        sys.exit("answers failed, differ or are missing")


main()
