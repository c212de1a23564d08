"""A notebook on a cluster, from cell to cell: names, kept rows, progress and files, whatever becomes of workers and
master."""

import os
import re
import shutil
import subprocess
import time

import pytest
from clusters import Cluster, files_in, held, program, refusal
from conftest import skip, until
from fault_kinds import kill_slot
from faults import write_events
from kernels import Started, errors, plain, told

TABLES = """let t = scan_parquet("DATA/*.parquet");
let kept = concat([t, t, t, t, t, t, t, t]).select("UtcTime", "ProcessGuid", "EventID", "Hostname", "CommandLine")"""
# More than the 4 MiB up to which rows come back to the notebook.
KEPT = TABLES + ".collect();"
OF_KEPT = {
    "frame": 'kept.group_by("EventID").agg(len().alias("n"), col("CommandLine").n_unique().alias("c")).sort("EventID")',
    "SQL": (
        'SELECT "EventID", count(*) AS n, count(DISTINCT "CommandLine") AS c FROM kept '
        'GROUP BY "EventID" ORDER BY "EventID"'
    ),
}


@pytest.fixture(scope="module")
def ground(jupyter, tmp_path_factory):
    """A folder with logs beside those of the clusters."""
    folder = tmp_path_factory.mktemp("cluster")
    made = Cluster(folder / "first")
    write_events(made)
    made.close()
    return folder


@pytest.fixture(scope="module")
def truth(ground):
    """What the kept rows are asked, and say on one machine."""
    made = Notebook(Cluster(ground / "here"))
    made.rows(TABLES + ";")
    answers = {language: made.rows(cell) for language, cell in OF_KEPT.items()}
    made.close()
    made.cluster.close()
    return answers


@pytest.fixture
def cluster(ground, request):
    """Two workers of one core."""
    made = Cluster(ground / re.sub(r"\W+", "-", request.node.name))
    made.add_worker(memory="4GiB")
    made.add_worker(memory="4GiB")
    yield made
    made.close()


@pytest.fixture
def notebook(cluster):
    """A notebook on the cluster."""
    cluster.wait_for_workers(2)
    made = Notebook(cluster)
    made.rows(f"%cluster {cluster.url()}")
    yield made
    made.close()


class Notebook(Started):
    """A notebook whose cells name the cluster's folders."""

    def __init__(self, cluster):
        super().__init__(cluster.environment)
        self.cluster = cluster

    def begin(self, code, **options):
        return super().begin(self.cluster.placed(code), **options)

    def run(self, code, **options):
        return super().run(self.cluster.placed(code), **options)

    def rows(self, cell):
        """What a cell shows that must not fail."""
        said = self.run(cell)
        assert not errors(said), f"{cell}\n{told(said)}"
        return plain(said)


def test_a_notebook_keeps_its_names_when_its_master_comes_back(cluster, notebook, truth):
    notebook.rows(KEPT)
    assert len(kept_jobs(cluster)) == 1
    notebook.rows(
        'let counts = t.group_by("Hostname").agg(len().alias("n")).sort("Hostname"); '
        "let factor = 3; let triple = |x| x * factor;"
    )
    counts = notebook.rows("counts")
    assert "n" in counts[0] and counts[0].count("│") > 10
    jobs = set(re.findall(r'href="/jobs/([^"?]+)"', cluster.asked("/jobs")))
    assert jobs
    cluster.master.kill()
    cluster.master.wait()
    said = notebook.run("counts")
    assert errors(said) == ["ClusterError"]
    assert f"no master answers at {cluster.url()}" in told(said), told(said)
    assert "is `fram master` running there" in told(said), told(said)
    assert notebook.rows("triple.call(14)") == ["42"], "what needs no cluster works on"
    cluster.master = cluster.begun_master()
    cluster.wait_for_workers(2)
    assert notebook.rows("counts") == counts
    assert notebook.rows("triple.call(factor)") == ["9"]
    for language, cell in OF_KEPT.items():
        assert notebook.rows(cell) == truth[language], language
    assert len(kept_jobs(cluster)) == 1, "the rows were computed again, and not kept"
    for job in jobs:
        page = cluster.asked(f"/jobs/{job}")
        assert "<pre>counts</pre>" in page and "Stages</h2>" in page, page
        assert re.search(r"<h1>Job .*>done</span></h1>", page), page


