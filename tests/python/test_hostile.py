"""Data that tries to be markup, shown in every way that a cell has, in JupyterLab and in an exported page.

Each hostile notebook has a harmless twin, in which every sign that means something to a browser is a letter. Whatever
the one has on its page beyond the other was made from data.
"""

import string
import subprocess
import urllib.parse
import xml.etree.ElementTree as ElementTree
from collections import Counter

import nbformat
import pytest
from nbconvert import HTMLExporter
from page import artifacts

# What JupyterLab makes links of in plain text, beside web addresses; browsers refuse to follow them.
MADE_LINKS = ("data:", "file:")
# Pages that the attacks are spread over.
PARTS = 3
# As many letters as ASCII has signs, each for one, so that different attacks stay different.
HARMLESS = str.maketrans(string.punctuation, "абвгдежзийклмнопрстуфхцчшщъыьэюя")
SVG = {
    "svg", "g", "defs", "title", "desc", "rect", "circle", "ellipse", "line", "polyline", "polygon", "path", "text",
    "tspan", "clipPath",
}
TEXT = {"pre", "span", "a"}
FAILING = [("frame(#{ a: [1] }).select(col(", "))"), ("throw ", ""), ("read_csv(", ")")]
# A comment is no failing SQL, and `null` is an expression.
EITHER = [("sql(", ")"), ("frame(#{ a: [1] }).bar(\"a\", ", ")"), ("%help ", "")]


def literal(text):
    """A string of the script."""
    signs = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(signs.get(c, c if " " <= c <= "~" else f"\\U{ord(c):08x}") for c in text) + '"'


def cells(attacks):
    """Cells that show every string wherever data can be shown; such that fail with it; and such that may do either."""
    listed = "\n".join(f"    {literal(attack)}," for attack in attacks)
    well = [
        f"let attacks = [\n{listed}\n]; attacks.len()",
        "%config rows 200",
        "let values = frame(#{ value: attacks, n: attacks.map(|a| 1) }); values",
        # Numbers before them keep the columns of both twins in one order.
        "let named = #{}; for i in 0..attacks.len() { named[(100 + i).to_string() + attacks[i]] = [attacks[i]] } "
        "frame(named)",
        "for a in attacks { let one = #{}; one[a] = [a]; display(frame(one)) }",
        "frame(named).print_schema()",
        "for a in attacks { print(a) }",
        "for a in attacks { eprint(a) }",
        "attacks",
        "named",
        "frame(#{ list: [attacks], map: [named] })",
        "values.describe()",
        "for a in attacks { display(frame(#{ k: [a, a], y: [2, 3] })"
        ".bar(\"k\", \"y\", #{ title: a, x_label: a, y_label: a })) }",
        "for a in attacks { display(frame(#{ x: [1, 2], y: [2, 3], k: [a, a + \"2\"] })"
        ".line(\"x\", \"y\", #{ title: a, color: \"k\" })) }",
        "for a in attacks { display(frame(#{ x: [1, 2] }).histogram(\"x\", #{ title: a, x_label: a })) }",
        "values.scatter(\"n\", \"n\", #{ color: \"value\" })",
        "values.bar(\"value\", \"n\")",
        "%who",
        "%explain values.filter(col(\"value\") == attacks[0])",
        "SELECT * FROM values",
    ]
    failing = [f"{start}{literal(attack)}{end}" for attack in attacks for start, end in FAILING]
    either = [f"{start}{literal(attack)}{end}" for attack in attacks for start, end in EITHER]
    return well, failing, either


def notebook(attacks):
    kernelspec = {"name": "fram", "display_name": "Fram", "language": "fram"}
    made = nbformat.v4.new_notebook(metadata={"kernelspec": kernelspec})
    well, failing, either = cells(attacks)
    made.cells = [nbformat.v4.new_code_cell(cell) for cell in well]
    may_fail = {"tags": ["raises-exception"]}
    made.cells += [nbformat.v4.new_code_cell(cell, metadata=may_fail) for cell in failing + either]
    return made


def twins(attacks):
    """The attacks that cells can hold, and as many strings of letters."""
    hostile = list(dict.fromkeys(attacks))
    return {"hostile": hostile, "harmless": [attack.translate(HARMLESS) for attack in hostile]}


@pytest.fixture(scope="module", params=range(PARTS))
def part(request, attacks):
    """Some of the attacks: JupyterLab is not at ease with a thousand cells on one page."""
    chosen = list(dict.fromkeys(attacks))[request.param :: PARTS]
    assert chosen
    return chosen


@pytest.fixture(scope="module")
def shown(watched, lab, folder, part):
    """For each twin, its page with all cells run, and what its cells show."""
    pages = {}
    for name, strings in twins(part).items():
        path = f"{name}_{len(list(folder.iterdir()))}.ipynb"
        nbformat.write(notebook(strings), folder / path)
        page = watched(lab)
        page.open(lab, path)
        pages[name] = page
    # Both at once.
    for page in pages.values():
        page.start_all()
    for page in pages.values():
        page.until_run(300)
    found = {name: (page, page.outputs()) for name, page in pages.items()}
    yield found
    for page, _ in found.values():
        page.close()


