"""Chapter 05: orders followed up, their effect, apologies, repeats, ranking."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from motcua.base import style
from motcua.base import vietnamese as vi
from motcua.base.calendar import next_month
from motcua.base.reference import MOVED_LABELS, ORDER_MEASURES, RESTRICTED, STATE_LABELS
from motcua.base.vietnamese import NBSP, decimal, join, number, percent
from motcua.chapters.figure import empty, framed, plain
from motcua.chapters.sentences import Prose, bullets, named, period, safe
from motcua.chapters.shapes import column_panels, compact_panels, intervals, name_rows
from motcua.chapters.table import Table, listed, show
from motcua.measures.apologies import apologies
from motcua.measures.followup import earlier_months, effects, ledger
from motcua.measures.month import Month
from motcua.measures.orders import orders
from motcua.measures.ranking import EDGE, FACTORS, ranking, year_months
from motcua.measures.repeats import repeats_by_ward, window

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
    shares = dict.fromkeys(("top_share", "bottom_share"), "percent")
    twin = listed(table, "rank_ranges", caption="Dải hạng của từng đơn vị", formats=shares)
    if table.empty:
        return empty(month, NO_RANKS, name="ranking_ranges", subtitle=subtitle, table=twin)
    last = len(table)
    ranges = intervals(table, "best", "worst", width=6, name="range")
    figure = go.Figure([ranges, _ranks(table)])
    figure.update_xaxes(range=[0.2, last + 0.8], tickvals=_ticks(last), side="top", title="Hạng")
    name_rows(figure, table["name"], 0.4, -0.8)
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


NOTHING_YET = "Chưa có tháng trước trong dữ liệu nên chưa có chỉ đạo nào để theo dõi."
WEIGHT_WORDS = {
    "rate": "tỷ lệ đúng hạn",
    "own_points": "điểm mất do chính phường, xã",
    "feedback": "phản ánh trên 1.000 hồ sơ",
    "apologies": "xin lỗi",
    "evidence": "minh chứng",
    "orders": "chỉ đạo đã xong",
}


def conclusion(month: Month) -> Prose:
    """How many orders stand where, who is overdue, what moved, and what is owed."""
    table = ledger(month)
    if table.empty:
        return Prose(f"**{NOTHING_YET}**")
    counts = table["state"].value_counts()
    late = table[table["state"] == "overdue"]
    said = [
        f"{number(counts[state])} {label[0].lower()}{label[1:]}"
        for state, label in STATE_LABELS.items()
        if state != "overdue" and counts.get(state)
    ]
    return Prose(
        f"Theo dõi **{number(len(table))} việc** theo các chỉ đạo trước: **{number(len(late))} quá hạn**"
        f"{', ' if said else ''}{join(said)}.\n\n"
        + bullets(
            [
                f"Quá hạn: {_by_unit(late)}." if len(late) else "",
                _moved_line(month),
                _apologies_line(month),
                _evidence_line(month),
                _repeats_line(month),
            ]
        )
    )


def _by_unit(rows: pd.DataFrame) -> str:
    """Units with the numbers of their orders: Hố Nai (mục 1, 2)."""
    told = [
        f"{safe(name)} (mục {', '.join(str(n) for n in own['order_no'])})"
        for name, own in rows.groupby("name", sort=False)
    ]
    return join(told)


def _moved_line(month: Month) -> str:
    table = effects(month)
    if table.empty:
        return ""
    told = [
        f"mục {row.order_no} {MOVED_LABELS[row.moved]}"
        for row in table.itertuples()
        if row.moved in MOVED_LABELS
    ]
    return (
        f"So với trước chỉ đạo tháng {vi.month_label(next_month(month.month, -1))}: {join(told)}."
    )


def _apologies_line(month: Month) -> str:
    table = apologies(month)
    owed, made, in_time = (int(table[c].sum()) for c in ("owed", "made", "in_time"))
    if not owed:
        return "Trong kỳ không có hồ sơ nào phải xin lỗi."
    return (
        f"Xin lỗi: thấy ở {number(made)} trong {number(owed)} hồ sơ phải xin lỗi, đúng hạn "
        f"{number(in_time)}."
    )


def _evidence_line(month: Month) -> str:
    table = apologies(month)
    asked, given = int(table["to_evidence"].sum()), int(table["evidenced"].sum())
    if not asked:
        return ""
    return (
        f"Minh chứng cho quên bấm kết thúc và lỗi phần mềm: có ở {number(given)} trong "
        f"{number(asked)} hồ sơ."
    )


def _repeats_line(month: Month) -> str:
    table = repeats_by_ward(month)
    many = table[table["by_dossier"] > 0]
    if many.empty:
        return ""
    return (
        f"Tái phạm quên bấm kết thúc từ {month.params.repeat_from:02d} lần: "
        f"{number(many['by_dossier'].sum())} công chức tại {number(len(many))} đơn vị, "
        f"{number(many['active'].sum())} người còn tái diễn trong tháng."
    )


def states_reading(month: Month) -> Prose:
    """Which orders are known from no follow-up file, and which reports came after the period."""
    table = ledger(month)
    if table.empty:
        return Prose(NOTHING_YET)
    unknown = table[~table["in_file"]]
    after = table[table["reported_after"]]
    again = table[
        (table["open_since"] != table["ordered_in"]) & (table["state"] != "done_evidenced")
    ]
    again = again[again["code"] != ""]
    lines = [
        f"Đã chỉ đạo nhiều lần, vẫn chưa xong (trừ mục 4): {_by_unit(again[again['order_no'] != 4])}."
        if len(again[again["order_no"] != 4])
        else "",
        f"Báo cáo đến sau ngày cuối kỳ, chưa tính vào kỳ này: {_by_unit(after)}."
        if len(after)
        else "",
        f"{number(len(unknown))} việc không có trong tệp theo dõi nên không biết hạn, không bao giờ tính "
        "là quá hạn; mục 4 khi đó xét theo hồ sơ."
        if len(unknown)
        else "",
    ]
    return Prose(bullets(lines) or "Mọi việc đều có trong tệp theo dõi.")


def ledger_table(month: Month) -> Table:
    """The ledger but for order 4, which stands in the table of apologies."""
    table = ledger(month)
    table = table[table["key"] != "apologies"]
    table = table.assign(
        state_label=table["state"].map(STATE_LABELS),
        moved_label=table["moved"].map(MOVED_LABELS),
        days_overdue=table["days_overdue"].where(table["days_overdue"] > 0),
    )
    return listed(
        table,
        "ledger",
        caption="Việc theo dõi, từng đơn vị và từng mục chỉ đạo",
        formats={"days_overdue": "number"},
    )


def order_words(month: Month) -> Prose:
    """What the numbers of the orders stand for."""
    return Prose(
        "Các mục chỉ đạo: "
        + "; ".join(f"{o.number}. {o.title} – {o.owner_label}" for o in orders(month))
        + "."
    )


def effects_table(month: Month) -> Table:
    """What was before and after the orders of the month before, with interval and verdict."""
    table = effects(month)
    table = table.assign(
        task=[f"{row.order_no}. {row.title}" for row in table.itertuples()],
        measured=table["key"].map(ORDER_MEASURES),
        moved_label=table["moved"].map(MOVED_LABELS),
    )
    return listed(table, "effects", caption="Trước và sau chỉ đạo, các đơn vị của một mục gộp lại")  # fmt: skip


def effects_reading(month: Month) -> Prose:
    """Which orders helped beyond noise, which did not, and which single units moved."""
    table = effects(month)
    if table.empty:
        return Prose(NOTHING_YET)
    sums = {word: table.loc[table["moved"] == word] for word in MOVED_LABELS}
    lines = [
        f"{MOVED_LABELS[word].capitalize()}: {join([f'mục {n}' for n in rows['order_no']])}."
        for word, rows in sums.items()
        if len(rows)
    ]
    rows = ledger(month)
    own = rows[(rows["code"] != "") & rows["moved"].isin(["better", "worse"])]
    for word in ("better", "worse"):
        some = own[own["moved"] == word]
        if len(some):
            lines.append(f"Riêng từng đơn vị, {MOVED_LABELS[word]}: {_by_unit(some)}.")
    if own.empty:
        lines.append(
            "Riêng từng đơn vị thì số hồ sơ còn ít: chưa đơn vị nào đổi vượt mức ngẫu nhiên."
        )
    return Prose(bullets(lines))


def apologies_table(month: Month) -> Table:
    """Apologies and evidence, ward by ward, those that miss most first."""
    table = apologies(month)
    busy = (table["owed"] > 0) | (table["to_evidence"] > 0) | (table["complaints_owed"] > 0)
    table = table[busy].sort_values(["missing", "code"], ascending=[False, True])
    return listed(
        table,
        "apologies",
        caption="Xin lỗi và minh chứng của từng đơn vị trong kỳ",
        formats={"software": "number", "told": "number"},
    )


def apologies_reading(month: Month) -> Prose:
    """Who has apologised for all, and who for none."""
    table = apologies(month)
    owing = table[table["owed"] > 0]
    none = owing.loc[owing["made"] == 0, "name"].tolist()
    whole = owing.loc[owing["missing"] == 0, "name"].tolist()
    complaints = int(table["complaints_owed"].sum())
    told = int(table["complaints_made"].sum())
    return Prose(
        bullets(
            [
                f"Đã xin lỗi đủ: {named(whole)}.",
                f"Chưa thấy văn bản xin lỗi nào: {named(none)}.",
                f"Phản ánh về thái độ: {number(complaints)}, có ngày xin lỗi ở {number(told)}."
                if complaints
                else "",
                "Xin lỗi đúng hạn là chậm nhất 01 ngày trước ngày hẹn trả (Nghị định 61/2018/NĐ-CP). Hồ sơ đã có "
                "kết quả hoặc đã trả trong hạn, chỉ kết thúc muộn trên phần mềm, không phải xin lỗi nhưng phải "
                "có minh chứng.",
            ]
        )
    )


def repeats_table(month: Month) -> Table:
    """How many officials of each ward repeat; no codes here."""
    table = repeats_by_ward(month)
    table = table[(table["by_dossier"] > 0) | (table["by_month"] > 0)]
    table = table.sort_values(["by_dossier", "dossiers", "code"], ascending=[False, False, True])
    return listed(table, "repeats", caption="Số công chức tái phạm quên bấm kết thúc")


def repeats_reading(month: Month) -> Prose:
    """What was counted over which months, where the proof is, and why care is needed."""
    months, least = window(month), month.params.repeat_from
    return Prose(
        bullets(
            [
                f"Đếm từ {vi.month_label(months[0])} đến {vi.month_label(months[-1])}: từ {least:02d} hồ sơ, "
                f"hoặc có hồ sơ trong từ {least:02d} tháng (công văn 1522/UBND-THNC, mục 2).",
                f"Mã công chức và mã hồ sơ chỉ có trong phụ lục hạn chế {RESTRICTED}, dành riêng cho Phòng Nội vụ.",
                "Số nhỏ phải đọc thận trọng: công chức xử lý nhiều hồ sơ dễ có vài lần hơn người xử lý ít; phụ "
                "lục có tỷ lệ và mức chờ đợi của từng người. Nguyên nhân suy từ ngày tháng chưa phải kết luận.",
            ]
        )
    )


def ranking_table(month: Month) -> Table:
    """The year's table, best first, with the range of each rank."""
    table = ranking(month).rename(
        columns={"feedback": "feedback_rate", "evidence": "evidence_percent"}
    )
    return listed(
        table,
        "ranking",
        caption=f"Xếp hạng từ đầu năm, {_year_words(month)}",
        threshold=month.params.threshold_percent,
    )


