"""Limits against an independent library (SciPy, statsmodels) and cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import scipy  # whose laws are loaded when they are first asked for
from cases import dossier, late, load_rows, on_time
from hypothesis import given, settings
from hypothesis import strategies as st
from motcua.chapters import rates as words
from motcua.measures.rates import funnel, funnel_curve
from motcua.measures.statistics import binomial_limits, wilson

pytestmark = pytest.mark.usefixtures("own_cache")


# Wilson ----------------------------------------------------------------------------------------


@given(counted=st.integers(1, 3000), share=st.floats(0, 1))
@settings(max_examples=60)
def test_wilson_is_that_of_statsmodels(counted, share):
    from statsmodels.stats.proportion import proportion_confint  # long to import

    good = round(counted * share)
    expected = proportion_confint(good, counted, method="wilson")
    assert wilson(good, counted) == pytest.approx([100 * e for e in expected], abs=1e-5)


# Funnel limits ---------------------------------------------------------------------------------


def test_the_limits_of_two_dossiers_at_one_half_are_worked_by_hand():
    # F(0) = 1/4 reaches q = 0.1 first: a = (0.25 - 0.1) / 0.25 = 0.6, so (0 - 0.6) / 2 is cut at 0
    assert binomial_limits(2, 0.5, 0.8) == (0, 100)
    # q = 0.3: F(1) = 3/4 reaches it: a = (0.75 - 0.3) / 0.5 = 0.9, (1 - 0.9) / 2 = 0.05
    assert binomial_limits(2, 0.5, 0.4) == pytest.approx((5, 95))


@pytest.mark.parametrize(
    ("n", "low_95", "low_998"),
    [
        # F(0) = 0.03 reaches both q = 0.025 and q = 0.001: r = 0, cut at 0
        (1, 0, 0),
        # F = 0.0009, 0.0591: r = 1, a = (0.0591 - q) / 0.0582 = 0.585911 and 0.998282
        (2, 20.704467, 0.085911),
        # F = 0.000027, 0.002646, 0.087327: r = 2, a = (0.087327 - 0.025) / 0.084681 = 0.736021;
        # r = 1, a = (0.002646 - 0.001) / 0.002619 = 0.628484
        (3, 42.132631, 12.383862),
    ],
)
def test_the_limits_of_one_two_and_three_dossiers_are_worked_by_hand(n, low_95, low_998):
    assert binomial_limits(n, 0.97, 0.95) == (pytest.approx(low_95, abs=1e-6), 100)
    assert binomial_limits(n, 0.97, 0.998) == (pytest.approx(low_998, abs=1e-6), 100)


def test_wards_of_one_two_and_three_dossiers_lie_where_their_limits_say(tmp_path):
    rows = [*late(1, "An Bình"), *late(2, "Hóa An")]
    rows += [*on_time(1, "Tân Vạn"), *late(1, "Tân Vạn")]
    rows += [*on_time(1, "Tam Hòa"), *late(2, "Tam Hòa")]
    table = funnel(load_rows(tmp_path, rows)).set_index("name")
    assert table["low_95"].to_dict() == {
        "An Bình": 0, "Hóa An": 20.704467, "Tân Vạn": 20.704467, "Tam Hòa": 42.132631,
    }  # fmt: skip
    assert table["funnel"].to_dict() == {
        "An Bình": "within",  # 0% of one: three wards in a hundred at the threshold have that
        "Hóa An": "below_998",  # 0% is below 0.09%
        "Tân Vạn": "within",  # 50 %
        "Tam Hòa": "below_95",  # 33.3% is below 42.1% and above 12.4%
    }


@given(
    n=st.integers(1, 900),
    p=st.sampled_from([0.5, 0.9, 0.97, 0.985]),
    level=st.sampled_from([0.95, 0.998]),
)
@settings(max_examples=80)
def test_lower_limits_are_those_of_scipys_distribution(n, p, level):
    q = (1 - level) / 2
    law = scipy.stats.binom
    r = law.ppf(q, n, p)
    alpha = (law.cdf(r, n, p) - q) / law.pmf(r, n, p)
    assert binomial_limits(n, p, level)[0] == pytest.approx(100 * max(0, r - alpha) / n, abs=1e-6)


@given(n=st.integers(1, 400), p=st.sampled_from([0.9, 0.97]), level=st.sampled_from([0.95, 0.998]))
@settings(max_examples=60)
def test_a_rate_beyond_a_limit_is_as_rare_as_the_limit_says(n, p, level):
    low, high = binomial_limits(n, p, level)
    q = (1 - level) / 2
    good = np.arange(n + 1)
    rate = 100 * good / n
    clear = (abs(rate - low) > 1e-9) & (abs(rate - high) > 1e-9)
    assert ((rate < low) == (scipy.stats.binom.cdf(good, n, p) < q))[clear].all()
    assert ((rate > high) == (scipy.stats.binom.sf(good - 1, n, p) < q))[clear].all()


def test_no_rate_of_a_small_ward_is_above_the_threshold_beyond_chance():
    # 0.97 ** 12 = 0.69: twelve of twelve is what a ward at the threshold mostly gets
    assert binomial_limits(12, 0.97, 0.95)[1] == 100


@pytest.mark.parametrize(("p", "limit"), [(0.0, 0), (1.0, 100)])
def test_a_threshold_at_an_end_has_no_room_around_it(p, limit):
    assert binomial_limits(50, p, 0.95) == (limit, limit)


# A month ---------------------------------------------------------------------------------------


def a_month(tmp_path):
    rows = [*on_time(11), *late(1)]  # 11 of 12: below, by chance perhaps
    rows += [*on_time(260, "Tam Phước"), *late(40, "Tam Phước")]  # 260 of 300: below beyond chance
    return load_rows(tmp_path, [*rows, *on_time(300, "Hố Nai")])


def test_the_official_verdict_stands_beside_what_chance_allows(tmp_path):
    table = funnel(a_month(tmp_path)).set_index("name")
    assert table["below_threshold"].tolist() == [True, True, False]
    # at 97% one or more of twelve are late with 1 - 0.97**12 = 31%
    assert table["funnel"].to_dict() == {
        "An Bình": "within", "Tam Phước": "below_998", "Hố Nai": "above_998",
    }  # fmt: skip
    assert table["rank"].to_dict() == {"Tam Phước": 3, "An Bình": 2, "Hố Nai": 1}
    assert table.at["An Bình", "points_per_dossier"] == pytest.approx(100 / 12)


def test_a_small_ward_is_told_to_be_watched_and_the_list_stays(tmp_path):
    month = a_month(tmp_path)
    told = words.reading(month).replace("\xa0", " ")
    assert "Thấp rõ rệt: Tam Phước." in told
    assert "chưa đủ căn cứ kết luận yếu kém, cần theo dõi thêm: An Bình." in told
    # 100 / 12 and 100 / 300
    assert "giảm tỷ lệ của An Bình 8,33 điểm, của Hố Nai 0,33 điểm" in told
    assert month.names("below_threshold") == ["Tam Phước", "An Bình"]
    said = dict(zip(*[[row[n] for row in ward_funnel_rows(month)] for n in (0, -1)], strict=True))
    assert said == {
        "Tam Phước": "Thấp rõ rệt", "An Bình": "Số hồ sơ ít, cần theo dõi thêm", "Hố Nai": "Đạt",
    }  # fmt: skip


def ward_funnel_rows(month):
    return words.ward_funnel(month).layout.meta["table"]["rows"]


def test_a_ward_whose_upper_limit_is_below_is_clearly_low_whatever_the_funnel_says(tmp_path):
    # 10 of 12: Wilson's upper end is 95.3%, but two or more late of twelve come with 4.9% > 2.5%
    month = load_rows(tmp_path, [*on_time(10), *late(2)])
    assert "Thấp rõ rệt: An Bình." in words.reading(month)
    assert funnel(month)["funnel"].tolist() == ["within"]


def test_a_month_without_anything_counted_has_no_funnel(tmp_path):
    month = load_rows(tmp_path, [dossier(due="2024-02-01")])
    assert funnel(month).empty
    title = words.ward_funnel(month).layout.meta["title"]
    assert title == "Không có hồ sơ nào được giải quyết"
    assert words.reading(month) == ""
    assert len(funnel_curve(month))
