from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace

import pandas as pd
import plotly.graph_objects as go
import pytest
from bs4 import BeautifulSoup
from colours import contrast
from fake_month import fake_month
from motcua import chart
from motcua.base import style
from motcua.chapters import rates, ward_map
from motcua.chapters.figure import bare

CHARTS = [getattr(chart, name) for name in chart.__all__ if name != "ward_map"]


@pytest.fixture(scope="module")
def month() -> SimpleNamespace:
    return fake_month()


@pytest.fixture(scope="module")
def drawn(month) -> Callable[[Callable], go.Figure]:
    """Gives a chart of the month, drawn once for all tests: to be read alone."""
    return cache(lambda draw: draw(month))


def trace(figure: go.Figure, name: str) -> dict:
    return next(t for t in json.loads(figure.to_json())["data"] if t["name"] == name)


def threshold_line(figure: go.Figure) -> dict:
    return next(
        s for s in json.loads(figure.to_json())["layout"]["shapes"] if s["name"] == "threshold"
    )


def shown_words(figure: go.Figure) -> str:
    """Every text of a figure, hover texts and table included."""
    return json.dumps(json.loads(figure.to_json()), ensure_ascii=False)


def told(tiles: ward_map.WardMap) -> str:
    """What a tile map says, without its style sheet."""
    shown = BeautifulSoup(tiles._repr_html_(), "html.parser")
    return shown.find(class_="ward-map").get_text()


@pytest.mark.parametrize("draw", CHARTS, ids=lambda f: f.__name__)
def test_every_chart_can_be_told_in_words(draw, drawn):
    meta = drawn(draw).layout.meta
    assert meta["name"] == draw.__name__
    assert len(meta["title"]) > 10
    assert len(meta["alt"]) > 20
    assert meta["table"]["rows"]
    assert all(len(row) == len(meta["table"]["columns"]) for row in meta["table"]["rows"])


@pytest.mark.parametrize("draw", CHARTS, ids=lambda f: f.__name__)
def test_every_chart_names_its_period_its_source_and_synthetic_data(draw, drawn):
    meta = drawn(draw).layout.meta
    assert "15/12/2023 - 14/01/2024" in meta["subtitle"]
    assert meta["source"].endswith("Dữ liệu mô phỏng.")
    assert "mô phỏng" not in draw(fake_month(synthetic=False)).layout.meta["source"]


@pytest.mark.parametrize("draw", CHARTS, ids=lambda f: f.__name__)
def test_no_chart_has_a_legend_and_numbers_are_vietnamese(draw, drawn):
    layout = json.loads(drawn(draw).to_json())["layout"]
    assert not layout.get("showlegend")
    assert not layout["template"]["layout"]["showlegend"]
    assert layout["template"]["layout"]["separators"] == ",."


@pytest.mark.parametrize("draw", CHARTS, ids=lambda f: f.__name__)
def test_the_same_month_gives_the_same_figure(draw, drawn):
    assert drawn(draw).to_json() == draw(fake_month()).to_json()


def test_the_title_counts_the_wards_below(drawn):
    assert drawn(chart.ward_rates).layout.meta["title"] == "3 trong 30 phường, xã dưới 97%"


def test_the_title_says_so_when_no_ward_is_below(month):
    rates = month.rates[month.rates["below_threshold"].eq(False)]
    title = chart.ward_rates(fake_month(rates=rates)).layout.meta["title"]
    assert title == "Không có phường, xã nào dưới 97%"


@pytest.mark.parametrize("threshold", [97, 95.5])
def test_the_threshold_line_stands_at_the_parameter(threshold):
    params = SimpleNamespace(threshold_percent=threshold, small_n=30)
    figure = chart.ward_rates(fake_month(params=params))
    assert threshold_line(figure)["x0"] == threshold_line(figure)["x1"] == threshold
    words = [a["text"] for a in json.loads(figure.to_json())["layout"]["annotations"]]
    assert any("Mục tiêu" in w and str(threshold).replace(".", ",") in w for w in words)


def test_every_ward_is_a_dot_or_is_said_to_have_resolved_nothing(drawn):
    figure = drawn(chart.ward_rates)
    below, others = trace(figure, "below"), trace(figure, "others")
    assert (len(below["x"]), len(others["x"])) == (3, 26)
    assert trace(figure, "label_n")["text"].count("không phát sinh") == 1
    assert len(figure.layout.yaxis.ticktext) == 30


def test_wards_below_have_another_colour_and_another_shape(drawn):
    figure = drawn(chart.ward_rates)
    below, others = trace(figure, "below")["marker"], trace(figure, "others")["marker"]
    assert below["color"] == style.ORANGE != others["color"]
    assert not {s.split("-")[0] for s in below["symbol"]} & {
        s.split("-")[0] for s in others["symbol"]
    }


def test_a_small_ward_has_a_hollow_dot_and_the_subtitle_says_why(drawn):
    figure = drawn(chart.ward_rates)
    symbols = trace(figure, "others")["marker"]["symbol"]
    assert symbols.count("circle-open") == 1
    assert "Dấu rỗng: dưới 30 hồ sơ" in figure.layout.meta["subtitle"]


