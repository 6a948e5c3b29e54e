"""The charts of the report. Each takes a month and returns a plotly figure ready to show.

`ward_map` alone returns HTML: the tile map of the first screen.

Charts draw columns that are ready: no verdict and no rate is computed here.

>>> import motcua as mc
>>> figure = ward_rates(mc.load("2024-01", data="data/sample"))
>>> figure.layout.meta["title"]
'4 trong 30 phường, xã dưới 97\\xa0%'
"""

from __future__ import annotations

from motcua.chapters.chart_causes import cause_trend, late_by_cause, late_by_party, late_by_ward
from motcua.chapters.chart_certainty import ward_funnel
from motcua.chapters.chart_change import rate_change
from motcua.chapters.chart_counts import feedback_by_channel, feedback_by_ward, quality_by_reason
from motcua.chapters.chart_feedback import feedback_per_1000
from motcua.chapters.chart_followup import followup_states, ranking_ranges
from motcua.chapters.chart_rates import ward_rates
from motcua.chapters.chart_trends import city_trend, ward_trends
from motcua.chapters.control import ward_control
from motcua.chapters.ward_map import ward_map

__all__ = [
    "cause_trend",
    "city_trend",
    "feedback_by_channel",
    "feedback_by_ward",
    "feedback_per_1000",
    "followup_states",
    "late_by_cause",
    "late_by_party",
    "late_by_ward",
    "quality_by_reason",
    "ranking_ranges",
    "rate_change",
    "ward_control",
    "ward_funnel",
    "ward_map",
    "ward_rates",
    "ward_trends",
]
