"""The daily check: what to press, finish and hurry as a day knew it, worked by hand."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from cases import dossier, write_dossiers
from motcua.base.errors import InputError
from motcua.cli import main
from motcua.measures.ward import open_dossiers, to_do
from motcua.pages.ward_pages import summary, warnings
from motcua.running.leaks import scan
from motcua.running.run import load_watch, run_watch
from paper import squeezed, words_of

# A Friday before a weekend and New Year's Day: the next working day is Tuesday 2 January.
FRIDAY = date(2023, 12, 29)
CASES = {  # id -> (due, others); all received on 20 December
    "một-ngày": ("2024-01-02", {}),  # 1 working day left
    "ba-ngày": ("2024-01-04", {}),  # 3: Tuesday, Wednesday, Thursday
    "bốn-ngày": ("2024-01-05", {}),  # 4, not yet soon
    "hôm-nay": ("2023-12-29", {}),
    "quá-hạn": ("2023-12-28", {}),
    "kết-thúc-sau": ("2023-12-27", {"closed": "2024-01-03"}),  # still open on that Friday
    "quên": ("2024-01-10", {"closed": "2024-01-12", "result_at": "2023-12-27"}),
    "kết-quả-sau": ("2024-01-02", {"result_at": "2024-01-03"}),  # nobody knew of the result then
    "đã-xong": ("2023-12-28", {"closed": "2023-12-28"}),
    "rút": ("2023-12-28", {"closed": "2023-12-27", "status": "Rút hồ sơ"}),
}
PROCEDURE = "Khai <script>alert(1)</script> & sinh"


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rows = [
        dossier("2023-12-20", due, dossier_id=name, procedure=PROCEDURE, **others)
        for name, (due, others) in CASES.items()
    ]
    rows += [
        dossier("2023-12-20", "2023-12-26", "2023-12-22", ward="Tân Vạn", dossier_id=f"v{i}")
        for i in range(100)
    ]
    write_dossiers(folder, rows, "ho_so_20240115.csv")
    return folder


@pytest.fixture(scope="module")
def published(data, tmp_path_factory) -> Path:
    return run_watch(FRIDAY, data, None, tmp_path_factory.mktemp("out"), 3)


def actions(data: Path, as_of: date, days: int = 3) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in to_do(load_watch(as_of, data)[0], days).itertuples():
        found.setdefault(row.action, []).append(row.dossier_id)
    return {action: sorted(names) for action, names in found.items()}


def test_each_open_dossier_stands_under_the_most_urgent_thing_to_do(data: Path) -> None:
    assert actions(data, FRIDAY) == {
        "press_finish": ["quên"],
        "overdue": ["kết-thúc-sau", "quá-hạn"],
        "due_soon": sorted(["một-ngày", "ba-ngày", "hôm-nay", "kết-quả-sau"]),
    }


def test_a_dossier_that_leaves_after_the_day_of_looking_is_still_open(tmp_path: Path) -> None:
    left = dossier("2023-12-20", "2023-12-28", "2024-01-03", status="Rút hồ sơ", dossier_id="rút")
    write_dossiers(tmp_path, [left], "ho_so_20240115.csv")
    assert actions(tmp_path, FRIDAY) == {"overdue": ["rút"]}


def test_a_due_date_on_a_day_off_leaves_the_working_days_before_it(tmp_path: Path) -> None:
    due = dossier("2023-12-20", "2024-01-01", dossier_id="tết")  # New Year's Day, a Monday
    write_dossiers(tmp_path, [due], "ho_so_20240115.csv")
    (row,) = open_dossiers(load_watch(FRIDAY, tmp_path)[0]).itertuples()
    assert row.working_days_left == 0
    (row,) = open_dossiers(load_watch(date(2023, 12, 31), tmp_path)[0]).itertuples()  # a Sunday
    assert row.working_days_left == 0


def test_days_ahead_are_working_days(data: Path) -> None:
    assert "ba-ngày" not in actions(data, FRIDAY, days=2)["due_soon"]
    assert "bốn-ngày" in actions(data, FRIDAY, days=4)["due_soon"]
    assert actions(data, FRIDAY, days=0)["due_soon"] == ["hôm-nay"]


def test_a_later_day_knows_more(data: Path) -> None:
    found = actions(data, date(2024, 1, 4))
    assert found["press_finish"] == sorted(["quên", "kết-quả-sau"])
    assert found["overdue"] == sorted(["một-ngày", "hôm-nay", "quá-hạn"])
    assert found["due_soon"] == sorted(["ba-ngày", "bốn-ngày"])


def test_the_lists_hold_the_dossiers_and_what_is_left(published: Path) -> None:
    (file,) = published.glob("danh-sach/*.csv")  # one ward alone has something to do
    raw = file.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    left = {row["Mã hồ sơ"]: row["Còn lại"] for row in rows}
    assert left == {
        "quên": "còn 7 ngày làm việc",  # 2-5 and 8-10 January
        "kết-thúc-sau": "quá 2 ngày",
        "quá-hạn": "quá 1 ngày",
        "hôm-nay": "hạn hôm nay",
        "một-ngày": "còn 1 ngày làm việc",
        "kết-quả-sau": "còn 1 ngày làm việc",
        "ba-ngày": "còn 3 ngày làm việc",
    }
    assert rows[0]["Tình trạng"] == "đã có kết quả ngày 27/12/2023, chỉ còn bấm kết thúc"


def test_the_page_tells_escapes_and_names_wards_without_work(published: Path, browser_page) -> None:
    browser_page.goto(f"file://{published}/index.html")
    text = browser_page.inner_text("body")
    assert "Bấm kết thúc ngay 1 hồ sơ" in text
    assert "Xem lại tình trạng của ngày 29/12/2023 từ bản xuất ngày 15/01/2024" in text
    assert "NỘI BỘ" in text
    assert PROCEDURE in text
    assert (
        "Tân Vạn" in browser_page.locator("p", has_text="Không có việc phải làm ngay").inner_text()
    )
    assert browser_page.complaints == []


def test_a_ward_of_the_table_leads_to_what_it_has_to_do(published: Path, browser_page) -> None:
    browser_page.goto(f"file://{published}/index.html")
    browser_page.click("tbody th a >> text=An Bình")
    anchor = browser_page.evaluate("decodeURIComponent(location.hash.slice(1))")
    assert browser_page.locator(f"h2[id='{anchor}']").inner_text() == "An Bình"


def test_pages_fit_a_phone(published: Path, browser_page) -> None:
    browser_page.set_viewport_size({"width": 360, "height": 800})
    for page in ("index.html", *(p.relative_to(published) for p in published.glob("*/*.html"))):
        browser_page.goto(f"file://{published}/{page}")
        assert browser_page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_page_of_one_ward_speaks_of_that_ward_alone(published: Path, browser_page) -> None:
    (page,) = published.glob("danh-sach/*.html")
    browser_page.goto(page.as_uri())
    assert browser_page.inner_text("h1") == "An Bình: hồ sơ cần xử lý ngay, ngày 29/12/2023"
    told = browser_page.inner_text(".headline")
    assert told == (
        "Bấm kết thúc ngay 1 hồ sơ đã có kết quả, giải quyết 2 hồ sơ quá hạn và giải quyết "
        "kịp hạn 4 hồ sơ sắp đến hạn (trong 3 ngày làm việc tới)."
    )
    tasks = browser_page.locator("td[data-label='Việc cần làm']").all_inner_texts()
    assert tasks == ["Bấm kết thúc"] + ["Giải quyết ngay"] * 2 + ["Giải quyết kịp hạn"] * 4


def test_paper_keeps_the_warning_and_drops_the_links(
    published: Path, browser_page, tmp_path
) -> None:
    browser_page.goto((published / "index.html").as_uri())
    browser_page.pdf(path=tmp_path / "watch.pdf", prefer_css_page_size=True)
    words = "".join(words_of(tmp_path / "watch.pdf"))
    assert squeezed("Xem lại tình trạng của ngày 29/12/2023") in words
    assert squeezed("NỘI BỘ") in words
    assert squeezed("Danh sách mở bằng Excel") not in words


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_wrong(published: Path, browser_page, width: int) -> None:
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    browser_page.set_viewport_size({"width": width, "height": 800})
    for page in (published / "index.html", *published.glob("danh-sach/*.html")):
        browser_page.goto(page.as_uri())
        found = Axe().run(browser_page, options={"resultTypes": ["violations"], "runOnly": rules})
        assert found.violations_count == 0, found.generate_report()


def test_the_table_of_wards_counts_each_action_and_what_can_still_be_late(data: Path) -> None:
    """An Bình: one closed on time; another late one makes 1 of 2, so none can be afforded."""
    month = load_watch(FRIDAY, data)[0]
    assert summary(month, to_do(month)).rows == [["An Bình", "1", "2", "4", "7", "0"]]


def test_looking_again_gives_the_same_bytes_and_nothing_personal(data, published, tmp_path) -> None:
    again = run_watch(FRIDAY, data, None, tmp_path, 3)
    names = sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(published) for p in published.rglob("*") if p.is_file())
    assert all((again / n).read_bytes() == (published / n).read_bytes() for n in names)
    assert scan(again) == []


def test_the_newest_export_tells_the_day_where_none_is_asked_for(data: Path) -> None:
    month, newest = load_watch(None, data)
    assert newest == month.period.end == date(2024, 1, 15)
    assert month.month == "2024-02"


def test_a_day_before_any_dossier_is_refused(data: Path) -> None:
    with pytest.raises(InputError, match="Đến ngày 01/12/2023 dữ liệu chưa có hồ sơ nào"):
        load_watch(date(2023, 12, 1), data)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--as-of", "2024-13-01"], "--as-of 2024-13-01: phải là một ngày"),
        (["--days", "61"], "--days 61: phải từ 0 đến 60"),
        (["--data", "không-có"], "Không có thư mục dữ liệu"),
    ],
    ids=["a wrong day", "too many days", "no data"],
)
def test_wrong_words_end_with_2(capsys, tmp_path, options: list[str], told: str) -> None:
    assert main(["watch", "--out", str(tmp_path), *options]) == 2
    assert told in capsys.readouterr().err


def test_a_day_after_the_newest_export_is_warned_of(data: Path, tmp_path) -> None:
    folder = run_watch(date(2024, 2, 1), data, None, tmp_path, 3)
    html = (folder / "index.html").read_text("utf-8")
    assert "Bản xuất hồ sơ mới nhất là ngày 15/01/2024, trước ngày xem" in html


def test_the_past_is_seen_by_the_newest_due_dates_and_says_so(tmp_path: Path) -> None:
    """Due on 9 January until the export of the 25th puts it off to the 30th."""
    for name, due in (("ho_so_20240105.csv", "2024-01-09"), ("ho_so_20240125.csv", "2024-01-30")):
        write_dossiers(tmp_path, [dossier("2024-01-02", due, dossier_id="moved")], name)
    watched, newest = load_watch(date(2024, 1, 10), tmp_path)
    assert open_dossiers(watched)["due"].dt.strftime("%d/%m").tolist() == ["30/01"]
    assert "riêng hạn trả lấy theo bản xuất mới nhất" in warnings(watched, newest)[0]
