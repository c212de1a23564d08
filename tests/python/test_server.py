"""Through a real Jupyter server: a flood of lines, interrupt, restart."""

import os
import threading
import time

import pytest
from conftest import processes, until
from server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("root"))
    yield made
    made.close()


def kernels():
    """Process ids of kernels that run from this test's kernelspec."""
    return processes("fram", "kernel", os.environ["JUPYTER_RUNTIME_DIR"])


def text(messages, stream="stdout"):
    return "".join(
        message["content"]["text"]
        for message in messages
        if message["msg_type"] == "stream" and message["content"]["name"] == stream
    )


def test_two_hundred_thousand_lines_arrive_without_a_rate_error(server):
    kernel = server.kernel()
    said = text(kernel.run("for i in 0..200000 { print(i) }"))
    assert said.splitlines() == [str(number) for number in range(200_000)]
    assert not any("rate exceeded" in line for line in server.log), server.log[-20:]
    kernel.close()


def test_a_table_of_ten_megabytes_arrives_whole(server):
    kernel = server.kernel()
    kernel.run("let list = []; for i in 0..5000 { list.push(i) } let wide = frame(#{ first: list });")
    kernel.run("for i in 0..29 { wide = wide.with_columns(lit(\"" + 64 * "x" + "\").alias(`c${i}`)) }")
    kernel.run("%config rows 10000")
    html = [m["content"]["data"]["text/html"] for m in kernel.run("wide") if m["msg_type"] == "execute_result"][0]
    assert len(html) > 10_000_000
    assert html.count(64 * "x") == 29 * 5000 and "5,000 rows" in html
    kernel.close()


def test_an_interrupt_ends_a_cell_and_names_are_kept(server):
    kernel = server.kernel()
    kernel.run("let kept = 42;")
    path = f"/api/kernels/{kernel.identity}"
    threading.Timer(1.0, lambda: server.ask("POST", path + "/interrupt")).start()
    begun = time.monotonic()
    messages = kernel.run("loop { }")
    assert time.monotonic() - begun < 10
    assert [message["content"]["ename"] for message in messages if message["msg_type"] == "error"] == ["Interrupted"]
    results = [m["content"]["data"]["text/plain"] for m in kernel.run("kept") if m["msg_type"] == "execute_result"]
    assert results == ["42"]
    kernel.close()


def test_ten_restarts_leave_one_process(server):
    kernel = server.kernel()
    assert until(lambda: kernels())
    before = len(kernels())
    for _ in range(10):
        server.ask("POST", f"/api/kernels/{kernel.identity}/restart")
    assert until(lambda: len(kernels()) == before), kernels()
    kernel.close()
    server.ask("DELETE", f"/api/kernels/{kernel.identity}")
    assert until(lambda: len(kernels()) == before - 1)
