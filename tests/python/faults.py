"""Clusters of real processes to which something happens in the middle of a query: the same rows must come, or a clear
error, within a minute. Run as a program (`make chaos`) it does so again and again, goes on where it was stopped, and
writes what came of it into a table."""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from clusters import PATIENCE, ROOT, SILENT, Cluster, Network, family, program, refusal
from fault_kinds import FAULTS, kill_notebook

# A query takes so many seconds at least: in the tests, and where it is done again and again.
EVENTS, FILES, LEAST = 6000, 6, 0.5
MANY_EVENTS, LONG = 30_000, 1.5
# How often a query reads all of them: at least, and at most.
TIMES, MOST_TIMES = 16, 1024
# How often a query is begun again because it had ended before anything happened to it.
LATE = 4
# Random plans that are tried at a stroke.
CHUNK = 500

# What each kind of stage is busy with when something happens.
BIG = 'let t = scan_parquet("DATA/*.parquet")\nlet all = []\nfor i in 0..TIMES { all.push(t); }\nlet big = concat(all)\n'
QUERIES = {
    "cached": BIG
    + 'let kept = big.select("UtcTime", "ProcessGuid", "EventID", "Hostname", "CommandLine").collect()\n// %%\n'
    + 'kept.group_by("EventID", "Hostname").agg(len().alias("n"), col("CommandLine").n_unique().alias("c"))'
    + '.sort("EventID", "Hostname").show(200)',
    "leaf": BIG
    + 'big.filter(col("CommandLine").str.contains("(?i)(po|ps).*(hid|enc).* -"))'
    + '.select(len().alias("n"), col("CommandLine").str.len_chars().sum().alias("c"))',
    "shuffle": BIG
    + 'big.group_by("ProcessGuid", "EventID").agg(len().alias("n"), col("Image").n_unique().alias("i"))'
    + '.select(col("n").sum(), col("i").max(), len().alias("groups"))',
    "join": BIG
    + 'big.select("ProcessGuid", "Hostname", "EventID")'
    + '.join(t.group_by("ProcessGuid").agg(len().alias("events")), "ProcessGuid").group_by("EventID", "Hostname")'
    + '.agg(len().alias("n"), col("events").sum()).sort("EventID", "Hostname").show(200)',
    "final": BIG
    + 'big.sort("UtcTime", "ProcessGuid", "EventID", "Hostname")'
    + '.select("UtcTime", "EventID", "Hostname").slice(5000, 20)',
    "write": BIG
    + 'big.group_by("EventID", "Hostname").agg(len().alias("n")).sort("EventID", "Hostname")'
    + '.write_parquet("OUT.parquet");\n// %%\nscan_parquet("OUT.parquet").show(200)',
    "write a folder": BIG
    + 'big.select("EventID", "Hostname", "CommandLine")'
    + '.write_parquet("OUT/", #{ partition_by: "EventID", overwrite: true });\n// %%\n'
    + 'scan_parquet("OUT").group_by("EventID").agg(len().alias("n"), col("Hostname").n_unique().alias("h"), '
    + 'col("CommandLine").str.len_chars().sum().alias("c")).sort("EventID").show(200)',
    "SQL": BIG
    + '// %%\n%%sql\nSELECT big."EventID", big."Hostname", count(*) AS n, sum(g.events) AS events FROM big '
    + 'JOIN (SELECT "ProcessGuid", count(*) AS events, count(DISTINCT "CommandLine") AS lines FROM t '
    + 'GROUP BY "ProcessGuid") g ON big."ProcessGuid" = g."ProcessGuid" '
    + 'GROUP BY big."EventID", big."Hostname" ORDER BY big."EventID", big."Hostname"',
}
CLEAR = re.compile(
    r"(ClusterError|OutOfMemory|disk|PermissionError).*\n(.*\n)*.*(worker|master|disk|memory|run)", re.IGNORECASE
)
# What is asked when all is over, to see that the cluster works on.
AGAIN = (
    'scan_parquet("DATA/*.parquet").group_by("EventID")'
    '.agg(len().alias("n"), col("Hostname").n_unique().alias("hosts")).sort("EventID").show(50)'
)
GOOD = ("right rows", "a clear error", "nothing left behind")


