"""A cluster of two workers of one core: TPC-H, a small query, a session's start and memory, beside Spark's own."""

import shutil

from asking import HERE, label, lines, mean, troubles

SQL = [str(number) for number in range(1, 23)]
SCRIPT = sorted(str(int(path.stem[1:])) for path in (HERE.parent / "tests/tpch/frames").glob("q*.rhai"))
WORKERS = ("--workers", "2", "--cores", "1")
PEERS = ("fram", "fram cluster", "spark cluster")


def cluster(program, folder, scale):
    """Prints the tables; whether all answers agree."""
    rows = []
    for language, questions in (("sql", SQL), ("script", SCRIPT)):
        asked = ("--check", "--questions", ",".join(questions), *WORKERS)
        rows += lines("peers/fram_cells.py", program, folder, language, *asked)
    has_java = shutil.which("java") is not None
    if has_java:
        rows += lines("peers/pyspark_sql.py", folder, "--check", "--questions", ",".join(SQL), *WORKERS)
    else:
        print("skipped: Spark needs a Java runtime")
    print(f"\nOn a cluster of two workers of one core; TPC-H at scale factor {scale}: seconds")
    print("ratios: of Fram's cluster to Fram in one process, of Spark's cluster to Fram's")
    ratios = [table("sql", rows, SQL), table("script", rows, sorted(SCRIPT, key=int))]
    means("of all of them", *(one + other for one, other in zip(*ratios, strict=True)))
    others(rows)
    wrong = [*troubles(rows), *missing(rows, has_java)]
    print("\n".join(["", *wrong]) if wrong else "\nAll answers agree.")
    return not wrong


def missing(rows, has_java):
    """What a peer's program did not come to, in words."""
    asked = [(peer, "sql", SQL) for peer in PEERS if has_java or peer != "spark cluster"]
    asked += [(peer, "script", SCRIPT) for peer in PEERS[:2]]
    there = {(row["peer"], row["language"], row["q"]) for row in rows}
    for peer, language, questions in asked:
        for question in questions:
            if (peer, language, question) not in there:
                yield f"{label(question)} as {language} on {peer} has no answer"


def seconds(rows, language):
    """By peer and question. Spark has no script of its own here: its SQL stands beside both."""
    wanted = lambda row: row["language"] == language or row["peer"] == "spark cluster"
    return {(row["peer"], row["q"]): row["s"] for row in rows if "s" in row and wanted(row)}


def table(language, rows, questions):
    """Prints it; its ratios, of the cluster to one process and of Spark to the cluster."""
    found = seconds(rows, language)
    overheads, gains = [], []
    print(f"\n{language:<8}{PEERS[0]:>10}{PEERS[1]:>22}{PEERS[2]:>22}")
    for question in questions:
        here, there, spark = (found.get((peer, question)) for peer in PEERS)
        line = f"{label(question):<8}{shown(here):>10}"
        line += f"{shown(there):>14}{ratio(there, here, overheads):>8}"
        line += f"{shown(spark):>14}{ratio(spark, there, gains):>8}"
        print(line)
    means("geometric mean of ratios", overheads, gains)
    return overheads, gains


def means(name, overheads, gains):
    print(f"{name:<32}{mean(overheads):>7.2f}x{mean(gains):>21.2f}x")


def shown(value):
    return "-" if value is None else f"{value:.3f}"


def ratio(one, other, ratios):
    if one is None or other is None:
        return ""
    ratios.append(one / other)
    return f"{one / other:.2f}x"


def others(rows):
    found = seconds(rows, "sql")
    line = lambda name, values: print(f"{name:<34}" + "".join(f"{shown(value):>14}" for value in values))
    print(f"\n{'':<34}" + "".join(f"{peer:>14}" for peer in PEERS))
    line("small query, ms, median of 20", [scaled(found.get((peer, "small"))) for peer in PEERS])
    line("session's start to first rows, s", [found.get((peer, "session")) for peer in PEERS])
    for worker in ("worker 1", "worker 2"):
        peaks = {(row["peer"], row["language"]): row["peak_mib"] for row in rows if row["q"] == worker}
        for language in ("sql", "script"):
            places = [peaks.get((peer, language)) for peer in PEERS]
            if any(places):
                line(f"{worker}'s peak MiB, {language}", places)


def scaled(value):
    return None if value is None else value * 1000
