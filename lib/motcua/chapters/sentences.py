"""Sentences for readers: templates of data/words/ that `Words` fills, and words that chapters share.

Names that come from data are escaped; no number is typed in prose anywhere.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial, reduce
from html import escape
from operator import getitem
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined, Template, pass_context
from jinja2.runtime import Context, missing

from motcua.base import reference
from motcua.base import vietnamese as vi
from motcua.base.calendar import of_kind, period_label, short_label
from motcua.base.params import Params, is_partial, whole_name
from motcua.base.reference import WORDS, by_place, legal_basis, read_yaml, speak_of, word
from motcua.base.vietnamese import join, number, percent
from motcua.chapters.table import Table, listed
from motcua.measures.month import Month

MOST_LISTED = 30  # names in a list; more are counted
MOST_NAMED = 8  # units named in the headline; more would not be read
# Signs of markdown, of formulas, and of what notebooks make links of: a://, www., a@b.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|&~$@-]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")  # as `safe` writes them


class Prose(str):
    """Markdown text that shows itself as such in a notebook."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


def safe(name: str) -> str:
    r"""Text from data with markdown's signs escaped.

    Examples
    --------
    >>> safe("A*B <script>")
    'A\\*B \\<script\\>'
    >>> safe("http://a.vn")
    'http\\://a.vn'
    """
    return _MARKDOWN.sub(r"\\\1", name)


def unescaped(prose: str) -> str:
    r"""Markdown without the strokes that `safe` puts before signs, for what is no Markdown.

    Examples
    --------
    >>> unescaped(f"**{safe('A*B <script>')}**")
    '**A*B <script>**'
    """
    return _ESCAPED.sub(r"\1", prose)


def lower_first(sentence: str) -> str:
    """Text with a small first letter, for use within a sentence.

    Examples
    --------
    >>> lower_first("Đưa tỷ lệ lên"), lower_first("")
    ('đưa tỷ lệ lên', '')
    """
    return sentence[:1].lower() + sentence[1:]


def bullets(lines: Iterable[str]) -> str:
    """Lines as a list; empty ones stay out."""
    return "\n".join(f"- {line}" for line in lines if line)


def named(names: list[str]) -> str:
    """Names from data, joined, those beyond MOST_LISTED as their number; of none, that."""
    return first_names([safe(name) for name in names], word("units")) if names else SAY("no_one")


def counted(values: pd.Series) -> str:
    """Values with their counts, most frequent first: A (3), B (1)."""
    counts = values.value_counts().reset_index(name="n")
    counts = counts.sort_values(["n", counts.columns[0]], ascending=[False, True])
    return join([f"{safe(str(v))} ({n})" for v, n in counts.itertuples(index=False)])


def threshold(params: Params) -> str:
    """Return the threshold as readers see it.

    Examples
    --------
    >>> threshold(Params()), threshold(Params(threshold_percent=97.5))
    ('97%', '97,5%')
    """
    return f"{params.threshold_percent:g}%".replace(".", ",")


def rate(month: Month, value: float) -> str:
    """Rate of the month, never rounded across its threshold."""
    return percent(value, month.params.threshold_percent)


NOTHING_RESOLVED = "không phát sinh"


def units_word(month: Month, codes: Iterable[str] | None = None) -> str:
    """What the units, or some of them, are called: "phường", "xã", "phường, xã", else "đơn vị".

    Examples
    --------
    >>> from motcua import load
    >>> month = load("2024-01", data="data/sample")
    >>> units_word(month), units_word(month, ["26374"])
    ('phường, xã', 'phường')
    """
    rates = month.rates
    kinds = set(rates["kind"] if codes is None else rates.loc[rates["code"].isin(codes), "kind"])
    known = [kind for kind in ("phường", "xã") if kind in kinds]
    return ", ".join(known) if known and len(known) == len(kinds) else "đơn vị"


def rate_words(month: Month, value: float) -> str:
    """Rate of the month; "không phát sinh" when nothing was resolved."""
    words = rate(month, value)
    return NOTHING_RESOLVED if words == vi.NOTHING else words


def period(month: Month) -> str:
    """Return the period in words: "kỳ 15/12/2023 - 14/01/2024"."""
    return f"kỳ {vi.day(month.period.start)} - {vi.day(month.period.end)}"