def _year_words(month: Month) -> str:
    months = year_months(month) or [month.month]
    first, last = vi.month_label(months[0]), vi.month_label(months[-1])
    return f"tháng {last}" if first == last else f"từ tháng {first} đến {last}"


def ranking_reading(month: Month) -> Prose:
    """Which ranks stand whatever the weights, and which do not."""
    table = ranking(month)
    table = table[table["rank"].notna()]
    if table.empty:
        return Prose("Chưa đơn vị nào có hồ sơ đã giải quyết nên chưa xếp hạng.")
    top = table.loc[table["top_share"] == 100, "name"].tolist()
    low = table.loc[table["bottom_share"] == 100, "name"].tolist()
    spread = (table["worst"] - table["best"]).astype("int64")
    widest = table.loc[spread == spread.max()].iloc[0]
    return Prose(
        bullets(
            [
                f"Luôn trong {EDGE} hạng đầu, dù đổi trọng số: {named(top)}.",
                f"Luôn trong {EDGE} hạng cuối, dù đổi trọng số: {named(low)}.",
                f"Ít chắc chắn nhất: {safe(widest['name'])} xếp thứ {widest['rank']}, nhưng đổi trọng số thì có thể "
                f"đứng bất kỳ đâu từ thứ {widest['best']} đến thứ {widest['worst']}.",
                "Hơn kém nhau vài bậc ở giữa bảng không nói lên điều gì: hãy xem cả khoảng thứ hạng, đừng xem riêng "
                "một số.",
            ]
        )
    )