def test_a_worker_that_takes_no_more_tasks_does_so_under_the_next_master_too(cluster):
    button = lambda word: re.search(rf'action="(/workers/[^"]+/{word})"', cluster.asked("/")).group(1)
    cluster.wait_for_workers(2)
    cluster.press(button("drain"))
    cluster.master.kill()
    cluster.master.wait()
    cluster.master = cluster.begun_master()
    cluster.wait_for_workers(2)
    assert cluster.count("fram_workers_draining") == 1
    cluster.press(button("resume"))
    assert cluster.count("fram_workers_draining") == 0


@pytest.mark.parametrize("when", ["at once", "when it is missed"])
@pytest.mark.parametrize("language", OF_KEPT)
def test_kept_rows_whose_worker_has_died_are_computed_again(cluster, notebook, truth, language, when):
    notebook.rows(KEPT)
    assert notebook.rows(OF_KEPT[language]) == truth[language]
    first, killed = kept_jobs(cluster), cluster.workers.pop()
    assert len(first) == 1
    work = next(cluster.folder.glob(f"disk-*/worker-{killed.pid}"))
    assert [path for path in files_in(work) if path.parent != work], "the worker has none of the rows"
    killed.kill()
    if when == "when it is missed":
        assert until(lambda: cluster.count("fram_workers") == 1)
    assert notebook.rows(OF_KEPT[language]) == truth[language]
    second = kept_jobs(cluster)
    assert len(second) == 1 and second != first
    # They are there again: the next cell does not compute them once more.
    assert notebook.rows(OF_KEPT[language]) == truth[language]
    assert kept_jobs(cluster) == second


# More than the 4 MiB up to which rows come back to the notebook, and seconds of work for one core.
SLOW = """let t = scan_parquet("DATA/*.parquet");
let slow = concat([PARTS]).with_columns(col("CommandLine").str.contains("(?i)(po|ps).*(hid|enc).* -").alias("hit")) \
.select("UtcTime", "ProcessGuid", "hit").collect();""".replace("PARTS", ", ".join(["t"] * 200))


def test_rows_that_are_computed_again_in_the_notebook_heed_an_interrupt(cluster, notebook):
    notebook.rows(SLOW)
    assert len(kept_jobs(cluster)) == 1
    cluster.master.kill()
    cluster.master.wait()
    notebook.rows("%cluster local")
    request = notebook.begin("slow.select(len())")
    time.sleep(1.5)
    notebook.manager.interrupt_kernel()
    assert errors(notebook.end(request)) == ["Interrupted"]
    begun = time.monotonic()
    notebook.rows("t.select(len())")
    assert time.monotonic() - begun < 2, "what was interrupted runs on, and the next cell waits for it"
    assert first_value(notebook.rows("slow.select(len())")) == 200 * first_value(notebook.rows("t.select(len())"))


def kept_jobs(cluster):
    """The jobs whose rows lie on the workers."""
    page = cluster.asked("/")
    assert cluster.count("fram_jobs_kept") == 0 or "Kept rows" in page
    _, _, kept = page.partition("Kept rows")
    return re.findall(r'href="/jobs/([^"]+)"', kept.partition("<h2>")[0])


# A task for each part, of which none needs much memory.
PARTS = (
    'let t = scan_parquet("DATA/*.parquet"); '
    'concat([COPIES]).filter(col("CommandLine").str.contains("(?i)(po|ps).*(hid|enc).* -")).select(len())'
)
SOME_PARTS, MANY_PARTS, MORE_PARTS = (PARTS.replace("COPIES", ", ".join(["t"] * count)) for count in (60, 200, 400))
DONE = r"done in [\d.]+ s · [\d,]+ rows · [\d.]+ [KMG]?i?B moved · \d+ tasks · {}cluster"


def progress(said):
    """The lines of progress."""
    return [message for message in said if message["msg_type"] in ("display_data", "update_display_data")]


def text(line):
    return line["content"]["data"]["text/plain"]


