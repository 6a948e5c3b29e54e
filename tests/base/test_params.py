"""Parameters: what is accepted, and what is said, in Vietnamese, of what is not."""

from __future__ import annotations

import contextlib
import re
import tempfile
import time
from datetime import date
from pathlib import Path

import motcua
import pytest
import yaml
from cases import dossier, write_dossiers
from hypothesis import given, settings
from hypothesis import strategies as st
from motcua.base.calendar import Period, month_range
from motcua.base.errors import InputError, ParameterError
from motcua.base.params import Params, RankingWeights, load_params, period_of, units_path
from motcua.base.reference import read_yaml

COLUMNS = "{cột chuẩn: tiêu đề trong tệp}, hoặc {tên tệp: {cột chuẩn: tiêu đề}}."


def refusal(tmp_path: Path, text: str) -> str:
    """Message with which a parameter file is refused."""
    file = tmp_path / "thang.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ParameterError) as caught:
        load_params("2024-01", file)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_defaults_are_those_of_the_design():
    params = load_params("2024-01")
    assert params.threshold_percent == 97
    assert params.rate_convention == "resolved"
    assert params.completion_event == "closed"
    assert params.withdrawn == "exclude"
    assert params.due_basis == "original"
    assert params.granularity == "day"
    assert params.period_rule == "nd09"
    assert (params.small_n, params.repeat_from) == (30, 3)


def test_default_file_and_code_name_the_same_defaults():
    assert load_params("1999-01") == Params()


def test_unknown_key_is_refused_with_the_nearest_known_one(tmp_path):
    assert refusal(tmp_path, "treshold_percent: 95\n") == (
        "Tham số sai (thang.yaml):\n"
        "- Không có tham số 'treshold_percent'. Có phải là 'threshold_percent'?"
    )


def test_unknown_key_like_no_other_is_refused_with_all_known_ones(tmp_path):
    message = refusal(tmp_path, "xyzzy: 1\n")
    assert "- Không có tham số 'xyzzy'. Các khóa hợp lệ: threshold_percent, rate_con" in message


# what is written -> value as shown, what is needed
THRESHOLD = "ngưỡng tỷ lệ, từ 0 đến 100."
FAULTS = {
    "threshold_percent: cao": ("'cao'", THRESHOLD),
    "threshold_percent: 120": ("120", THRESHOLD),
    "threshold_percent: -1": ("-1", THRESHOLD),
    "threshold_percent: .nan": ("nan", THRESHOLD),
    "threshold_percent: true": ("True", THRESHOLD),
    "threshold_percent: 97,5": ("'97,5'", THRESHOLD),
    "rate_convention: solved": ("'solved'", "quy ước tính tỷ lệ: một trong resolved, due_in_period,"
                                " workload, national_766, received."),
    "completion_event: done": (
        "'done'", "mốc hoàn thành hồ sơ: một trong closed, result, returned."),
    "withdrawn: late": (
        "'late'", "cách tính hồ sơ rút, trả lại, dừng: một trong exclude, as_on_time."),
    "due_basis: new": ("'new'", "hạn dùng để chấm: một trong original, rescheduled."),
    "granularity: hour": ("'hour'", "so sánh theo ngày hay theo giờ: một trong day, time."),
    "period_rule: week": ("'week'", "quy tắc chốt kỳ: một trong nd09, calendar."),
    "period_start: 31/02/2024": ("'31/02/2024'", "ngày đầu kỳ, dạng 2023-12-15."),
    "period_end: hôm nay": ("'hôm nay'", "ngày cuối kỳ, dạng 2024-01-14."),
    "exported_at: [1]": ("[1]", "ngày xuất dữ liệu: một ngày, hoặc {tên tệp: ngày}."),
    "small_n: ít": ("'ít'", "dưới số hồ sơ này thì tỷ lệ biến động mạnh."),
    "small_n: -3": ("-3", "dưới số hồ sơ này thì tỷ lệ biến động mạnh."),
    "repeat_from: 2.5": ("2.5", "tái phạm từ số lần này."),
    "date_format: 5": ("5", "dạng ngày theo strptime, ví dụ %Y-%m-%d."),
    "date_format: '%Q'": ("'%Q'", "dạng ngày theo strptime, ví dụ %Y-%m-%d."),
    "date_format: '%'": ("'%'", "dạng ngày theo strptime, ví dụ %Y-%m-%d."),
    "date_format: '%d/%m'": ("'%d/%m'", "dạng ngày theo strptime, ví dụ %Y-%m-%d."),
    "units: [a]": ("['a']", "đường dẫn danh mục đơn vị, hoặc from_data."),
    "columns: Ngày hẹn": ("'Ngày hẹn'", COLUMNS),
    "columns: {due_at: 5}": ("5", COLUMNS),
    "statuses: {xong: [Xong]}": ("'xong'", "{nhóm: [trạng thái]}: một trong not_received,"
                                 " in_progress, awaiting, done, withdrawn, returned, stopped."),
    "statuses: {done: Xong}": ("'Xong'", "{nhóm: [trạng thái]}."),
    "history_months: 0": ("0", "số tháng xem lại trong phần xu hướng."),
}  # fmt: skip