def method(month: Month) -> Prose:
    """How orders are followed up, effects judged, and wards ranked."""
    p, earlier = month.params, earlier_months(month)
    weights = p.ranking_weights.model_dump()
    total = sum(weights.values())
    shares = [
        f"{WEIGHT_WORDS[name]} {percent(100 * weight / total, digits=1)}"
        for name, weight in weights.items()
    ]
    factors = " - ".join(decimal(f, 1) for f in FACTORS)
    return Prose(
        bullets(
            [
                f"Chỉ đạo của {p.followup_months} tháng trước ({len(earlier)} tháng có dữ liệu); chỉ đạo lặp lại thay "
                "cho lần trước, tháng chưa xong đầu tiên vẫn được nêu.",
                "Tình trạng dựng lại từ ngày tháng vào ngày cuối kỳ. Xong: có báo cáo, và báo cáo không nói là đang "
                "thực hiện. Quá hạn: chưa xong và đã qua hạn trong tệp theo dõi.",
                f"Chuyển biến: {p.effect_months} tháng đến hết tháng ra chỉ đạo so với các tháng sau đó; vượt mức ngẫu "
                f"nhiên khi khoảng 95{NBSP}% của chênh lệch hai tỷ lệ (Newcombe 1998) không chứa 0. Đơn vị được chọn vì "
                "xấu thường tự khá lên phần nào, nên “tốt lên” chưa chắc là nhờ chỉ đạo.",
                f"Xếp hạng: mỗi tiêu chí kéo về 0 đến 1 giữa các đơn vị, trọng số: {join(shares)}. Dải hạng: nhân từng "
                f"trọng số với {factors}, mọi tổ hợp (OECD/JRC, Handbook on Constructing Composite Indicators, 2008). "
                "Không có gì để xét (không nợ xin lỗi, không có chỉ đạo) thì tính là tốt nhất.",
            ]
        )
    )