def period_words(month: Month) -> str:
    """Period as readers see it: "từ 15/12/2023 đến 14/01/2024"."""
    return f"từ {vi.day(month.period.start)} đến {vi.day(month.period.end)}"


def signed(value: float, digits: int = 2) -> str:
    """Number with its sign, a true minus.

    Examples
    --------
    >>> signed(0.41), signed(-0.25)
    ('+0,41', '−0,25')
    """
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{vi.decimal(abs(value), digits)}"


def threshold_words(month: Month) -> str:
    """Words beside the line of the threshold in a chart."""
    return SAY("threshold", month)


def since(
    now: float, before: float | None, unit: str, digits: int = 0, then: str = "tháng trước"
) -> str:
    """Change since an earlier period in words; empty when one of the two numbers is missing.

    Examples
    --------
    >>> since(97.79, 97.45, "điểm", 2), since(3, 3, "hồ sơ", then="tháng 12/2023"), since(3, None, "hồ sơ")
    ('tăng 0,34 điểm so với tháng trước', 'không đổi so với tháng 12/2023', '')
    """
    if pd.isna(before) or pd.isna(now):
        return ""
    change = now - before
    moved = abs(change) >= 0.5 * 10**-digits
    return SAY("since", change=change * moved, unit=unit, digits=digits, then=then)


def most(values: pd.Series) -> str:
    """Name of the largest value, for a title; empty where two or more share it.

    Parameters
    ----------
    values : numbers; the index names them.

    Examples
    --------
    >>> most(pd.Series({"Hố Nai": 3, "An Bình": 1})), most(pd.Series({"Hố Nai": 3, "An Bình": 3}))
    ('Hố Nai', '')
    """
    names = values.index[values == values.max()]
    return str(names[0]) if len(names) == 1 else ""


# Templates --------------------------------------------------------------------------------------


class _Hover(str):
    """Text with its tags, as plotly shows it beside the pointer."""

    __slots__ = ()


class _Context(Context):
    """What a template may name: the values it is given, and those of its month."""

    def resolve_or_missing(self, key: str) -> Any:
        value = super().resolve_or_missing(key)
        return OF_MONTH[key](self["month"]) if value is missing and key in OF_MONTH else value


# What every template of a month can name without being given it.
OF_MONTH: dict[str, Callable[[Month], Any]] = {
    "calendar_month": lambda _: of_kind("tháng", "month"),
    "city": lambda month: month.city,
    "convention": lambda month: reference.CONVENTION_LABELS[month.params.rate_convention],
    "due_basis": lambda month: reference.DUE_LABELS[month.params.due_basis],
    "event": lambda month: reference.EVENT_LABELS[month.params.completion_event],
    "last_month": lambda month: SAY(f"last_month.{'itself' if month.kind == 'month' else 'of_it'}"),
    "params": lambda month: month.params,
    "partial": lambda month: partial_words(month.params),
    "period": lambda month: Prose(period(month)),
    "period_unit": lambda month: of_kind("tháng", month.kind),
    "period_words": period_words,
    "quality": lambda month: month.quality,
    "rates": lambda month: month.rates,
    "span": lambda month: Prose(SAY("span", month)),
    "threshold": lambda month: threshold(month.params),
    "units": units_word,
    "whole": lambda month: whole_name(month.params),
    "withdrawn": lambda month: reference.WITHDRAWN_LABELS[month.params.withdrawn],
}


def _of_month(write: Callable[[Month, float], str]) -> Callable[..., Prose]:
    """Filter whose words the month decides, too."""
    return pass_context(lambda context, value: Prose(write(context["month"], value)))


@pass_context
def _law(context: Context, matter: str) -> Prose:
    """Text that a matter rests on at the period's end, in brackets; empty where there is none."""
    texts = legal_basis(context["month"].period.end, matter)
    named = [", ".join(filter(None, (f"{t.kind} {t.number}", t.article))) for t in texts]
    return Prose(f" ({'; '.join(named)})" if named else "")


def _known(write: Callable[..., str]) -> Callable[..., Prose]:
    """Filter whose words are motcua's own: they are not escaped."""
    return lambda *values, **options: Prose(write(*values, **options))


def first_names(names: list[str], units: str) -> str:
    """Names, those beyond MOST_LISTED as their number."""
    return SAY("first_names", names=names[:MOST_LISTED], more=len(names[MOST_LISTED:]), units=units)


