"""No link of a published page or of a package leads nowhere, whatever units are called."""

from __future__ import annotations

import shutil
import zipfile
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from exports import BOSTON, private_cache
from motcua.cli import main

MONTH = "2011-10"
UNITS = ["(trống)", "Harbor", "Hill / Square"]  # which are their own codes


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, boston_made: Path) -> Path:
    """Months, packages and daily check of a city whose units have odd names."""
    folder = shutil.copytree(boston_made, tmp_path_factory.mktemp("links") / "out")
    with private_cache(tmp_path_factory.mktemp("own")):
        assert main(["watch", "--as-of", "2011-10-20", *BOSTON, "--out", str(folder)]) == 0
        assert main(["pack", MONTH, "--out", str(folder)]) == 0
    for package in (folder / "goi").rglob("*.zip"):
        with zipfile.ZipFile(package) as opened:
            opened.extractall(package.with_suffix(""))
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
    return not path.is_file() or (bool(fragment) and fragment not in ids_of(path))


@cache
def ids_of(page: Path) -> set[str]:
    found = BeautifulSoup(page.read_bytes(), "html.parser").find_all(id=True)
    return {element["id"] for element in found}


def test_every_link_of_every_published_page_and_package_leads_somewhere(out: Path):
    found = links(out)
    pages = {page for page, _ in found}
    sheets = {f"{MONTH}/wards/{path.name}" for path in (out / MONTH / "wards").iterdir()}
    assert len(sheets) == len(UNITS)
    assert pages >= {"index.html", f"{MONTH}/report.html", "theo-doi/2011-10-20/index.html"}
    assert pages >= sheets
    packed = "lanh-dao/report.html", "don-vi/Harbor/wards/Harbor.html"
    assert pages >= {f"goi/{MONTH}-{name}" for name in packed}
    assert [pair for pair in set(found) if leads_nowhere(pair[1])] == []


def test_the_list_of_months_leads_to_the_sheet_of_each_unit(out: Path):
    index = BeautifulSoup((out / "index.html").read_bytes(), "html.parser")
    sheets = {a.text: a["href"] for a in index.select("details a")}
    assert sorted(sheets) == UNITS
    for name, link in sheets.items():
        title = BeautifulSoup((out / link).read_bytes(), "html.parser").h1.text
        assert name in title


def test_the_report_names_no_sheet_and_can_be_sent_as_it_is(out: Path):
    report = out / MONTH / "report.html"
    page = BeautifulSoup(report.read_bytes(), "html.parser")
    beside = {a["href"] for a in page.find_all("a", href=True) if not a["href"].startswith("#")}
    assert beside == {"phu-luc.xlsx"}  # a city abroad gets no letter
    assert (out / "goi" / f"{MONTH}-lanh-dao" / "report.html").read_bytes() == report.read_bytes()
