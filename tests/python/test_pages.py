"""The cluster's web pages in a real browser: live and without scripts, buttons that work, and data that tries to be
markup."""

import contextlib
import http.server
import json
import re
import shutil
import subprocess
import threading
import urllib.request

import pytest
from clusters import addresses, children, held
from conftest import program, until
from page import ARGUMENTS, CONTRAST, Watched, artifacts
from test_hostile import literal
from values import Asked

EVENTS = 3000
# Pairs of events, brought together and counted: some seconds of work for two workers.
LONG = """let t = scan_ndjson("{events}").select(col("Hostname"), col("EventID").cast(Int64).alias("id"))
concat([t, t, t, t]).join(t.select(col("Hostname"), col("id").alias("other")), "Hostname").group_by("id", "other") \
.agg(len(), col("Hostname").n_unique().alias("hosts")).sort("id", "other")"""
# The same, for as long as it takes to look at and to cancel.
LONGER = LONG.replace("concat([t, t", "concat([" + "t, " * 20 + "t")
# All that pages are made of.
TAGS = {
    "html", "head", "meta", "title", "link", "script", "noscript", "body", "header", "a", "img", "nav", "main", "h1",
    "h2", "p", "pre", "code", "span", "div", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "form",
    "button", "details", "summary", "svg", "rect", "path", "text", "label", "input",
}
# All that they may load, and who may frame them.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SHAPE = """() => [...document.querySelectorAll('*')].map(one =>
    [one.tagName.toLowerCase(), [...one.attributes].map(a => [a.name, a.value])])"""


class Site:
    """A master with two workers, and the way to its pages."""

    def __init__(self, folder, *options):
        self.folder, log = folder, folder / "log"
        # Pages of jobs that have been looked at.
        self.seen = set()
        words = ["cluster", "start", "-n", "2", "--cores", "1", "--port", "0", "--ui-port", "0"]
        words += ["--token-file", folder / "token", "--data-dir", folder / "data", *options]
        self.process = subprocess.Popen([program(), *words], stdout=subprocess.PIPE, stderr=log.open("w"), text=True)
        self.address, self.link = addresses(self.process, log)
        self.url = self.link.split("/?")[0]
        assert until(lambda: log.read_text().count("has come") == 2), log.read_text()
        self.events = folder / "events.ndjson"
        subprocess.run([program(), "sample", "winevents", "--events", str(EVENTS), self.events], check=True)

    def asked(self, path, **headers):
        """A page of the master, or one at a whole address, for whoever shows the token."""
        address = path if path.startswith("http") else self.url + path
        shown = {"Authorization": f"Bearer {(self.folder / 'token').read_text()}", **headers}
        return urllib.request.urlopen(urllib.request.Request(address, headers=shown), timeout=20)

    def read(self, path):
        with self.asked(path) as answer:
            return answer.read().decode()

    def worker_pages(self, page):
        """The addresses of the workers' own pages, for a browser that has got in."""
        page.goto(self.link)
        page.goto(f"{self.url}/")
        found = []
        links = "() => [...document.querySelectorAll('a[href^=\"/workers/\"]')].map(one => one.href)"
        for link in page.evaluate(links):
            page.goto(link)
            found.append(page.url)
        return found

    def join(self):
        return f"%cluster {self.address} --token-file {self.folder / 'token'}"

    def run(self, name, *cells):
        """Runs the cells as a script of this name, whatever fails."""
        script = self.folder / name
        script.write_text("\n// %%\n".join([self.join(), *cells]))
        command = [program(), "run", "--allow-errors", script]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @contextlib.contextmanager
    def running(self, name, *cells):
        """The cells as a script, whose tasks of both workers stay as they are meanwhile."""
        script = self.run(name, *cells)
        assert until(lambda: "fram_tasks_running 2\n" in self.read("/metrics")), script.communicate(timeout=60)
        with held(*children(self.process.pid)):
            yield script

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture(scope="module")
def site(jupyter, tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("site"))
    yield made
    made.close()