FILTERS = {
    name: _known(write)
    for name, write in {
        "as_is": str,
        "day": vi.day,
        "decimal": vi.decimal,
        "month": short_label,
        "named": named,
        "number": number,
        "percent": percent,
        "period": period_label,
        "points": vi.points,
        "signed": signed,
        "tally": counted,
        "two_digits": vi.counted,
    }.items()
} | {
    "first_names": first_names,
    "joined": join,
    "law": _law,
    "lower_first": lower_first,
    "most": most,
    "rate": _of_month(rate),
    "rate_or_nothing": _of_month(rate_words),
    "upper_first": vi.upper_first,
}
# Of every template: a name that is not given is a fault, and tags leave no blanks behind.
STRICT: dict[str, Any] = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
ESCAPES = {str: str, Prose: safe, _Hover: partial(escape, quote=False)}


@cache
def _environment(kind: type[str]) -> Environment:
    """Templates whose values are escaped as a kind of text asks for; filters' own words are not."""
    guarded = ESCAPES[kind]
    environment = Environment(
        **STRICT, finalize=lambda value: guarded(value) if type(value) is str else value
    )
    environment.context_class = _Context
    environment.filters |= FILTERS
    return environment


def said_at(chapter: str, key: str) -> Any:
    """What stands at a path of data/words/<chapter>.yaml."""
    return reduce(getitem, key.split("."), read_yaml(chapter, WORDS))


@by_place
def _template(chapter: str, key: str, kind: type[str], of: str) -> list[Template | _Plain]:
    """Compiled templates at a path, of one sentence or of the lines of a list, for a kind of period."""
    said = said_at(chapter, key)
    lines = said if isinstance(said, list) else [said]
    return [_compiled(kind, of_kind(line.strip(), of)) for line in lines]


@cache
def _compiled(kind: type[str], text: str) -> Template | _Plain:
    return _environment(kind).from_string(text) if "{" in text else _Plain(text)


class _Plain(str):
    """Words without a place to fill, which need no template."""

    def render(self, *_: Any, **__: Any) -> str:
        return str(self)


def _texts(said: Any) -> Iterator[str]:
    """Every text of a file, and of what it holds."""
    if isinstance(said, str):
        yield said
    for part in said.values() if isinstance(said, dict) else said if isinstance(said, list) else ():
        yield from _texts(part)


def compile_words(of: str, chapters: Iterable[str] = ()) -> None:
    """Compile all templates of chapters (by default of every one) for a kind of period.

    Processes forked from this one find them.
    """
    for chapter in chapters or sorted(path.stem for path in WORDS.glob("*.yaml")):
        for text in _texts(read_yaml(chapter, WORDS)):
            for kind in (str, Prose):
                _compiled(kind, of_kind(text.strip(), of))


_SPACES = re.compile(" {2,}")