def tables(text):
    return "\n".join(line for line in text.splitlines() if line.startswith(("┌", "│", "├", "└")))


def cells_of(query, times=TIMES):
    """The query over so many times all logs."""
    return {**QUERIES, "again": AGAIN}[query].replace("TIMES", str(times))


def write_events(cluster, events=EVENTS):
    """Logs in several files, in a folder beside the cluster's."""
    data = cluster.folder.parent / "data"
    data.mkdir(exist_ok=True)
    words = ["sample", "winevents", "--events", str(events), data / "all.ndjson"]
    subprocess.run([program(), *words], check=True, **SILENT)
    part = events // FILES
    cells = (
        'let all = read_ndjson("DATA/all.ndjson").with_columns(col("EventID").cast(Int64)).collect();\n'
        f'for i in 0..{FILES} {{ all.slice(i * {part}, {part}).write_parquet("DATA/part-" + i + ".parquet"); }}'
    )
    said, code = cluster.run(cells, master=False)
    assert code == 0, said
    (data / "all.ndjson").unlink()


def make_data(folder, events=EVENTS, least=LEAST):
    """Logs, and how often each query reads them so that it takes so many seconds on a cluster at least, the time that it
    takes then, and what it answers on one machine."""
    kept = folder / "answers.json"
    if kept.exists():
        return json.loads(kept.read_text())
    cluster = Cluster(folder / "first")
    write_events(cluster, events)
    cluster.add_worker()
    cluster.add_worker()
    cluster.wait_for_workers(2)
    answers = {}
    for name in [*QUERIES, "again"]:
        times, (there, took) = TIMES, timed(cluster, cells_of(name))
        while took < least and name != "again" and times < MOST_TIMES:
            times *= 2
            there, took = timed(cluster, cells_of(name, times))
        here, code = cluster.run(cells_of(name, times), master=False)
        assert code == 0 and tables(here), here
        assert tables(here) == tables(there), there
        answers[name] = {"rows": tables(here), "usual": took, "times": times}
        print(f"{name} takes {took:.1f} s and reads all logs {times} times", flush=True)
    cluster.close()
    kept.write_text(json.dumps(answers))
    return answers


def timed(cluster, cells):
    """What the cells say on the cluster, and the seconds that they take."""
    begun = time.monotonic()
    said, code = cluster.run(cells)
    assert code == 0, said
    return said, time.monotonic() - begun


def verdict(said, code, wanted, fault):
    if code == 0:
        return "right rows" if tables(said) == wanted else "WRONG ROWS"
    is_clear = CLEAR.search(said) and re.search(fault.words, said, re.DOTALL)
    if fault.strike is kill_notebook:
        return "nothing left behind"
    return "an error" if fault.only_rows else "a clear error" if is_clear else "AN UNCLEAR ERROR"


def prepared(home, needs):
    """A cluster of two workers, with what the fault needs."""
    cluster = Cluster(home, Network() if needs == "network" else None, "512k" if needs == "records" else None)
    cluster.add_worker(disk="512m" if needs == "disk" else None)
    cluster.add_worker()
    cluster.wait_for_workers(2)
    return cluster


def begin(cluster, query, answer, seed):
    """Begins the query, and waits for a moment in its middle. A query that has ended by then is begun again, to be met
    sooner."""
    chance = random.Random(seed)
    for late in range(LATE):
        cluster.notebook = cluster.begin(cells_of(query, answer["times"]))
        # The program itself starts first, and makes a plan.
        while not cluster.jobs_left() and cluster.notebook.poll() is None:
            time.sleep(0.01)
        time.sleep(answer["usual"] * chance.uniform(0.05, 0.5) / 2**late)
        # What a query that writes does afterwards is no more than to look at it.
        if cluster.notebook.poll() is None and not written(cluster, query).exists():
            return
        said = cluster.notebook.communicate(timeout=PATIENCE)[0]
        assert cluster.notebook.returncode == 0, said
        shutil.rmtree(written(cluster, query), ignore_errors=True)
        written(cluster, query).unlink(missing_ok=True)
    raise AssertionError(f"{query} has ended each time before anything could happen to it")


