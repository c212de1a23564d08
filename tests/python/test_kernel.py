"""The kernel through Jupyter's own client: interrupts, questions, help beside a running cell, the end of its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import until
from kernels import Started, errors, plain

NUMBERS = "let list = []; for i in 0..3000 { list.push(i) } let n = frame(#{ a: list });"
LONG = {
    "a script": "loop { }",
    "a function": "fn f(x) { loop { x += 1 } } f(1)",
    "sleep": "sleep(600)",
    "Polars": (
        'n.cross_join(n, "_2").cross_join(n, "_3").filter((col("a") + col("a_2") * col("a_3")) % 7 == 1)'
        '.select(col("a").sum())'
    ),
    "Polars, a sort": 'n.cross_join(n, "_2").cross_join(n, "_3").sort("a_2", "a").select(col("a").sum())',
    "SQL": "SELECT count(*) FROM n x, n y, n z WHERE (x.a + y.a) % 7 = (y.a + z.a) % 11",
    "printing": "for i in 0..1000000000 { print(i) }",
}


@pytest.fixture(scope="module")
def kernel():
    made = Started()
    made.run(NUMBERS)
    yield made
    made.close()


@pytest.mark.parametrize("by", ["message", "signal"])
@pytest.mark.parametrize("what", LONG)
def test_an_interrupt_ends_a_cell_within_a_second(kernel, what, by):
    before = kernel.work()
    request = kernel.begin(LONG[what])
    # In the midst of it.
    assert what == "sleep" or until(lambda: kernel.work() > before + 0.5)
    asked = time.monotonic()
    if by == "signal":
        os.kill(kernel.process, signal.SIGINT)
    else:
        kernel.manager.interrupt_kernel()
    said = kernel.end(request)
    took = time.monotonic() - asked
    assert errors(said) == ["Interrupted"], said[-3:]
    assert took < 1, f"{took:.2f} s"
    assert kernel.reply(request)["status"] == "error"
    assert plain(kernel.run("n.height()")) == ["3000"]


def test_an_interrupt_of_nothing_hurts_no_later_cell(kernel):
    for _ in range(20):
        # The manager's own interrupt does not wait until it is heard.
        kernel.client.control_channel.send(kernel.client.session.msg("interrupt_request", {}))
        assert kernel.client.get_control_msg(timeout=20)["content"]["status"] == "ok"
        assert plain(kernel.run("1 + 1")) == ["2"]


@pytest.mark.parametrize("what", ["a script", "Polars", "SQL"])
def test_help_comes_while_a_cell_runs(kernel, what):
    request = kernel.begin(LONG[what])
    begun = time.monotonic()
    ask = kernel.client
    assert "filter" in kernel.reply(ask.complete("n.fil", 5))["matches"]
    assert kernel.reply(ask.inspect("n", 1))["found"]
    assert kernel.reply(ask.is_complete("frame(#{"))["status"] == "incomplete"
    assert kernel.reply(ask.history(hist_access_type="tail", n=1))["history"][0][2] == LONG[what]
    assert time.monotonic() - begun < 5
    kernel.manager.interrupt_kernel()
    assert errors(kernel.end(request)) == ["Interrupted"]
    kernel.reply(request)


def test_a_question_is_asked_answered_refused_and_interrupted(kernel):
    request = kernel.client.execute('input("Name? ") + "!"', allow_stdin=True)
    question = kernel.client.get_stdin_msg(timeout=20)["content"]
    assert question == {"prompt": "Name? ", "password": False}
    kernel.client.input("Ada")
    assert plain(kernel.end(request)) == ["Ada!"]

    request = kernel.client.execute('input("Again? ")', allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=20)
    kernel.manager.interrupt_kernel()
    assert errors(kernel.end(request)) == ["Interrupted"]

    said = kernel.run('input("Nobody? ")', allow_stdin=False)
    assert len(errors(said)) == 1 and "Interrupted" not in errors(said)
    assert plain(kernel.run("n.height()")) == ["3000"]


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_ten_restarts_leave_no_process(transport, tmp_path):
    options = {"transport": transport, "ip": str(tmp_path / "k")} if transport == "ipc" else {}
    made = Started(**options)
    seen = set()
    for _ in range(10):
        seen.add(made.process)
        made.manager.restart_kernel()
        made.until_ready()
        assert plain(made.run("1 + 1")) == ["2"]
    seen.add(made.process)
    assert len(seen) == 11
    made.close()
    assert until(lambda: not any(Path(f"/proc/{process}").exists() for process in seen), 10)
    if transport == "ipc":
        assert list(tmp_path.glob("k-*")) == []


START = """
import sys, time
from jupyter_client import KernelManager
manager = KernelManager(kernel_name="fram")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
client.execute("loop { }")
print(manager.provisioner.process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_kernel_ends_with_its_parent_even_while_a_cell_runs(how):
    parent = subprocess.Popen([sys.executable, "-c", START], stdout=subprocess.PIPE, text=True)
    kernel = Path("/proc") / parent.stdout.readline().strip()
    assert kernel.exists()
    parent.send_signal(how)
    parent.wait(20)
    assert until(lambda: not kernel.exists(), 10)