def test_every_cell_shows_what_it_should(shown, part):
    well, failing, _ = map(len, cells(part))
    for name, (_, outputs) in shown.items():
        wrong = [
            f"{name}, cell {number}: {cell}" for number, cell in enumerate(outputs[: well + failing])
            if any(output["failed"] for output in cell) != (number >= well)
        ]
        assert not wrong, "\n".join(wrong)[:2000]
        # A setting is changed without a word.
        assert [number for number, cell in enumerate(outputs[:well]) if not cell] == [1]
        kinds = Counter(output["mime"] for cell in outputs for output in cell)
        assert kinds["text/html"] > len(part) and kinds["image/svg+xml"] > 3 * len(part), kinds


def test_nothing_is_run_asked_for_or_opened(shown):
    for page, _ in shown.values():
        assert page.ran() == []
        assert page.foreign == []
        assert urllib.parse.urlsplit(page.page.url).hostname == "127.0.0.1"
    page = shown["hostile"][0]
    follow_made_links(page)
    assert page.ran() == []
    assert page.foreign == []
    page.page.screenshot(path=artifacts() / "hostile.png")


def follow_made_links(page):
    """Clicks what JupyterLab makes links of in plain text beside web addresses: each is apart from the page, and runs
    nothing."""
    kinds = ", ".join(f".jp-OutputArea-output a[href^='{scheme}']" for scheme in MADE_LINKS)
    links = page.page.locator(kinds)
    seen = set()
    for number in range(links.count()):
        link = links.nth(number)
        href = link.get_attribute("href")
        if href in seen:
            continue
        seen.add(href)
        assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener"), href
        link.click()
    page.page.wait_for_load_state()


def test_no_element_or_attribute_comes_from_data(shown, part):
    hostile, harmless = (shown[name][1] for name in ("hostile", "harmless"))
    alike = sum(map(len, cells(part)[:2]))
    for number, (ours, theirs) in enumerate(zip(hostile, harmless, strict=True)):
        if number >= alike:
            theirs = ours
        assert [output["mime"] for output in ours] == [output["mime"] for output in theirs], f"cell {number}"
        for our, their in zip(ours, theirs, strict=True):
            place = f"cell {number}: {our['text'][:200]!r}"
            assert_harmless(our["attributes"], place, is_text=our["mime"] not in {"text/html", "image/svg+xml"})
            if our["mime"] == "text/html":
                assert our["tags"] == their["tags"], place
                names = [[(tag, name) for tag, name, _ in one["attributes"]] for one in (our, their)]
                assert names[0] == names[1], place
            elif our["mime"] == "image/svg+xml":
                assert our["tags"] == ["img"], place
                assert_plain_svg(our["sources"][0], place)
            else:
                assert set(our["tags"]) <= TEXT, place


def assert_harmless(attributes, place, *, is_text):
    """Addresses and paths in text become links by JupyterLab's own doing; a table has none."""
    inert = ("https://", "http://", "data:image/svg+xml,")
    for tag, name, value in attributes:
        assert not name.startswith("on"), f"{place}: {tag} {name}"
        said = f"{place}: {tag} {name}={value}"
        assert name not in {"srcdoc", "action", "formaction", "background", "autofocus"}, said
        if name in {"href", "src"}:
            is_made_link = is_text and (tag, name) == ("a", "href") and value.startswith(MADE_LINKS)
            assert not value or is_made_link or value.startswith(inert), said


def assert_plain_svg(source, place):
    kind, _, body = source.partition(",")
    assert kind == "data:image/svg+xml", place
    for element in ElementTree.fromstring(urllib.parse.unquote(body)).iter():
        assert element.tag.removeprefix("{http://www.w3.org/2000/svg}") in SVG, f"{place}: {element.tag}"
        for name, value in element.attrib.items():
            assert "href" not in name and not name.startswith("on"), f"{place}: {name}={value}"
            assert "url(" not in value or value.startswith("url(#"), f"{place}: {name}={value}"


def test_an_exported_page_is_harmless_too(watched, fram, tmp_path, attacks):
    """Outside JupyterLab nothing cleans the page: what nbconvert writes is opened as it is."""
    running, found = {}, {}
    for name, strings in twins(attacks).items():
        whole, run = tmp_path / f"{name}.ipynb", tmp_path / f"{name}_run.ipynb"
        made = notebook(strings)
        made.cells = made.cells[: sum(map(len, cells(strings)[:2]))]
        nbformat.write(made, whole)
        log = (tmp_path / f"{name}.log").open("w+")
        running[name] = (subprocess.Popen([fram, "run", whole, "--output", run], stdout=log, stderr=log), run, log)
    for name, (process, run, log) in running.items():
        if process.wait(timeout=300):
            log.seek(0)
            raise AssertionError(log.read())
        made = nbformat.read(run, as_version=4)
        for cell in made.cells:
            cell.source = ""
        html, _ = HTMLExporter().from_notebook_node(made)
        place = tmp_path / f"{name}.html"
        place.write_text(html, encoding="utf-8")
        page = watched(place.as_uri())
        page.page.goto(place.as_uri())
        page.page.wait_for_load_state()
        tags = page.page.evaluate(
            "[...document.querySelectorAll('.jp-OutputArea-output *')]"
            ".map(one => one.tagName + ' ' + [...one.attributes].map(a => a.name))"
        )
        found[name] = (Counter(tags), sorted(set(page.foreign)), page.ran())
        page.close()
    assert found["hostile"][2] == []
    assert found["hostile"][1] == found["harmless"][1], "the page asks for what only data names"
    assert found["hostile"][0] == found["harmless"][0], found["hostile"][0] - found["harmless"][0]
