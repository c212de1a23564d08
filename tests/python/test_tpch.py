"""The 22 queries of TPC-H in SQL, and thirteen of them in script, have DuckDB's answers; `tests/tpch/README.md` says
what is equal."""

import json
import math
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest
from conftest import ROOT, target
from values import Asked

QUERIES = ROOT / "tests" / "tpch"
ANSWERS = json.loads((QUERIES / "sf0.1.json").read_text())
FRAMES = sorted((QUERIES / "frames").glob("*.rhai"))
# Averages and quotients that DataFusion cuts, with the digits that it leaves after the point.
CUT = {"q01": {"avg_qty": 6, "avg_price": 6, "avg_disc": 6}, "q08": {"mkt_share": 8}}
# Tables that are written again by several tasks.
LARGE = {"customer", "lineitem", "orders", "part", "partsupp"}
# A column that has no name in the query has the one that DataFusion gives it.
NAMED = {"q18": {"sum(l_quantity)": "sum(lineitem.l_quantity)"}}


@pytest.fixture(scope="module", params=["here", "cluster"])
def kernel(request, tmp_path_factory):
    folder = target() / "fram-data" / "tpch-0.1"
    subprocess.run([sys.executable, ROOT / "tests" / "oracles" / "tpch.py", "data", folder], check=True)
    address = request.getfixturevalue("cluster") if request.param == "cluster" else None
    home = tmp_path_factory.mktemp("tpch")
    made = Asked(home, address)
    for file in sorted(folder.glob("*.parquet")):
        table = str(file)
        if address and file.stem in LARGE:
            # Each task writes a file: tables of one file are other plans than those of several.
            table = f"{home / file.stem}/"
            made.run(f"scan_parquet({json.dumps(str(file))}).sink_parquet({json.dumps(table)});")
            assert len(list((home / file.stem).glob("*.parquet"))) > 1
        made.run(f"let {file.stem} = scan_parquet({json.dumps(table)});")
    yield made
    made.close()


def equals(value, expected, kind, digits, is_script):
    """Whether a value is the expected one, which is of this type in DuckDB, by the rules of the folder."""
    if expected is None or kind == "VARCHAR":
        return value == expected
    if kind == "DATE":
        return type(value) is date and value.isoformat() == expected
    if kind.startswith("DECIMAL") and type(value) is Decimal:
        return value == Decimal(expected)
    if kind == "DOUBLE" and digits:
        return type(value) is Decimal and abs(value - Decimal(expected)) <= Decimal(1).scaleb(-digits)
    if kind == "DOUBLE" or (kind.startswith("DECIMAL") and is_script):
        return type(value) is float and math.isclose(value, float(expected), rel_tol=1e-9)
    return type(value) is int and value == expected


def differences(name, language, rows):
    """Every value that is not as expected, with its row and column."""
    answer = ANSWERS[name]
    cut = CUT.get(name, {}) if language == "sql" else {}
    for at, (row, wanted) in enumerate(zip(rows, answer["rows"], strict=True)):
        for column, kind, value, expected in zip(answer["columns"], answer["types"], row, wanted, strict=True):
            if not equals(value, expected, kind, cut.get(column), language == "script"):
                yield f"row {at}, {column}: {value!r} is not {expected!r} ({kind})"


def check(kernel, name, language, cell):
    before = kernel.jobs() if kernel.collected else 0
    columns, rows = kernel.answer(cell, language)
    assert not kernel.collected or kernel.jobs() > before, "it did not run on the cluster"
    named = NAMED.get(name, {}) if language == "sql" else {}
    assert columns == [named.get(column, column) for column in ANSWERS[name]["columns"]]
    assert len(rows) == len(ANSWERS[name]["rows"])
    wrong = list(differences(name, language, rows))
    if wrong:
        pytest.fail("\n".join([f"values that differ: {len(wrong)}", *wrong[:10]]), pytrace=False)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_query_in_sql_has_duckdbs_answer(kernel, name):
    cell = (QUERIES / f"{name}.sql").read_text()
    assert len(kernel.run(cell)) == 1, "the cell is not shown as a table"
    check(kernel, name, "sql", cell)


@pytest.mark.parametrize("path", FRAMES, ids=lambda path: path.stem)
def test_a_query_in_script_has_duckdbs_answer(kernel, path):
    check(kernel, path.stem, "script", path.read_text())


# What a task may be handed from all others for: of these, each hands on no more rows than come out.
FEW_ROWS = {"top rows", "slice"}


@pytest.mark.parametrize("path", FRAMES, ids=lambda path: path.stem)
def test_a_query_in_script_gathers_nothing_on_a_cluster(kernel, path):
    before, _, last = path.read_text().rstrip().rpartition("\n\n")
    kernel.run(f"{before}\n\nlet asked = {last};")
    (plan,) = kernel.run("%explain asked")
    gathered = re.findall(r"to one task, for ([^\n]+)", plan)
    if not kernel.collected:
        assert "gather" not in plan
        return
    assert re.search(r"\b([2-9]|\d\d+) tasks", plan), f"nothing is distributed:\n{plan}"
    assert {reason.strip() for reason in gathered} <= FEW_ROWS, plan


# A step of a plan of SQL, with what is said of it and the step that it takes its rows from.
GATHER = re.compile(r"^([│ ]*)(?:[├└]─ )?gather\n[│ ]*to one task(.*)\n[│ ]*(?:[├└]─ )?(\w+)\n.*\n(.*)", re.MULTILINE)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_query_in_sql_gathers_few_rows_on_a_cluster(kernel, name):
    """One row of each task for an aggregate of all, and the rows that are shown, in their order."""
    query = (QUERIES / f"{name}.sql").read_text().removeprefix("%%sql\n").rstrip().rstrip(";")
    (plan,) = kernel.run(f"%explain sql({json.dumps(query)})")
    if not kernel.collected:
        assert "gather" not in plan
        return
    assert re.search(r"\b([2-9]|\d\d+) tasks", plan), f"nothing is distributed:\n{plan}"
    gathered = GATHER.findall(plan)
    assert len(gathered) == len(re.findall(r"\bgather$", plan, re.MULTILINE)), plan
    is_one_row = lambda step, detail: step == "Aggregate" and "mode=Partial, gby=[]" in detail
    is_last = lambda at, how: at == "" and how.startswith(", in the order of")
    whole = [step for at, how, step, detail in gathered if not is_one_row(step, detail) and not is_last(at, how)]
    assert whole == [], f"all rows of {whole} are gathered:\n{plan}"


def test_no_query_is_left_out():
    assert list(ANSWERS) == [path.stem for path in sorted(QUERIES.glob("q*.sql"))]
    assert len(ANSWERS) == 22
    assert {path.stem for path in FRAMES} == {f"q{number:02}" for number in [*range(1, 11), 12, 14, 18]}
