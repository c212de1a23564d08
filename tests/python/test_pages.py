"""The cluster's web pages in a real browser: live and without scripts, buttons that work, and data that tries to be markup."""

import re
import subprocess
import urllib.request

import pytest
from conftest import program, until
from page import Watched
from values import Asked

EVENTS = 3000
# Pairs of events, brought together and counted: some seconds of work for two workers.
LONG = """let t = scan_ndjson("{events}").select(col("Hostname"), col("EventID").cast(Int64).alias("id"))
t.join(t.select(col("Hostname"), col("id").alias("other")), "Hostname").group_by("id", "other").agg(len(), col("Hostname").n_unique().alias("hosts")).sort("id", "other")"""
# All that pages are made of.
TAGS = {
    "html", "head", "meta", "title", "link", "script", "noscript", "body", "header", "a", "img", "nav", "main", "h1", "h2", "p", "pre", "code", "span",
    "div", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "form", "button", "details", "summary", "svg", "rect", "path", "text", "label",
    "input",
}
SHAPE = """() => [...document.querySelectorAll('*')].map(one =>
    [one.tagName.toLowerCase(), [...one.attributes].map(a => [a.name, a.value])])"""


class Site:
    """A master with two workers, and the way to its pages."""

    def __init__(self, folder):
        self.folder, self.log = folder, (folder / "log").open("w")
        words = ["cluster", "start", "-n", "2", "--cores", "1", "--port", "0", "--ui-port", "0"]
        words += ["--token-file", folder / "token", "--data-dir", folder / "data"]
        self.process = subprocess.Popen([program(), *words], stdout=subprocess.PIPE, stderr=self.log, text=True)
        said = ""
        while "http://" not in said:
            line = self.process.stdout.readline()
            assert line, (folder / "log").read_text()
            said += line
        self.address = re.search(r"fram://\S+", said).group()
        self.link = re.search(r"http://\S+", said).group()
        self.url = self.link.split("/?")[0]
        assert until(lambda: (folder / "log").read_text().count("has come") == 2), (folder / "log").read_text()
        self.events = folder / "events.ndjson"
        subprocess.run([program(), "sample", "winevents", "--events", str(EVENTS), self.events], check=True)

    def join(self):
        return f"%cluster {self.address} --token-file {self.folder / 'token'}"

    def run(self, name, *cells):
        """Runs the cells as a script of this name, whatever fails."""
        script = self.folder / name
        script.write_text("\n// %%\n".join([self.join(), *cells]))
        return subprocess.Popen([program(), "run", "--allow-errors", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture(scope="module")
def site(jupyter, tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("site"))
    yield made
    made.close()


def all_pages(page, site):
    """Goes to every page that the first one leads to."""
    page.goto(f"{site.url}/")
    seen, waiting = set(), [f"{site.url}/", f"{site.url}/jobs"]
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            page.goto(address)
            yield address
            links = page.evaluate("() => [...document.querySelectorAll('a')].map(one => one.href.split('#')[0])")
            waiting += [link for link in links if link.startswith(site.url) and "/workers/" not in link]


def test_what_comes_from_data_is_text(site, browser, attacks):
    name = "<img src=x onerror=alert(1)>.fram"
    literals = [attack.replace("\n", " ").replace("\r", " ") for attack in attacks]
    cells = [f"scan_ndjson(\"{site.events}\").group_by(\"Hostname\").agg(len().alias(\"n\")) // {' '.join(literals)[:15_000]}"]
    for attack in attacks[:12]:
        quoted = '"' + "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in attack) + '"'
        named = f"scan_ndjson(\"{site.events}\").select(col(\"Hostname\").alias({quoted}))"
        cells.append(f"{named}.select(col({quoted}).cast(Int64))")
        cells.append(f"{named}.group_by({quoted}).agg(len())")
    said = site.run(name, *cells).communicate(timeout=240)[0]
    assert "ValueMismatch" in said, said
    watched = Watched(browser, site.url)
    watched.page.goto(site.link)
    visited = 0
    for address in all_pages(watched.page, site):
        visited += 1
        for tag, attributes in watched.page.evaluate(SHAPE):
            assert tag in TAGS, f"{address}: {tag}"
            for attribute, value in attributes:
                assert not attribute.startswith("on") and attribute != "style", f"{address}: {attribute}={value}"
                if attribute in ("href", "src", "action"):
                    assert value.startswith("/"), f"{address}: {attribute}={value}"
        assert watched.ran() == [], address
    assert visited >= 15
    # The workers' own pages are at other addresses.
    watched.page.goto(f"{site.url}/")
    workers = watched.page.evaluate("() => [...document.querySelectorAll('a[href^=\"/workers/\"]')].map(one => one.href)")
    assert len(workers) == 2
    assert watched.foreign == []
    for worker in workers:
        context = browser.new_context()
        page = context.new_page()
        page.goto(site.link)
        page.goto(worker)
        assert page.locator("h1").inner_text().startswith("Worker 127.0.0.1:") and "key=" not in page.url
        assert page.locator("text=Tasks ended").count() == 1
        assert {tag for tag, _ in page.evaluate(SHAPE)} <= TAGS
        context.close()
    watched.page.close()


def test_a_page_is_live_and_its_button_cancels(site, browser):
    watched = Watched(browser, site.url)
    page = watched.page
    page.goto(site.link)
    assert "key=" not in page.url
    running = site.run("long.fram", LONG.format(events=site.events))
    # The job comes, and goes on, without a reload.
    page.wait_for_selector("form[action$='/cancel'] button", timeout=30_000)
    page.click("td a[href^='/jobs/'] >> nth=0")
    page.wait_for_selector("svg.picture rect.box.busy", timeout=30_000)
    assert "t.join(t.select" in page.locator("pre").first.inner_text()
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
    lines = [message["content"]["data"] for message in shown if message["msg_type"] in ("display_data", "update_display_data")]
    kernel.close()
    assert re.search(r"\d+ of \d+ tasks", " ".join(line["text/plain"] for line in lines)), lines
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