def test_a_rate_just_below_the_threshold_is_never_shown_as_the_threshold(month):
    rates = month.rates.copy()
    rates.loc[0, "rate_percent"] = 96.99999
    changed = fake_month(rates=rates)
    for words in (shown_words(chart.ward_rates(changed)), told(chart.ward_map(changed))):
        assert "96,99%" in words
        assert "97,00" not in words


def test_the_map_has_one_tile_per_ward_and_leaves_holes_empty(month):
    tiles = BeautifulSoup(chart.ward_map(month)._repr_html_(), "html.parser").select("li")
    places = {" ".join(tile["class"]) for tile in tiles}
    assert len(places) == len(tiles) == 30
    assert "r0 c0" not in places
    assert sum("▼" in tile.text for tile in tiles) == 3


def test_each_tile_says_name_rate_and_verdict_and_the_map_tells_itself(month):
    shown = BeautifulSoup(chart.ward_map(month)._repr_html_(), "html.parser")
    said = {tile.text for tile in shown.select("li")}
    assert "Phước Tân ▼ 90,38%, dưới 97%, thấp rõ rệt" in said
    assert shown.find(role="group")["aria-label"].startswith("Sơ đồ vị trí. ")
    words = shown.get_text()
    assert "15/12/2023 - 14/01/2024" in words
    assert "Dữ liệu mô phỏng." in words
    assert "dưới 97%, cần theo dõi" in words


def test_names_on_the_map_are_text(month):
    rates = month.rates.replace({"name": {"Tân Tiến": "<script>x()</script>"}})
    shown = BeautifulSoup(chart.ward_map(fake_month(rates=rates))._repr_html_(), "html.parser")
    assert shown.find("script") is None
    assert "<script>x()</script>" in shown.get_text()


def test_the_same_month_gives_the_same_map(month):
    one, other = chart.ward_map(month), chart.ward_map(fake_month())
    assert (one._repr_html_(), repr(one)) == (other._repr_html_(), repr(other))


def test_the_map_of_a_city_without_a_grid_has_rows_of_six(month):
    rates = month.rates.assign(grid_row=pd.NA, grid_col=pd.NA)
    tiles = chart.ward_map(fake_month(rates=rates)).tiles
    assert sorted({tile["column"] for tile in tiles}) == [0, 1, 2, 3, 4, 5]
    assert len(tiles) == 30


def test_points_lost_are_shown_per_ward_in_all_and_by_cause(drawn):
    data = json.loads(drawn(chart.late_by_ward).to_json())["data"]
    total, causes = data[0], data[1:]
    assert total["text"][0] == "<b>9,62</b>"
    assert [round(sum(row), 9) for row in zip(*(c["x"] for c in causes), strict=True)] == [
        round(x, 9) for x in total["x"]
    ]
    assert total["marker"]["color"].count(style.ORANGE) == 3


def test_causes_are_sorted_with_their_share_in_the_title_and_who_answers_beside(month):
    figure = chart.late_by_cause(month)
    late = trace(figure, "bars")["x"]
    assert late == sorted(late, reverse=True)
    assert "(38 trong 71 hồ sơ trễ)" in figure.layout.meta["title"]
    assert trace(figure, "labels")["text"][0].endswith("· phường, xã")


@pytest.mark.parametrize("late", [[5, 5, 0, 0, 0], [1, 0, 0, 0, 9]], ids=["tie", "unknown"])
def test_no_cause_is_the_first_at_a_tie_or_where_it_is_not_known(month, late):
    causes = month.city_by_cause.assign(late=late)
    title = chart.late_by_cause(fake_month(city_by_cause=causes)).layout.meta["title"]
    assert title == "Nguyên nhân của 10 hồ sơ trễ hạn"


def test_no_title_says_who_has_the_most_at_a_tie(month):
    tied = fake_month(feedback=month.feedback.head(2))
    rates_of = "motcua.measures.feedback.feedback_rates"
    tied.tables[rates_of] = tied.tables[rates_of].iloc[[0, 0, 1]]  # a second one just as high
    meta = chart.feedback_by_ward(tied).layout.meta
    assert meta["title"] == "2 phản ánh về 2 phường, xã"
    meta = chart.feedback_per_1000(tied).layout.meta
    assert meta["title"] == "3 phản ánh trên 4.887 hồ sơ đã giải quyết"


def test_the_trend_has_the_threshold_and_labels_its_last_month(drawn):
    figure = drawn(chart.city_trend)
    assert threshold_line(figure)["y0"] == 97
    assert trace(figure, "last")["text"] == ["<b>98,92%</b>"]
    assert len(trace(figure, "rate")["y"]) == len(trace(figure, "wards_below")["y"]) == 13


def test_the_heat_map_marks_cells_below_in_words_too(month):
    heat = trace(chart.ward_trends(month), "rates")
    history = month.history
    assert (len(heat["z"]), len(heat["z"][0])) == (30, 13)
    below = int(history["below_threshold"].eq(True).sum())
    assert sum("▼" in word for row in heat["text"] for word in row) == below


