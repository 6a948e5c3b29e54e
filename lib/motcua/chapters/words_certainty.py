"""Sentences on how sure the verdicts are, beside the official list."""

from __future__ import annotations

from motcua.base.vietnamese import points
from motcua.chapters.chart_certainty import PLACES
from motcua.chapters.table import Table, show
from motcua.chapters.words import Prose, _bullets, _named, safe, threshold
from motcua.chapters.words_rank import sure_of
from motcua.measures.month import Month
from motcua.measures.rates import funnel

VERDICTS = {True: "Dưới ngưỡng", False: "Không dưới"}
CERTAINTIES = {
    "below": "chắc chắn dưới",
    "uncertain": "chưa chắc",
    "above": "chắc chắn trên",
}


def funnel_reading(month: Month) -> Prose:
    """Who is low beyond chance, whose verdict one dossier turns, and what the ranks can tell."""
    table = funnel(month)
    if table.empty:
        return Prose("Không có hồ sơ nào được giải quyết trong kỳ.")
    below = table[table["below_threshold"] == True]  # noqa: E712  None is neither
    beyond = table["funnel"].isin(["below_95", "below_998"])
    within = below["funnel"] == "within"
    edge = below.loc[within & (below["certainty"] == "below"), "name"].tolist()
    chance = below.loc[within & (below["certainty"] != "below"), "name"].tolist()
    lines = [
        f"Thấp đến mức khó do ngẫu nhiên: {_named(table.loc[beyond, 'name'].tolist())}.",
        f"Ở ranh giới (khoảng tin cậy nằm dưới ngưỡng, biểu đồ phễu chưa kết luận): {_named(edge)}."
        if edge
        else "",
        f"Dưới {threshold(month.params)} nhưng một đơn vị làm đúng ngưỡng, với từng ấy hồ sơ, cũng có thể "
        f"như vậy do ngẫu nhiên: {_named(chance)}. Danh sách chính thức không đổi."
        if chance
        else "",
        _one_dossier(table),
        _ranks(table),
    ]
    return Prose(_bullets(lines))


def _one_dossier(table) -> str:
    """What one dossier is worth in the smallest and the largest ward."""
    small = table.loc[table["counted"].idxmin()]
    large = table.loc[table["counted"].idxmax()]
    return (
        f"Một hồ sơ trễ làm {safe(small['name'])} mất {points(small['points_per_dossier'])}, "
        f"{safe(large['name'])} chỉ mất {points(large['points_per_dossier'])}."
    )


def _ranks(table) -> str:
    """Which wards can be told apart by rank at all."""
    size = len(table)
    told = table[(table["rank_from"] > 1) | (table["rank_to"] < size)]
    if told.empty:
        return (
            f"Thứ hạng: số liệu một tháng không phân biệt được {size} đơn vị với nhau; không nên nêu tên theo "
            "thứ hạng."
        )
    words = "; ".join(f"{safe(w.name)} {_sure(w, size)}" for w in told.itertuples())
    is_clear = (table["rank_from"] == table["rank_to"]).all()
    rest = (
        ""
        if is_clear
        else (
            " Ngoài ra, chênh lệch giữa các đơn vị có thể do ngẫu nhiên, không nên nêu tên theo thứ hạng."
        )
    )
    return f"Thứ hạng: trong {size} đơn vị, chắc chắn {words}.{rest}"


def _sure(ward, size: int) -> str:
    return sure_of(ward.rank_from, ward.rank_to, size)


def funnel_table(month: Month) -> Table:
    """Official verdict and certainty side by side, worst first."""
    labels = {
        "name": "Đơn vị",
        "counted": "Hồ sơ",
        "late": "Trễ hạn",
        "rate_percent": "Tỷ lệ đúng hạn",
        "official": "Kết luận chính thức",
        "sure": "Khoảng tin cậy 95%",
        "place": "Biểu đồ phễu",
        "points_per_dossier": "1 hồ sơ bằng",
        "rank": "Hạng theo tỷ lệ",
        "sure_of": "Chắc chắn so với đơn vị khác",
    }
    table = funnel(month)
    ready = table.assign(
        official=[VERDICTS[bool(v)] for v in table["below_threshold"]],
        sure=table["certainty"].map(CERTAINTIES),
        place=table["funnel"].map(PLACES),
        sure_of=[_sure(ward, len(table)) for ward in table.itertuples()],
    )
    return show(
        ready,
        labels,
        caption="Kết luận chính thức và mức chắc chắn",
        formats={"rate_percent": "percent", "points_per_dossier": "points"},
        threshold=month.params.threshold_percent,
    )


def certainty_method(month: Month) -> Prose:
    """How limits and ranks are computed."""
    return Prose(
        _bullets(
            [
                f"Giới hạn phễu: nếu một đơn vị thực sự ở đúng {threshold(month.params)}, tỷ lệ của nó nằm giữa hai giới hạn "
                "95% (hoặc 99,8%); phân phối nhị thức chính xác (Spiegelhalter, 2005).",
                "Khoảng tin cậy Wilson là gần đúng, giới hạn phễu là chính xác, nên ở ranh giới hai cách có thể khác nhau.",
                "Chắc chắn hơn, kém: so từng cặp đơn vị bằng kiểm định chính xác Fisher, hiệu chỉnh Holm; hai đơn vị chỉ hơn kém "
                "nhau khi chênh lệch vượt ngẫu nhiên (Mogstad và cộng sự, 2024). Hạng 1 là tỷ lệ cao nhất.",
            ]
        )
    )
