"""No link of a published page or of a package leads nowhere, whatever units are called."""

from __future__ import annotations

import zipfile
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from exports import private_cache
from motcua.cli import main
from motcua.links import without_links_out
from motcua.reference import ROOT

MONTH = "2011-10"
UNITS = ["(trống)", "Harbor", "Hill / Square"]  # which are their own codes


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Months, packages and daily check of a city whose units have odd names."""
    folder = tmp_path_factory.mktemp("out")
    data = str(ROOT / "tests" / "data" / "requests")
    params = str(ROOT / "docs" / "examples" / "boston311.yaml")
    places = ["--data", data, "--params", params, "--out", str(folder)]
    with private_cache(tmp_path_factory.mktemp("own")):
        assert main(["run", MONTH, *places]) == 0
        assert main(["watch", "--as-of", "2011-10-20", *places]) == 0
        assert main(["pack", MONTH, "--out", str(folder)]) == 0
    for package in (folder / "goi").glob("*.zip"):
        with zipfile.ZipFile(package) as opened:
            opened.extractall(folder / "goi" / package.stem)
    return folder


def links(folder: Path) -> list[tuple[str, str]]:
    """Each page under a folder with each of its links, as a browser resolves them."""
    found = []
    for page in sorted(folder.rglob("*.html")):
        for link in BeautifulSoup(page.read_bytes(), "html.parser").find_all("a", href=True):
            found.append(
                (page.relative_to(folder).as_posix(), urljoin(page.as_uri(), link["href"]))
            )
    return found


def leads_nowhere(address: str) -> bool:
    path, fragment = Path(unquote(urlsplit(address).path)), unquote(urlsplit(address).fragment)
    if not path.is_file():
        return True
    ids = BeautifulSoup(path.read_bytes(), "html.parser").find_all(id=fragment)
    return bool(fragment) and not ids


def test_every_link_of_every_published_page_and_package_leads_somewhere(out: Path):
    found = links(out)
    pages = {page for page, _ in found}
    sheets = {f"{MONTH}/wards/{path.name}" for path in (out / MONTH / "wards").iterdir()}
    assert len(sheets) == len(UNITS)
    assert pages >= {"index.html", f"{MONTH}/report.html", "theo-doi/2011-10-20/index.html"}
    assert pages >= sheets
    assert [pair for pair in set(found) if leads_nowhere(pair[1])] == []


def test_the_list_of_months_leads_to_the_sheet_of_each_unit(out: Path):
    index = BeautifulSoup((out / "index.html").read_bytes(), "html.parser")
    sheets = {a.text: a["href"] for a in index.select("details a")}
    assert sorted(sheets) == UNITS
    for name, link in sheets.items():
        title = BeautifulSoup((out / link).read_bytes(), "html.parser").h1.text
        assert name in title


@pytest.mark.parametrize(
    ("package", "page", "lost"),
    [
        ("lanh-dao", "report.html", {"wards/"}),
        ("noi-bo", "wards/Harbor.html", {"report.html"}),
    ],
)
def test_a_page_loses_only_the_links_out_of_its_package(out: Path, package, page, lost):
    def hrefs(path: Path) -> set[str]:
        return {a["href"] for a in BeautifulSoup(path.read_bytes(), "html.parser").find_all("a")}

    gone = hrefs(out / MONTH / page) - hrefs(out / "goi" / f"{MONTH}-{package}" / page)
    assert gone
    assert all(any(part in link for part in lost) for link in gone)


def test_words_of_a_link_out_stay_and_a_paragraph_of_nothing_else_goes():
    html = (
        '<p class="back"><a href="../r.html">Về</a></p>\n<p>Tải: <a href="x.docx">thư</a>, '
        '<a href="y.xlsx">bảng</a></p><p><a href="#k">K</a> <a href="https://a.vn/b">B</a></p>'
        '<p><a href="x.docx">thư</a> và <a href="x.docx">thư</a></p>'
    )
    assert without_links_out("w/a.html", html, {"w/y.xlsx"}) == (
        '<p>Tải: thư, <a href="y.xlsx">bảng</a></p><p><a href="#k">K</a> '
        '<a href="https://a.vn/b">B</a></p><p>thư và thư</p>'
    )