def all_pages(page, site):
    """Goes to every page that the first one leads to, but to those of jobs that were looked at before."""
    page.goto(f"{site.url}/")
    seen, waiting = set(site.seen), [f"{site.url}/", f"{site.url}/jobs"]
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            page.goto(address)
            yield address
            if "/jobs/" in address:
                site.seen.add(address)
            links = page.evaluate("() => [...document.querySelectorAll('a')].map(one => one.href.split('#')[0])")
            waiting += [link for link in links if link.startswith(site.url) and "/workers/" not in link]


def test_what_comes_from_data_is_text(site, browser, attacks):
    name = "<img src=x onerror=alert(1)>.fram"
    literals = [attack.replace("\n", " ").replace("\r", " ") for attack in attacks]
    comment = " ".join(literals)[:15_000]
    cells = [f'scan_ndjson("{site.events}").group_by("Hostname").agg(len().alias("n")) // {comment}']
    for attack in attacks[:12]:
        quoted = '"' + "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in attack) + '"'
        named = f"scan_ndjson(\"{site.events}\").select(col(\"Hostname\").alias({quoted}))"
        cells.append(f"{named}.select(col({quoted}).cast(Int64))")
        cells.append(f"{named}.group_by({quoted}).agg(len())")
    said = site.run(name, *cells).communicate(timeout=240)[0]
    assert "ValueMismatch" in said, said
    assert visit_all(site, browser) >= 15


def visit_all(site, browser):
    """Opens every page of the master and its workers, which must be harmless; gives how many there are."""
    watched = Watched(browser, site.url)
    watched.page.goto(site.link)
    visited = 0
    for address in all_pages(watched.page, site):
        visited += 1
        assert_harmless(watched, address)
    assert watched.foreign == []
    watched.page.close()
    # The workers' own pages are at other addresses.
    watched = Watched(browser, "http://127.0.0.1:")
    workers = site.worker_pages(watched.page)
    assert len(workers) >= 2
    for address in workers:
        watched.page.goto(address)
        assert watched.page.locator("h1").inner_text().startswith("Worker 127.0.0.1:")
        assert "key=" not in watched.page.url
        assert watched.page.locator("text=Tasks ended").count() == 1
        assert_harmless(watched, address)
    assert watched.foreign == []
    watched.page.close()
    return visited


def assert_harmless(watched, address):
    for tag, attributes in watched.page.evaluate(SHAPE):
        assert tag in TAGS, f"{address}: {tag}"
        for attribute, value in attributes:
            assert not attribute.startswith("on") and attribute != "style", f"{address}: {attribute}={value}"
            if attribute in ("href", "src", "action"):
                assert value.startswith("/"), f"{address}: {attribute}={value}"
    assert watched.ran() == [], address


# What is set free where a name is taken for markup, for an attribute's end, or for a terminal's command.
HOSTILE = "<img src=x onerror=alert(1)>\"'&<b>\x1bc\x9b31m\u202egnp"


def test_paths_and_log_lines_are_text(site, browser):
    folder, file = site.folder / f"{HOSTILE} folder", f"<svg onload=alert(2)>{HOSTILE}.ndjson"
    folder.mkdir()
    shutil.copy(site.events, folder / file)
    (folder / f"{file}.parquet").write_bytes(b"PAR1" + HOSTILE.encode() + b"PAR1")
    work = site.folder / f"{HOSTILE} work"
    words = ["worker", site.address, "--cores", "1", "--memory", "1GiB"]
    words += ["--token-file", site.folder / "token", "--work-dir", work]
    log = (site.folder / "hostile.log").open("w")
    worker = subprocess.Popen([program(), *words], stdout=subprocess.DEVNULL, stderr=log)
    try:
        assert until(lambda: "fram_workers 3\n" in site.read("/metrics"))
        path = literal(str(folder / file))
        cells = [
            f'scan_ndjson({path}).group_by("EventID").agg(len())',
            f'scan_ndjson({path}).select(col("Hostname").cast(Int64))',
            # Its values are named in the worker's log.
            f'scan_ndjson({path}).select((col("Hostname") + {literal(HOSTILE)}).alias("value"))'
            '.select(col("value").cast(Int64))',
            f'let hostile = scan_ndjson({path});',
            "%%sql\nSELECT \"EventID\", count(*) FROM hostile GROUP BY \"EventID\"",
            "%%sql\nSELECT CAST(\"Hostname\" AS INT) FROM hostile",
            f'scan_parquet({literal(str(folder / file) + ".parquet")})',
        ]
        said = site.run(f"{HOSTILE[:40]}.fram", *cells).communicate(timeout=120)[0]
        assert said.count("EventID") >= 2 and "ValueMismatch" in said and "cannot be made an Int32" in said, said
        assert "\x1b" not in said and "\x9b" not in said and "\u202e" not in said
        assert visit_all(site, browser) >= 5
        page = site.read(re.search(r"/jobs/\w+", site.read("/jobs").partition("Notebook")[2]).group())
        assert "onerror=alert(1)&gt;" in page
        assert worker.poll() is None
    finally:
        worker.terminate()
        worker.wait(20)
    logs = [(site.folder / name).read_text() for name in ("log", "hostile.log")]
    assert "onerror=alert(1)" in "".join(logs)
    for lines in logs:
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", lines), lines


