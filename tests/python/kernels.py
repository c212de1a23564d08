"""A kernel that Jupyter's own client has started, and what its cells say."""

import os
import queue
import re
import time
from pathlib import Path

from jupyter_client import KernelManager


class Started:
    """A kernel, and what it says."""

    def __init__(self, environment=None, **options):
        self.manager = KernelManager(kernel_name="fram", **options)
        self.manager.start_kernel(**({"env": environment} if environment else {}))
        self.client = self.manager.client()
        self.client.start_channels()
        self.until_ready()

    def until_ready(self):
        """Waits until the kernel answers and its output reaches us, which one message of the kernel before proves of
        neither."""
        self.client.wait_for_ready(timeout=60)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                return self.end(self.client.kernel_info(), 0.5)
            except queue.Empty:
                pass
        raise AssertionError("the kernel is not ready")

    @property
    def process(self):
        return self.manager.provisioner.process.pid

    def work(self):
        """Seconds that its processors have worked."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def begin(self, code, **options):
        """Sends a cell and waits until it runs."""
        request = self.client.execute(code, **options)
        while self._next(request)["msg_type"] != "execute_input":
            pass
        return request

    def _next(self, request, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=seconds)
            if message["parent_header"].get("msg_id") == request:
                return message
        raise queue.Empty

    def end(self, request, seconds=60):
        """The rest of what a cell says, up to its idle."""
        said = []
        while not (said and said[-1]["content"].get("execution_state") == "idle"):
            said.append(self._next(request, seconds))
        return said

    def run(self, code, **options):
        return self.end(self.client.execute(code, **options))

    def reply(self, request):
        while True:
            reply = self.client.get_shell_msg(timeout=60)
            if reply["parent_header"]["msg_id"] == request:
                return reply["content"]

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def plain(said):
    return [message["content"]["data"]["text/plain"] for message in said if message["msg_type"] == "execute_result"]


def errors(said):
    return [message["content"]["ename"] for message in said if message["msg_type"] == "error"]


def told(said):
    """What the errors say, as a reader sees it, without colours."""
    lines = [line for message in said if message["msg_type"] == "error" for line in message["content"]["traceback"]]
    return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(lines))
