"""Calls in processes forked from this one, which have at hand whatever it has loaded.

Each call has a process of its own, so none can change what another sees, and one that dies or
hangs takes no other with it. Where there is no safe `fork`, `can_fork` says so.

Where files are read, new processes are started instead (`reading_pool`).

Requests to stop (SIGTERM, SIGHUP, Ctrl+C) are heard only where stopping does no harm: `put_off`.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection, get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import psutil

FOREVER, TO_STOP = float("inf"), 30  # seconds
_is_apart = False  # `gc.get_freeze_count` would count a million objects each time
_BEAT, _PART, _END = "beat", "part", "end"  # what a forked process tells
_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")
_told_at = 0.0
_to_parent: connection.Connection | None = None  # in a forked process: where it tells how it goes


class ForkedDied(Exception):
    """A forked process ended without an answer: it was killed, or the memory ran out.

    Its argument is the position of the call.
    """


class ForkedHangs(Exception):
    """A forked process gave no sign of life for too long; its argument is as above."""


@dataclass(frozen=True)
class _Forked:
    """A running process: which call it makes, and the pipe that it answers by."""

    index: int
    process: BaseProcess
    pipe: connection.Connection


def can_fork() -> bool:
    """Whether processes may be forked here: macOS can, but its own libraries do not survive it.

    Examples
    --------
    >>> can_fork() == (os.name == "posix" and sys.platform != "darwin")
    True
    """
    return hasattr(os, "fork") and sys.platform != "darwin"


def is_forked() -> bool:
    """Whether this process was forked for one call."""
    return _to_parent is not None


def beat() -> None:
    """Tell the parent, from within a forked call, that it goes on; ten times a second is enough."""
    global _told_at
    if _to_parent is not None and time.monotonic() > _told_at + 0.1:
        _told_at = time.monotonic()
        _to_parent.send((_BEAT, None))


@contextlib.contextmanager
def much_made() -> Iterator[None]:
    """Look for no garbage while much is made that is none, which would take a tenth longer.

    Examples
    --------
    >>> with much_made():
    ...     gc.isenabled()
    False
    """
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looks:
            gc.enable()


def set_apart(again: bool = False) -> None:
    """Keep what is loaded out of searches for garbage, which take 0.1 s each.

    Parameters
    ----------
    again : free what was left since the last time, and keep out what is loaded by now.
    """
    global _is_apart
    if again:
        gc.unfreeze()
        gc.collect()
    if again or not _is_apart:
        gc.freeze()
    _is_apart = True


def run_forked(
    calls: Sequence[Callable[[], Any]], jobs: int, patience: float, gently: bool = False
) -> Iterator[tuple[int, Any]]:
    """Results of calls made in forked processes, as they come.

    The processes that still run are killed when the first call fails, and when the iteration is
    given up (also by an interrupt).

    Parameters
    ----------
    calls : functions without arguments; their results and exceptions must be picklable.
    jobs : how many run at a time.
    patience : seconds that a call may take without a `beat`.
    gently : those that are to be killed are asked to stop first, and get TO_STOP seconds for it.

    Yields
    ------
    tuple
        Position of the call in `calls`, and its result.

    Raises
    ------
    ForkedDied, ForkedHangs
        The process of a call died, or gave no sign of life.
    Exception
        What a call raised.

    Examples
    --------
    >>> if can_fork():
    ...     print(sorted(run_forked([lambda: "a", lambda: "b"], jobs=2, patience=60)))
    ... else:
    ...     print([(0, "a"), (1, "b")])
    [(0, 'a'), (1, 'b')]
    """
    global _is_apart
    was_apart, _is_apart = _is_apart, True
    gc.collect()
    gc.freeze()  # so that no forked process searches, and thereby copies, what it inherited
    waiting = deque(enumerate(calls))
    deadlines: dict[_Forked, float] = {}
    try:
        while waiting or deadlines:
            while waiting and len(deadlines) < max(1, jobs):
                _start(*waiting.popleft(), deadlines, patience)
            left = min(deadlines.values()) - time.monotonic()
            ready = connection.wait(
                [forked.pipe for forked in deadlines], timeout=min(max(0, left), 3600)
            )
            for forked in list(deadlines):
                if forked.pipe in ready:
                    kind, answer = _receive(forked)
                    if kind != _END:
                        deadlines[forked] = time.monotonic() + patience
                        if kind == _PART:
                            yield answer
                        continue
                    del deadlines[forked]
                    yield forked.index, _result(forked, *answer)
                elif deadlines[forked] < time.monotonic():
                    raise ForkedHangs(forked.index)
    finally:
        for forked in deadlines if gently else ():
            forked.process.terminate()
        for forked in deadlines:
            forked.process.join(TO_STOP if gently else 0)
            _kill(forked.process)
        if not was_apart:
            _is_apart = False
            gc.unfreeze()


def run_prepared(
    prepare: Callable[[], object], calls: Sequence[Callable[[], Any]], jobs: int, patience: float
) -> Iterator[tuple[int, Any]]:
    """As `run_forked`, of processes that find prepared what this one is to stay without.

    Parameters
    ----------
    prepare : is called once, in a process between this one and those of the calls.

    Examples
    --------
    >>> import sys
    >>> calls = [lambda: sys.modules.pop("odd", None), lambda: "odd" in sys.modules]
    >>> prepared = run_prepared(lambda: sys.modules.update(odd=None), calls, jobs=1, patience=60)
    >>> sorted(prepared) if can_fork() else [(0, None), (1, True)]
    [(0, None), (1, True)]
    >>> "odd" in sys.modules
    False
    """

    def between() -> object:
        prepare()
        for done in run_forked(calls, jobs, patience):
            _to_parent.send((_PART, done))
        return ...  # what no call gives

    with contextlib.closing(run_forked([between], 1, FOREVER)) as parts:
        yield from (part for part in parts if part[1] is not ...)


@contextlib.contextmanager
def meanwhile(call: Callable[[], _Result] | None) -> Iterator[list[_Result]]:
    """Make a call in a forked process while the block runs; the block ends when both have ended.

    Yields
    ------
    list
        Empty; when the block has ended, it holds what the call gave.

    Raises
    ------
    ForkedDied
        The process of the call died.
    Exception
        What the call raised.

    Examples
    --------
    >>> if can_fork():
    ...     with meanwhile(lambda: 1 + 1) as made:
    ...         assert not made
    ...     assert made == [2]
    """
    running: dict[_Forked, float] = {}
    made: list[_Result] = []
    try:
        if call:
            _start(0, call, running, FOREVER)
        yield made
        while running:
            _, answer = _receive(next(iter(running)))
            made.append(_result(running.popitem()[0], *answer))
    finally:
        for forked in running:
            _kill(forked.process)


def at_once(calls: Sequence[Callable[[], _Result]], jobs: int) -> list[_Result]:
    """Results of calls made in forked processes, `jobs` at the same time, where that can be.

    One at a time are made in one process, so that this one stays as small as it is.

    Parameters
    ----------
    jobs : 0 has them made here.

    Examples
    --------
    >>> at_once([lambda: "a", lambda: "b"], jobs=2), at_once([lambda: "a"], jobs=0)
    (['a', 'b'], ['a'])
    """

    def in_turn() -> list[_Result]:
        return [call() for call in calls]

    if not (calls and jobs and can_fork()):
        return in_turn()
    if jobs == 1:
        ((_, results),) = run_forked([in_turn], 1, FOREVER)
        return results
    return [result for _, result in sorted(run_forked(calls, jobs, FOREVER), key=lambda r: r[0])]


def alone(call: Callable[[], _Result]) -> _Result:
    """Result of a call in a forked process of its own, where that can be.

    For what starts threads of its own and keeps them: a process forked after it would wait for
    them for ever.

    Examples
    --------
    >>> alone(lambda: "a")
    'a'
    """
    return at_once([call], 0 if is_forked() else 1)[0]


def shares(things: Sequence[_Thing], jobs: int) -> list[list[_Thing]]:
    """Things in so many equal shares, none of them empty.

    Examples
    --------
    >>> shares([1, 2, 3, 4, 5], 2), shares([1], 2), shares([1, 2], 0)
    ([[1, 3, 5], [2, 4]], [[1]], [[1, 2]])
    """
    many = max(1, jobs)
    return [share for i in range(many) if (share := list(things[i::many]))]


def _start(
    index: int, call: Callable[[], Any], running: dict[_Forked, float], patience: float
) -> None:
    """Fork a process for a call; signals wait until it is known here, and ready there."""
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(call, sender, receiver))
    former = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        with warnings.catch_warnings():  # threads of DuckDB and Arrow, which children do not use
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        running[_Forked(index, process, receiver)] = time.monotonic() + patience
    finally:
        sender.close()
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def _answer(
    call: Callable[[], Any], sender: connection.Connection, receiver: connection.Connection
) -> None:
    """In the forked process: make the call and send what comes of it."""
    global _to_parent
    receiver.close()
    os.setpgid(0, 0)  # what the call starts is killed with it; Ctrl+C is the parent's affair
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    _end_with_parent(partial(os.killpg, 0, signal.SIGKILL))  # with all that this process started
    _to_parent = sender
    try:
        answer = False, call()
    except BaseException as error:
        answer = True, error
    try:
        sender.send((_END, answer))
    except (TypeError, AttributeError, ValueError) as error:  # cannot be pickled
        sender.send((_END, (True, RuntimeError(f"{type(answer[1]).__name__}: {error}"))))


def _end_with_parent(end: Callable[[], object]) -> None:
    """Have a thread wait for the parent, and end this process when that is gone."""

    def wait() -> None:
        if parent := parent_process():
            parent.join()
            end()

    threading.Thread(target=wait, daemon=True).start()


def _receive(forked: _Forked) -> tuple[str, Any]:
    try:
        return forked.pipe.recv()
    except (EOFError, ConnectionError):
        raise ForkedDied(forked.index) from None


def _result(forked: _Forked, failed: bool, answer: Any) -> Any:
    """What a process that ends has answered; what it raised is raised."""
    forked.process.join()
    if failed:
        raise answer
    return answer


def _kill(process: BaseProcess) -> None:
    """Kill a process and what it started, which is gone then."""
    started = []
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(process.pid)
        first.suspend()  # so that it starts nothing more
        started = first.children(recursive=True)
    for number in (process.pid, *(one.pid for one in started)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(number, signal.SIGKILL)
    process.kill()
    process.join()
    for one in started:
        with contextlib.suppress(psutil.Error):
            one.kill()
    psutil.wait_procs(started, timeout=1)


_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
_SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


class Stopped(KeyboardInterrupt):
    """The system asked to stop: `exit_code` is what a shell expects then.

    Examples
    --------
    >>> Stopped(signal.SIGTERM).exit_code
    143
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class Stops:
    """The first request to stop; it is raised once, and those after it change nothing."""

    def __init__(self) -> None:
        self._may_raise = False
        self._asked = self._raised = 0

    def __call__(self, number: int, _: FrameType | None = None) -> None:
        """Take note of a signal; stop at once inside `heard`."""
        self._asked = self._asked or number
        if self._may_raise:
            self.raise_asked()

    def raise_asked(self) -> None:
        """Raise what was asked for, unless it has been raised."""
        if self._asked and not self._raised:
            self._raised = self._asked
            raise self._stop()

    def _stop(self) -> KeyboardInterrupt:
        return KeyboardInterrupt() if self._asked == signal.SIGINT else Stopped(self._asked)

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Let a request, also an earlier one, end the block."""
        self._may_raise = True
        try:
            self.raise_asked()
            yield
        except RuntimeError:  # what DuckDB makes of a request in the midst of a query
            if self._raised:
                raise self._stop() from None
            raise
        finally:
            self._may_raise = False


@contextlib.contextmanager
def put_off() -> Iterator[Stops]:
    """Put requests to stop off until the block ends, except inside its `heard` part.

    A signal that is ignored (by `nohup`) stays so; outside the main thread nothing changes.

    Examples
    --------
    >>> try:
    ...     with put_off():
    ...         signal.raise_signal(signal.SIGTERM)
    ...         print("done first")
    ... except Stopped as stop:
    ...     print(stop)
    done first
    SIGTERM
    """
    stops = Stops()
    if threading.current_thread() is not threading.main_thread():
        yield stops
        return
    taken = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    former = {number: signal.signal(number, stops) for number in taken}
    try:
        yield stops
    finally:
        for number, handler in former.items():
            signal.signal(number, handler or signal.SIG_DFL)
        stops.raise_asked()


def may_start_processes() -> bool:
    """Whether the script asks for its `__name__`; one that does not, each process would run."""
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)  # a notebook has none
    if file is None or getattr(main, "__spec__", None):
        return True
    try:
        return "__name__" in Path(file).read_text("utf-8", "ignore")
    except OSError:  # typed in, or piped: a new process would look for the file in vain
        return False


def reading_pool() -> ProcessPoolExecutor:
    """As many new processes as there are cores, which end when this one does."""
    context = get_context("spawn")
    return ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=_go_with_parent)


def _go_with_parent() -> None:
    """In a reading process: leave signals to the parent, and go when it is gone."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    _end_with_parent(partial(os._exit, 1))