ATTACK = """<!doctype html><title>attack</title><body><script>
const read = [], done = [];
const targets = TARGETS, posts = POSTS;
async function attack() {
    for (const target of targets) {
        for (const options of [{}, { credentials: 'include' }, { credentials: 'include', mode: 'no-cors' }]) {
            try {
                const got = await (await fetch(target, options)).text();
                if (got) read.push(target + ' ' + got);
            } catch (error) { done.push(String(error)); }
        }
        const image = new Image(); image.src = target;
        await new Promise(next => {
            image.onload = () => { read.push('image ' + target); next(); };
            image.onerror = next;
        });
        const frame = document.createElement('iframe'); frame.src = target; document.body.append(frame);
        await new Promise(next => { frame.onload = next; setTimeout(next, 2000); });
        try {
            read.push('frame ' + target + frame.contentDocument.body.innerText);
        } catch (error) { done.push(String(error)); }
    }
    for (const post of posts) {
        try {
            await fetch(post, { method: 'POST', credentials: 'include', mode: 'no-cors' });
        } catch (error) { done.push(String(error)); }
        const frame = document.createElement('iframe'); frame.name = 'f' + Math.random(); document.body.append(frame);
        const form = document.createElement('form'); form.method = 'post'; form.action = post; form.target = frame.name;
        document.body.append(form);
        form.submit();
        await new Promise(next => { frame.onload = next; setTimeout(next, 2000); });
    }
    return [read, done];
}
</script>"""


