"""Clusters of real processes that tests break: a master and workers, on a disk or a network of their own where a test
fills the one or cuts the other."""

import contextlib
import os
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# A query may take as long, whatever happens.
PATIENCE = 60
SILENT = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
# A user of this machine may own a disk or a network where the system lets him have a namespace for it.
OWN = ["unshare", "--user", "--map-root-user", "--mount"]
# The machines of a network: the master is at its switch.
MASTER, WORKERS, NOTEBOOK = "10.77.0.1", ["10.77.0.11", "10.77.0.12"], "10.77.0.20"
SWITCH = f"""
mount -t tmpfs fram /run && mkdir -p /run/netns && ip link set lo up &&
ip link add switch type bridge && ip addr add {MASTER}/24 dev switch && ip link set switch up || exit 1
for address in {" ".join(WORKERS)} {NOTEBOOK}; do
    name=m${{address##*.}}
    ip netns add $name && ip link add $name type veth peer name eth0 netns $name &&
    ip link set $name master switch up &&
    ip -n $name addr add $address/24 dev eth0 && ip -n $name link set lo up && ip -n $name link set eth0 up || exit 1
done
echo ready; exec sleep infinity
"""


def program():
    told = os.environ.get("FRAM_BIN")
    return Path(told).resolve() if told else ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug" / "fram"


def refusal(network=False):
    """Why this machine does not let its users have a disk (or a network) of their own, if it does not."""
    what = "mount -t tmpfs fram /mnt" + ("; ip link add type veth" if network else "")
    words = [*OWN, *(["--net"] if network else []), "sh", "-ec", what]
    try:
        tried = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError as error:
        return f"{error.filename} is missing"
    if tried.returncode == 0:
        return None
    return f"no namespace for a {'network' if network else 'disk'}: {tried.stderr.strip()}"


def addresses(master, log):
    """Where a master that begins listens, and the link to its pages, as it says; `log` tells why it does not begin."""
    said = ""
    while "http" not in said:
        line = master.stdout.readline()
        assert line, f"the master does not start: {log.read_text()}"
        said += line
    return re.search(r"fram://[\d.]+:\d+", said).group(), re.search(r"https?://\S+", said).group()


class Network:
    """Machines on a switch, whose cables can be pulled."""

    def __init__(self):
        command = [*OWN, "--net", "sh", "-c", SWITCH]
        self.holder = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "ready\n", "the network does not come up"

    def at(self, address):
        """What goes before a command to run it on that machine."""
        inside = ["nsenter", "--target", str(self.holder.pid), "--user", "--preserve-credentials", "--mount", "--net"]
        return inside if address == MASTER else [*inside, "ip", "netns", "exec", self.name(address)]

    def name(self, address):
        return "m" + address.rsplit(".", 1)[1]

    def pull(self, address):
        self.change("ip", "link", "set", self.name(address), "down")

    def plug(self, address):
        self.change("ip", "link", "set", self.name(address), "up")

    def part_workers(self, parted="on"):
        """The workers reach the master and the notebook, and no longer each other."""
        for address in WORKERS:
            self.change("bridge", "link", "set", "dev", self.name(address), "isolated", parted)

    def change(self, *words):
        subprocess.run([*self.at(MASTER), *words], check=True)

    def close(self):
        self.holder.kill()
        self.holder.wait()


