"""motcua: how a city's wards resolve citizens' dossiers, month by month.

>>> import motcua as mc
>>> month = mc.load("2024-01", data="data/sample")
>>> month.names("below_threshold")
['Tam Phước', 'Tân Tiến', 'Bửu Hòa', 'Phước Tân']
>>> mc.rates.headline(month).split(":")[0]
'**4 trong 30 phường, xã** có tỷ lệ giải quyết đúng hạn dưới 97%'
>>> mc.chart.ward_rates(month).layout.meta["title"]
'4 trong 30 phường, xã dưới 97%'
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

# The chapters, and the charts of each.
CHAPTERS = {
    "rates": ("awaiting_close", "backlog_ages", "ward_funnel", "ward_rates"),
    "causes": ("late_by_cause", "late_by_ward"),
    "feedback": ("feedback_by_ward", "feedback_per_1000"),
    "trends": ("city_trend", "ward_trends"),
    "changes": ("cause_trend", "rate_change"),
    "control": ("ward_control",),
    "followup": ("followup_states",),
    "quality": ("quality_by_reason",),
    "ward": (),
    "ward_map": ("ward_map",),
}
_HOMES = {
    "load": "measures.month",
    "Month": "measures.month",
    "show": "chapters.table",
    "framed": "chapters.figure",
    "Prose": "chapters.sentences",
}

__all__ = ["bench", "chart", *CHAPTERS, *_HOMES]  # noqa: F822, PLE0604  given by __getattr__
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: plotly alone takes a second."""
    if name == "chart":
        return _charts()
    if name == "bench":
        if find_spec("anywidget") is None:
            from motcua.base.reference import refusal

            raise refusal("no_lab")
        return import_module("motcua.bench")
    if name in CHAPTERS:
        return import_module(f"motcua.chapters.{name}")
    if name in _HOMES:
        home = import_module(f"motcua.{_HOMES[name]}")
        if name in ("load", "Month"):
            home.Month._repr_html_ = _card
        return getattr(home, name)
    raise AttributeError(f"module 'motcua' has no attribute '{name}'")


def _card(month: Any) -> str:
    """What a month shows of itself in a notebook."""
    return import_module("motcua.chapters.front").month_html(month)


def __dir__() -> list[str]:
    """Names that tab completion offers."""
    return sorted([*__all__, "__version__"])


def _charts() -> ModuleType:
    """Every chart of the report; each takes a month and returns a figure ready to show."""
    homes = {chart: chapter for chapter, charts in CHAPTERS.items() for chart in charts}
    charts = ModuleType("motcua.chart", _charts.__doc__)
    charts.__all__ = sorted(homes)
    for name in charts.__all__:
        setattr(charts, name, getattr(__getattr__(homes[name]), name))
    globals()["chart"] = charts
    return charts
