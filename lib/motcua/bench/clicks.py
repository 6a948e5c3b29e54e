"""What a click on a mark of the bench's charts chooses.

Marks carry it in `customdata`: {name of a control: value}. `Clicks` tells the kernel which mark of
a chart that JupyterLab drew was clicked; plotly's own FigureWidget would send five megabytes of
code for each chart (docs/adr/0024-tell-clicks-from-the-drawn-chart.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import plotly.graph_objects as go

from motcua.bench.view import cause_labels
from motcua.chapters.figure import plain

if TYPE_CHECKING:
    from motcua.bench.view import View

Choice = dict[str, str]  # {"wards": "Hố Nai", "causes": "software_error"}
NOT_MARKS = {"usual_range", "signals", "interval"}


class Clicks(anywidget.AnyWidget):
    """Invisible widget: tells what was clicked in the charts of the bench that it stands in.

    Examples
    --------
    >>> heard = []
    >>> Clicks(heard.append)._handle_custom_msg({"wards": "Hố Nai"}, [])
    >>> heard
    [{'wards': 'Hố Nai'}]
    """

    _esm = (Path(__file__).parents[1] / "templates" / "clicks.js").read_text("utf-8")

    def __init__(self, tell: Callable[[Choice], None]) -> None:
        super().__init__(layout={"display": "none"})
        self.on_msg(lambda _, chosen, __: tell(chosen))


def clickable(figure: go.Figure, view: View) -> go.Figure:
    """Copy of a chart of the report whose marks say what a click on them chooses.

    Bars and dots stand for a ward, a ward and a cause, or a month. Charts that only the bench
    draws say so themselves; they come back as they are.

    Examples
    --------
    >>> from motcua import chart
    >>> from motcua.explore import Bench, Selection
    >>> view = Bench.open("2024-01", data="data/sample").view(Selection("2024-01"))
    >>> clickable(chart.late_by_ward(view), view).data[2].customdata[0]
    {'wards': 'Tam Phước', 'causes': 'software_error'}
    """
    choices = _CHOICES.get(figure.layout.meta["name"])
    figure = go.Figure(figure)
    for trace in figure.data if choices else ():
        if trace.name not in NOT_MARKS:
            trace.customdata = choices(trace, figure, view)
            if trace.hoverinfo == "skip":  # also deaf to clicks
                trace.hoverinfo = "none"
    return figure


def _wards_of_rates(trace: Any, _: go.Figure, view: View) -> list[Choice | None]:
    return _at(trace.y, [{"wards": name} for name in view.rates["name"]])


def _wards_and_cause(trace: Any, figure: go.Figure, view: View) -> list[Choice | None]:
    """Ward of each bar; in the panel of a cause the cause, too."""
    causes = {plain(words): code for code, words in cause_labels().items()}
    cause = {"causes": causes[trace.name]} if trace.name in causes else {}
    picks = sorted((pick["y"], code) for code, pick in figure.layout.meta["picks"].items())
    return _at(trace.y, [{"wards": view.unit_names[code]} | cause for _, code in picks])


def _months(trace: Any, _: go.Figure, view: View) -> list[Choice | None]:
    return _at(trace.x, [{"month": month} for month in view.monthly.city_history["month"]])


def _at(places: Sequence[float], choices: list[Choice]) -> list[Choice | None]:
    """Choice at each place; none for what stands outside the rows, as a heading does."""
    return [choices[int(i)] if 0 <= i < len(choices) else None for i in places]


_CHOICES: dict[str, Callable[[Any, go.Figure, Any], list[Choice | None]]] = {
    "ward_rates": _wards_of_rates,
    "late_by_ward": _wards_and_cause,
    "city_trend": _months,
}
