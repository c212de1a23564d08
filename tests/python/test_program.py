"""The command line, as people use it; Jupyter through a server is left to test_server."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
import requests
from conftest import processes, until
from nbclient import NotebookClient
from server import Server


def run(fram, *arguments, cwd=None, **extra):
    return subprocess.run([fram, *map(str, arguments)], capture_output=True, text=True, timeout=120, cwd=cwd, **extra)


@pytest.mark.parametrize("command", ["", "lab", "run", "install", "uninstall", "sample", "kernel"])
def test_help_teaches_by_example(fram, command):
    done = run(fram, *command.split(), "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    if command:
        assert "Exit codes" in done.stdout


def test_a_wrong_command_ends_with_code_2(fram):
    done = run(fram, "uninstal")
    assert done.returncode == 2
    assert "uninstall" in done.stderr


def test_install_and_uninstall_leave_nothing(fram, tmp_path):
    done = run(fram, "install", "--prefix", tmp_path, "--name", "fram-test", "--display-name", "Fram (test)")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "share/jupyter/kernels/fram-test"
    spec = json.loads((folder / "kernel.json").read_text())
    assert spec["argv"][0] == str(fram) and spec["interrupt_mode"] == "message"
    assert spec["display_name"] == "Fram (test)"
    assert {path.name for path in folder.iterdir()} == {
        "kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg",
    }
    assert run(fram, "uninstall", "--prefix", tmp_path, "--name", "fram-test").returncode == 0
    assert not folder.exists()
    again = run(fram, "uninstall", "--prefix", tmp_path, "--name", "fram-test")
    assert again.returncode == 2 and "no kernel" in again.stderr


def test_a_foreign_kernel_is_kept(fram, tmp_path):
    folder = tmp_path / "share/jupyter/kernels/other"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text('{"argv": ["python3"], "display_name": "Other"}')
    place = ["--prefix", tmp_path, "--name", "other"]
    refused = run(fram, "install", *place)
    assert refused.returncode == 2 and '"Other"' in refused.stderr and "--force" in refused.stderr
    assert run(fram, "uninstall", *place).returncode == 2
    assert "Other" in (folder / "kernel.json").read_text()
    assert run(fram, "install", *place, "--force").returncode == 0
    assert run(fram, "uninstall", *place).returncode == 0


def test_a_place_that_cannot_be_written_to_is_said(fram, tmp_path):
    (tmp_path / "share").write_text("a file")
    done = run(fram, "install", "--prefix", tmp_path)
    assert done.returncode == 2 and "--prefix" in done.stderr


def test_samples_are_the_same_for_a_seed(fram, tmp_path):
    first = run(fram, "sample", "winevents", "--seed", 3, "--events", 3000, tmp_path / "a.ndjson")
    second = run(fram, "sample", "winevents", "--seed", 3, "--events", 3000)
    assert first.returncode == 0, first.stderr
    assert (tmp_path / "a.ndjson").read_text() == second.stdout
    assert len(second.stdout.splitlines()) == 3000


def test_too_small_a_sample_is_refused(fram):
    done = run(fram, "sample", "winevents", "--events", 10)
    assert done.returncode == 2 and "too few" in done.stderr


def test_a_script_is_run(fram, tmp_path):
    script = tmp_path / "a.fram"
    script.write_text('let a = 20;\n// %%\nprint("hello");\na + 1\n')
    done = run(fram, "run", script)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "hello\n21\n"


def test_a_failing_cell_ends_the_run_with_code_1(fram, tmp_path):
    script = tmp_path / "a.fram"
    script.write_text('1 + 1\n// %%\nfram(#{ a: 1 })\n// %%\nprint("never")\n')
    done = run(fram, "run", script)
    assert done.returncode == 1
    assert "cell 2 failed" in done.stderr and "there is no function `fram`" in done.stderr
    assert "never" not in done.stdout
    assert run(fram, "run", script, "--allow-errors").stdout.endswith("never\n")


def test_a_notebook_is_run_and_written(fram, tmp_path):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# A notebook"),
        nbformat.v4.new_code_cell('print("one"); print("two"); frame(#{ x: [1, 2] })'),
        nbformat.v4.new_code_cell("clear_output(); 1 + 1"),
    ]
    nbformat.write(notebook, tmp_path / "in.ipynb")
    done = run(fram, "run", tmp_path / "in.ipynb", "--output", tmp_path / "out.ipynb")
    assert done.returncode == 0, done.stderr
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    nbformat.validate(written)
    stream, result = written.cells[1].outputs
    assert stream.text == "one\ntwo\n"
    assert "text/html" in result.data and result.execution_count == 1
    assert written.cells[2].outputs[0].data["text/plain"] == "2"
    assert written.cells[1].execution_count == 1


def test_a_run_is_as_jupyters_own_client_has_it(fram, tmp_path):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "fram", "display_name": "Fram"}})
    sources = [
        'print("a"); eprint("b"); print("c")',
        'print("gone"); clear_output(); print("kept")',
        "display(frame(#{ x: [1] })); frame(#{ x: [2] })",
        "let quiet = 1;",
        "   ",
        'frame(#{ x: [1] }).select("y")',
    ]
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook.cells[-1].metadata.tags = ["raises-exception"]
    nbformat.write(notebook, tmp_path / "in.ipynb")
    done = run(fram, "run", tmp_path / "in.ipynb", "--output", tmp_path / "out.ipynb")
    assert done.returncode == 0, done.stderr
    ours = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    theirs = NotebookClient(notebook, timeout=120, kernel_name="fram").execute()
    for our, their in zip(ours.cells, theirs.cells, strict=True):
        assert (our.id, our.source, our.execution_count) == (their.id, their.source, their.execution_count)
        assert our.outputs == joined(their.outputs)
    assert ours.metadata.language_info == theirs.metadata.language_info
    nbformat.write(ours, tmp_path / "again.ipynb")
    assert (tmp_path / "again.ipynb").read_text() == (tmp_path / "out.ipynb").read_text()


def joined(outputs):
    """Neighbouring text of one stream as one output, as frontends save it."""
    found = []
    for output in outputs:
        if found and output.output_type == "stream" and found[-1].get("name") == output.name:
            found[-1].text += output.text
        else:
            found.append(output)
    return found


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("no.ipynb", None, "cannot be read"),
        ("a.ipynb", "{", "no JSON"),
        ("a.ipynb", '{"nbformat": 3, "worksheets": []}', "nbformat 3"),
        (
            "a.ipynb",
            '{"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"name": "python3", "language": "python"}}}',
            "python",
        ),
        ("a.fram", b"\xff\xfe", "UTF-8"),
    ],
)
def test_what_cannot_be_run_is_said(fram, tmp_path, name, text, reason):
    if text is not None:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run(fram, "run", tmp_path / name)
    assert done.returncode == 2 and name in done.stderr and reason in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_a_cell_that_takes_too_long_fails(fram, tmp_path):
    (tmp_path / "a.fram").write_text("loop { }\n// %%\nprint(1)")
    done = run(fram, "run", tmp_path / "a.fram", "--timeout", 1, "--output", tmp_path / "out.ipynb")
    assert done.returncode == 1 and "cell 1 failed: it took longer than 1 s" in done.stderr, done.stderr
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert cells[0].outputs[0].ename == "Interrupted" and cells[1].outputs == []


def test_ctrl_c_interrupts_the_cell_and_ends_the_run(fram, tmp_path):
    (tmp_path / "a.fram").write_text('print("begun");\nloop { }')
    words = [fram, "run", tmp_path / "a.fram"]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "begun\n"
    kernels = processes("fram", "kernel", "connection.json")
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130 and "cell 1 failed: interrupted" in errors
    assert kernels and until(lambda: not set(kernels) & set(processes("fram", "kernel")))


def test_a_kernel_that_ends_is_said(fram, tmp_path):
    (tmp_path / "a.fram").write_text('print("begun");\nloop { }')
    words = [fram, "run", tmp_path / "a.fram"]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "begun\n"
    own = [kernel for kernel in processes("fram", "kernel") if parent(kernel) == running.pid]
    os.kill(own[0], signal.SIGKILL)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 1 and "cell 1 failed: the kernel has ended (signal 9)" in errors


def parent(process):
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])


def on_a_terminal(command, answers):
    """What the command shows on a terminal, with each answer typed when its question has come."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, deadline = b"", time.monotonic() + 90
    while time.monotonic() < deadline:
        if answers and answers[0][0] in shown.decode(errors="replace"):
            os.write(ours, answers.pop(0)[1].encode() + b"\n")
        if select.select([ours], [], [], 0.1)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:
                break
    os.close(ours)
    assert running.wait(60) == 0, shown
    return shown.decode()


