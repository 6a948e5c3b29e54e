"""Pages in English on demand, by one catalogue of messages; Vietnamese stays the only source.

A finished Vietnamese page is read text by text. data/reference/messages.en.yaml maps a Vietnamese
text, or a template with {places}, to its English one; what is in a place is translated too. A place
named n..., d... or m... holds numbers, dates or months alone. Numbers are rewritten (96,85 % to
96.85%). What the catalogue lacks stays Vietnamese and is marked lang="vi".
"""

from __future__ import annotations

import json
import re
from functools import cache
from textwrap import wrap
from typing import Any

from bs4 import BeautifulSoup, Comment, Doctype, NavigableString, Tag

from motcua.cells import script_json
from motcua.reference import read_yaml

CATALOGUE = "messages.en"
ATTRIBUTES = ("aria-label", "alt", "title", "data-line")
_VIETNAMESE = re.compile(
    "[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE
)
_LAW = re.compile(r"\d+(?:/[\w-]+)+")  # 766/QĐ-TTg, the same in any language
_NUMBER = re.compile(
    r"(?<![\w.,/-])[-−]?\d{1,3}(?:\.\d{3})*(?:,\d+)?(?:[ \u00a0]%)?(?![\w/-]|[.,]\d)"
)
_SENTENCES = re.compile(r"(?<=[.;:])(\s+)(?=\S)")
_MARKUP = re.compile(r"(<[^>]*>)")
_PLACE = re.compile(r"\\{([a-z]+\d?)\\}")
_WORDS = r"(?:(?!(?<!\d)\. )[^<])+?"  # neither the end of a sentence nor markup
_KINDS = {"n": r"[-–]?\d[\d.,]*(?: ?%)?|–", "d": r"[\d/]+", "m": r"\d\d/\d{4}"}
_KEPT = ("name", "type", "id", "colour", "color", "family", "xref", "yref", "template")


def is_vietnamese(words: str) -> bool:
    """Whether a text has a letter that English has not.

    Examples
    --------
    >>> is_vietnamese("Đúng hạn"), is_vietnamese("Decision 766/QĐ-TTg")
    (True, False)
    """
    return bool(_VIETNAMESE.search(_LAW.sub("", words)))


def english(words: str) -> str:
    """English of a Vietnamese text; what the catalogue does not know stays as it is.

    Examples
    --------
    >>> english("Trễ hạn"), english("4 trong 30 phường, xã dưới 97\\u00a0%")
    ('Late', '4 of 30 wards below 97%')
    """
    core = words.strip()
    if not core:
        return words
    before, _, after = words.partition(core)
    return f"{before}{_core(core)}{after}"


@cache
def _core(words: str) -> str:
    """English of a text without spaces around it."""
    found = _message(words)
    if found is not None:
        return found
    if "<br>" in words and (found := _message(words.replace("<br>", " "))) is not None:
        return "<br>".join(wrap(found, max(map(len, words.split("<br>"))) + 2))
    if _MARKUP.search(words):
        return "".join(p if p.startswith("<") else english(p) for p in _MARKUP.split(words))
    parts = _SENTENCES.split(words)
    if len(parts) > 1:
        return "".join(map(english, parts))
    if len(words) > 1 and words[-1] in ".;:":
        return _core(words[:-1]) + words[-1]
    return _NUMBER.sub(lambda match: _number(match[0]), words)


def _message(words: str) -> str | None:
    """English of a text that the catalogue knows, as it stands or by a template."""
    exact, templates = _catalogue()
    words = words.replace("\u00a0", " ")
    if words in exact:
        return exact[words]
    for pattern, template in templates:
        match = pattern.fullmatch(words)
        if match:
            return template.format(**{k: english(v) for k, v in match.groupdict().items()})
    return None


def _number(words: str) -> str:
    """Vietnamese number as English writes it."""
    return words.translate(str.maketrans(",.", ".,")).replace(" %", "%").replace("\u00a0%", "%")


@cache
def _catalogue() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Texts as they stand, and templates as patterns in the order of the file."""
    messages = read_yaml(CATALOGUE)
    exact = {key: value for key, value in messages.items() if "{" not in key}
    return exact, [(_pattern(key), value) for key, value in messages.items() if "{" in key]


def _pattern(template: str) -> re.Pattern[str]:
    def place(match: re.Match[str]) -> str:
        kind = _KINDS.get(match[1][0], _WORDS) if len(match[1]) < 3 else _WORDS
        return f"(?P<{match[1]}>{kind})"

    return re.compile(_PLACE.sub(place, re.escape(template).replace("\\ ", " ")))


def english_page(html: str) -> str:
    """English of a page: texts, labels and the figures inside it; remnants are marked."""
    soup = BeautifulSoup(html, "html.parser")
    soup.html["lang"] = "en"
    for script in soup.find_all("script", type="application/json"):
        script.string = script_json(_figure(json.loads(script.string)))
    for tag in soup.find_all(True):
        for name in ATTRIBUTES:
            if tag.get(name):
                tag[name] = english(tag[name])
    for node in list(soup.find_all(string=True)):
        if not isinstance(node, Doctype | Comment) and node.parent.name not in ("script", "style"):
            _translate(soup, node)
    return str(soup)


def _translate(soup: BeautifulSoup, node: NavigableString) -> None:
    """Replace a text by its English, or mark it as Vietnamese."""
    if not is_vietnamese(node):
        node.replace_with(NavigableString(english(str(node))))
        return
    words = english(str(node))
    if is_vietnamese(words) and words.strip() == str(node).strip():
        parent: Tag = node.parent
        if parent.name in ("option", "title"):
            parent["lang"] = "vi"
        else:
            mark = soup.new_tag("span", attrs={"lang": "vi"})
            node.wrap(mark)
    else:
        node.replace_with(NavigableString(words))


def _figure(value: Any, key: str = "") -> Any:
    """Figure with its texts in English; keys, names of traces and colours stay."""
    if isinstance(value, str):
        return value if key in _KEPT else english(value)
    if isinstance(value, list):
        return [_figure(item, key) for item in value]
    if isinstance(value, dict):
        changed = {name: _figure(item, name) for name, item in value.items()}
        return changed | ({"separators": ".,"} if "separators" in value else {})
    return value
