"""Tables of a web page as rows of cells: some software gives out HTML named .xls."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from motcua.base.vietnamese import clean
from motcua.reading import limits

_BREAKS = frozenset({"br", "p", "div", "li"})


def table_rows(text: str, name: str) -> list[list[str]]:
    """Rows of all tables of a page, one list of cells each, in the order in which they end.

    A cell over several columns stands in the first, a cell over several rows in each of them. Of a
    cell that holds a table only its own text counts.

    Parameters
    ----------
    text : the page.
    name : of the file, for messages.

    Raises
    ------
    InputError
        The tables are too large.

    Examples
    --------
    >>> page = "<table><tr><td rowspan=2>Hố Nai<td>1</tr><tr><td>2&nbsp;<b>n</b>gày</table>"
    >>> table_rows(page, "a.xls")
    [['Hố Nai', '1'], ['Hố Nai', '2 ngày']]
    """
    page = _Page(name)
    page.feed(text)
    page.close()
    return page.rows


class _Page(HTMLParser):
    """Rows of all tables of a page that is being read."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._name, self._size = name, 0
        self._tables = [_OpenTable()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell; what is open of the kind is closed."""
        if tag == "table":
            self._tables.append(_OpenTable())
        elif tag == "tr":
            self._end_row()
            self._tables[-1].cells = []
        elif tag in ("td", "th"):
            self._tables[-1].open_cell(dict(attrs))
        elif tag in _BREAKS:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close a table, a row or a cell."""
        if tag in ("table", "tr"):
            self._end_row()
            if tag == "table" and len(self._tables) > 1:
                self._tables.pop()
        elif tag in ("td", "th"):
            self._tables[-1].is_in_cell = False
        elif tag in _BREAKS:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        """Text counts inside a cell, but not that of a style or a script."""
        if self._tables[-1].is_in_cell and self.cdata_elem is None:
            self._tables[-1].cells[-1][0].append(data)

    def close(self) -> None:
        """Close what the page left open."""
        super().close()
        self._end_row()

    def _end_row(self) -> None:
        row = self._tables[-1].end_row()
        if row is not None:
            self.rows.append(row)
            self._size += 4 * len(row) + 12  # a page of MAX_HTML has fewer cells than a csv file
            limits.refuse_size(self._name, len(self.rows), len(row), self._size)


class _OpenTable:
    """A table of a web page that is being read."""

    def __init__(self) -> None:
        self.cells: list[tuple[list[str], int, int]] | None = None  # of the row that is open
        self.is_in_cell = False
        self._above: dict[int, tuple[int, str]] = {}  # column -> rows to fill, text

    def open_cell(self, attributes: dict[str, str | None]) -> None:
        """Begin a cell, in a row of its own if none is open."""
        self.cells = [] if self.cells is None else self.cells
        columns, rows = (attributes.get(name) or "" for name in ("colspan", "rowspan"))
        self.cells.append(
            ([], _count(columns, limits.MAX_COLUMNS), _count(rows, limits.EXCEL_ROWS))
        )
        self.is_in_cell = True

    def end_row(self) -> list[str] | None:
        """Close the row that is open and return its cells."""
        if self.cells is None:
            return None
        row, above = [], self._above
        below = {column: (n - 1, text) for column, (n, text) in above.items() if n > 1}
        for words, columns, rows in self.cells[: limits.MAX_COLUMNS + 1]:
            while len(row) in above:
                row.append(above[len(row)][1])
            text = clean("".join(words))
            for value in (text, *[""] * (columns - 1)):
                if rows > 1:
                    below[len(row)] = (rows - 1, value)
                row.append(value)
            if len(row) > limits.MAX_COLUMNS:
                break
        row += [above.get(i, (0, ""))[1] for i in range(len(row), max(above, default=-1) + 1)]
        self.cells, self.is_in_cell, self._above = None, False, below
        return row


def _count(text: str, most: int) -> int:
    """Number of a span: at least 1, at most `most`."""
    return min(max(int(text), 1), most) if re.fullmatch(r"[0-9]{1,9}", text) else 1