def test_a_question_is_answered_on_the_terminal(fram, tmp_path):
    (tmp_path / "a.fram").write_text('let name = input("Your name? ");\n// %%\nprint("Good day, " + name)')
    shown = on_a_terminal([fram, "run", tmp_path / "a.fram"], [("Your name? ", "Ada")])
    assert "Good day, Ada" in shown


def test_without_a_terminal_a_question_is_an_error(fram, tmp_path):
    (tmp_path / "a.fram").write_text('input("Your name? ")')
    done = run(fram, "run", tmp_path / "a.fram", stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "cell 1 failed" in done.stderr


def test_data_cannot_command_the_terminal(fram, tmp_path):
    (tmp_path / "a.fram").write_text('print("\\x1b]0;title\\x07\\x1b[2Jtext")')
    shown = on_a_terminal([fram, "run", tmp_path / "a.fram"], [])
    assert "text" in shown and "\x1b]0;" not in shown and "\x1b[2J" not in shown


def test_an_unanswerable_pipe_ends_quietly(fram, tmp_path):
    (tmp_path / "a.fram").write_text("for i in 0..100000 { print(i) }")
    line = f"'{fram}' run '{tmp_path}/a.fram' | head -n 1"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=120)
    assert done.stdout == "0\n" and "panicked" not in done.stderr


