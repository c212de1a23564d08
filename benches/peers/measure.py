"""What every peer's program shares: its arguments, the questions, and how each is asked, timed and summed up."""

import argparse
import json
import math
import statistics
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from processes import peak_mib

QUESTIONS = ("1", "3", "6", "9", "18")
TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
TPCH = Path(__file__).resolve().parent.parent.parent / "tests" / "tpch"
# A question that is all overhead: groups of the 25 rows of a table.
SMALL = "SELECT n_regionkey, count(*) AS n FROM nation GROUP BY n_regionkey ORDER BY n_regionkey"
SMALL_TIMES = 20
# Tables that a chain of joins goes through: each brings one exchange or two more.
CHAIN = (
    ("orders", "o_orderkey = l_orderkey"),
    ("partsupp", "ps_partkey = l_partkey AND ps_suppkey = l_suppkey"),
    ("customer", "c_custkey = o_custkey"),
    ("part", "p_partkey = l_partkey"),
)


def arguments(*places):
    """The command line: what stands in these places, and how the questions are asked."""
    parser = argparse.ArgumentParser()
    for place in places:
        parser.add_argument(place)
    parser.add_argument("--questions", type=lambda text: text.split(","), default=QUESTIONS)
    parser.add_argument("--times", type=int, default=3, help="how often each is asked; the best counts")
    parser.add_argument("--check", action="store_true", help="each is asked once more before, and its rows summed up")
    parser.add_argument("--workers", type=int, default=0, help="workers of a cluster; none: in one process")
    parser.add_argument("--cores", type=int, default=1, help="cores of each worker")
    return parser.parse_args()


def sql(question):
    """A query of TPC-H by its number, or `joins2`: a chain of so many joins."""
    if question.startswith("joins"):
        chain = CHAIN[: int(question.removeprefix("joins"))]
        joins = "".join(f" JOIN {table} ON {keys}" for table, keys in chain)
        return f"SELECT count(*) AS n, sum(l_quantity) AS quantity FROM lineitem{joins}"
    return (TPCH / f"q{int(question):02}.sql").read_text().strip().rstrip(";")


def script(question):
    return (TPCH / "frames" / f"q{int(question):02}.rhai").read_text()


def say(peer, language, question, **values):
    print(json.dumps({"peer": peer, "language": language, "q": question, **values}), flush=True)


@dataclass
class Peer:
    """One that is asked: `run(question)` answers it, `rows_of(question)` gives the rows of its answer, `pids()` the
    processes whose memory counts."""

    name: str
    run: Callable
    pids: Callable
    rows_of: Callable | None = None


@dataclass
class Asked:
    """A question that a peer was asked, until it fails."""

    peer: Peer
    question: str
    answer: dict = field(default_factory=dict)
    times: list = field(default_factory=list)
    error: str | None = None

    def check(self):
        self.answer = summed(self.peer.rows_of(self.question))

    def time(self):
        self.times.append(timed(lambda: self.peer.run(self.question)))

    def attempt(self, step):
        if self.error is None:
            try:
                step(self)
            except Exception as error:  # noqa: BLE001: one question that fails leaves the others to be asked
                self.error = str(error)[:2000]

    def told(self):
        if self.error is not None:
            return {"error": self.error}
        return {"s": min(self.times), **self.answer, "peak_mib": peak_mib(self.peer.pids())}


def ask(language, options, *peers):
    """Peers are asked in turn, each question anew: where the machine's speed changes, it changes for all of them."""
    steps = [Asked.check] * options.check + [Asked.time] * options.times
    for question in options.questions:
        asked = [Asked(peer, question) for peer in peers]
        for step in steps:
            for one in asked:
                one.attempt(step)
        for one in asked:
            say(one.peer.name, language, question, **one.told())


def ask_small(peer, language, run):
    times = [timed(lambda: run(SMALL)) for _ in range(SMALL_TIMES)]
    say(peer, language, "small", s=statistics.median(times))


def timed(run):
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def summed(rows):
    """What two engines must agree in, up to rounding: how many rows there are, and each column's sum as numbers."""
    return {"rows": len(rows), "sums": [math.fsum(map(number, column)) for column in zip(*rows, strict=True)]}


def number(value):
    if value is None:
        return 0.0
    if isinstance(value, (int, float, Decimal)):
        return float(value)
    if isinstance(value, date):
        return float(value.toordinal())
    return float(zlib.crc32(str(value).encode()))
