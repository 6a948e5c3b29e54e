"""How long work still goes: plain lines in a log, a bar where a person watches.

A bar says what is running now, how many are done and how much time is left. Where nobody watches
(a pipe, a log file, a test) nothing but the usual lines is written.
"""

from __future__ import annotations

import codecs
import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any
from unicodedata import combining, normalize

Say = Callable[[str], None]

_SHAPE = "{desc}: {n_fmt}/{total_fmt} |{bar:24}| còn {remaining}{postfix}"
_NOTEBOOK_SHAPE = "{desc}: {n_fmt}/{total_fmt} {bar} còn {remaining}{postfix}"  # a bar of its own
_MOST_LETTERS = 48
_LETTERS = str.maketrans({"đ": "d", "Đ": "D", "–": "-", "—": "-", "“": '"', "”": '"', "·": "-"})


def speak_anywhere() -> None:
    """Let words be told on a terminal of any encoding: what it cannot show, without its accents."""
    codecs.register_error("motcua.plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # another's stream, or closed
            stream.reconfigure(errors="motcua.plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Letters that an encoding has for those that it has not."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").translate(_LETTERS)
    letters = (normalize("NFKD", letter).encode("ascii", "ignore").decode() for letter in text)
    marks = (combining(letter) for letter in text)
    return "".join(a or ("" if m else "?") for a, m in zip(letters, marks, strict=True)), error.end


class Teller:
    """Tells lines on the standard error stream, above a bar when there is one.

    Parameters
    ----------
    watched : whether a person watches; by default, whether the stream is a terminal.

    Examples
    --------
    >>> Teller(watched=False).watched
    False
    """

    def __init__(self, watched: bool | None = None) -> None:
        self._watched, self._bars = watched, 0

    @property
    def watched(self) -> bool:
        """Whether bars are drawn."""
        return sys.stderr.isatty() if self._watched is None else self._watched

    def __call__(self, line: str) -> None:
        """Tell a line; a terminal that is gone must not end a run."""
        with contextlib.suppress(OSError):
            if self._bars:
                _tqdm().write(line, file=sys.stderr)
            else:
                print(line, file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def bar(self, total: int, what: str) -> Iterator[Any]:
        """Bar of so many steps, gone when they are done."""
        self._bars += 1
        try:
            with _tqdm()(
                total=total, desc=what, leave=False,
                bar_format=_NOTEBOOK_SHAPE if _in_notebook() else _SHAPE,
                dynamic_ncols=True, miniters=1, mininterval=0,
            ) as bar:  # fmt: skip
                yield bar
        finally:
            self._bars -= 1


def watcher() -> Teller | None:
    """Teller for whoever watches: in a terminal or a notebook; None where nobody does."""
    if _in_notebook() or sys.stderr.isatty():
        return Teller(watched=True)
    return None


def worded(say: Say, line: str) -> Say:
    """Callable that says `line` with each name; where bars are drawn, the bar says it instead.

    Examples
    --------
    >>> worded(print, "  đọc {}")("a.csv")
      đọc a.csv
    """
    if getattr(say, "watched", False):
        return say
    return lambda name: say(line.format(name))


@contextlib.contextmanager
def steps(
    say: Say | None, names: Sequence[str], what: str, *, at_once: int = 1, line: str = "{}"
) -> Iterator[Callable[[str], None]]:
    """Yield what to call with the name of each step that is done.

    Parameters
    ----------
    say : a `Teller` that is watched shows a bar; any other callable is told `line` for each name;
        None tells nobody.
    names : of all steps, in the order in which they are begun.
    what : what the steps are, in front of the bar.
    at_once : how many run at a time; so many of those not done are shown as running.

    Examples
    --------
    >>> with steps(print, ["a", "b"], "Đọc", line="  xong {}") as done:
    ...     done("a")
      xong a
    """
    if not getattr(say, "watched", False):
        yield lambda name: say(line.format(name)) if say else None
        return
    left = list(names)
    with say.bar(len(left), what) as bar:
        bar.set_postfix_str(running(left, at_once))

        def done(name: str) -> None:
            left.remove(name)
            bar.set_postfix_str(running(left, at_once), refresh=False)
            bar.update()

        yield done


def running(left: Sequence[str], at_once: int = 1) -> str:
    """What is running now, of what is not done yet.

    Examples
    --------
    >>> running(["01_ward_rates", "02_late_causes", "03_feedback"], at_once=2)
    'đang chạy 01_ward_rates, 02_late_causes'
    >>> running([])
    ''
    """
    words = ", ".join(left[:at_once])
    if len(words) > _MOST_LETTERS:
        words = f"{words[: _MOST_LETTERS - 1]}…"
    return f"đang chạy {words}" if words else ""


def _in_notebook() -> bool:
    """Whether a notebook's kernel runs this code, where bars can be drawn (`motcua[lab]`)."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return type(shell).__name__ == "ZMQInteractiveShell" and find_spec("ipywidgets") is not None


def _tqdm() -> Any:
    """Bar of a notebook or of a terminal, without a thread of its own: processes are forked."""
    if _in_notebook():
        from tqdm.notebook import tqdm
    else:
        from tqdm import tqdm
    tqdm.monitor_interval = 0
    return tqdm