def test_progress_comes_soon_and_not_too_often(notebook):
    said = notebook.run(MORE_PARTS)
    assert not errors(said), told(said)
    lines = progress(said)
    begun = next(message["header"]["date"] for message in said if message["msg_type"] == "execute_input")
    times = [(line["header"]["date"] - begun).total_seconds() for line in lines]
    assert times[-1] > 3, "the cell is too short to tell"
    assert times[0] < 1 and len(lines) >= 5, times
    # Updates, and the last line, which does not wait.
    assert max(sum(begin <= time < begin + 1 for time in times) for begin in times) <= 5, times
    for line in lines[:-1]:
        assert re.match(r"[\d.]+ s( · \d+ of \d+ tasks?)? · (planning|stage \d+ of \d+)", text(line)), text(line)
    assert re.search(r"[1-9]\d* of \d+ tasks?", text(lines[-2])), text(lines[-2])
    last = lines[-1]["content"]["data"]
    assert re.fullmatch(DONE.format(""), text(lines[-1])), last
    anchor = r'<a href="(http://127\.0\.0\.1:\d+/jobs/[^"?]+)\?key=[^"]+" target="_blank" rel="noopener noreferrer">'
    link = re.search(f"{anchor}details</a>", last["text/html"])
    assert link and link.group(1).startswith(notebook.cluster.link.split("?")[0]), last
    (job,) = re.findall(r'href="/jobs/([^"?]+)"', notebook.cluster.asked("/jobs"))
    assert link.group(1).endswith(f"/jobs/{job}")


def test_the_last_line_of_progress_says_that_a_job_was_begun_again(cluster, notebook):
    usual = notebook.rows(SOME_PARTS)
    request = notebook.begin(SOME_PARTS)
    assert until(lambda: cluster.count("fram_tasks_running") == 2)
    kill_slot(cluster)
    said = notebook.end(request)
    assert not errors(said), told(said)
    assert plain(said) == usual
    *before, last = map(text, progress(said))
    assert re.fullmatch(DONE.format("begun again once · "), last), last
    assert "begun again once" in " ".join(before), "it was not said while the cell ran"
    page = cluster.asked("/jobs")
    assert page.count(">failed</span>") == 1 and page.count(">done</span>") == 2, page


# Files that two tasks read for some seconds, one after another, and what the sum of `a` is.
MANY, ROWS, SUM = 40, 100_000, 2_000_000
MAKE = """let made = frame(#{ a: [1] }).select(int_range(0, ROWS).alias("i")).with_columns((col("i") % 2).alias("a"), \
(col("i").cast(String).str.replace_all("1", "abcde") + "xyz hunting for powershell -enc and more").alias("b")) \
.select("a", "b");
made.write_parquet("FOLDER/first");
made.with_columns((col("a") + 1000).alias("a")).write_parquet("FOLDER/other");"""
READ = {
    "frame": (
        'many.select(col("a").sum(), '
        'col("b").str.count_matches("(a|e)+.*(p|o).*(n|r).*[a-z] -(e|n)").sum().alias("c"))'
    ),
    "SQL": (
        "SELECT sum(a) AS a, "
        "sum(length(regexp_replace(b, '(a|e)+.*(p|o).*(n|r).*[a-z] -(e|n)', 'x'))) AS c FROM many"
    ),
}


@pytest.fixture
def many(notebook):
    """A folder with files of which the notebook has a frame, and another for any of them, with other rows."""
    folder = notebook.cluster.disk("many")
    notebook.rows("%cluster local")
    notebook.rows(MAKE.replace("ROWS", str(ROWS)).replace("FOLDER", str(folder)))
    notebook.rows(f"%cluster {notebook.cluster.url()}")
    for number in range(MANY):
        shutil.copy(folder / "first", folder / f"{number:02}.parquet")
    notebook.rows(f'let many = scan_parquet("{folder}/*.parquet");')
    return folder


def first_value(tables):
    """The first value of a table of one row."""
    (table,) = tables
    return int(re.search(r"├.*\n│ +(\d+) │", table).group(1))


def replace(folder, numbers):
    for number in numbers:
        shutil.copy(folder / "other", folder / "new")
        os.replace(folder / "new", folder / f"{number:02}.parquet")


