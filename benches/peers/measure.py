"""What every peer's program shares: its arguments, the questions, and how each is asked, timed and summed up."""

import argparse
import json
import math
import statistics
import time
import zlib
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


def ask(peer, language, run, pids, options, rows_of=None):
    """`run(question)` answers it, `rows_of(question)` gives the rows of its answer."""
    for question in options.questions:
        try:
            answer = summed(rows_of(question)) if options.check else {}
            times = [timed(lambda: run(question)) for _ in range(options.times)]
        except Exception as error:  # noqa: BLE001: one question that fails leaves the others to be asked
            say(peer, language, question, error=str(error)[:2000])
            continue
        say(peer, language, question, s=min(times), **answer, peak_mib=peak_mib(pids()))


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
