"""Charts of the follow-up: orders by state, and the range of each rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.labels import STATE_LABELS
from motcua.chapters.chart_bars import column_panels, compact_panels
from motcua.chapters.figure import empty, framed, label, period, plain
from motcua.chapters.table import show
from motcua.measures.followup import ledger
from motcua.measures.orders import orders
from motcua.measures.ranking import ranking

if TYPE_CHECKING:
    from motcua.measures.month import Month

NO_ORDERS = "Chưa có chỉ đạo nào để theo dõi"
NO_RANKS = "Chưa đơn vị nào được xếp hạng"


def followup_states(month: Month) -> go.Figure:
    """Orders in the letter's order, one panel per state, overdue first."""
    rows = ledger(month)
    names = {o.number: f"Mục {o.number}. {o.title}" for o in orders(month)}
    counts = rows.groupby(["order_no", "state"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(STATE_LABELS), fill_value=0)
    wide = counts.rename(index=names, columns=STATE_LABELS).astype("int64")
    subtitle = f"Số việc (đơn vị × mục chỉ đạo) theo tình trạng cuối kỳ, {period(month)}"
    frame = wide.rename_axis("order").reset_index()
    labels = {"order": "Mục chỉ đạo"} | {c: c for c in wide.columns}
    table = show(frame, labels, caption=subtitle)
    if rows.empty:
        return empty(month, NO_ORDERS, name="followup_states", subtitle=subtitle, table=table)
    late, total = int(wide[STATE_LABELS["overdue"]].sum()), len(rows)
    wide.index = [f"Mục {number}" for number in counts.index]
    listed = "; ".join(
        f"{name}: " + ", ".join(f"{c.lower()} {vi.number(n)}" for c, n in row.items() if n)
        for name, row in wide.iterrows()
    )
    return framed(
        column_panels(wide, wide.map(vi.number), [n > 0 for n in wide.iloc[:, 0]]),
        month,
        name="followup_states",
        title=f"{vi.number(late)} trong {vi.number(total)} việc theo dõi đã quá hạn",
        subtitle=subtitle,
        alt=f"Thanh ngang theo tình trạng, mỗi mục chỉ đạo một hàng. {listed}.",
        table=table,
        height=32 * len(wide) + 84,
        top=66,
        bottom=8,
        compact=compact_panels(wide),
        picks=_states_of_wards(rows),
    )


def _states_of_wards(rows: pd.DataFrame) -> dict[str, dict[str, str]]:
    """State of each order to each ward, in words, for the picker of the page."""
    words = [f"mục {row.order_no}: {STATE_LABELS[row.state].lower()}" for row in rows.itertuples()]
    told = pd.Series(words, index=rows["code"], dtype=object).groupby(level=0, sort=False)
    return {code: {"note": "; ".join(states) + "."} for code, states in told if code}


def ranking_ranges(month: Month) -> go.Figure:
    """One row per ward: its rank as a dot, the ranks it has under other weights as a line."""
    table = ranking(month)
    table = table[table["rank"].notna()].reset_index(drop=True)
    whole = dict.fromkeys(("rank", "best", "worst"), "int64")
    table = table.astype(whole)
    subtitle = (
        "Chấm: hạng theo trọng số đã chọn. Vạch: hạng cao nhất đến thấp nhất khi đổi trọng số; "
        f"{period(month)}"
    )
    labels = {"name": "Đơn vị", "rank": "Hạng", "best": "Cao nhất", "worst": "Thấp nhất",
              "top_share": "Trong 5 hạng đầu", "bottom_share": "Trong 5 hạng cuối"}  # fmt: skip
    shares = dict.fromkeys(("top_share", "bottom_share"), "percent")
    twin = show(table, labels, caption="Dải hạng của từng đơn vị", formats=shares)
    if table.empty:
        return empty(month, NO_RANKS, name="ranking_ranges", subtitle=subtitle, table=twin)
    last = len(table)
    figure = go.Figure([_ranges(table), _ranks(table)])
    figure.update_xaxes(range=[0.2, last + 0.8], tickvals=_ticks(last), side="top", title="Hạng")
    figure.update_yaxes(
        tickvals=list(range(last)),
        ticktext=[label(name) for name in table["name"]],
        range=[last - 0.4, -0.8],
    )
    return framed(
        figure,
        month,
        name="ranking_ranges",
        title=_title(table),
        subtitle=subtitle,
        alt=_alt(table),
        table=twin,
        height=style.ROW_HEIGHT * last + 80,
        top=52,
        bottom=8,
        compact={"layout": {"yaxis": {"tickfont": {"size": 11}}}},
        picks={row.code: {"y": row.Index, "note": _place(row)} for row in table.itertuples()},
    )


def _place(row: Any) -> str:
    """Rank of one ward and where other weights would put it, in words."""
    if row.best == row.worst:
        return f"Thứ {row.rank}, đổi trọng số thế nào cũng vậy."
    return f"Thứ {row.rank}; nếu đổi trọng số: từ thứ {row.best} đến thứ {row.worst}."


def _ranges(table: pd.DataFrame) -> go.Scatter:
    x: list[Any] = []
    y: list[Any] = []
    for row in table.itertuples():
        x += [row.best, row.worst, None]
        y += [row.Index, row.Index, None]
    line = {"color": style.INTERVAL, "width": 6}
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name="range")


def _ranks(table: pd.DataFrame) -> go.Scatter:
    hover = [f"<b>{plain(row.name)}</b><br>{_place(row)}" for row in table.itertuples()]
    return go.Scatter(
        x=table["rank"].tolist(),
        y=table.index.tolist(),
        mode="markers",
        marker={"color": style.BLUE, "size": 10, "symbol": "circle"},
        hovertext=hover,
        hoverinfo="text",
        cliponaxis=False,
        name="rank",
    )


def _ticks(last: int) -> list[int]:
    return [1, *range(5, last + 1, 5)]


def _title(table: pd.DataFrame) -> str:
    firm = int((table["worst"] - table["best"] <= 2).sum())
    return f"{firm} trong {len(table)} đơn vị giữ hạng, xê dịch không quá 2, khi đổi trọng số"


def _alt(table: pd.DataFrame) -> str:
    told = "; ".join(f"{r.name}: {r.rank} ({r.best} đến {r.worst})" for r in table.itertuples())
    return f"Hạng của từng đơn vị và dải hạng khi đổi trọng số. {told}."