@pytest.mark.parametrize("text", FAULTS)
def test_a_wrong_value_is_refused_in_vietnamese_with_what_is_needed(tmp_path, text):
    (value, needed), key = FAULTS[text], text.split(":")[0]
    message = refusal(tmp_path, text + "\n")
    assert message == (f"Tham số sai (thang.yaml):\n- '{key}' = {value} không hợp lệ; cần {needed}")


def test_all_faults_are_told_at_once(tmp_path):
    message = refusal(tmp_path, "small_n: x\nthreshold: 5\nwithdrawn: no\n")
    named = {line.split("'")[1] for line in message.splitlines()[1:]}
    assert named == {"small_n", "withdrawn", "threshold"}


def test_yaml_that_does_not_parse_is_refused_with_its_line(tmp_path):
    message = refusal(tmp_path, "small_n: 5\nwithdrawn: [exclude\ndue_basis: original\n")
    assert re.fullmatch(
        r"Tệp tham số thang\.yaml, dòng [234]: không đúng cú pháp YAML\. "
        r"Mỗi dòng phải có dạng `khóa: giá trị`\.",
        message,
    )


def test_a_tab_in_front_of_a_key_is_refused_with_its_line(tmp_path):
    assert ", dòng 2: không đúng cú pháp YAML" in refusal(tmp_path, "small_n: 5\n\twithdrawn: x\n")


@pytest.mark.parametrize("text", ["- threshold_percent\n", "chỉ một câu\n", "97\n"])
def test_yaml_that_is_no_mapping_is_refused(tmp_path, text):
    expected = "Tệp tham số thang.yaml phải gồm các dòng `khóa: giá trị`."
    assert refusal(tmp_path, text) == expected


@pytest.mark.parametrize("text", ["", "# chỉ có chú thích\n", "\ufeff{}\n"])
def test_an_empty_file_leaves_the_defaults(tmp_path, text):
    file = tmp_path / "thang.yaml"
    file.write_text(text, "utf-8")
    assert load_params("2024-01", file) == load_params("1999-01")  # a month without a file


def test_a_file_that_is_not_utf8_is_refused_and_not_crashed_on(tmp_path):
    file = tmp_path / "thang.yaml"
    file.write_bytes("issuer: Biên Hòa\n".encode("utf-16"))
    with pytest.raises(ParameterError, match="không đúng cú pháp YAML"):
        load_params("2024-01", file)


def test_a_missing_file_is_refused_by_its_name(tmp_path):
    with pytest.raises(InputError, match=r"Không tìm thấy tệp tham số: .*khong-co\.yaml"):
        load_params("2024-01", tmp_path / "khong-co.yaml")


def test_a_period_that_ends_before_it_starts_is_refused(tmp_path):
    text = "period_start: 2024-01-20\nperiod_end: 2024-01-10\n"
    assert refusal(tmp_path, text) == (
        "Kỳ báo cáo sai: ngày cuối 10/01/2024 trước ngày đầu 20/01/2024. "
        "Sửa `period_start`, `period_end`."
    )


def test_a_start_after_the_end_of_the_rule_is_refused(tmp_path):
    assert "ngày cuối 14/01/2024 trước ngày đầu 15/01/2024" in refusal(
        tmp_path, "period_start: 15/01/2024\n"
    )


