"""Clusters of real processes to which something happens in the middle of a query: the same rows must come, or a clear error,
within a minute. Run as a program (`make chaos`) it does so again and again, goes on where it was stopped, and writes
what came of it into a table."""

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
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# A query may take as long, whatever happens.
PATIENCE = 60
SILENT = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
EVENTS, FILES, TIMES = 6000, 6, 16
# Random plans that are tried at a stroke.
CHUNK = 500

# What each kind of stage is busy with when something happens.
BIG = "let t = scan_parquet(\"DATA/*.parquet\")\nlet big = concat([" + ", ".join(["t"] * TIMES) + "])\n"
QUERIES = {
    "leaf": BIG + 'big.filter(col("CommandLine").str.contains("(?i)(po|ps).*(hid|enc).* -")).select(len().alias("n"), col("CommandLine").str.len_chars().sum().alias("c"))',
    "shuffle": BIG + 'big.group_by("ProcessGuid", "EventID").agg(len().alias("n"), col("Image").n_unique().alias("i")).select(col("n").sum(), col("i").max(), len().alias("groups"))',
    "join": BIG + 't.select("Hostname", "EventID").join(t.select("Hostname", col("EventID").alias("other")), "Hostname").group_by("EventID", "other").agg(len().alias("n")).sort("EventID", "other").show(200)',
    "final": BIG + 'big.sort("UtcTime", "ProcessGuid", "EventID", "Hostname").select("UtcTime", "EventID", "Hostname").slice(5000, 20)',
    "write": BIG + 'big.group_by("EventID", "Hostname").agg(len().alias("n")).sort("EventID", "Hostname").write_parquet("OUT.parquet");\n// %%\nscan_parquet("OUT.parquet").show(200)',
    "write a folder": BIG + 'big.select("EventID", "Hostname", "CommandLine").write_parquet("OUT/", #{ partition_by: "EventID", overwrite: true });\n// %%\nscan_parquet("OUT").group_by("EventID").agg(len().alias("n"), col("Hostname").n_unique().alias("h"), col("CommandLine").str.len_chars().sum().alias("c")).sort("EventID").show(200)',
}
CLEAR = re.compile(r"(ClusterError|OutOfMemory|disk|PermissionError).*\n(.*\n)*.*(worker|master|disk|memory|run)", re.IGNORECASE)


def program():
    told = os.environ.get("FRAM_BIN")
    return Path(told).resolve() if told else ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug" / "fram"


