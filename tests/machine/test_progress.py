"""Progress: plain lines in a log; in a terminal and in a notebook a bar with what runs now."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from exports import HEAD, private_cache, record, whole_machine, write_csv
from motcua.cli import main
from motcua.machine.progress import Teller, steps, watcher
from motcua.running import run
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

WORK = """
from motcua.machine import progress
say = progress.watcher()
with progress.steps(say, ["01_ward_rates", "02_late_causes", "03_feedback"], "Chạy sổ tay",
                    at_once=2) as done:
    done("01_ward_rates")
    if say: say("Một dòng ở giữa.")
    done("03_feedback")
    done("02_late_causes")
"""


def in_terminal(code: str) -> str:
    """What a program writes to a real terminal."""
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, (24, 120))
    with subprocess.Popen([sys.executable, "-c", code], stdout=child, stderr=child) as process:
        os.close(child)
        said = b""
        while True:
            try:
                part = os.read(parent, 65536)
            except OSError:  # the program has ended
                break
            if not part:
                break
            said += part
    os.close(parent)
    assert process.returncode == 0, said.decode()
    return said.decode()


def test_a_terminal_shows_how_far_what_runs_now_and_the_time_left() -> None:
    said = in_terminal(WORK)
    assert "Chạy sổ tay: 1/3 |" in said
    assert re.search(r"1/3 \|[^|]*\| còn \d\d:\d\d, đang chạy 02_late_causes, 03_feedback", said)
    assert "Một dòng ở giữa.\r\n" in said
    assert said.rstrip(" ").endswith("\r")  # the bar is gone


def test_a_pipe_gets_no_bar() -> None:
    told = subprocess.run([sys.executable, "-c", WORK], capture_output=True, check=True, text=True)
    assert (told.stdout, told.stderr) == ("", "")
    assert watcher() is None


def test_a_notebook_shows_a_bar_of_its_own() -> None:
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=[new_code_cell(WORK)], metadata={"kernelspec": spec})
    NotebookClient(notebook, timeout=120).execute()
    kinds = [set(out.get("data", {})) for out in notebook.cells[0].outputs]
    assert any("application/vnd.jupyter.widget-view+json" in kind for kind in kinds)


def test_lines_are_told_as_before_where_nobody_watches(capsys: pytest.CaptureFixture) -> None:
    say = Teller(watched=False)
    with steps(say, ["a", "b"], "Đọc", line="  xong {}") as done:
        done("b")
        done("a")
    assert capsys.readouterr().err == "  xong b\n  xong a\n"


def test_steps_that_nobody_is_told_of_are_silent(capsys: pytest.CaptureFixture) -> None:
    with steps(None, ["a"], "Đọc") as done:
        done("a")
    assert capsys.readouterr() == ("", "")


def test_a_range_of_months_read_anew_shows_bars_in_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    for number in range(4):
        rows = [HEAD, record(f"HS-{number}", received="01/12/2023")]
        write_csv(tmp_path / "data" / "dossiers" / f"{number}_20240118.csv", rows)
    monkeypatch.setattr("motcua.cli._say", Teller(watched=True))
    monkeypatch.setattr(run, "write_findings", lambda *_: {"quality": {}, "inputs": []})
    options = ["--data", str(tmp_path / "data"), "--out", str(tmp_path), "--only", "findings"]
    with private_cache(tmp_path / "own"), whole_machine():
        assert main(["run", "2023-12..2024-01", *options]) == 0
    said = capsys.readouterr().err
    assert "Lập báo cáo: 1/2 |" in said
    assert "Đọc tệp: 2/4 |" in said
    assert "đang chạy 2024-01" in said
    assert "Xong 2 trên 2 tháng.\n" in said
