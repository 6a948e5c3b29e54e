"""Papermill engine `motcua`: the kernel of a notebook is the very process, forked from this one.

What a kernel's start costs (Python, the libraries, the data) is paid once, by the process that
forks. Cells run in IPython's own kernel class, and nbclient makes outputs of its messages, as with
the plain engine; only the sockets between the two are left out.

    papermill --engine motcua notebooks/01_ward_rates.ipynb out.ipynb -p month 2024-01
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sys
import warnings
from collections import deque
from collections.abc import Iterator
from functools import cache
from queue import Empty
from types import ModuleType, SimpleNamespace
from typing import Any

from motcua.machine.processes import (
    FOREVER,
    ForkedDied,
    ForkedHangs,
    beat,
    can_fork,
    is_forked,
    run_forked,
)

_ready: list[Any] = []


@contextlib.contextmanager
def without_modules(*names: str) -> Iterator[None]:
    """Have imports in the block find these optional modules missing, unless they are loaded.

    Parameters
    ----------
    names : modules that what is imported in the block can do without.

    Examples
    --------
    >>> with without_modules("this"):
    ...     try:
    ...         import this
    ...     except ImportError:
    ...         print("missing")
    missing
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def without_slow_formats() -> contextlib.AbstractContextManager[None]:
    """Import `jsonschema` in the block without the checks of formats that are slow to load.

    Its grammar of IRIs takes 1.5 s to build. No schema that is used here has such formats in it.
    """
    return without_modules("rfc3987_syntax", "rfc3986_validator", "isoduration", "fqdn")


@cache
def notebook_format() -> ModuleType:
    """`nbformat`, imported when a notebook is first read or written: it takes a tenth of a second.

    Examples
    --------
    >>> notebook_format().v4.new_notebook().nbformat
    4
    """
    with without_slow_formats():
        import nbformat
    return nbformat


def without_debugger() -> contextlib.AbstractContextManager[None]:
    """Import `ipykernel` in the block without its debugger, which no report needs."""
    return without_modules("debugpy")


def __getattr__(name: str) -> Any:
    """Make the engine when Papermill asks for it, which imports this module half-way itself."""
    if name == "ForkEngine":
        return _engine()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _engine() -> Any:
    """Class that Papermill runs notebooks with."""
    from papermill.engines import Engine, NBClientEngine

    class ForkEngine(Engine):
        """Runs each notebook in a forked process; the plain engine where there is no fork."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
            """Execute the notebook of a manager, as `papermill.engines.Engine` asks.

            Raises
            ------
            nbclient.exceptions.DeadKernelError, nbclient.exceptions.CellTimeoutError
                The process died, or a cell took longer than `execution_timeout`.
            """
            if not can_fork():
                NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)
            elif is_forked():
                nb_man.nb = _run_here(nb_man, options)
            else:
                nb_man.nb = _run_forked(nb_man, options)

    return ForkEngine


def _run_forked(nb_man: Any, options: dict[str, Any]) -> Any:
    """Executed notebook of a process forked for it."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    seconds = options.get("execution_timeout") or FOREVER
    try:
        ((_, notebook),) = run_forked([lambda: _run_here(nb_man, options)], 1, seconds)
    except ForkedDied:
        raise DeadKernelError("Kernel died") from None
    except ForkedHangs:
        raise CellTimeoutError(f"A cell took longer than {seconds} seconds") from None
    return notebook


def _run_here(nb_man: Any, options: dict[str, Any]) -> Any:
    """Executed notebook, its cells run in this process."""
    resources = options.get("resources") or {}
    os.chdir(resources.get("metadata", {}).get("path") or os.getcwd())
    _show_warnings_afresh()
    from papermill.log import logger

    traits = _client().class_trait_names()
    known = {name: value for name, value in options.items() if name in traits}
    client = _client()(nb_man, log=logger, **{**known, "timeout": None})  # the parent sees to that
    return client.execute()


def _show_warnings_afresh() -> None:
    """Treat warnings as Python does from its start, whatever was set or shown before the fork."""

    def show(message: Any, category: Any, file: str, line: int, _: Any = None, text: Any = None):
        print(warnings.formatwarning(message, category, file, line, text), end="", file=sys.stderr)

    warnings.showwarning = show
    warnings.resetwarnings()
    for silent in (ResourceWarning, ImportWarning, PendingDeprecationWarning, DeprecationWarning):
        warnings.simplefilter("ignore", silent)
    warnings.filterwarnings("default", category=DeprecationWarning, module="__main__")


@cache
def _client() -> Any:
    """Papermill's client, whose kernel is this process."""
    from papermill.clientwrap import PapermillNotebookClient

    class Client(PapermillNotebookClient):
        def execute(self, **_: Any) -> Any:
            self.reset_execution_trackers()
            self.kc = _ready.pop() if _ready else _Kernel()
            self.kc.begin()
            self.km = SimpleNamespace(is_alive=lambda: True)
            self.papermill_execute_cells()
            self.nb.metadata["language_info"] = self.kc.kernel.language_info
            self.set_widgets_metadata()
            _ready.append(self.kc)
            return self.nb

    return Client