def written(cluster, query):
    """What the query writes, if it does."""
    return cluster.folder / {"write": "out.parquet", "write a folder": "out"}.get(query, "nothing")


def ended(cluster, wanted, fault):
    """What the query has answered, and what that is worth."""
    running = cluster.notebook
    try:
        said = running.communicate(timeout=PATIENCE)[0]
        return said, verdict(said, running.returncode, wanted, fault)
    except subprocess.TimeoutExpired:
        running.kill()
        return running.communicate()[0], "HANGS"


def aftermath(cluster, answers, fault):
    """What is wrong when the fault is over, if anything is."""
    try:
        fault.heal(cluster)
        cluster.wait_for_workers(fault.left)
        said, code = cluster.run(AGAIN)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        return "DOES NOT WORK ON", str(error)
    if code != 0 or tables(said) != answers["again"]["rows"]:
        return "DOES NOT WORK ON", said
    deadline = time.monotonic() + 5
    while left := cluster.jobs_left():
        if time.monotonic() > deadline:
            return "LEAVES FILES BEHIND", str(left)
        time.sleep(0.1)
    return None


def case(folder, answers, query, name, seed, pause):
    """What comes of the fault in the middle of the query, after how many seconds, and what was said. What is stopped
    for a while is stopped for so many seconds."""
    fault = FAULTS[name]
    wanted, cells = answers[query]["rows"], cells_of(query, answers[query]["times"])
    home = folder / f"case-{seed}"
    cluster = prepared(home, fault.needs)
    try:
        begin(cluster, query, answers[query], seed)
        struck = time.monotonic()
        cluster.resume_at = struck + pause
        fault.strike(cluster)
        said, outcome = ended(cluster, wanted, fault)
        took = time.monotonic() - struck
        wrong = outcome in GOOD and aftermath(cluster, answers, fault)
        if wrong:
            outcome, said = wrong
        # What a query writes is whole, or not there, and nothing lies beside it.
        out = written(cluster, query)
        if outcome != "right rows" and out.exists():
            shown, code = cluster.run(cells.split("// %%\n")[1], master=False)
            outcome = outcome if code == 0 and tables(shown) == wanted else "HALF A FILE"
        # What a killed notebook leaves is removed by the next one that writes there.
        if outcome in ("right rows", "a clear error") and (any(home.glob(".fram-*.part")) or any(out.glob("_*"))):
            outcome = "HALF A FILE"
    finally:
        cluster.close()
    deadline = time.monotonic() + 5
    while alive := family(home):
        if time.monotonic() > deadline:
            outcome, said = "LEAVES PROCESSES BEHIND", str(alive)
            break
        time.sleep(0.1)
    if outcome in GOOD:
        shutil.rmtree(home, ignore_errors=True)
    return outcome, took, said