@pytest.mark.parametrize("month", ["2024-13", "2024-1", "24-01", "2024-01-01", "2024-01\n", ""])
def test_a_month_that_is_none_is_refused(month):
    with pytest.raises(ParameterError, match="không hợp lệ: ghi 2024-01 .tháng., 2024-Q1 .quý."):
        load_params(month)


@pytest.mark.parametrize(
    ("month", "changes", "start", "end"),
    [
        ("2024-01", {}, date(2023, 12, 15), date(2024, 1, 14)),
        ("2024-03", {}, date(2024, 2, 15), date(2024, 3, 14)),
        ("2024-01", {"period_rule": "calendar"}, date(2024, 1, 1), date(2024, 1, 31)),
        ("2024-02", {"period_rule": "calendar"}, date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02", {"period_rule": "calendar"}, date(2023, 2, 1), date(2023, 2, 28)),
        ("2024-01", {"period_end": "20/01/2024"}, date(2023, 12, 15), date(2024, 1, 20)),
        ("2024-01", {"period_start": date(2024, 1, 14)}, date(2024, 1, 14), date(2024, 1, 14)),
    ],
    ids=["15th to 14th", "over February", "calendar", "leap year", "common year", "end", "one day"],
)
def test_period_of_a_month(month, changes, start, end):
    assert period_of(month, Params(**changes)) == Period(start, end)


def test_periods_of_following_months_leave_no_day_out_and_take_none_twice():
    for rule in ("nd09", "calendar"):
        params = Params(period_rule=rule)
        periods = [period_of(month, params) for month in month_range("2023-01", "2025-12")]
        gaps = {(b.start - a.end).days for a, b in zip(periods, periods[1:], strict=False)}
        assert gaps == {1}


def test_a_period_as_yaml_reads_it_and_as_people_write_it_are_the_same(tmp_path):
    file = tmp_path / "thang.yaml"
    file.write_text("period_start: 2023-12-01\nperiod_end: 31/12/2023\n", "utf-8")
    assert period_of("2024-01", load_params("2024-01", file)) == Period(
        date(2023, 12, 1), date(2023, 12, 31)
    )


def test_a_missing_register_is_refused_with_what_to_do():
    with pytest.raises(InputError) as caught:
        units_path(Params(units="khong-co.csv"))
    assert str(caught.value) == (
        "Không tìm thấy danh mục đơn vị 'khong-co.csv' (tham số `units`): "
        "ghi đường dẫn một tệp csv có cột code, name; hoặc `from_data`."
    )


def test_an_unknown_canonical_column_is_refused_with_the_nearest_one(tmp_path):
    write_dossiers(tmp_path, [dossier()])
    with pytest.raises(InputError, match=r"không có cột chuẩn 'due_date'\. Có phải là 'due_at'\?"):
        motcua.load("2024-01", data=tmp_path, columns={"due_date": "Ngày hẹn trả"})


@pytest.mark.parametrize("pattern", ["%Y-%m-%d", "%d/%m/%y", "%d.%m.%Y %H:%M:%S", "%Y%m%d"])
def test_a_date_format_that_gives_a_day_is_accepted(pattern):
    assert Params(date_format=pattern).date_format == pattern


def test_a_register_is_found_beside_the_parameter_file(tmp_path):
    (tmp_path / "units.csv").write_text("code,name\n1,Một\n", "utf-8")
    file = tmp_path / "p.yaml"
    file.write_text("units: units.csv\n", "utf-8")
    assert units_path(load_params("2024-01", file)) == tmp_path / "units.csv"


def test_a_register_outside_its_folder_is_refused():
    with pytest.raises(ParameterError, match="đi ra khỏi thư mục"):
        units_path(Params(units="../../etc/passwd"))


@pytest.mark.parametrize(
    "weights", [{"rate": -1}, {"speed": 1}, dict.fromkeys(RankingWeights.model_fields, 0), 5]
)
def test_weights_of_the_ranking_that_make_no_sense_are_refused(weights: object) -> None:
    with pytest.raises(ParameterError, match=r"'ranking_weights' = .* cần trọng số"):
        load_params("2024-01", ranking_weights=weights)


def test_a_weight_that_is_not_named_keeps_its_default() -> None:
    weights = load_params("2024-01", ranking_weights={"rate": 10}).ranking_weights
    assert (weights.rate, weights.feedback) == (10, 15)


# Whatever stands in the file ---------------------------------------------------------------------

BOMB = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
UNREADABLE = {
    "deep": b"columns: " + b"[" * 50_000,
    "deep mappings": b"{a: " * 20_000,
    "aliases": BOMB.encode(),
    "recursive": b"columns: &a\n  x: *a\n",
    "key twice": b"small_n: 3\nthreshold_percent: 97\nsmall_n: 30\n",
    "inner key twice": "columns:\n  ward: Phường\n  ward: Xã\n".encode(),
    "tab": b"columns:\n\tward: x\n",
    "list": b"- small_n\n- 3\n",
    "scalar": b"small_n 3",
    "binary": bytes(range(256)) * 10,
    "UTF-16": "small_n: 3\n".encode("utf-16"),
    "NUL": b"small_n: 3\0\n",
    "long number": b"small_n: " + b"9" * 5_000,
    "long hexadecimal number": b"small_n: 0x" + b"f" * 50_000,
    "number as key": b"0x" + b"f" * 50_000 + b": 3",
    "long text": b"small_n: " + b"a" * 150_000,
    "too large": b"# " + b"a" * 300_000,
    "no such day": b"period_start: 2024-13-45",
    "own type": b"small_n: !!python/object/apply:os.getcwd []",
    "set": b"columns: !!set {a, b}",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_parameters_is_refused_at_once(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "p.yaml"
    file.write_bytes(content)
    started = time.process_time()
    with pytest.raises(ParameterError) as error:
        load_params("2024-01", file)
    assert time.process_time() - started < 1
    assert len(str(error.value)) < 3000


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"# none\n", b"\xef\xbb\xbfsmall_n: 30\n", b"---\n"]
)
def test_an_empty_file_changes_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.yaml").write_bytes(content)
    assert load_params("2023-05", tmp_path / "p.yaml") == load_params("2023-05")


def test_a_key_that_stands_twice_is_named_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_bytes(UNREADABLE["key twice"])
    with pytest.raises(ParameterError, match="khóa 'small_n' ghi hai lần, dòng 1 và dòng 3"):
        load_params("2024-01", tmp_path / "p.yaml")


@pytest.mark.parametrize(
    "line",
    [
        "history_months: 1000000000", "history_months: 0", "history_months: true", "small_n: 1e99",
        "period_start: 0001-01-01", "period_end: 9999-12-31", "plan_date: 1899-12-31",
        "date_format: '%Y-%Y-%m-%d'", "date_format: '%'", "threshold_percent: .nan",
        "threshold_percent: .inf", "threshold_percent: 1e999", "threshold_percent: 970",
    ],
)  # fmt: skip
def test_a_value_out_of_bounds_is_refused_by_its_name(tmp_path: Path, line: str) -> None:
    (tmp_path / "p.yaml").write_text(line, "utf-8")
    with pytest.raises(ParameterError, match=f"'{line.partition(':')[0]}' = "):
        load_params("2024-01", tmp_path / "p.yaml")


def test_a_threshold_between_nought_and_one_is_refused_with_the_percentage() -> None:
    with pytest.raises(ParameterError, match="phần trăm: ghi 97"):
        load_params("2024-01", threshold_percent=0.97)
    assert load_params("2024-01", threshold_percent=1).threshold_percent == 1


@pytest.mark.parametrize(
    "month",
    ["٢٠٢٤-01", "２０２４-01", "0001-01", "9999-12", "1" * 5000, 2024, True, None, "2024-01\n"],
)
def test_a_month_out_of_the_calendar_is_refused(month: object) -> None:
    with pytest.raises(ParameterError, match="không hợp lệ"):
        load_params(month)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(Params.model_fields)) | st.text(), PLAIN, max_size=4))
def test_any_yaml_is_taken_or_refused(values: dict) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "p.yaml"
        file.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")
        with contextlib.suppress(InputError):
            load_params("2024-01", file)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_taken_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "p.yaml"
        file.write_bytes(content)
        with contextlib.suppress(InputError):
            load_params("2024-01", file)


def test_every_parameter_is_told_in_a_line() -> None:
    assert list(read_yaml("parameters")) == list(Params.model_fields)
    assert all(read_yaml("parameters").values())