@pytest.fixture
def foreign():
    """A server of somebody else's pages, at any loopback address; gives its port, and takes what its page is."""
    pages = {}

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(pages.get(self.path, "").encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, pages
    server.shutdown()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_pages_of_others_read_and_change_nothing(site, browser, foreign, host):
    """Another port of 127.0.0.1 is of the same site to a browser, so that its requests come with the cookie."""
    port, pages = foreign
    context = browser.new_context()
    page = context.new_page()
    workers = site.worker_pages(page)
    with site.running("attacked.fram", LONG.format(events=site.events)) as running:
        page.goto(f"{site.url}/")
        page.wait_for_selector("form[action$='/cancel'] button", timeout=30_000)
        posts = page.evaluate("() => [...document.querySelectorAll('form')].map(one => one.action)")
        assert [sum(post.endswith(end) for post in posts) for end in ("/cancel", "/drain")] == [1, 2], posts
        targets = [f"{site.url}/", f"{site.url}/jobs", f"{site.url}/metrics", *workers]
        own = f"http://{host}:{port}/own"
        pages["/own"] = "open"
        pages["/attack"] = ATTACK.replace("TARGETS", json.dumps([own, *targets])).replace("POSTS", json.dumps(posts))
        statuses = []
        page.on("response", lambda answer: statuses.append((answer.request.method, answer.status)))
        page.goto(f"http://{host}:{port}/attack")
        read, done = page.evaluate("attack()")
        assert read == [*[f"{own} open"] * 3, f"frame {own}open"]
        assert len(done) >= 3 * len(targets), done
        assert {status for method, status in statuses if method == "POST"} == {403}, statuses
        assert len(statuses) > 2 * len(posts), statuses
        shown = [frame.evaluate("document.body.innerText") for frame in page.frames[1:]]
        assert len(shown) == 1 + len(targets) + len(posts)
        assert not [text for text in shown if re.search(r"Worker|Cluster|Ended|fram_|Token|token", text)], shown
        context.close()
    said = running.communicate(timeout=120)[0]
    assert "cancelled" not in said and "│" in said, said
    assert "fram_workers_draining 0\n" in site.read("/metrics")


def test_a_name_that_leads_here_is_not_this_machines(site, browser, chromium):
    """As after an attack on names: the browser believes that the master is a foreign host."""
    port = site.url.rsplit(":", 1)[1]
    arguments = [*ARGUMENTS, "--host-resolver-rules=MAP evil.example 127.0.0.1"]
    fooled = browser.browser_type.launch(executable_path=chromium, args=arguments)
    page = fooled.new_page()
    for path in (site.link.split(port)[1], "/", "/style.css", "/login"):
        answer = page.goto(f"http://evil.example:{port}{path}")
        assert answer.status == 421 and page.locator("body").inner_text().startswith("this machine has no such name"), path
    assert page.context.cookies() == []
    fooled.close()
    # A program that shows the token knows whom it asks, whatever it calls the machine.
    assert site.asked("/metrics", Host=f"cluster.example:{port}").status == 200


def test_two_clusters_on_one_machine_keep_their_readers(site, browser, tmp_path):
    """Browsers send the cookies of one port to all others of a machine."""
    other = Site(tmp_path)
    try:
        context = browser.new_context()
        page = context.new_page()
        for link in (site.link, other.link):
            page.goto(link)
            assert page.locator("h1").inner_text() == "Cluster"
        for opened in (site, other):
            page.goto(f"{opened.url}/")
            assert page.locator("h1").inner_text() == "Cluster"
        context.close()
    finally:
        other.close()


def test_a_page_keeps_its_place_and_says_when_it_is_old(site, browser, tmp_path):
    other = Site(tmp_path)
    try:
        context = browser.new_context()
        page = context.new_page()
        (address, _) = other.worker_pages(page)
        page.set_viewport_size({"width": 900, "height": 700})
        page.goto(address)
        log = page.locator(".log")
        for number in range(30):
            other.run(f"words{number}.fram", "1").communicate(timeout=60)
            if log.evaluate("one => one.scrollHeight > one.clientHeight"):
                break
        # The newest line is in sight, until a reader scrolls up to an older one, and stays there.
        assert log.evaluate("one => one.scrollTop") == 0
        assert not page.locator("main.lost").count()
    finally:
        other.close()
    page.wait_for_selector("main.lost", timeout=10_000)
    context.close()


def test_pages_say_what_they_may_load(site, browser):
    context = browser.new_context()
    for address in [f"{site.url}/", f"{site.url}/jobs", f"{site.url}/nothing", *site.worker_pages(context.new_page())]:
        try:
            headers = site.asked(address).headers
        except urllib.error.HTTPError as refused:
            assert refused.code == 404 and address.endswith("/nothing")
            headers = refused.headers
        assert headers.get_all("Content-Security-Policy") == [POLICY], address
        assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
        assert headers["Referrer-Policy"] == "same-origin"
    context.close()


def test_a_page_is_live_and_its_button_cancels(site, browser):
    watched = Watched(browser, site.url)
    page = watched.page
    page.goto(site.link)
    assert "key=" not in page.url
    running = site.run("long.fram", LONGER.format(events=site.events))
    # The job comes, and goes on, without a reload.
    page.wait_for_selector("form[action$='/cancel'] button", timeout=30_000)
    page.click("td a[href^='/jobs/'] >> nth=0")
    page.wait_for_selector("svg.picture rect.box.busy", timeout=30_000)
    assert "join(t.select" in page.locator("pre").first.inner_text()
    page.click("form[action$='/cancel'] button")
    page.wait_for_selector("h1 .state:has-text('cancelled')", timeout=10_000)
    said = running.communicate(timeout=60)[0]
    assert "cancelled on the cluster's pages" in said, said
    assert watched.ran() == [] and watched.foreign == []
    page.close()


def test_pages_are_read_without_scripts(site, browser):
    site.run("short.fram", f"scan_ndjson(\"{site.events}\").height()").communicate(timeout=60)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/jobs")
    assert page.locator("h1").inner_text() == "Show the token"
    page.fill("input[type=password]", "0123456789abcdef")
    page.click("button")
    assert "not the token" in page.locator("[role=alert]").inner_text()
    page.fill("input[type=password]", (site.folder / "token").read_text())
    page.click("button")
    assert page.url == f"{site.url}/jobs" and page.locator("text=short.fram").count() >= 1
    assert page.locator("noscript").count() == 1
    page.goto(f"{site.url}/")
    page.click("form[action$='/drain'] button >> nth=0")
    assert page.locator("text=drained").count() == 1
    page.click("form[action$='/resume'] button")
    assert page.locator("text=drained").count() == 0
    context.close()


def test_the_progress_line_leads_to_the_job(site, browser):
    kernel = Asked(site.folder, f"{site.address} --token-file {site.folder / 'token'}")
    shown = []
    kernel.client.execute_interactive(LONG.format(events=site.events), output_hook=shown.append, timeout=120)
    kinds = ("display_data", "update_display_data")
    lines = [message["content"]["data"] for message in shown if message["msg_type"] in kinds]
    kernel.close()
    assert re.search(r"\d+ of \d+ tasks?", " ".join(line["text/plain"] for line in lines)), lines
    last = lines[-1]
    assert re.search(r"done in .* tasks? · cluster", last["text/plain"]), last
    link = re.search(r'href="(http://127[^"]+/jobs/[^"]+)"', last["text/html"]).group(1)
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    assert page.locator("h1 .state").inner_text() == "done" and "key=" not in page.url
    context.close()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(link.split("?")[0])
    assert refused.value.code == 401


KEPT = 'let kept = concat([{copies}]).select("Hostname", "EventID", "Image", "CommandLine").collect();'


@pytest.fixture(scope="module")
def past(site):
    """A notebook that has run a job of several stages and one that fails, and keeps rows on the workers."""
    kernel = Asked(site.folder, f"{site.address} --token-file {site.folder / 'token'}")
    kernel.run(LONG.format(events=site.events))
    with pytest.raises(AssertionError, match="ValueMismatch"):
        kernel.run(f'scan_ndjson("{site.events}").select(col("Hostname").cast(Int64))')
    kernel.run(f'let t = scan_ndjson("{site.events}");')
    kernel.run(KEPT.format(copies=", ".join(["t"] * 30)))
    yield kernel
    kernel.close()


@pytest.fixture(params=["light", "dark"])
def shown(site, browser, request):
    """A browser that has got in, by its colours."""
    context = browser.new_context(color_scheme=request.param, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(site.link)
    yield page, request.param
    context.close()


# Where a reader looks: text on its ground, and how well it is told from it.
TEXT = "h1, h2, td, th, dt, dd, pre, a, button, .state"


def look(page, scheme, name):
    """A picture of the whole page; its text must be readable, and none of it cut off."""
    page.screenshot(path=artifacts() / f"{scheme}_{name}.png", full_page=True)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == (scheme == "dark"), ground
    contrasts = page.evaluate(
        "selector => [...document.querySelectorAll(selector)].filter(one => one.innerText.trim())"
        f".map(one => [one.innerText, ({CONTRAST})(one)])",
        TEXT,
    )
    assert len(contrasts) > 20
    assert [place for place in contrasts if place[1] < 4.5] == [], f"{name} is hard to read"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the window"
    scrolled = (
        "() => [...document.querySelectorAll('.wide')].filter(one => one.scrollWidth > one.clientWidth)"
        ".map(one => one.innerText)"
    )
    assert page.evaluate(scrolled) == [], f"{name}: a table has no room"
    wide = (
        "() => [...document.querySelectorAll('svg text')].filter(one => { "
        "const r = one.getBoundingClientRect(), s = one.ownerSVGElement.getBoundingClientRect(); "
        "return r.right > s.right + 1 || r.left < s.left - 1 }).map(one => one.textContent)"
    )
    assert page.evaluate(wide) == [], f"{name}: words are cut off"
    apart = "() => [...document.querySelectorAll('.number')].map(one => parseFloat(getComputedStyle(one).paddingRight))"
    assert min(page.evaluate(apart), default=12) >= 12, f"{name}: numbers touch the next column"


TABLE = """heading => {
    let place = [...document.querySelectorAll('h2')].find(one => one.innerText.startsWith(heading));
    while (!(place = place.nextElementSibling).querySelector('table')) { }
    return [...place.querySelectorAll('tr')].map(row => [...row.children].map(cell => cell.innerText));
}"""


def facts(page):
    """Names with what belongs to each."""
    pairs = (
        "() => [...document.querySelectorAll('.facts div')]"
        ".map(one => [one.children[0].innerText, one.children[1].innerText])"
    )
    return dict(page.evaluate(pairs))


def table_after(page, heading):
    """The rows of the first table after the heading, by its columns."""
    head, *rows = page.evaluate(TABLE, heading)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_masters_page_shows_the_cluster(site, past, shown):
    page, scheme = shown
    page.goto(f"{site.url}/")
    told = facts(page)
    assert told["Workers"] == "2" and told["Cores"] == "0 of 2 busy", told
    assert re.fullmatch(r"[\d.]+ [MG]iB of [\d.]+ [MG]iB", told["Memory"]), told
    assert re.fullmatch(r"0 running, \d+ ended", told["Jobs"]) and told["Shuffle files"] != "0 B" and told["Build"]
    workers = table_after(page, "Workers")
    assert len(workers) == 2
    for worker in workers:
        assert re.fullmatch(r"127\.0\.0\.1:\d+", worker["Worker"])
        assert worker["State"] == "ready" and worker["Cores"] == "0 of 1 busy"
        assert re.fullmatch(r"[\d.]+ [MG]iB of [\d.]+ [MG]iB", worker["Memory"]), worker
        assert re.fullmatch(r"[\d.]+ ([KM]i)?B", worker["Shuffle files"]), worker
        assert worker["For"]
    (kept,) = table_after(page, "Kept rows")
    assert kept["Rows"] == "90,000" and "MiB" in kept["Bytes"] and "let kept" in kept["Cell"], kept
    notebooks = table_after(page, "Notebooks")
    assert [int(one["Jobs"]) for one in notebooks if one["Notebook"] == "a notebook"][0] >= 3, notebooks
    assert "@" in notebooks[0]["Of"], notebooks
    states = {one["State"] for one in table_after(page, "Ended")}
    assert {"done", "failed"} <= states, states
    titles = page.evaluate("() => [...document.querySelectorAll('td.cell, td.name')].map(one => one.title)")
    assert any(str(site.events) in title for title in titles), titles
    look(page, scheme, "master")


def test_a_workers_page_shows_its_tasks_and_log(site, past, shown):
    page, scheme = shown
    page.goto(f"{site.url}/")
    page.click("a[href^='/workers/'] >> nth=0")
    told = facts(page)
    assert told["Master"] == site.address and told["Cores"] == "0 of 1 busy" and int(told["Tasks ended"]) >= 3, told
    assert re.fullmatch(r"[\d.]+ [MG]iB of [\d.]+ [MG]iB", told["Memory"]), told
    assert re.search(r"^[\d.]+ ([KM]i)?B in /", told["Shuffle files"]), told
    assert re.fullmatch(r"[\d.]+ [MGT]iB", told["Free on its disk"]), told
    ended = table_after(page, "Ended")
    assert len(ended) == min(int(told["Tasks ended"]), 200)
    assert {one["State"] for one in ended} >= {"done"}, ended
    assert all(re.fullmatch(r"[\d.]+ m?s", one["Took"]) for one in ended), ended
    assert f"the master at {site.address} has taken this worker" in page.locator("pre").inner_text()
    slots = page.locator("h2:text('Slots') + table td").all_inner_texts()
    assert slots[1] == "ready" and slots[0].isdigit() and "MiB" in slots[2], slots
    look(page, scheme, "worker")
    # Its ways back leave no key in the address, and nobody is asked for the token.
    own = page.url
    page.click("td a[href^='/jobs/'] >> nth=0")
    page.wait_for_url(re.compile(re.escape(site.url) + r"/jobs/\w+$"))
    page.goto(own)
    page.click("nav a")
    page.wait_for_url(f"{site.url}/")
    assert page.locator("h1").inner_text() == "Cluster"


def job_page(site, page, cell, state):
    """Goes to the page of the last job of this cell."""
    page.goto(f"{site.url}/jobs")
    page.click(f"tr:has(code:text('{cell}')):has(.state:text-is('{state}')) a[href^='/jobs/'] >> nth=0")


def test_a_jobs_page_shows_how_it_went(site, past, shown):
    page, scheme = shown
    job_page(site, page, "let t = scan_ndjson", "done")
    assert page.locator("h1 .state").inner_text() == "done"
    assert page.locator("h2:text('Cell') + pre").inner_text().strip() == LONG.format(events=site.events).strip()
    told = facts(page)
    assert told["What"] == "frame" and told["Runs before this one"] == "0", told
    assert re.fullmatch(r"[\d.]+ m?s", told["Took"]), told
    stages = table_after(page, "Stages")
    assert len(stages) >= 3 and told["Stages"] == f"{len(stages)} of {len(stages)}"
    for stage in stages:
        assert re.fullmatch(r"(\d+) of \1", stage["Tasks"]) and stage["What it does"], stage
        assert int(stage["Rows"].replace(",", "")) > 0, stage
        assert re.fullmatch(r"[\d.]+ ([KM]i)?B", stage["Bytes"]) and re.fullmatch(r"[\d.]+ m?s", stage["Took"]), stage
        assert all(re.fullmatch(r"[\d.]+ m?s", stage[name]) for name in ("Median task", "Longest")), stage
        assert float(stage["Skew"]) >= 1 if not stage["Tasks"].startswith("1 ") else stage["Skew"] == "", stage
    assert page.locator("table .bar svg rect.done").count() >= len(stages)
    words = page.locator("svg.picture text").all_text_contents()
    boxes = page.locator("svg.picture rect.box.good").count()
    edges = [word for word in words if re.fullmatch(r"[\d,]+ rows, [\d.]+ ([KM]i)?B", word)]
    assert boxes == len(stages) and len(edges) == page.locator("svg.picture path").count() >= len(stages) - 1, words
    assert {edge.split(" rows")[0] for edge in edges} <= {stage["Rows"] for stage in stages}
    tasks = sum(int(stage["Tasks"].split()[0]) for stage in stages)
    assert page.locator("svg.timeline rect.task").count() == tasks == int(told["Tasks"].split()[0])
    assert page.locator("svg.timeline text:text-matches('^127')").count() == 2
    look(page, scheme, "job_done")
    page.click("a[href*='?stage=1#tasks']")
    listed = table_after(page, "Tasks of stage 1")
    assert len(listed) == int(stages[[stage["Stage"] for stage in stages].index("1")]["Tasks"].split()[0])
    for task in listed:
        assert task["State"] == "done" and task["Error"] == "", task
        assert re.fullmatch(r"\d{4}-\d\d-\d\d [\d:]{8}", task["Begun (UTC)"]), task
        assert re.fullmatch(r"[\d.]+ m?s", task["Took"]), task
        assert int(task["Rows"].replace(",", "")) > 0 and re.fullmatch(r"[\d.]+ ([KM]i)?B", task["Bytes"]), task


def test_a_failed_jobs_page_says_why(site, past, shown):
    page, scheme = shown
    job_page(site, page, "scan_ndjson", "failed")
    assert page.locator("h1 .state").inner_text() == "failed"
    assert "conversion from `str` to `i64` failed in column 'Hostname'" in page.locator("pre.bad").inner_text()
    assert "cast(Int64)" in page.locator("h2:text('Cell') + pre").inner_text()
    assert page.locator("svg.picture rect.box.bad").count() == 1 and page.locator("tr.bad").count() == 1
    failed = [task for task in table_after(page, "Tasks of stage 1") if task["State"] == "failed"]
    assert failed and "Hostname" in failed[0]["Error"], failed
    look(page, scheme, "job_failed")


def test_a_notebooks_page_shows_its_jobs_and_kept_rows(site, past, shown):
    page, scheme = shown
    page.goto(f"{site.url}/")
    page.click("td a[href^='/applications/']:text-is('a notebook') >> nth=0")
    assert page.locator("h1").inner_text() == "a notebook"
    told = facts(page)
    assert "@" in told["Of"] and re.fullmatch(r"0 running, \d+ ended", told["Jobs"]), told
    assert re.search(r"^[\d,]+ rows, [\d.]+ MiB", told["Written by tasks"]), told
    (kept,) = table_after(page, "Kept rows")
    assert kept["Rows"] == "90,000" and "MiB" in kept["Bytes"], kept
    ended = table_after(page, "Ended")
    assert len(ended) == int(told["Jobs"].split()[2]) and {one["State"] for one in ended} >= {"done", "failed"}
    look(page, scheme, "notebook")
    page.click("summary:has-text('what it runs in')")
    cells = "rows => rows.map(row => [...row.children].map(one => one.innerText))"
    environment = dict(page.locator("#environment tr").evaluate_all(cells))
    assert {"Build", "Polars", "DataFusion", "Ballista", "Cores", "Folder"} <= set(environment), environment


def test_pages_show_what_runs(site, past, shown):
    page, scheme = shown
    with site.running("running.fram", LONG.format(events=site.events)) as running:
        page.goto(f"{site.url}/")
        page.wait_for_selector("form[action$='/cancel'] button", timeout=30_000)
        address = page.locator("h2:text('Running') + div.wide a[href^='/jobs/']").first.get_attribute("href")
        (job,) = table_after(page, "Running")
        assert job["State"] == "running" and job["Notebook"] == "running.fram", job
        assert re.fullmatch(r"\d+ of \d+", job["Tasks"]), job
        look(page, scheme, "master_busy")
        page.goto(f"{site.url}{address}")
        page.wait_for_selector("svg.picture rect.box.busy", timeout=30_000)
        assert page.locator("svg.timeline rect.task.busy").count() >= 1
        look(page, scheme, "job_running")
        page.goto(f"{site.url}/")
        page.click("a[href^='/workers/'] >> nth=0")
        page.wait_for_selector("h2:text('Running') + div.wide .state.busy", timeout=30_000)
        assert facts(page)["Cores"] == "1 of 1 busy"
        look(page, scheme, "worker_busy")
    assert "│" in running.communicate(timeout=120)[0]


def test_neither_token_nor_key_is_written_down(jupyter, tmp_path_factory, browser):
    site = Site(tmp_path_factory.mktemp("secrets"), "--verbose")
    try:
        token = (site.folder / "token").read_text().strip()
        page = browser.new_context().new_page()
        workers = site.worker_pages(page)
        assert len(workers) == 2
        key = site.link.split("key=")[1]
        keys = [token, token[:-1] + "x", key, key[:-1] + "x"]
        for address in [f"{site.url}/", f"{site.url}/jobs", f"{site.url}/jobs/none", f"{site.url}/metrics", *workers]:
            for secret in keys:
                for name in ("key", "token"):
                    page.request.get(f"{address}?{name}={secret}")
                    page.request.post(f"{address}?{name}={secret}")
        running = site.run("cells.fram", f'scan_ndjson("{site.events}").height()', "%cluster status")
        said = running.communicate(timeout=60)[0]
        assert "3000" in said, said
        made = re.findall(r"key=([\w.]+)", said)
        assert made, "the status has no link"
        page.goto(f"{site.url}/jobs")
        shown = [page.content()]
        for address in [page.locator("a[href^='/jobs/']").first.evaluate("one => one.href"), f"{site.url}/", *workers]:
            page.goto(address)
            shown.append(page.content())
        cookies = [cookie["value"] for cookie in page.context.cookies()]
        assert cookies
        page.context.close()
    finally:
        site.close()
    log = (site.folder / "log").read_text()
    assert "DEBUG" in log or "INFO" in log
    files = [path for path in (site.folder / "data").rglob("*") if path.is_file()]
    records = [path.read_bytes().decode(errors="replace") for path in files]
    assert records
    signatures = [one.split(".")[-1] for one in [key, *made]]
    for secret in [token, *signatures, *cookies]:
        for where, texts in [("a log", [log]), ("a record", records), ("a page", shown)]:
            for text in texts:
                assert secret not in text, f"{where}: {text}"
