"""The analyst's bench in JupyterLab: controls at the left, one question at a time at the right.

Charts are drawn by JupyterLab itself from plotly's own figures, so they need no network and no
further widget package. All numbers come from `explore`; nothing is computed here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial, wraps
from html import escape
from threading import RLock
from typing import Any

import anywidget
import ipywidgets as w
import plotly.graph_objects as go
import plotly.io as pio
from itables.widget import ITable

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.calendar import period_label
from motcua.base.errors import MotcuaError
from motcua.base.reference import WORDS, read_yaml
from motcua.bench import charts, tables
from motcua.bench.view import GROUPS, Bench, Selection, View, cause_labels, percent_typed
from motcua.chapters import causes, trends, ward_map
from motcua.chapters.figure import bare, plain
from motcua.chapters.sentences import threshold

SAID = read_yaml("bench", WORDS)["board"]
TABS, ALL_WARDS, ALL_DAYS = SAID["tabs"], SAID["all_wards"], SAID["all_days"]
LISTS = ("wards", "procedures", "channels", "causes")
MOST_ROWS, MOST_DOSSIERS = 200, 1000
_FIGURE = "application/vnd.plotly.v1+json"
_WORDS_OF_A_CHART = ("title", "subtitle", "source", "alt")
_TITLE = (
    '<h3 class="chart-title">{title}</h3><p class="quiet">{subtitle}</p><p class="unseen">{alt}</p>'
)
_CSS = (
    f"<style>.motcua-bench{{{ward_map.variables()}font-family:{style.FONT_STACK}}}\n"
    f"{ward_map.asset('bench.css')}</style>"
)


Choice = dict[str, str]  # {"wards": "Hố Nai", "causes": "software_error"}
NOT_MARKS = {"usual_range", "signals", "interval"}


class Clicks(anywidget.AnyWidget):
    """Invisible widget: tells what was clicked in the charts of the bench that it stands in.

    Marks carry what they choose in `customdata`: {name of a control: value}. plotly's own
    FigureWidget would send five megabytes of code for each chart
    (docs/adr/0024-tell-clicks-from-the-drawn-chart.md).

    Examples
    --------
    >>> heard = []
    >>> Clicks(heard.append)._handle_custom_msg({"wards": "Hố Nai"}, [])
    >>> heard
    [{'wards': 'Hố Nai'}]
    """

    _esm = ward_map.asset("clicks.js")

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
    >>> from motcua.bench.view import Bench, Selection
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


def _wards_and_cause(trace: Any, figure: go.Figure, view: View) -> list[Choice | None]:
    """Ward of each bar; in the panel of a cause the cause, too."""
    causes = {plain(words): code for code, words in cause_labels().items()}
    cause = {"causes": causes[trace.name]} if trace.name in causes else {}
    picks = sorted((pick["y"], code) for code, pick in figure.layout.meta["picks"].items())
    return _at(trace.y, [{"wards": view.unit_names[code]} | cause for _, code in picks])


def _of_months(trace: Any, _: go.Figure, view: View) -> list[Choice | None]:
    return _at(trace.x, [{"month": month} for month in view.monthly.city_history["month"]])


def _at(places: Sequence[float], choices: list[Choice]) -> list[Choice | None]:
    """Choice at each place; none for what stands outside the rows, as a heading does."""
    return [choices[int(i)] if 0 <= i < len(choices) else None for i in places]


_CHOICES: dict[str, Callable[[Any, go.Figure, Any], list[Choice | None]]] = {
    "ward_rates": _wards_and_cause,
    "late_by_ward": _wards_and_cause,
    "city_trend": _of_months,
}


def _alone(act: Callable) -> Callable:
    """Decorate a method that answers the reader: one answer is given after the other.

    JupyterLab has presses of buttons and changes of controls handled in two threads of the kernel.
    """

    @wraps(act)
    def held(board: Workbench, *arguments: Any) -> Any:
        with board._lock:
            return act(board, *arguments)

    return held


class Workbench:
    """Widgets of a bench; shows itself in a notebook.

    Attributes
    ----------
    view : the answer shown now, for cells below the bench.

    Examples
    --------
    >>> bench = Workbench(Bench.open("2024-01", data="data/sample"))
    >>> bench.controls["threshold"].value = "95,0"
    >>> bench.view.asked.threshold_percent
    95.0
    """

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.controls, self.forgiven = _controls(bench), _switches(bench)
        self.tabs = w.ToggleButtons(
            options=[(words, name) for name, words in _tabs(bench).items()],
            style={"button_width": "auto"},
        )
        self.chart = w.Output()
        self.title, self.source, self.lead = w.HTML(), w.HTML(), w.HTML()
        self.table, self.grid = w.HTML(), w.Box()  # of all tabs but the dossiers; of those
        self.clicks = Clicks(lambda mark: self._guarded(lambda: self.choose(mark)))
        self.chosen, self.status = w.HTML(), w.HTML()
        self.extra, self.extras = _extras(bench), _box("extras", [])
        self.view: View | None = None
        self._listening, self._lock, self._resets = True, RLock(), 0
        parts = (self.controls, self.forgiven, {"tabs": self.tabs}, *self.extra.values())
        for control in (control for part in parts for control in part.values()):
            control.observe(self._changed, "value")
        self.widget = self._laid_out()
        self.refresh()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Widgets; where there are none, what to do instead."""
        bundle = self.widget._repr_mimebundle_()
        words = SAID["no_lab"]
        return bundle | {"text/plain": words, "text/html": f"<p>{words}</p>"}

    def _laid_out(self) -> w.Widget:
        """Controls at the left, the answer at the right; controls without data are absent."""
        named, forgiven = self.controls, self.forgiven
        side: list[w.Widget] = []
        for name, control in named.items():
            side += [_title(*SAID["heads"][name])] if name in SAID["heads"] else []
            side.append(control)
        acts = [
            self._button("reset", "undo", self.reset),
            self._button("freeze", "save", self._freeze),
            self._button("csv", "file-text-o", partial(self._export, tables.export_csv)),
            self._button("xlsx", "table", partial(self._export, tables.export_xlsx)),
        ]
        left = _box("side", [*side, _box("acts", acts)])
        self.choice = _box("choice", [self.chosen, self._button("let_go", "times", self.let_go)])
        self.figure = _box("figure", [self.title, self.chart, self.source])
        switches = [w.HTML(f"<b>{SAID['forgiven']}</b>"), *forgiven.values()] if forgiven else []
        right = [
            self.lead, _box("switches", switches), self.tabs, self.extras, self.choice,
            _box("answer", [self.figure, _box("rows", [self.table, self.grid])]), self.status,
            self.clicks,
        ]  # fmt: skip
        return _box("bench", [w.HTML(_CSS), left, _box("main", right)])

    def _button(self, name: str, icon: str, act: Callable) -> w.Button:
        button = w.Button(description=SAID["buttons"][name], icon=icon)
        button.on_click(lambda _: self._guarded(act))
        return button

    # What was chosen ------------------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        """What the controls say now."""
        value = {name: control.value for name, control in self.controls.items()}
        month = value.get("month", self.bench.start.month)
        first = value.get("first", month)
        return Selection(
            month=month,
            first=first if first != month else "",
            **{name: tuple(value.get(name, ())) for name in LISTS},
            forgiven=tuple(cause for cause, switch in self.forgiven.items() if switch.value),
            rate_convention=value["rate_convention"],
            completion_event=value.get("completion_event"),
            threshold_percent=percent_typed(value["threshold"]),
        )

    @_alone
    def reset(self) -> None:
        """Put every control back, those of the tabs too."""
        self._resets += 1
        with self._quiet():
            for tab, fresh in _extras(self.bench).items():
                for name, control in fresh.items():
                    own = self.extra[tab][name]
                    own.options, own.value = control.options, control.value
            for switch in self.forgiven.values():
                switch.value = False
        self._set({name: fresh.value for name, fresh in _controls(self.bench).items()})

    def let_go(self) -> None:
        """Choose no ward, procedure, channel or cause any more."""
        self._set({name: () for name in LISTS if name in self.controls})

    def choose(self, mark: Choice) -> None:
        """Choose what a mark of a chart stands for (see `clickable`); chosen already, let it go.

        Examples
        --------
        >>> board = Workbench(Bench.open("2024-01", data="data/sample"))
        >>> board.choose({"wards": "Hố Nai", "causes": "software_error"})
        >>> board.selection.wards, board.selection.causes
        (('Hố Nai',), ('software_error',))
        >>> board.choose({"wards": "Hố Nai", "causes": "software_error"})
        >>> board.selection.wards
        ()
        """
        if "days" in mark:
            self._list_days(mark["days"])
            return
        wanted = {name: (value,) for name, value in mark.items() if name in LISTS}
        wanted = {name: value for name, value in wanted.items() if name in self.controls}
        usual: dict[str, Any] = dict.fromkeys(wanted, ())
        if "month" in mark and "month" in self.controls:
            wanted |= dict.fromkeys(("first", "month"), mark["month"])
            usual |= dict.fromkeys(("first", "month"), self.bench.start.month)
        is_chosen = all(self.controls[name].value == value for name, value in wanted.items())
        self._set(usual if is_chosen else wanted)

    @_alone
    def _list_days(self, days: str) -> None:
        """List the late dossiers of a class of days late."""
        self._follow(self.extra["dossiers"]["group"], "late")
        self._follow(self.extra["dossiers"]["days"], days)
        self.tabs.value = "dossiers"

    @_alone
    def _set(self, values: dict[str, Any]) -> None:
        """Move controls together, with one answer."""
        for name, value in values.items():
            self._follow(self.controls[name], value)
        self.refresh()

    @_alone
    def _changed(self, change: Any) -> None:
        if not self._listening:
            return
        first, month, period = (self.controls.get(name) for name in ("first", "month", "period"))
        if change.owner is period:  # a way to its months, not a third choice
            for control, value in zip((first, month, period), (*change.new, ()), strict=True):
                self._follow(control, value)
        if change.owner is month and first.value > month.value:
            self._follow(first, month.value)
        elif change.owner is first and change.new > month.value:
            self._follow(month, change.new)
        self._guarded(self.refresh)

    def _propose(self, wards: tuple[str, ...]) -> None:
        """Have the comparison begin with the wards that are chosen, else as it began."""
        extra, fresh = self.extra["compare"], _comparison(self.bench)
        others = [name for name in (fresh["a"].value, fresh["b"].value) if name not in wards[:1]]
        a, b = (*wards, *others)[:2]
        self._follow(extra["a"], a)
        self._follow(extra["b"], b)
        self._follow(extra["what"], "wards" if wards else fresh["what"].value)

    def _follow(self, control: w.Widget, value: str) -> None:
        """Move another control along, without a second answer."""
        with self._quiet():
            control.value = value

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Time in which controls may be moved without an answer."""
        self._listening = False
        try:
            yield
        finally:
            self._listening = True

    @_alone
    def _guarded(self, act: Callable) -> None:
        """Do something; a fault is told in one line."""
        try:
            act()
        except MotcuaError as error:
            self.status.value = f'<p class="alarm" role="alert">{escape(str(error))}</p>'

    # What is shown --------------------------------------------------------------------------------

    @_alone
    def refresh(self) -> None:
        """Answer what the controls ask, in the tab that is open."""
        asked = self.selection
        began = time.perf_counter()
        if self.view and asked.wards != self.view.asked.wards and "compare" in self.extra:
            self._propose(asked.wards)
        if asked.completion_event not in self.bench.events_read:
            self.status.value = f'<p class="quiet">{SAID["reading"]}</p>'
        self.view = self.bench.view(asked)
        tab = self.tabs.value
        extra = self.extra.get(tab, {})
        if self.extras.children != tuple(extra.values()):  # drawn anew they would lose the focus
            self.extras.children = tuple(extra.values())
        figure, self.table.value = getattr(self, f"_show_{tab}", self._show_usual)(tab)
        mark = SAID["synthetic"] * self.view.synthetic
        synthetic = mark and f'<span class="synthetic">{mark}</span>'
        self.lead.value = f'<p class="lead">{synthetic}{escape(tables.headline(self.view))}</p>'
        self._show_choice(asked)
        self.grid.layout.display = "none" if figure else None
        self.figure.layout.display = None if figure else "none"
        if figure:
            told = {name: escape(figure.layout.meta[name]) for name in _WORDS_OF_A_CHART}
            self.title.value = _TITLE.format(**told)
            self.source.value = f'<p class="quiet source">{told["source"]}</p>'
            self.chart.outputs = _drawn(figure)
        told = SAID["answered"].format(seconds=vi.decimal(time.perf_counter() - began, 2))
        self.status.value = f'<p class="quiet" data-resets="{self._resets}">{told}</p>'

    def _show_choice(self, asked: Selection) -> None:
        lines = tables.choices(replace(asked, forgiven=()))
        self.chosen.value = f"<p>{escape(' '.join(lines))}</p>"
        # Its room stays, so that nothing moves under a hand that is about to press.
        self.choice.layout.visibility = "visible" if lines else "hidden"

    def _show_usual(self, tab: str) -> tuple[go.Figure, str]:
        draw = {
            "rates": charts.rates_if_not,
            "causes": causes.late_by_ward,
            "trend": lambda view: trends.city_trend(view.monthly),
            "days": charts.days_late,
            "heat": charts.ward_procedures,
        }[tab]
        table = tables.table_of(self.view, tab, MOST_ROWS)
        return clickable(draw(self.view), self.view), table.html()

    def _show_compare(self, _: str) -> tuple[go.Figure, str]:
        extra = self.extra["compare"]
        months = extra["what"].value == "months"
        for name in ("other", "a", "b"):
            extra[name].layout.display = None if (name == "other") == months else "none"
        if months:
            other = self.bench.other(self.selection, extra["other"].value)
            figure = charts.compare_months(self.view, other)
            sides, labels = (self.view.side(), other.side()), (self.view.label, other.label)
            return figure, tables.sides_table(self.view, labels, sides).html()
        names = (extra["a"].value, extra["b"].value)
        both = self.bench.pair(self.selection, names)
        figure = charts.compare_wards(both, *names)
        return figure, tables.sides_table(both, names, tuple(map(both.side, names))).html()

    def _show_dossiers(self, _: str) -> tuple[None, str]:
        extra = self.extra["dossiers"]
        self._offer_wards(extra["ward"])
        ward, group, days = (extra[name].value for name in ("ward", "group", "days"))
        of_class = None if days == ALL_DAYS else tables.days_classes(self.view)[days]
        rows = self.view.dossiers(group, None if ward == ALL_WARDS else ward, of_class)
        caption, grid = tables.dossiers_grid(self.view, rows, group, MOST_DOSSIERS)
        if self.grid.children:
            self.grid.children[0].update(**grid)
        else:  # half a megabyte of JavaScript, sent where it is wanted
            self.grid.children = (ITable(**grid),)
        return None, f'<p class="caption">{escape(caption)}</p>'

    def _offer_wards(self, control: w.Dropdown) -> None:
        """Offer the wards of the view alone."""
        counted = set(self.view.unit_names.values())
        offered = (ALL_WARDS, *(name for name in self.bench.wards if name in counted))
        if control.options != offered:
            value = control.value
            with self._quiet():
                control.options = offered
                control.value = value if value in offered else ALL_WARDS

    # What is written ------------------------------------------------------------------------------

    def _export(self, write: Callable) -> None:
        self._tell(SAID["exported"].format(path=escape(tables.as_typed(write(self.view)))))

    def _freeze(self) -> None:
        path, command = tables.freeze(self.view, self.bench.data)
        values = {"path": escape(tables.as_typed(path)), "command": escape(command)}
        lines = [line.format(**values) for line in SAID["frozen"]]
        self._tell("<br>".join([*lines, *map(escape, tables.not_frozen(self.view))]))

    def _tell(self, html: str) -> None:
        self.status.value = f'<p role="status">{html}</p>'


def _drawn(figure: go.Figure) -> tuple[dict[str, Any], ...]:
    """Figure as an output of JupyterLab, without the words that stand around it."""
    data = json.loads(pio.to_json(bare(figure.to_plotly_json()), validate=False))
    data["config"] = {"displayModeBar": False}
    shown = {_FIGURE: data, "text/plain": figure.layout.meta["alt"]}
    return ({"output_type": "display_data", "data": shown, "metadata": {}},)


def _box(name: str, parts: Sequence[w.Widget]) -> w.Box:
    """Box that bench.css lays out."""
    box = w.Box(parts)
    box.add_class(f"motcua-{name}")
    return box


def _title(words: str, note: str = "") -> w.HTML:
    more = f'<div class="quiet">{escape(note)}</div>' if note else ""
    return w.HTML(f"<h4>{escape(words)}</h4>{more}")


def _controls(bench: Bench) -> dict[str, w.Widget]:
    """Controls of a selection, at the values of the month that the bench began with.

    What offers no choice is absent.
    """
    start = bench.start
    rules = [(words, name) for name, words in tables.CONVENTION_SHORT.items()]
    events = [(words, name) for name, words in tables.EVENT_SHORT.items() if name in bench.events]
    kinds = {
        "first": (_months(bench), start.month),
        "month": (_months(bench), start.month),
        "period": ([("–", ()), *bench.longer], ()),
        "wards": (bench.wards, 4),
        "procedures": (bench.procedures, 3),
        "channels": (bench.channels, 3),
        "causes": ([(words, code) for code, words in bench.causes.items()], 3),
        "rate_convention": (rules, start.params.rate_convention),
        "completion_event": (events, start.params.completion_event),
    }
    controls: dict[str, w.Widget] = {}
    words = SAID["controls"]
    for name, (options, value) in kinds.items():
        if len(options) > 1:
            many = name in LISTS
            more = {"rows": min(value, len(options))} if many else {"value": value}
            kind = w.SelectMultiple if many else w.Dropdown
            controls[name] = kind(options=options, description=words[name], **more)
    limit = threshold(start.params)
    control = w.Text(value=limit, description=words["threshold"], continuous_update=False)
    return controls | {"threshold": control}


def _months(bench: Bench) -> list[tuple[str, str]]:
    """Months that can be chosen, the newest first."""
    return [(vi.upper_first(period_label(month)), month) for month in reversed(bench.months)]


def _switches(bench: Bench) -> dict[str, w.Checkbox]:
    """What-if switches of the causes there are."""
    return {c: w.Checkbox(description=words, indent=False) for c, words in bench.causes.items()}


def _extras(bench: Bench) -> dict[str, dict[str, w.Widget]]:
    """Controls that one tab alone has."""
    made = {"compare": _comparison, "dossiers": _drill}
    return {name: made[name](bench) for name in _tabs(bench) if name in made}


def _tabs(bench: Bench) -> dict[str, str]:
    """Tabs that have something to show."""
    absent = {"heat": not bench.procedures, "compare": len(bench.months) == len(bench.wards) == 1}
    return {name: words for name, words in TABS.items() if not absent.get(name)}


def _comparison(bench: Bench) -> dict[str, w.Widget]:
    before, names, words = bench.start.previous or bench.start, bench.wards, SAID["compare"]
    there = {"months": bench.months, "wards": names}
    offered = [(words[name], name) for name, some in there.items() if len(some) > 1]
    return {
        "what": _choice(words["what"], offered),
        "other": _choice(words["with"], _months(bench), before.month),
        "a": _choice(words["between"], names, names[0]),
        "b": _choice(words["with"], names, names[-1]),
    }


def _choice(words: str, options: Sequence, value: Any = None) -> w.Dropdown:
    """Control with a choice of one, at first the first one."""
    chosen = {} if value is None else {"value": value}
    return w.Dropdown(options=options, description=words, **chosen)


def _drill(bench: Bench) -> dict[str, w.Widget]:
    words, view = SAID["drill"], bench.view(Selection(bench.start.month))
    return {
        "group": _choice(words["group"], [(tables.GROUP_LABELS[name], name) for name in GROUPS]),
        "ward": _choice(words["ward"], [ALL_WARDS, *bench.wards]),
        "days": _choice(words["days"], [ALL_DAYS, *tables.days_classes(view)]),
    }