@pytest.mark.parametrize("language", READ)
def test_files_that_change_before_a_task_reads_them_are_said(cluster, notebook, many, language):
    assert first_value(notebook.rows(READ[language])) == SUM
    other = Notebook(cluster)
    try:
        other.rows(f"%cluster {cluster.url()}")
        # Tasks of another notebook have both places, so that this one's wait.
        occupied = other.begin(MANY_PARTS)
        assert until(lambda: cluster.count("fram_tasks_running") == 2)
        with held(*(worker.pid for worker in cluster.workers)):
            request = notebook.begin(READ[language])
            assert until(lambda: cluster.count("fram_jobs_running") == 2, 3)
            replace(many, [7])
        said = notebook.end(request)
        assert not errors(other.end(occupied))
    finally:
        other.close()
    assert len(errors(said)) == 1, plain(said)
    assert f"{many}/07.parquet was changed while the query ran" in told(said), told(said)
    assert "run the cell again" in told(said), told(said)
    assert first_value(notebook.rows(READ[language])) == SUM + 1000 * ROWS


@pytest.mark.parametrize("language", READ)
def test_files_that_change_while_tasks_read_them_give_no_wrong_rows(cluster, notebook, many, language):
    request = notebook.begin(READ[language])
    assert until(lambda: cluster.count("fram_tasks_running") == 2)
    replace(many, [*range(10, 20), *range(30, 40)])
    said = notebook.end(request)
    if errors(said):
        words = r"[123]\d\.parquet was changed while the query ran(.*\n)+.*run the cell again"
        assert re.search(words, told(said)), told(said)
    else:
        # Whoever has a file open reads what it was. A query that was begun again, for a worker that was lost, reads what
        # there is then.
        begun_again = "begun again" in text(progress(said)[-1])
        expected = SUM + 20 * 1000 * ROWS if begun_again else SUM
        assert first_value(plain(said)) in (SUM, expected), "rows of both the old and the new files"


UNSEEN = {
    "Parquet": 'scan_parquet("OUT/*.parquet").select(len())',
    "CSV": 'scan_csv("OUT/one.csv").group_by("a").agg(len())',
    "lines of JSON": 'scan_ndjson("OUT/one.ndjson").group_by("a").agg(len())',
    "SQL": '%%sql\nSELECT sum(a) AS s FROM one',
}


@pytest.mark.parametrize("blind", [1, 2])
def test_a_file_that_a_worker_does_not_see_is_said(ground, blind):
    if reason := refusal():
        skip(reason)
    cluster = Cluster(ground / f"unseen-{blind}")
    folder = cluster.disk("out")
    notebook = Notebook(cluster)
    try:
        for number in range(2):
            cluster.add_worker(hidden=folder if number < blind else None)
        cluster.wait_for_workers(2)
        notebook.rows(
            'let made = frame(#{ a: [1, 2, 3] }); for i in 0..8 { made.write_parquet("OUT/" + i + ".parquet"); } '
            'made.write_csv("OUT/one.csv"); made.write_ndjson("OUT/one.ndjson");'
        )
        notebook.rows('let one = scan_parquet("OUT/*.parquet");')
        notebook.rows(f"%cluster {cluster.url()}")
        addresses = re.findall(r"127\.0\.0\.1:\d+(?= +1 core)", notebook.rows("%cluster status")[0])
        assert len(addresses) == 2
        unclear = []
        for name, cell in UNSEEN.items():
            said = notebook.run(cell)
            # The worker that sees it may have read it.
            assert errors(said) or blind == 1, f"{name}: {plain(said)}"
            has_worker = any(f"worker {address}" in told(said) for address in addresses)
            is_clear = f"{folder}/" in told(said) and has_worker and "share" in told(said)
            if errors(said) and not is_clear:
                unclear.append(f"{name}: {told(said)}")
        assert not unclear, "\n".join(unclear)
        assert "6000" in notebook.rows('scan_parquet("DATA/*.parquet").select(len())')[0]
    finally:
        notebook.close()
        cluster.close()


