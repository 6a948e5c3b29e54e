"""The analyst's bench answers one message after the other, whichever thread brings it."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from motcua.base.reference import ROOT
from motcua.bench.view import Bench
from motcua.bench.widgets import Workbench

pytestmark = pytest.mark.usefixtures("own_cache")


def test_a_tab_opened_while_an_answer_is_made_is_what_is_shown_in_the_end(monkeypatch) -> None:
    board = Workbench(Bench.open("2024-01", data=ROOT / "data" / "sample"))
    asked, may_answer, show = Event(), Event(), board._show_usual

    def slow_show(tab: str) -> tuple:
        if not asked.is_set():  # the first answer alone is slow
            asked.set()
            assert may_answer.wait(60)
        return show(tab)

    monkeypatch.setattr(board, "_show_usual", slow_show)
    slow = Thread(target=board.let_go)
    slow.start()
    assert asked.wait(60)
    opened = Thread(target=setattr, args=(board.tabs, "value", "trend"))
    opened.start()
    opened.join(2)  # as long as it takes where nothing makes it wait
    may_answer.set()
    slow.join(60)
    opened.join(60)
    assert "Toàn thành phố: 97,79" in board.title.value
