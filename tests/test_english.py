from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path

import motcua as mc
import pytest
from bs4 import BeautifulSoup
from motcua import chart, labels, page, words_front, words_index
from motcua.english import english, english_page, is_vietnamese
from motcua.month import Month
from motcua.reference import causes, feedback_kinds, read_yaml

NOT_OF_TABLES = {"TABLES", "FORMATS"}
NAMES = ("Hố Nai", "Tân Hiệp")  # names of wards stay as they are


@pytest.fixture(scope="module")
def month() -> Month:
    return mc.load("2024-01", data="data/sample", lang="en")


def lacking(texts: object, month: Month | None = None) -> list[str]:
    """Texts whose English still has Vietnamese in it, names of wards aside."""
    names = sorted(month.unit_names.values(), key=len, reverse=True) if month else NAMES
    proper = re.compile("|".join(map(re.escape, names)))
    return [text for text in texts if is_vietnamese(proper.sub("", english(text)))]


def texts_of(value: object) -> list[str]:
    """Every text in nested dictionaries and lists."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return []
    return list(chain.from_iterable(map(texts_of, value)))


@pytest.mark.parametrize(
    "name",
    [name for name in vars(labels) if name.isupper() and name not in NOT_OF_TABLES],
)
def test_every_label_has_its_english(name):
    assert lacking(texts_of(getattr(labels, name))) == []


def test_every_cause_kind_and_order_has_its_english():
    found = [cause["label"] for cause in causes().values()]
    found += [kind["label"] for kind in feedback_kinds().values()]
    found += [order["title"] for order in read_yaml("orders")]
    assert lacking(found) == []


def test_the_words_of_the_first_screen_have_their_english(month):
    numbers = words_front.key_numbers(month)
    found = [number[key] for number in numbers for key in ("label", "value", "note", "change")]
    found += [line[key] for line in words_front.order_lines(month) for key in ("title", "again")]
    for ward in month.rates.itertuples():
        found += chain.from_iterable(words_front.ward_facts(month, ward))
        found.append(words_front.verdict_words(month, ward))
    assert lacking(found, month) == []


def test_the_words_of_the_list_of_months_have_their_english():
    found = [*words_index.STATES.values(), *words_index.FILES.values(), words_index.TITLE]
    assert lacking([*found, words_index.OLD_KEPT, words_index.headline([])]) == []


@pytest.mark.parametrize("name", ["base.html", "report.html", "index.html"])
def test_the_furniture_of_pages_has_its_english(name):
    source = Path(page.__file__).parent.joinpath("templates", name).read_text("utf-8")
    bare = re.sub(r"\{%.*?%\}|\{#.*?#\}|\{\{.*?\}\}", "\n", source)
    found = [
        line for text in BeautifulSoup(bare, "html.parser").strings for line in text.split("\n")
    ]
    ends = ("của ", "dưới ", "Dưới ")  # before a place: whole sentences of those are tested above
    assert lacking({text for text in found if not text.endswith(ends)}) == []


@pytest.mark.parametrize("name", chart.__all__)
def test_every_chart_has_an_english_title_subtitle_and_table(month, name):
    meta = json.loads(getattr(chart, name)(month).to_json())["layout"]["meta"]
    table = meta["table"]
    found = [meta["title"], meta["subtitle"], meta["source"], table["caption"], *table["columns"]]
    assert lacking(found, month) == []


@pytest.mark.parametrize(
    ("vietnamese", "expected"),
    [
        ("92,42\u00a0%", "92.42%"),
        ("4.887 hồ sơ", "4,887 dossiers"),
        ("14/01/2024", "14/01/2024"),
        ("1522/UBND-THNC", "1522/UBND-THNC"),
        ("000.00.26.H19-240101-0001", "000.00.26.H19-240101-0001"),
        ("  Trễ hạn\n", "  Late\n"),
        ("<b>Ngưỡng 97\u00a0%</b>", "<b>Threshold 97%</b>"),
        ("Một câu chưa dịch.", "Một câu chưa dịch."),
    ],
)
def test_numbers_are_rewritten_and_dates_and_codes_are_not(vietnamese, expected):
    assert english(vietnamese) == expected


def test_what_the_catalogue_lacks_is_marked_as_vietnamese():
    html = '<html lang="vi"><body><p>Trễ hạn</p><p>Một câu chưa dịch</p></body></html>'
    soup = BeautifulSoup(english_page(html), "html.parser")
    assert soup.html["lang"] == "en"
    first, second = soup.find_all("p")
    assert (first.text, first.span) == ("Late", None)
    assert (second.span["lang"], second.text) == ("vi", "Một câu chưa dịch")


def test_texts_of_a_figure_are_english_and_its_data_are_not_touched():
    figure = {"data": [{"name": "Trễ hạn", "text": ["Trễ hạn"], "y": [1.5]}], "separators": ",."}
    html = f'<html><script type="application/json">{json.dumps(figure)}</script></html>'
    script = BeautifulSoup(english_page(html), "html.parser").script.string
    assert json.loads(script) == {
        "data": [{"name": "Trễ hạn", "text": ["Late"], "y": [1.5]}],
        "separators": ".,",
    }


def test_data_text_stays_text_in_english():
    html = "<html><body><p>Trễ hạn &lt;script&gt;x()&lt;/script&gt;</p></body></html>"
    assert not BeautifulSoup(english_page(html), "html.parser").find("script")


def test_no_message_stands_twice_in_the_catalogue():
    lines = Path("data/reference/messages.en.yaml").read_text("utf-8").splitlines()
    keys = [
        line.partition('": ')[0] if line[:1] == '"' else line.partition(": ")[0] for line in lines
    ]
    keys = [key.strip('"') for key in keys if key and not key.startswith("#")]
    assert len(keys) == len(set(keys))