class Cluster:
    """A master and workers of one core, in a folder of their own."""

    def __init__(self, folder, network=None, master_disk=None, options=(), patience=PATIENCE):
        self.folder, self.network, self.master_disk, self.options = folder, network, master_disk, options
        self.patience = patience
        self.address = MASTER if network else "127.0.0.1"
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = {**os.environ, "FRAM_HOME": str(folder), "RUST_BACKTRACE": "0"}
        self.environment.pop("FRAM_MASTER", None)
        self.workers, self.port = [], "0"
        self.master = self.begun_master()

    def process(self, *words, before=(), **options):
        command = [*map(str, before), program(), *map(str, words)]
        return subprocess.Popen(command, env=self.environment, cwd=self.folder, text=True, **{**SILENT, **options})

    def begun_master(self):
        words = ["master", "--bind", self.address, "--port", self.port, "--ui-port", "0", *self.options]
        before = self.network.at(MASTER) if self.network else []
        if self.master_disk:
            records = self.disk("records")
            words, before = [*words, "--data-dir", records], own_disk(records, self.master_disk)
        log = self.folder / "master.log"
        master = self.process(*words, before=before, stdout=subprocess.PIPE, stderr=log.open("a"))
        address, self.link = addresses(master, log)
        self.port = address.rsplit(":", 1)[1]
        return master

    def url(self):
        return f"fram://{self.address}:{self.port}"

    def disk(self, name):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def add_worker(self, *options, memory="1GiB", disk=None, hidden=None):
        """One more worker, whose files are in a place of their own as on a machine of its own; where a size is given, on a
        disk of its own; where a folder is, without what it holds."""
        words = ["worker", self.url(), "--cores", "1", "--memory", memory]
        before, folder = [], self.disk(f"disk-{len(self.workers)}")
        if disk:
            before = own_disk(folder, disk)
        if hidden:
            before = own_disk(hidden, "64k")
        if self.network:
            address = WORKERS[len(self.workers)]
            before = self.network.at(address)
            words += ["--bind", address, "--allow-path", self.folder.parent, "--allow-path", self.folder]
        log = (self.folder / f"worker-{len(self.workers)}.log").open("a")
        self.workers.append(self.process(*words, "--work-dir", folder, *options, before=before, stderr=log))

    def placed(self, cells):
        return cells.replace("DATA", str(self.folder.parent / "data")).replace("OUT", str(self.folder / "out"))

    def begin(self, cells, master=True, name="cells"):
        script = self.folder / f"{name}.fram"
        script.write_text(self.placed(cells))
        words = ["run", *(["--master", self.url()] if master else []), script]
        before = self.network.at(NOTEBOOK) if self.network else []
        return self.process(*words, before=before, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, cells, master=True):
        running = self.begin(cells, master)
        return running.communicate(timeout=self.patience)[0], running.returncode

    def wait_for_workers(self, count):
        deadline = time.monotonic() + self.patience
        while f"{count} worker" not in (said := self.run("%cluster status")[0]):
            assert time.monotonic() < deadline, f"the workers do not come: {said}"

    def token(self):
        return (self.folder / "token").read_text()

    def asked(self, path, method="GET"):
        """A page of the master, for whoever shows the token."""
        shown = {"Authorization": f"Bearer {self.token()}"}
        request = urllib.request.Request(self.link.split("/?")[0] + path, headers=shown, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200
            return answer.read().decode()

    def press(self, path):
        """What a button of the master's pages does."""
        return self.asked(path, method="POST")

    def count(self, what):
        """A number of the master's metrics, as `fram_workers`."""
        return int(re.search(rf"^{re.escape(what)} (\d+)$", self.asked("/metrics"), re.MULTILINE).group(1))

    def close(self):
        for process in [*self.workers, self.master]:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in [*self.workers, self.master]:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.network:
            self.network.close()

    def jobs_left(self):
        """What jobs have left in the folders of workers that run, and are not stopped."""
        left = []
        for worker in self.workers:
            if worker.poll() is None and "State:\tT" not in Path(f"/proc/{worker.pid}/status").read_text():
                for folder in [self.folder / "work", *self.folder.glob("disk-*")]:
                    found = inside(worker, folder).glob(f"worker-{worker.pid}/*")
                    left += [path for path in found if path.name not in (".lock", ".name")]
        return left


def files_in(folder):
    """The files in the folder, at any depth; what goes while it is looked at is left out, where `rglob` would fail."""
    return [Path(place) / name for place, _, names in os.walk(folder) for name in names]


def own_disk(folder, size):
    """What goes before a command to give it a disk of this size in the folder."""
    return [*OWN, "sh", "-ec", f'mount -t tmpfs -o size={size} fram "$0"; exec "$@"', folder]


def inside(process, folder):
    """The folder as the process sees it."""
    return Path(f"/proc/{process.pid}/root{folder}")


def fill(disk):
    """Writes to the disk until it is full."""
    with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"\0" * 4096)


def family(folder):
    """The processes that run for a cluster in this folder, those that others of them have started too."""
    mark, found = f"FRAM_HOME={folder}".encode(), []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            # It may have ended meanwhile, or be somebody else's.
            with contextlib.suppress(OSError):
                if mark in (place / "environ").read_bytes().split(b"\0"):
                    found.append(int(place.name))
    return found


def children(pid):
    """The processes that this one has started: a worker's slots, say."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return [int(child) for child in found.split()]


@contextlib.contextmanager
def held(*workers):
    """Meanwhile no task of these workers, named by their processes' ids, goes on: what runs can be looked at."""
    stopped = [slot for worker in workers for slot in children(worker)]
    assert len(stopped) >= len(workers), f"{stopped} run for {workers}"
    for slot in stopped:
        os.kill(slot, signal.SIGSTOP)
    try:
        yield
    finally:
        for slot in stopped:
            os.kill(slot, signal.SIGCONT)