def test_complaints_are_counted_by_ward(drawn):
    by_ward = json.loads(drawn(chart.feedback_by_ward).to_json())["data"]
    assert by_ward[0]["x"] == [2, 1, 1, 1, 1]


def test_text_from_data_is_escaped(month):
    rates = month.rates.replace({"name": {"Tân Tiến": "Tân <b>Tiến</b> & xã"}})
    figure = chart.ward_rates(fake_month(rates=rates))
    assert "Tân &lt;b&gt;Tiến&lt;/b&gt; &amp; xã" in figure.layout.yaxis.ticktext[1]
    reasons = trace(chart.quality_by_reason(month), "labels")["text"]
    assert "&lt;lạ&gt; &amp;" in reasons[1]


@pytest.mark.parametrize(
    ("draw", "changes", "words"),
    [
        (chart.late_by_cause, "city_by_cause", "Không có hồ sơ trễ hạn trong kỳ"),
        (chart.feedback_by_ward, "feedback", "Không có phản ánh trong kỳ"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_chart_with_nothing_to_draw_says_so(draw, changes, words, month):
    table = getattr(month, changes)
    nothing = table.assign(late=0, points_lost=0.0) if "late" in table else table.head(0)
    assert draw(fake_month(**{changes: nothing})).layout.meta["title"] == words


def test_the_page_gets_a_drawing_without_title_and_source(drawn):
    figure = json.loads(drawn(chart.ward_rates).to_json())
    layout = bare(figure)["layout"]
    assert not {"title", "meta"} & set(layout)
    assert all(a.get("name") != "source" for a in layout["annotations"])
    assert layout["height"] < figure["layout"]["height"]


@pytest.mark.parametrize("colour", [style.INK, style.MUTED, style.BLUE, style.ORANGE])
def test_text_colours_are_legible_on_paper_and_wash(colour):
    assert min(contrast(colour, style.PAPER), contrast(colour, style.WASH)) >= 4.5
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0


def test_overdue_orders_are_counted_in_the_title_and_stand_out(month):
    figure = chart.followup_states(month)
    assert figure.layout.meta["title"] == "2 trong 3 việc theo dõi đã quá hạn"
    assert figure.data[0].marker.color == (style.ORANGE, style.ORANGE)


def test_complaints_per_1000_name_the_ward_with_the_most_and_its_dossiers(month):
    figure = chart.feedback_per_1000(month)
    assert figure.layout.meta["title"] == "Tam Phước nhiều nhất: 3 phản ánh trên 264 hồ sơ"
    assert trace(figure, "interval")["x"] == [2.34, 33.21, None]


def test_the_backlog_is_told_with_what_lacks_the_click_alone(month):
    # Of places 0 to 29: open overdue place % 4, all over 90 days; awaiting place % 3, place % 2.
    lines = rates.backlog_reading(month).splitlines()
    assert "**43** trong 300 hồ sơ đang giải quyết đến hết kỳ; trên 90 ngày: **43**" in lines[0]
    assert "**30** hồ sơ, trong đó 15 hồ sơ đã quá hạn, ít hơn số hồ sơ trễ hạn" in lines[1]
    assert "(22)" in lines[1]  # 1 + 3 + 4 + 3 + 5 + 6 forgotten
    meta = chart.backlog_ages(month).layout.meta
    assert "cuối mỗi kỳ của 13 tháng, 01/2023 - 01/2024." in meta["source"]
    assert "300 hồ sơ đang giải quyết." in chart.awaiting_close(month).layout.meta["source"]


@pytest.mark.parametrize(("overdue", "word"), [(22, "bằng"), (23, "nhiều hơn")])
def test_what_lacks_the_click_is_compared_with_what_counts_as_forgotten(month, overdue, word):
    told = fake_month(city=month.city | {"awaiting_close_overdue": overdue, "awaiting_close": 30})
    assert f"{overdue} hồ sơ đã quá hạn, {word} số hồ sơ trễ" in rates.backlog_reading(told)


def test_nobody_has_the_most_where_several_have_as_much(month):
    title = chart.awaiting_close(month).layout.meta["title"]
    assert title == "30 hồ sơ đã có kết quả, chỉ còn chờ bấm kết thúc, tại 20 phường, xã"


def test_the_trend_of_causes_says_which_leads_and_for_how_long(month):
    # Month n (0 to 12) has 90 - 5n forgotten and 55 - 2n slow: forgetting leads until n = 11
    # (35 to 33), slowness at n = 12 (31 to 30, with 20, 18 and 5 of others).
    title = chart.cause_trend(month).layout.meta["title"]
    assert title == "Nguyên nhân nhiều nhất: Phường, xã giải quyết chậm, 31 trong 104 hồ sơ trễ"
    earlier = fake_month(city_history=month.city_history.iloc[:12])
    assert "Quên bấm kết thúc, 35 trong" in chart.cause_trend(earlier).layout.meta["title"]