def test_lab_gets_ready_with_a_python_of_ours(fram, python):
    done = run(fram, "lab", "--prepare", "--python", python)
    assert done.returncode == 0, done.stderr
    assert "ready" in done.stdout
    spec = Path(sys.prefix) / "share/jupyter/kernels/fram/kernel.json"
    assert json.loads(spec.read_text())["argv"][0] == str(fram)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--python", "/bin/false"], "has no jupyterlab"),
        (["--python", "/no/python"], "does not run"),
        (["no/such/folder"], "cannot be opened"),
    ],
)
def test_lab_says_what_is_missing(fram, arguments, reason):
    done = run(fram, "lab", "--prepare", *arguments)
    assert done.returncode == 2 and reason in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_lab_needs_a_python(fram, tmp_path):
    done = run(fram, "lab", "--prepare", env={"PATH": str(tmp_path), "FRAM_HOME": str(tmp_path / "home")})
    assert done.returncode == 2 and "no Python" in done.stderr


def test_lab_shows_its_address_and_ends_cleanly(fram, tmp_path):
    lab = Server(tmp_path, fram)
    assert requests.get(lab.url + "/api/kernelspecs", timeout=60).status_code == 403
    specs = lab.ask("GET", "/api/kernelspecs")
    assert specs["default"] == "fram" and specs["kernelspecs"]["fram"]["spec"]["display_name"] == "Fram"
    page = requests.get(lab.url + "/lab", headers={"Authorization": f"token {lab.token}"}, timeout=60).text
    assert re.search(r'"news": \{"disabled": true\}', page)
    assert re.search(r'"disabledExtensions": \["@jupyterlab/apputils-extension:announcements"', page)
    lab.ask("POST", "/api/kernels", name="fram")
    kernels = [kernel for kernel in processes("fram", "kernel") if parent(kernel) == lab.process.pid]
    lab.process.send_signal(signal.SIGINT)
    assert lab.process.wait(60) == 0, "".join(lab.log)
    assert kernels and until(lambda: not set(kernels) & set(processes("fram", "kernel")))
