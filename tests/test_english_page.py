"""The whole report of a month in English: no Vietnamese sentence is left in it."""

from __future__ import annotations

import base64
import csv
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import motcua as mc
import pytest
from bs4 import BeautifulSoup, Comment, Doctype
from exports import private_cache
from motcua.cli import main
from motcua.english import ATTRIBUTES, is_vietnamese


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    (out / "en.yaml").write_text("lang: en\n", "utf-8")
    places = ["--data", "data/sample", "--params", str(out / "en.yaml"), "--out", str(out)]
    with private_cache(tmp_path_factory.mktemp("own")):
        assert main(["run", "2024-01", *places, "--only", "report"]) == 0
    return out / "2024-01"


@pytest.fixture(scope="module")
def page(folder: Path) -> BeautifulSoup:
    return BeautifulSoup((folder / "report.html").read_bytes(), "html.parser")


@pytest.fixture(scope="module")
def proper(folder: Path) -> re.Pattern[str]:
    """Names and data, which stay: wards, the office, headings and cells of rows set aside."""
    month = mc.load("2024-01", data="data/sample")
    names = {*month.unit_names.values(), month.params.office}
    with (folder / "rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            names |= {row["column"], row["value"]} - {""}
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))


def texts(page: BeautifulSoup) -> Iterator[str]:
    """What a reader sees or hears: texts, labels, and what stands in the figures."""
    for node in page.find_all(string=True):
        if not isinstance(node, Doctype | Comment) and node.parent.name not in ("script", "style"):
            yield str(node)
    for tag in page.find_all(True):
        yield from (tag[name] for name in ATTRIBUTES if tag.get(name))
    for script in page.find_all("script", type="application/json"):
        yield from strings(json.loads(script.string))
    for script in page.find_all("script", type="application/octet-stream", id=re.compile("-data$")):
        yield from strings(json.loads(gzip.decompress(base64.b64decode(script.string))))


def strings(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, str) and key not in ("name", "family"):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from strings(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one, key)


def test_nothing_but_names_and_data_is_vietnamese(page: BeautifulSoup, proper: re.Pattern[str]):
    assert {text for text in texts(page) if is_vietnamese(proper.sub("", text))} == set()


def test_numbers_of_the_page_are_english_and_dates_are_not_changed(page: BeautifulSoup):
    words = page.get_text(" ")
    assert "97.79%" in words
    assert "14/01/2024" in words
    assert re.findall(r"\d,\d\d?\b", words) == []
    assert re.findall(r"\d\s%", words) == []
