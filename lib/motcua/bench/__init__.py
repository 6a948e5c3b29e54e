"""The analyst's bench in JupyterLab: choose, look, take away. `motcua.bench("2024-01")` opens it.

Comes in: a `Month`. Goes out: widgets, charts of a choice, csv, xlsx and parameter files.
Begin with `view.Bench`, `widgets`, `tables.export_csv`.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    """The room itself: it can be called, and gives its modules when they are asked for."""

    def __call__(self, month: str, *args: Any, **more: Any) -> Any:
        """Bench on a month, which shows itself in a notebook; arguments as `motcua.load`."""
        return self.widgets.Workbench(self.view.Bench.open(month, *args, **more))

    def __getattr__(self, name: str) -> Any:
        if name == "Selection":
            return self.view.Selection
        if name in ("charts", "tables", "view", "widgets"):
            return import_module(f"motcua.bench.{name}")
        raise AttributeError(f"module 'motcua.bench' has no attribute '{name}'")


sys.modules[__name__].__class__ = _Room