@dataclass(frozen=True)
class Words:
    """Templates of data/words/<chapter>.yaml, filled with what a chapter counts.

    A key is a path in the file. What stands there is a sentence; in `prose` also a list, whose
    lines become points, or several of them by name, as paragraphs. A table that a template is given is its rows.
    Words are written for a month; said of a longer period, "tháng" gives way to the word for its kind
    (`calendar.of_kind`), unless the chapter speaks of months whatever the period is (`of_months`).
    What every template of the chapter may name is `given`.

    Examples
    --------
    >>> Words("shared")("threshold", threshold="97%")
    'Mục tiêu 97%'
    """

    chapter: str
    of_months: bool = False
    given: dict[str, Any] = field(default_factory=dict)

    def _kind(self, month: Month | None) -> str:
        """Kind of period that the words are said of."""
        return "month" if self.of_months or month is None else month.kind

    def __call__(self, key: str, month: Month | None = None, **values: Any) -> str:
        """Plain text: a title, a caption, a cell."""
        return "\n".join(self._filled(key, str, month, values))

    def hover(self, key: str, month: Month | None = None, **values: Any) -> str:
        """Text with tags for plotly; what comes from data is escaped."""
        return "\n".join(self._filled(key, _Hover, month, values))

    def lines(self, key: str, month: Month | None = None, **values: Any) -> list[str]:
        """Markdown, line by line; those that say nothing stay out."""
        said = "\n".join(self._filled(key, Prose, month, values))
        return [line for line in said.splitlines() if line.strip()]

    def prose(self, key: str, month: Month | None = None, **values: Any) -> Prose:
        """Markdown; what comes from data is escaped."""
        said = said_at(self.chapter, key)
        if isinstance(said, dict):
            parts = [self.prose(f"{key}.{part}", month, **values) for part in said]
            return Prose("\n\n".join(filter(None, parts)))
        lines = self.lines(key, month, **values)
        return Prose(bullets(lines) if isinstance(said, list) else "\n".join(lines))

    def card(
        self, key: str, value: str, month: Month | None = None, **values: Any
    ) -> dict[str, str]:
        """Label, value and note of a key number."""
        label, note = (self(f"{key}.{part}", month, **values) for part in ("label", "note"))
        return {"label": label, "value": value, "note": note}

    def drawing(self, name: str, month: Month, **values: Any) -> dict[str, str]:
        """Title of a picture, and what it shows in words."""
        title = self(f"{name}.title", month, **values)
        return {"title": title, "alt": self(f"{name}.alt", month, **values, title=title)}

    def chart(self, name: str, month: Month, **values: Any) -> dict[str, str]:
        """Name, title, subtitle and words of a chart, for `figure.framed`."""
        subtitle = self(f"{name}.subtitle", month, **values)
        return {"name": name, "subtitle": subtitle} | self.drawing(name, month, **values)

    def empty(self, name: str, month: Month, **values: Any) -> dict[str, str]:
        """Name, words and subtitle of a chart that has nothing to draw, for `figure.empty`."""
        words = {part: self(f"{name}.{part}", month, **values) for part in ("empty", "subtitle")}
        return {"name": name, "words": words["empty"], "subtitle": words["subtitle"]}

    def picks(
        self, key: str, rows: pd.DataFrame, month: Month | None = None
    ) -> dict[str, dict[str, Any]]:
        """Row of each ward of a chart, and what is said of it, for the picker of the page."""
        return {
            ward.code: {"y": ward.Index, "note": self(key, month, ward=ward)}
            for ward in _rows(rows)
        }

    def table(
        self,
        name: str,
        rows: pd.DataFrame,
        month: Month | None = None,
        /,
        *,
        headings: dict[str, str] | None = None,
        limit: int | None = None,
        **values: Any,
    ) -> Table:
        """Table that columns.yaml lists under a name; with a month, no rate crosses its threshold."""
        return listed(
            rows,
            name,
            caption=self(f"tables.{name}", month, **values),
            headings=headings,
            limit=limit,
            kind=self._kind(month),
            threshold=month.params.threshold_percent if month else None,
        )

    def _filled(
        self, key: str, kind: type[str], month: Month | None, values: dict[str, Any]
    ) -> list[str]:
        if isinstance(month, Month):
            speak_of(month.params)
        given = self.given | {
            name: _rows(value) if isinstance(value, pd.DataFrame) else value
            for name, value in values.items()
        }
        templates = _template(self.chapter, key, kind, self._kind(month))
        return [_SPACES.sub(" ", t.render(given, month=month)).strip() for t in templates]


def _rows(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows by the names of their columns, as `itertuples` gives them."""
    columns = (values.tolist() for _, values in table.items())
    return list(map(_row(*table.columns), table.index, *columns))


@cache
def _row(*names: str) -> Any:
    """Class of rows: to make one takes longer than to fill a hundred."""
    return namedtuple("Row", ["Index", *names], rename=True)


SAY = Words("shared")


def headline(month: Month) -> Prose:
    """How many wards are below and which, and the city's rate with n of N.

    Examples
    --------
    >>> from motcua import load
    >>> headline(load("2024-01", data="data/sample")).startswith("**4 trong 30 phường, xã** có tỷ lệ")
    True
    """
    return SAY.prose("headline", month, below=month.names("below_threshold"), most=MOST_NAMED)


def method_lines(month: Month) -> list[str]:
    """Sentences of `method`."""
    return SAY.lines("method", month)


def partial_words(p: Params) -> str:
    """Return what the parameters `only_...` leave, for every reader to see; empty: the whole.

    Examples
    --------
    >>> partial_words(Params(only_wards=["Hố Nai"], only_channels=["Trực tuyến"]))
    'SỐ LIỆU MỘT PHẦN, không phải số liệu chính thức của tháng: chỉ tính đơn vị Hố Nai; kênh nộp Trực tuyến.'
    """
    return SAY("partial", only=p) if is_partial(p) else ""
