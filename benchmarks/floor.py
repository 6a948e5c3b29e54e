"""The floor: the outputs of a month by one Python process, without a notebook being run.

The cells of the notebooks are executed as plain Python in this process, one notebook after the
other in a namespace of its own; what they show becomes the same page. No kernel, no Papermill.
"""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"

import nbformat
from ipykernel.ipkernel import IPythonKernel
from IPython.core.formatters import DisplayFormatter
from motcua.measures import month
from motcua.running import execute, run
from motcua.running.execute import Task
from nbformat.v4 import new_output
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

SHOW = DisplayFormatter().format


def execute_without_kernels(tasks: list[Task], folder: Path, *given: Any) -> None:
    """Stand in for `execute.execute_tasks`."""
    for call in given[-1].values():
        call()
    for task in tasks:
        source = execute.NOTEBOOKS / f"{task.notebook}.ipynb"
        notebook = parameterize_notebook(load_notebook_node(str(source)), dict(task.parameters))
        run_cells(notebook)
        notebook.metadata["language_info"] = IPythonKernel.language_info
        target = folder / f"{task.target}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(execute.clean_notebook(notebook, task.parameters), target)


def run_cells(notebook: nbformat.NotebookNode) -> None:
    """Execute the code cells; the value of a last expression becomes the cell's output."""
    names: dict[str, object] = {}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for count, cell in enumerate(cells, 1):
        cell.execution_count, cell.outputs = count, []
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            if hasattr(value, "_ipython_display_"):  # a figure, which would print itself here
                data, metadata = value._repr_mimebundle_(), {}
            else:
                data, metadata = SHOW(value)
            if data:
                shown = {"data": data, "metadata": metadata, "execution_count": count}
                cell.outputs = [new_output("execute_result", **shown)]


def main(name: str, data: str, out: str) -> None:
    """Make a month."""
    load = month.load
    loaded: dict[str, month.Month] = {}

    def load_once(wanted: str, *arguments: object, **options: object) -> month.Month:
        return loaded.setdefault(wanted, load(wanted, *arguments, **options))

    with (
        patch.object(run, "execute_tasks", execute_without_kernels),
        patch.object(run, "load", load_once),
        patch.object(month, "load", load_once),
    ):
        run.run_month(run.make_job(name, data=data, out=out, force=True, engine="plain"))


if __name__ == "__main__":
    main(*sys.argv[1:])
