"""Requests to stop (SIGTERM, SIGHUP, Ctrl+C), heard only where stopping does no harm."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

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
            raise KeyboardInterrupt if self._asked == signal.SIGINT else Stopped(self._asked)

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Let a request, also an earlier one, end the block."""
        self._may_raise = True
        try:
            self.raise_asked()
            yield
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
