"""A real Jupyter server on loopback, and a kernel of it through its websocket."""

import json
import os
import re
import subprocess
import sys
import threading
import time
import uuid

import requests
import websocket


class Server:
    """Started when made; ended, with its kernels, when closed. A program that is named serves JupyterLab as people
    start it."""

    def __init__(self, folder, program=None):
        if program:
            command = [program, "lab", folder, "--no-browser", "--python", sys.executable]
        else:
            command = [
                sys.executable, "-m", "jupyter_server", "--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root",
                f"--ServerApp.root_dir={folder}",
            ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.log = []
        self.url, self.token = self._address()
        # Whoever does not read a pipe stops the one that writes to it.
        threading.Thread(target=self._drain, daemon=True).start()

    def _address(self):
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            line = self.process.stdout.readline()
            self.log.append(line)
            found = re.search(r"(http://127\.0\.0\.1:\d+)/\S*\?token=(\w+)", line)
            if found:
                self._until_open(found.group(1), deadline)
                return found.groups()
            assert self.process.poll() is None, "".join(self.log)
        raise AssertionError("the server did not say its address:\n" + "".join(self.log))

    def _until_open(self, address, deadline):
        """The address is said before it is listened on."""
        while True:
            try:
                return requests.get(address + "/api", timeout=10)
            except requests.ConnectionError:
                assert time.monotonic() < deadline, "".join(self.log)
                time.sleep(0.05)

    def _drain(self):
        for line in self.process.stdout:
            self.log.append(line)

    def ask(self, method, path, **body):
        answer = requests.request(
            method, self.url + path, json=body or None, headers={"Authorization": f"token {self.token}"}, timeout=60
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def kernel(self):
        return Kernel(self, self.ask("POST", "/api/kernels", name="fram")["id"])

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Kernel:
    """A kernel of the server, through its websocket."""

    def __init__(self, server, identity):
        self.server, self.identity = server, identity
        address = server.url.replace("http", "ws") + f"/api/kernels/{identity}/channels?token={server.token}"
        self.socket = websocket.create_connection(address, timeout=90)
        self.session = uuid.uuid4().hex

    def send(self, kind, content, channel="shell"):
        header = {
            "msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": self.session,
            "date": "2026-01-01T00:00:00Z", "version": "5.4",
        }
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": channel}
        self.socket.send(json.dumps(message | {"buffers": []}))
        return header["msg_id"]

    def run(self, code):
        """Every message that a cell sends, up to its idle and its reply."""
        request = self.send("execute_request", {
            "code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False,
        })
        found, idle, reply = [], False, None
        while not (idle and reply):
            message = json.loads(self.socket.recv())
            if message.get("parent_header", {}).get("msg_id") != request:
                continue
            found.append(message)
            idle = idle or message["content"].get("execution_state") == "idle"
            reply = message if message["msg_type"] == "execute_reply" else reply
        return found

    def close(self):
        self.socket.close()