def make_ready() -> None:
    """Make the kernel of the notebooks that this process, or each forked from it, executes.

    Outputs are checked all together when the notebook is written, so not one by one as they come;
    and Papermill, which is given no place to write to, need not make the text of a file.
    """
    import nbformat.v4.nbbase
    import papermill.execute

    nbformat.v4.nbbase.validate = papermill.execute.write_ipynb = lambda *_, **__: None
    _ready.append(_Kernel())


class _Kernel:
    """IPython's kernel in this process, with the face of nbclient's kernel client."""

    def __init__(self) -> None:
        from traitlets.config import Config

        os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        self.session = _session(self._publish)
        self.iopub_channel, self.shell_channel = _Channel(), _Channel(self._to_comm)
        self._for_comms: deque[dict] = deque()
        no_file = Config(HistoryManager={"enabled": False, "hist_file": ":memory:"})
        with without_debugger():
            from ipykernel.ipkernel import IPythonKernel

            self.kernel = IPythonKernel.instance(
                session=self.session, iopub_socket="iopub", user_ns={}, config=no_file
            )
        self.shell = self.kernel.shell
        self.streams = [_Stream(name, self._stream) for name in ("stdout", "stderr")]
        sys.stdout, sys.stderr = self.streams
        self._environment = dict(os.environ)

    def begin(self) -> None:
        """Forget what an earlier notebook of this process left: names, counts, environment."""
        if self.shell.execution_count > 1:
            self.shell.reset(new_session=True)
            os.environ.clear()
            os.environ.update(self._environment)

    async def execute(self, code: str, **_: Any) -> str:
        """Run a cell; its messages and its reply wait in the channels when it is done."""
        beat()
        while self._for_comms:  # what nbclient, in place of a browser, told since the last cell
            message = self._for_comms.popleft()
            getattr(self.kernel.comm_manager, message["msg_type"])(None, None, message)
        request = self.session.msg("execute_request")
        self.kernel.set_parent([], request)
        self._send_iopub("execute_input", {"execution_count": self.shell.execution_count})
        content = await self._run(code)
        for stream in self.streams:
            stream.flush()
        self._send_iopub("status", {"execution_state": "idle"})
        reply = self.session.msg("execute_reply", content, parent=request)
        self.shell_channel.messages.append(reply)
        return request["header"]["msg_id"]

    async def _run(self, code: str) -> dict[str, Any]:
        """Run a cell as `IPythonKernel.do_execute` does; return the content of the reply."""
        shell, failed = self.shell, None
        self.kernel._forward_input(allow_stdin=False)
        try:
            try:
                transformed = shell.transform_cell(code)
            except Exception:
                transformed, failed = code, sys.exc_info()
            shell._last_traceback = None
            shell._last_traceback_during_displayhook = False
            result = await shell.run_cell_async(
                code,
                store_history=True,
                transformed_cell=transformed,
                preprocessing_exc_tuple=failed,
            )
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        finally:
            self.kernel._restore_input()
        error = result.error_before_exec or result.error_in_exec
        if result.success and not shell._last_traceback_during_displayhook:
            return {"status": "ok"}
        return {
            "status": "error",
            "ename": type(error).__name__,
            "evalue": str(error),
            "traceback": shell._last_traceback or [],
        }

    def _stream(self, name: str, text: str) -> None:
        self._send_iopub("stream", {"name": name, "text": text})

    def _send_iopub(self, kind: str, content: dict[str, Any]) -> None:
        self.session.send("iopub", kind, content, parent=self.kernel.get_parent("shell"))

    def _publish(self, message: dict[str, Any]) -> None:
        self.iopub_channel.messages.append(message)

    def _to_comm(self, message: dict[str, Any]) -> None:
        self._for_comms.append({"buffers": [], **message})


class _Channel:
    """Messages that wait to be read; what is sent goes to a function."""

    def __init__(self, send: Any = None) -> None:
        self.messages: deque[dict] = deque()
        self.send = send

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        if not self.messages:
            await asyncio.sleep(0)
            raise Empty
        return self.messages.popleft()


def _session(publish: Any) -> Any:
    """Session that hands messages over, as JSON would have brought them, instead of sending."""
    from jupyter_client.session import Session

    class HandedOver(Session):
        def send(self, stream: Any, msg_or_type: Any, content: Any = None, parent: Any = None,
                 ident: Any = None, buffers: Any = None, track: bool = False,
                 header: Any = None, metadata: Any = None) -> dict[str, Any]:  # fmt: skip
            message = msg_or_type
            if not isinstance(message, dict):
                message = self.msg(message, content, parent, header, metadata)
            message["content"] = self.unpack(self.pack(message["content"]))
            publish({**message, "buffers": buffers or []})
            return message

    return HandedOver()


class _Stream(io.TextIOBase):
    """Text written by a cell; kept until something else is shown, as a kernel's stream does."""

    encoding = "UTF-8"

    def __init__(self, name: str, send: Any) -> None:
        self.name, self._send, self._kept = name, send, []

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._kept.append(text)
        return len(text)

    def flush(self) -> None:
        text = "".join(self._kept)
        self._kept.clear()
        if text:
            self._send(self.name, text)
