"""JupyterLab in a real browser: what a test does with it, and what it must not do by itself."""

import os
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]
# Whatever is run from data says so here, and nothing else does.
CANARY = (
    "window.__ran = []; for (const name of ['alert', 'confirm', 'prompt', 'open']) { "
    "window[name] = text => window.__ran.push(name + ' ' + text); }"
)
# Of each cell that shows something: for each output its kind, its elements and their attributes, and what can be read.
OUTPUTS = """() => [...document.querySelectorAll('.jp-CodeCell')].map(cell =>
    [...cell.querySelectorAll('.jp-OutputArea-child')].map(child => {
        const output = child.querySelector('.jp-OutputArea-output');
        const all = output ? [...output.querySelectorAll('*')] : [];
        return {
            mime: output ? output.dataset.mimeType : 'none',
            tags: all.map(one => one.tagName.toLowerCase()),
            attributes: all.flatMap(one => [...one.attributes].map(a => [one.tagName.toLowerCase(), a.name, a.value])),
            text: output ? output.textContent : '',
            // Only an error's name is red: colours from data are made visible, not shown.
            failed: !!output && !!output.querySelector('.ansi-red-fg'),
            sources: all.filter(one => one.tagName === 'IMG').map(one => one.src),
        };
    }))"""
CONTRAST = """element => {
        const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        const over = (colour, below) => {
            paint.fillStyle = `rgb(${below})`; paint.fillRect(0, 0, 1, 1);
            paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
            return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
        };
        const parents = []; for (let one = element; one; one = one.parentElement) parents.unshift(one);
        const ground = parents.reduce(
            (below, one) => over(getComputedStyle(one).backgroundColor, below), [255, 255, 255]);
        const light = rgb => rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
        const pair = [light(ground), light(over(getComputedStyle(element).color, ground))].sort((a, b) => a - b);
        return (pair[1] + 0.05) / (pair[0] + 0.05);
    }"""
PROGRESS = ("done in", "stopped after")


class Watched:
    """A page that notes what it asks for beyond its own server, and every window that it would open."""

    def __init__(self, browser, own):
        self.page = browser.new_page(viewport={"width": 1280, "height": 1600})
        self.foreign = []
        self.own = (own, own.replace("http", "ws"), "data:", "blob:") if own else ("data:", "blob:")
        self.page.route("**/*", self._check)
        self.page.on("dialog", lambda dialog: (self.foreign.append("dialog " + dialog.message), dialog.dismiss()))
        self.page.on("popup", lambda popup: self.foreign.append("window " + popup.url))
        self.page.add_init_script(CANARY)

    def _check(self, route):
        if route.request.url.startswith(self.own):
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    def ran(self):
        return self.page.evaluate("window.__ran")

    def open(self, lab, name):
        self.page.goto(f"{lab.url}/lab/tree/{urllib.parse.quote(name)}?token={lab.token}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        self.page.wait_for_selector(".jp-NotebookPanel-toolbar >> text=Fram", timeout=60_000)
        try:
            self.until_idle()
        except AssertionError as late:
            raise AssertionError(f"{late}\n{lab.ask('GET', '/api/sessions')}\n{''.join(lab.log[-40:])}") from late

    def until_idle(self):
        from playwright.sync_api import TimeoutError as Late

        try:
            self.page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=60_000)
        except Late as late:
            places = self.page.locator(".jp-Notebook-ExecutionIndicator")
            shown = places.evaluate_all("all => all.map(a => a.outerHTML)")
            raise AssertionError(f"no kernel is idle after a minute: {shown}") from late

    def menu(self, first, *words):
        """Clicks through a menu of the bar."""
        self.page.get_by_role("menuitem", name=first, exact=True).first.click()
        for word in words:
            self.page.locator(".lm-Menu-itemLabel").get_by_text(word, exact=True).last.click()

    def run_all(self, seconds=180):
        """Runs every cell and waits until each has a number and the kernel is idle."""
        self.start_all()
        self.until_run(seconds)

    def start_all(self):
        self.menu("Run", "Run All Cells")

    def until_run(self, seconds):
        self.page.wait_for_function(
            """() => {
                const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.textContent);
                return prompts.length > 0 && prompts.every(p => /\\[\\d+\\]/.test(p));
            }""",
            timeout=seconds * 1000,
            # Looking at each frame slows a page of many cells.
            polling=250,
        )
        self.until_idle()

    def outputs(self):
        """What each cell shows, progress left out."""
        cells = self.page.evaluate(OUTPUTS)
        return [[output for output in cell if not output["text"].startswith(PROGRESS)] for cell in cells]

    def close(self):
        self.page.close()


def artifacts():
    place = Path(os.environ.get("FRAM_SCREENSHOTS", ROOT / "target" / "screenshots"))
    place.mkdir(parents=True, exist_ok=True)
    return place


def contrast(place):
    """How well text can be read on what is behind it, as WCAG 2.2 reckons it."""
    return place.evaluate(CONTRAST)