class Cluster:
    """A master and two workers of one core, in a folder of their own."""

    def __init__(self, folder, address="127.0.0.1", into=()):
        self.folder, self.address, self.into = folder, address, into
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = {**os.environ, "FRAM_HOME": str(folder), "RUST_BACKTRACE": "0"}
        self.environment.pop("FRAM_MASTER", None)
        self.workers, self.port = [], "0"
        self.master = self.begun_master()

    def process(self, *words, before=(), **options):
        command = [*map(str, before), program(), *map(str, words)]
        return subprocess.Popen(command, env=self.environment, cwd=self.folder, text=True, **{**SILENT, **options})

    def begun_master(self):
        master = self.process("master", "--bind", self.address, "--port", self.port, "--ui-port", "0", stdout=subprocess.PIPE)
        said = ""
        while "fram://" not in said:
            line = master.stdout.readline()
            assert line, "the master does not start"
            said += line
        self.port = re.search(r"fram://[\d.]+:(\d+)", said).group(1)
        return master

    def url(self):
        return f"fram://{self.address}:{self.port}"

    def add_worker(self, *options, before=()):
        words = ["worker", self.url(), "--cores", "1", "--memory", "2GiB", "--work-dir", self.folder / "work", *options]
        self.workers.append(self.process(*words, before=before))

    def begin(self, cells, master):
        script = self.folder / "cells.fram"
        script.write_text(cells.replace("DATA", str(self.folder.parent / "data")).replace("OUT", str(self.folder / "out")))
        words = ["run", *(["--master", self.url()] if master else []), script]
        return self.process(*words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, cells, master=True):
        running = self.begin(cells, master)
        return running.communicate(timeout=PATIENCE)[0], running.returncode

    def wait_for_workers(self, count):
        deadline = time.monotonic() + PATIENCE
        while f"{count} worker" not in self.run("%cluster status")[0]:
            assert time.monotonic() < deadline, "the workers do not come"

    def close(self):
        for process in [*self.workers, self.master]:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in [*self.workers, self.master]:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def slots(worker):
    """The processes that the worker has started."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(worker.pid)], capture_output=True, text=True).stdout
    return [int(pid) for pid in found.split()]


def kill_worker(cluster, seconds):
    cluster.workers.pop().kill()


def restart_worker(cluster, seconds):
    cluster.workers.pop().kill()
    cluster.add_worker()


def stop_worker(cluster, seconds):
    cluster.workers[0].send_signal(signal.SIGSTOP)


def kill_both(cluster, seconds):
    while cluster.workers:
        cluster.workers.pop().kill()


def restart_both(cluster, seconds):
    kill_both(cluster, seconds)
    cluster.add_worker()
    cluster.add_worker()


def kill_slot(cluster, seconds):
    for slot in slots(cluster.workers[0]):
        os.kill(slot, signal.SIGKILL)


def restart_master(cluster, seconds):
    cluster.master.kill()
    cluster.master.wait()
    cluster.master = cluster.begun_master()


# What happens, and whether a clear error is an answer to it beside the right rows.
FAULTS = {
    "kill a worker": kill_worker,
    "restart a worker": restart_worker,
    "stop a worker": stop_worker,
    "kill both workers": kill_both,
    "restart both workers": restart_both,
    "kill a task's process": kill_slot,
    "restart the master": restart_master,
}


def tables(text):
    return "\n".join(line for line in text.splitlines() if line.startswith(("┌", "│", "├", "└")))


def make_data(folder):
    """Logs in several files, and what each query answers on one machine, with the time that it takes on a cluster."""
    kept = folder / "answers.json"
    if kept.exists():
        return json.loads(kept.read_text())
    cluster = Cluster(folder / "first")
    data = folder / "data"
    data.mkdir(exist_ok=True)
    subprocess.run([program(), "sample", "winevents", "--events", str(EVENTS), data / "all.ndjson"], check=True, **SILENT)
    part = EVENTS // FILES
    cells = f'let all = read_ndjson("DATA/all.ndjson").with_columns(col("EventID").cast(Int64)).collect();\nfor i in 0..{FILES} {{ all.slice(i * {part}, {part}).write_parquet("DATA/part-" + i + ".parquet"); }}'
    said, code = cluster.run(cells, master=False)
    assert code == 0, said
    (data / "all.ndjson").unlink()
    cluster.add_worker()
    cluster.add_worker()
    cluster.wait_for_workers(2)
    answers = {}
    for name, cells in QUERIES.items():
        here, code = cluster.run(cells, master=False)
        assert code == 0 and tables(here), here
        begun = time.monotonic()
        there, code = cluster.run(cells)
        assert code == 0 and tables(here) == tables(there), there
        answers[name] = [tables(here), time.monotonic() - begun]
    cluster.close()
    kept.write_text(json.dumps(answers))
    return answers


def verdict(said, code, wanted):
    if code == 0:
        return "right rows" if tables(said) == wanted else "WRONG ROWS"
    return "a clear error" if CLEAR.search(said) else "AN UNCLEAR ERROR"


def left_behind(folder):
    """Processes that still run for the folder, and files that queries left in it."""
    found = subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True).stdout.split()
    # A worker's folder goes with it, but for one that was killed: the next one there would remove that.
    work = folder / "work"
    held = [path for path in work.rglob("*.arrow")] if work.exists() else []
    alive = {int(path.name.split("-")[1]) for path in work.glob("worker-*")} if work.exists() else set()
    files = [path for path in held if any(f"worker-{pid}" in str(path) and Path(f"/proc/{pid}").exists() for pid in alive)]
    return found, files


def case(folder, answers, query, fault, seed):
    """What comes of the fault in the middle of the query, and after how many seconds."""
    wanted, usual = answers[query]
    home = folder / f"case-{seed}"
    cluster = Cluster(home)
    cluster.add_worker()
    cluster.add_worker()
    cluster.wait_for_workers(2)
    begun = time.monotonic()
    running = cluster.begin(QUERIES[query], master=True)
    # The program itself starts first.
    time.sleep(max(0.2, usual * random.Random(seed).uniform(0.2, 0.9)))
    FAULTS[fault](cluster, usual)
    try:
        said = running.communicate(timeout=PATIENCE)[0]
        outcome = verdict(said, running.returncode, wanted)
    except subprocess.TimeoutExpired:
        running.kill()
        said, outcome = running.communicate()[0], "HANGS"
    took = time.monotonic() - begun
    (home / "said").write_text(said)
    # What a query writes is whole, or not there, and nothing lies beside it.
    out = home / ("out" if query == "write a folder" else "out.parquet")
    if query.startswith("write") and "error" in outcome and out.exists():
        check = cluster.run(QUERIES[query].split("// %%\n")[1], master=False)
        outcome = outcome if check[1] == 0 and tables(check[0]) == wanted else "HALF A FILE"
    if any(home.glob(".fram-*.part")) or any(out.glob("_*")):
        outcome = "HALF A FILE"
    cluster.close()
    processes, files = left_behind(home)
    if processes or files:
        outcome = f"LEFT BEHIND: {processes} {files}"
    if outcome in ("right rows", "a clear error"):
        shutil.rmtree(home, ignore_errors=True)
    return outcome, took


def table(results):
    """The results for people, in Markdown."""
    lines = ["| what happened | " + " | ".join(QUERIES) + " |", "|---|" + "---|" * len(QUERIES)]
    for fault in FAULTS:
        cells = []
        for query in QUERIES:
            counts = Counter(one["outcome"] for one in results if one["fault"] == fault and one["query"] == query)
            longest = max((one["seconds"] for one in results if one["fault"] == fault and one["query"] == query), default=0)
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
            words = ["cargo", "test", "--workspace", "--test", "cutting", "random_plans"]
            told = subprocess.run(words, cwd=ROOT, env={**os.environ, "FRAM_PLANS": plans}, capture_output=True, text=True)
            one = {"plans": plans, "outcome": "right rows" if told.returncode == 0 else told.stdout[-4000:]}
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
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / "faults.jsonl"
    results = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    random_plans(results, kept, given.plans)
    done = {(one["round"], one["query"], one["fault"]) for one in results if "fault" in one}
    work = Path(tempfile.mkdtemp(prefix="fram-chaos-"))
    answers = make_data(work)
    for round_ in range(given.rounds):
        for number, (query, fault) in enumerate((query, fault) for query in QUERIES for fault in FAULTS):
            if (round_, query, fault) in done:
                continue
            outcome, took = case(work, answers, query, fault, round_ * 1000 + number)
            one = {"round": round_, "query": query, "fault": fault, "outcome": outcome, "seconds": round(took, 1)}
            print(f"round {round_}: {fault} during {query}: {outcome} after {took:.1f} s", flush=True)
            results.append(one)
            with kept.open("a") as file:
                file.write(json.dumps(one) + "\n")
    told = table([one for one in results if "fault" in one])
    plans = [one for one in results if "plans" in one]
    if plans:
        wrong = [one["plans"] for one in plans if one["outcome"] != "right rows"]
        told += f"\n\nRandom plans: {plans[-1]['plans'].split('..')[1]} from seed 0; " + (f"wrong among {', '.join(wrong)}." if wrong else "all gave the right rows.")
    print(told)
    if given.table:
        head = given.table.read_text().split("<!-- faults -->")[0]
        given.table.write_text(f"{head}<!-- faults -->\n\n{told}\n")
    bad = [one for one in results if one["outcome"] not in ("right rows", "a clear error")]
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
