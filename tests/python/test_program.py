"""The command line, as people use it."""

import json
import os
import subprocess

import nbformat
import pytest


def run(fram, *arguments, cwd=None, **extra):
    return subprocess.run([fram, *map(str, arguments)], capture_output=True, text=True, timeout=120, cwd=cwd, **extra)


@pytest.mark.parametrize("command", ["", "lab", "run", "install", "uninstall", "sample", "kernel"])
def test_help_teaches_by_example(fram, command):
    done = run(fram, *command.split(), "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout or not command


def test_a_wrong_command_ends_with_code_2(fram):
    done = run(fram, "rn")
    assert done.returncode == 2
    assert "run" in done.stderr


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
    script.write_text('let a = 20\n# %%\nprint("hello")\na + 1\n')
    done = run(fram, "run", script)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "hello\n21\n"


def test_a_failing_cell_ends_the_run_with_code_1(fram, tmp_path):
    script = tmp_path / "a.fram"
    script.write_text('1 + 1\n# %%\nfram(#{ a: 1 })\n# %%\nprint("never")\n')
    done = run(fram, "run", script)
    assert done.returncode == 1
    assert "cell 2" in done.stderr and "there is no function `fram`" in done.stderr
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


def test_a_missing_file_is_said(fram, tmp_path):
    done = run(fram, "run", tmp_path / "no.ipynb")
    assert done.returncode == 2 and "no.ipynb" in done.stderr


def test_lab_gets_ready_with_a_python_of_ours(fram, python):
    done = run(fram, "lab", "--prepare", env={**os.environ, "FRAM_PYTHON": python})
    assert done.returncode == 0, done.stderr
    assert "ready" in done.stdout
