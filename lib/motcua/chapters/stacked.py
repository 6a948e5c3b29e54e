"""Tables that a narrow screen shows row by row, each cell under the heading of its column."""

from __future__ import annotations

from bs4 import BeautifulSoup

FEW = 4  # so many columns fit a telephone side by side


def stacked(html: str) -> str:
    """HTML with the wide tables marked, each of their cells with its heading.

    Wide are those of more than FEW columns, unless they hold numbers alone. The style sheet
    `sheet.css` does the rest.

    Examples
    --------
    >>> head = "".join(f"<th>{c}</th>" for c in "ABCDE")
    >>> row = "<th>1</th>" + "<td>2</td>" * 4
    >>> html = f"<table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table>"
    >>> stacked(html).count('<td data-label="C">2</td>')
    1
    """
    soup = BeautifulSoup(html, "html.parser")
    for table in soup.find_all("table"):
        labels = [cell.get_text() for cell in table.select("thead th")]
        if len(labels) <= FEW or not table.select("tbody td:not(.num)"):
            continue
        table["class"] = [*table.get("class", []), "stacked"]
        for row in table.select("tbody tr"):
            for label, cell in zip(labels, row.find_all(["th", "td"]), strict=True):
                if cell.name == "td":
                    cell["data-label"] = label
    return str(soup)
