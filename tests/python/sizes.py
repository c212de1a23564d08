"""Inputs of sizes that nobody should have: a frame of 2 GB in the notebook, an expression a hundred thousand times, a
million files. Each must give its rows, or say what to do, and leave a cluster that works. A program for `make chaos`: it
takes minutes, some gigabytes of memory, and 130 MB of a disk in memory where there is one."""

import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

from clusters import Cluster

# Seconds that each may take.
LONGEST = 900
ROWS, TIMES = 1_000_000, 270
EXPRESSIONS, FEW_ROWS = 100_000, 20_000
FILES, FOLDERS = 1_000_000, 100

FRAME = f"""let one = frame(#{{ k: range(0, {ROWS}) }})
let many = []; for i in 0..{TIMES} {{ many.push(one) }}
let rows = concat(many).with_columns(col("k").cast(Int64)).collect()
// %%
let t = scan_parquet("DATA/0/*.parquet").limit(1)
rows.join(t, "k").select(len()).item()"""
WIDE = f"""let many = []; for i in 0..{EXPRESSIONS} {{ many.push((col("k") + i).max().alias("c" + i)) }}
frame(#{{ k: range(0, {FEW_ROWS}) }}).write_parquet("OUT.wide.parquet")
scan_parquet("OUT.wide.parquet").select(many).select(sum_horizontal("*")).item()"""
MANY = 'scan_parquet("DATA/*/*.parquet").group_by("g").agg(len().alias("n")).sort("g").get_column("n")'
# Each file has these rows.
FILE = 'frame(#{ k: [1, 2, 3], g: ["a", "b", "c"] }).write_parquet("OUT.parquet")'
WANTED = {
    FRAME: str(TIMES),
    WIDE: str(EXPRESSIONS * (FEW_ROWS - 1) + EXPRESSIONS * (EXPRESSIONS - 1) // 2),
    MANY: str([FILES] * 3),
}


def make_files(cluster):
    """A million files, which are one file by many names; the disk needs a name of each only."""
    said, code = cluster.run(FILE, master=False)
    assert code == 0, said
    for folder in range(FOLDERS):
        place = cluster.folder.parent / "data" / str(folder)
        place.mkdir(parents=True)
        for number in range(FILES // FOLDERS):
            os.link(cluster.folder / "out.parquet", place / f"{number:05}.parquet")


def main():
    # The cluster ends also when this is asked to end in its middle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        cluster = Cluster(Path(folder) / "cluster", patience=LONGEST)
        try:
            make_files(cluster)
            for _ in range(2):
                cluster.add_worker(memory="4GiB")
            cluster.wait_for_workers(2)
            cases = {"frame": FRAME, "expressions": WIDE, "files": MANY}
            bad = [name for name, cells in cases.items() if not tried(cluster, name, cells)]
        finally:
            cluster.close()
    sys.exit(f"wrong: {', '.join(bad)}" if bad else 0)


def tried(cluster, name, cells):
    """Whether the cells give what they must; says how long they take."""
    begun = time.monotonic()
    said, code = cluster.run(cells)
    took = time.monotonic() - begun
    is_right = code == 0 and re.search(rf"^{re.escape(WANTED[cells])}$", said, re.MULTILINE)
    print(f"{name}: {'right' if is_right else said[-2000:]} after {took:.1f} s", flush=True)
    return is_right and cluster.count("fram_workers") == 2


if __name__ == "__main__":
    main()
