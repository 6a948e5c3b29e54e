"""What JupyterLab may write: `jupyter lab --config notebooks/lab_config.py`, as `make lab` does.

JupyterLab saves an open notebook every two minutes, asked or not. Here it never touches what it
must not: notebooks that come with motcua and everything under outputs/ are read-only (to keep a
change: File, Save Notebook As); a chapter of one's own is saved without its outputs, so that no
number of a dossier gets into a repository. `--Shelf.edit=True` opens the notebooks of motcua.
See docs/adr/0048-let-jupyterlab-save-own-chapters-alone.md.
"""

import json
from pathlib import Path, PurePosixPath

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError
from traitlets import Bool

MARK = "motcua"  # in the metadata of a notebook that comes with motcua
OF_A_NOTEBOOK = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
EXPORTS = "kham-pha"  # what the bench writes, and whoever uses it may change


class Shelf(AsyncLargeFileManager):
    """Files as they are, but for those that a run or motcua owns."""

    edit = Bool(help="Whether notebooks that come with motcua may be saved.").tag(config=True)

    def is_writable(self, path):
        """Whether JupyterLab may save a file; where it may, it does so by itself, too."""
        folder, *rest = PurePosixPath(path.strip("/")).parts or ("",)
        if folder == "outputs" and rest[:1] != [EXPORTS]:
            return False
        marked = folder == "notebooks" and (
            rest[:1] == ["templates"] or MARK in metadata(self._get_os_path(path.strip("/")))
        )
        return super().is_writable(path) and (self.edit or not marked)

    async def save(self, model, path=""):
        """Save what may be saved; a notebook of the folder notebooks without what it showed."""
        there = await self.file_exists(path)
        if (there or path.strip("/").startswith("outputs/")) and not self.is_writable(path):
            raise HTTPError(403, f"{path}: chỉ để đọc. Muốn giữ bản sửa: File, Save Notebook As.")
        if model.get("type") == "notebook" and path.strip("/").startswith("notebooks/"):
            model = model | {"content": without_outputs(model["content"], keep=self.edit and there)}
        return await super().save(model, path)


def metadata(file):
    """Metadata of a notebook; none of what is no notebook."""
    try:
        return json.loads(Path(file).read_text("utf-8"))["metadata"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def without_outputs(notebook, keep):
    """Notebook without outputs but those that nbval compares; `keep`: with the mark of motcua."""
    cells = []
    for cell in notebook["cells"]:
        own = {k: v for k, v in cell["metadata"].items() if k not in ("execution", "trusted")}
        cell = cell | {"metadata": own}
        if cell["cell_type"] == "code" and "keep_output" not in own.get("tags", []):
            cell |= {"outputs": [], "execution_count": None}
        cells.append(cell)
    mark = {MARK: notebook["metadata"][MARK]} if keep and MARK in notebook["metadata"] else {}
    return notebook | {"cells": cells, "metadata": OF_A_NOTEBOOK | mark}


c = get_config()  # noqa: F821  given by JupyterLab
c.ServerApp.contents_manager_class = Shelf