@pytest.mark.parametrize("how", ["a kernel", "fram run"])
def test_fram_master_says_where_cells_run(cluster, how):
    cluster.wait_for_workers(2)
    elsewhere = cluster.disk("elsewhere")
    master = f"{cluster.url()} --token-file {cluster.folder / 'token'}"
    environment = {**cluster.environment, "FRAM_HOME": str(elsewhere), "FRAM_MASTER": master}
    cells = cluster.placed('scan_parquet("DATA/*.parquet").select(len())')
    before = cluster.count('fram_jobs_ended{state="succeeded"}')
    if how == "a kernel":
        kernel = Started(environment)
        said = kernel.run(cells)
        shown, status = "\n".join(plain(said)), "\n".join(plain(kernel.run("%cluster status")))
        kernel.close()
    else:
        script = elsewhere / "cells.fram"
        script.write_text(f"{cells}\n// %%\n%cluster status")
        done = subprocess.run([program(), "run", script], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        shown = status = done.stdout
    assert re.search(r"│ +6000 │", shown), shown
    assert f"Cells run on {cluster.url()}: 2 workers" in status, status
    assert cluster.count('fram_jobs_ended{state="succeeded"}') == before + 1


def test_a_fram_master_that_is_away_locks_nobody_out(cluster):
    cluster.wait_for_workers(2)
    environment = {**cluster.environment, "FRAM_MASTER": "fram://127.0.0.1:9"}
    kernel = Started(environment)
    try:
        for _ in range(2):
            assert "no master answers at fram://127.0.0.1:9" in told(kernel.run("1 + 1"))
        assert "%cluster" in "\n".join(plain(kernel.run("%help")))
        assert "%cluster start" in told(kernel.run("%cluster stop"))
        assert errors(kernel.run("1 + 1")), "it is still to run there"
        assert not errors(kernel.run(f"// Another one.\n%cluster {cluster.url()}"))
        assert f"Cells run on {cluster.url()}: 2 workers" in "\n".join(plain(kernel.run("%cluster status")))
    finally:
        kernel.close()
    kernel = Started(environment)
    try:
        assert errors(kernel.run("%cluster local\nnobody"))
        assert plain(kernel.run("1 + 1")) == ["2"]
    finally:
        kernel.close()


def test_a_long_job_does_not_keep_a_short_one_waiting(cluster, notebook):
    short = Notebook(cluster)
    try:
        short.rows(f"%cluster {cluster.url()}")
        long = notebook.begin(MANY_PARTS)
        assert until(lambda: cluster.count("fram_tasks_running") == 2)
        (row,) = short.rows('scan_parquet("DATA/*.parquet").group_by("EventID").agg(len()).select(len())')
        assert cluster.count("fram_jobs_running") == 1, "the long job has ended before the short one, or is too short"
        said = notebook.end(long)
        assert not errors(said), told(said)
        cells = re.findall(r"<code>([^<]+)</code>", cluster.asked("/jobs"))
        is_in_order = len(cells) == 2 and cells[0].startswith("let t") and cells[1].startswith("scan_parquet")
        assert is_in_order, "the last one to end is the first of the list"
        assert re.search(r"<span>(\d{3}) of \1</span>", cluster.asked("/jobs")), "the long job has few tasks"
    finally:
        short.close()


@pytest.mark.parametrize(
    "command",
    [
        "master --port PORT --ui-port 0",
        "master --port 0 --ui-port PAGES",
        "worker URL --ui-port PAGES",
        "worker URL --port PORT",
    ],
)
def test_a_port_that_is_taken_is_an_error(cluster, command):
    pages = re.search(r":(\d+)/", cluster.link).group(1)
    words = command.replace("PORT", cluster.port).replace("PAGES", pages).replace("URL", cluster.url()).split()
    done = subprocess.run([program(), *words], env=cluster.environment, capture_output=True, text=True, timeout=60)
    taken = pages if "PAGES" in command else cluster.port
    assert done.returncode == 2 and f"127.0.0.1:{taken}" in done.stderr, done.stderr
    assert words[words.index(taken) - 1] in done.stderr, done.stderr
    assert "panicked" not in done.stderr and len(done.stderr.splitlines()) <= 3
