"""Generate TPC-H data, and write DuckDB's answers to the 22 queries.

    tpch.py data FOLDER [SCALE]     parquet files, unless they are there already (needs tpchgen-cli 4.0.0)
    tpch.py answers FOLDER          tests/tpch/sf0.1.json from the data in FOLDER (needs duckdb)
"""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

TABLES = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"]
QUERIES = Path(__file__).parent.parent / "tpch"
# Queries whose ORDER BY and LIMIT leave the rows open if the values sorted by repeat.
OPEN_ORDERS = {3: (1, 2), 10: (2,), 18: (4, 3), 5: (1,), 11: (1,)}


def generate(folder, scale):
    """Writes the eight tables to FOLDER; a folder that is whole already is left alone."""
    mark = folder / f"scale-{scale}"
    if mark.exists() and all((folder / f"{table}.parquet").exists() for table in TABLES):
        return
    beside = Path(sysconfig.get_path("scripts")) / "tpchgen-cli"
    program = str(beside) if beside.exists() else shutil.which("tpchgen-cli")
    if program is None:
        sys.exit("tpchgen-cli is not installed: pip install tpchgen-cli==4.0.0")
    folder.mkdir(parents=True, exist_ok=True)
    command = [program, "parquet", "--scale-factor", scale, "--output-dir", str(folder), "--overwrite"]
    subprocess.run(command, check=True)
    mark.touch()


def answers(folder):
    """DuckDB's answer to every query, as JSON that holds decimals exactly."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    for table in TABLES:
        path = (folder / f"{table}.parquet").as_posix().replace("'", "''")
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{path}'")
    whole = {}
    for number in range(1, 23):
        result = connection.execute((QUERIES / f"q{number:02}.sql").read_text())
        columns = [column[0] for column in result.description]
        types = [str(column[1]) for column in result.description]
        rows = [[plain(value) for value in row] for row in result.fetchall()]
        keys = [tuple(row[place] for place in OPEN_ORDERS.get(number, ())) for row in rows]
        if number in OPEN_ORDERS and len(set(keys)) < len(keys):
            sys.exit(f"query {number} sorts by values that repeat: its answer is not the only one")
        whole[f"q{number:02}"] = {"columns": columns, "types": types, "rows": rows}
    return whole


def plain(value):
    """Whole numbers, strings and nulls as they are; everything else as text."""
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def lines(whole):
    """JSON with one row a line."""
    parts = []
    for name, answer in whole.items():
        rows = ",\n".join(json.dumps(row) for row in answer["rows"])
        head = json.dumps({"columns": answer["columns"], "types": answer["types"]})[:-1]
        parts.append(f'"{name}": {head}, "rows": [\n{rows}\n]}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main():
    match sys.argv[1:]:
        case ["data", folder]:
            generate(Path(folder), "0.1")
        case ["data", folder, scale]:
            generate(Path(folder), scale)
        case ["answers", folder]:
            (QUERIES / "sf0.1.json").write_text(lines(answers(Path(folder))))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
