"""Workers whose clocks are an hour off, one ahead and one behind: jobs run, and what records and pages say of them is
true."""

import http.cookiejar
import importlib.util
import json
import re
import time
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

import pytest
from clusters import Cluster

# The library that makes a program see another time; its wrapper for Python is not needed.
LIBRARY = Path(importlib.util.find_spec("libfaketime").origin).parent / "vendor/libfaketime/src/libfaketime.so.1"
# What runs, and what it shows.
CELLS = {
    'let t = scan_parquet("DATA/*.parquet")\nt.group_by("g").agg(col("k").sum()).sort("g").rows()': (
        "[[0, 135], [1, 145], [2, 155]]"
    ),
    't.join(t.with_columns(col("k") * 2), "k").height()': "15",
    "let kept = t.sort(\"k\").cache();\nkept.select(col(\"k\").max()).item()": "29",
    "kept.write_parquet(\"OUT/\");\nscan_parquet(\"OUT\").height()": "30",
    'sql("SELECT count(*) FROM t WHERE g = 1").item()': "10",
}
# Times are true within so many seconds: what else runs on the machine may slow everything.
SLACK = 600


@pytest.fixture(scope="module")
def cluster(jupyter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clocks")
    made = Cluster(folder / "cluster")
    (folder / "data").mkdir()
    try:
        for off in ["+1h", "-1h"]:
            before = ["env", f"LD_PRELOAD={LIBRARY}", f"FAKETIME={off}", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
            words = ["worker", made.url(), "--cores", "1", "--memory", "1GiB", "--ui-port", "0"]
            words += ["--work-dir", made.disk("work")]
            log = (made.folder / f"worker{off}.log").open("w")
            made.workers.append(made.process(*words, before=before, stderr=log))
        made.wait_for_workers(2)
        yield made
    finally:
        made.close()


def is_now(seconds):
    return abs(seconds - time.time()) < SLACK


def test_jobs_run_and_records_are_true(cluster):
    for off, sign in [("+1h", 1), ("-1h", -1)]:
        stamp = re.match(r"[\d:T-]+Z", (cluster.folder / f"worker{off}.log").read_text()).group()
        seen = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()
        assert is_now(seen - sign * 3600), f"the clock is not {off} off: {stamp}"
    parts = 'frame(#{ k: range(0, 30) }).with_columns((col("k") % 3).alias("g")).write_parquet("DATA/all.parquet");'
    said, code = cluster.run(parts, master=False)
    assert code == 0, said
    said, code = cluster.run("\n// %%\n".join(CELLS))
    assert code == 0 and [line for line in said.splitlines() if line in CELLS.values()] == list(CELLS.values()), said
    records = list((cluster.folder / "master").rglob("*.json"))
    assert records
    for path in records:
        record = json.loads(path.read_text().splitlines()[-1])
        tasks = [task for stage in record["stages"].values() for task in stage["tasks"]]
        for one in [record["summary"], *tasks]:
            assert is_now(one["begun"] / 1000) and one["begun"] <= one["ended"] < one["begun"] + 60_000, one


def test_pages_are_true_and_the_masters_link_opens_those_of_workers(cluster):
    link = cluster.link
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    read = lambda address: browser.open(address).read().decode()
    first = read(link)
    assert "2 workers" in first or first.count("/workers/") >= 2
    times = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
    paths = sorted(set(re.findall(r'href="(/workers/[^"]+)"', first)))
    pages = [first, *(read(link.split("/?")[0] + path) for path in paths)]
    assert len(pages) == 3
    for page in pages:
        assert "Show the token" not in page
        text = re.sub(r"<pre>.*</pre>", "", page, flags=re.DOTALL)
        for found in times.findall(text):
            assert is_now(datetime.strptime(found, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc).timestamp()), found
        text = re.sub(r"<[^>]*>", " ", text)
        # A year that stands alone: ids of processes and names of jobs have its figures, too.
        assert not re.search(r"\s-\d|\d (h|d)\b|\b1970-", text), text
