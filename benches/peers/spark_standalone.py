"""Spark's own standalone cluster, of the classes that PySpark brings along: a master and its workers, on loopback."""

import os
import socket
import subprocess
import time
from pathlib import Path

import pyspark

HOME = Path(pyspark.__file__).resolve().parent
HOST = "127.0.0.1"


class Standalone:
    """A master and its workers."""

    def __init__(self, processes, home, workers, cores, memory):
        port = free_port()
        self.address = f"spark://{HOST}:{port}"
        self.log = home / "spark.log"
        told = {
            "SPARK_HOME": str(HOME),
            # Where pages listen, and where executors write.
            "SPARK_LOCAL_IP": HOST,
            "SPARK_LOCAL_DIRS": str(home / "local"),
            # What a worker needs to know to put an executor's command together; its scripts would find it out.
            "SPARK_SCALA_VERSION": scala_version(),
        }
        environment = {**os.environ, **told}
        java = ("java", "-Xmx512m", f"-Djava.io.tmpdir={home}", "-Dspark.master.rest.enabled=false")
        where = ("-cp", HOME / "jars/*")
        kept = {"cwd": home, "env": environment, "stdout": subprocess.DEVNULL, "stderr": self.log.open("a")}
        begin = lambda name, *words: processes.begin(
            *java, *where, f"org.apache.spark.deploy.{name}", "--host", HOST, "--webui-port", "0", *words, **kept
        )
        begin("master.Master", "--port", port)
        self._wait("I have been elected leader", 1)
        work = ("-c", cores, "-m", memory, "-d", home / "work", self.address)
        self.workers = [begin("worker.Worker", *work) for _ in range(workers)]
        self._wait("Successfully registered with master", workers)

    def _wait(self, words, times):
        deadline = time.monotonic() + 120
        while self.log.read_text().count(words) < times:
            if time.monotonic() > deadline:
                raise RuntimeError(self.log.read_text())
            time.sleep(0.05)


def scala_version():
    library = next((HOME / "jars").glob("scala-library-*.jar"))
    return ".".join(library.stem.removeprefix("scala-library-").split(".")[:2])


def free_port():
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]