def table(results):
    """The results for people, in Markdown."""
    lines = ["| what happened | " + " | ".join(QUERIES) + " |", "|---|" + "---|" * len(QUERIES)]
    for fault in FAULTS:
        cells = []
        for query in QUERIES:
            counts = Counter(one["outcome"] for one in results if one["fault"] == fault and one["query"] == query)
            took = [one["seconds"] for one in results if one["fault"] == fault and one["query"] == query]
            longest = max(took, default=0)
            told = ", ".join(f"{count} × {outcome}" for outcome, count in sorted(counts.items()))
            cells.append(f"{told} (≤ {longest:.0f} s)" if told else "")
        lines.append(f"| {fault} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def random_plans(results, kept, count):
    """Random plans in pieces against plans as a whole, so many in all, a chunk at a time."""
    done = {one["plans"] for one in results if "plans" in one}
    for first in range(0, count, CHUNK):
        plans = f"{first}..{min(first + CHUNK, count)}"
        if plans not in done:
            words = ["cargo", "test", "--release", "--workspace", "--test", "cutting", "random_plans"]
            environment = {**os.environ, "FRAM_PLANS": plans}
            told = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
            is_right = told.returncode == 0 and "1 passed" in told.stdout
            one = {"plans": plans, "outcome": "right rows" if is_right else told.stdout[-4000:]}
            print(f"plans {plans}: {one['outcome']}", flush=True)
            results.append(one)
            with kept.open("a") as file:
                file.write(json.dumps(one) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--plans", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True, help="where results are kept, to go on later")
    parser.add_argument("--table", type=Path, help="the file that the table is written into")
    pause = "seconds for which what is stopped for a while is stopped"
    parser.add_argument("--pause", type=float, default=60, help=pause)
    parser.add_argument("--at-once", type=int, default=2 * (os.cpu_count() or 1), help="cases that run at a time")
    given = parser.parse_args()
    # The processes of a case end also when this is asked to end in its middle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / "faults.jsonl"
    results = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    # What came to no good end is done again.
    results = [one for one in results if one["outcome"] in GOOD]
    random_plans(results, kept, given.plans)
    faults = possible()
    done = {(one["round"], one["query"], one["fault"]) for one in results if "fault" in one}
    work = Path(tempfile.mkdtemp(prefix="fram-chaos-"))
    try:
        answers = make_data(work, MANY_EVENTS, LONG)
        cases = [(round_, query, fault) for round_ in range(given.rounds) for query in QUERIES for fault in faults]
        turn = threading.Lock()

        def run(number):
            round_, query, fault = cases[number]
            outcome, took, said = case(work, answers, query, fault, number, given.pause)
            removed = f"somebody has removed {work}: what came of the last cases counts for nothing"
            assert (work / "answers.json").exists(), removed
            one = {"round": round_, "query": query, "fault": fault, "outcome": outcome, "seconds": round(took, 1)}
            if outcome != "right rows":
                one["said"] = said[:2000]
            with turn:
                print(f"round {round_}: {fault} during {query}: {outcome} after {took:.1f} s", flush=True)
                results.append(one)
                with kept.open("a") as file:
                    file.write(json.dumps(one) + "\n")
                write_table(results, given.table)

        # Most of a case is waiting, so that several run at a time.
        pool = ThreadPoolExecutor(given.at_once)
        try:
            list(pool.map(run, [number for number, one in enumerate(cases) if one not in done]))
        finally:
            pool.shutdown(cancel_futures=True)
    finally:
        # What cases that came to no good end have left is kept, to be looked at.
        if all(one["outcome"] in GOOD for one in results):
            shutil.rmtree(work)
    print(write_table(results, given.table))
    sys.exit(0 if all(one["outcome"] in GOOD for one in results) else 1)


def possible():
    """The faults that this machine lets its users make; where CI runs, all must be."""
    reasons = {"disk": refusal(), "records": refusal(), "network": refusal(network=True), "": None}
    missing = {fault: reasons[kind.needs] for fault, kind in FAULTS.items() if reasons[kind.needs]}
    for fault, reason in missing.items():
        print(f"skipped: {fault}: {reason}")
    if missing and os.environ.get("CI") == "true":
        sys.exit(1)
    return [fault for fault in FAULTS if fault not in missing]


def write_table(results, place):
    """The results for people, also in the file."""
    told = table([one for one in results if "fault" in one])
    plans = [one for one in results if "plans" in one]
    if plans:
        wrong = [one["plans"] for one in plans if one["outcome"] != "right rows"]
        verdict = f"wrong among {', '.join(wrong)}." if wrong else "all gave the right rows."
        told += f"\n\nRandom plans: {plans[-1]['plans'].split('..')[1]} from seed 0; {verdict}"
    if place:
        head = place.read_text().split("<!-- faults -->")[0]
        place.write_text(f"{head}<!-- faults -->\n\n{told}\n")
    return told


if __name__ == "__main__":
    main()
