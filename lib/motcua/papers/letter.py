"""The draft letter of a month as an object: what it says, to whom, whence each number comes.

Pure: no file is written here (see `document`). The units of the findings and of the orders come
from the same `orders.Order`; every number is a `Piece` that knows its path in findings.json.

A path reads like `city.late`, `wards[26374].rate_percent` (the ward by its code),
`orders[feedback].due_at` (by its key), `lists.feedback.size` (how many) or, for what is no finding,
`params.plan_number` and `legal_basis[61/2018/NĐ-CP].date`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import getitem
from string import Formatter
from typing import Any

import pandas as pd

from motcua.base import vietnamese as vi
from motcua.base.calendar import period_label, short_label
from motcua.base.reference import (
    CONVENTION_LABELS,
    WORDS,
    InUse,
    LegalText,
    legal_basis,
    party_label,
    read_yaml,
)
from motcua.base.vietnamese import printable
from motcua.chapters import sentences as shared
from motcua.measures.frame import table
from motcua.measures.month import Month
from motcua.measures.orders import BACKLOG, Order, orders
from motcua.papers.findings import build_findings

SAID = InUse(lambda: read_yaml("letter", WORDS))
_IN_LIST = re.compile(r"(wards|orders)\[(.*)\]\.([a-z0-9_.]+)")
_NAME = {"wards": "code", "orders": "key"}  # of an entry of these lists
NAMED = ("feedback_channels", "software", "issuer_short", "directed_by", "office")  # of Params
MOST_NAMED = 5  # units named for their backlog, fewer where the next one has as many


@dataclass(frozen=True)
class Piece:
    """A stretch of text in one style; with a `path` when it shows a value from there.

    Attributes
    ----------
    text : as readers see it.
    path, raw : where the value stands, and the value; "" and None for plain words.
    """

    text: str
    path: str = ""
    raw: Any = None
    bold: bool = False
    italic: bool = False

    def __post_init__(self) -> None:
        """Leave out what no document can carry."""
        object.__setattr__(self, "text", printable(self.text))


Pieces = tuple[Piece, ...]


def value_at(findings: dict[str, Any], path: str) -> Any:
    """Value at a path of findings.json.

    Raises
    ------
    KeyError
        There is nothing at that path.

    Examples
    --------
    >>> found = {"wards": [{"code": "a.b", "late": 3}], "lists": {"praised": ["a.b"]}}
    >>> value_at(found, "wards[a.b].late"), value_at(found, "lists.praised.size")
    (3, 1)
    """
    if inside := _IN_LIST.fullmatch(path):
        name, key, rest = inside.groups()
        return value_at({row[_NAME[name]]: row for row in findings[name]}[key], rest)
    value: Any = findings
    for name in path.split("."):
        value = len(value) if name == "size" else value[name]
    return value


def compose(template: str, **values: str | Piece | Iterable[Piece]) -> Pieces:
    """Pieces of a template: its words, and the values in place of {name}.

    Words between ** are bold, between __ italic.

    Examples
    --------
    >>> [p.text for p in compose("Có {n} hồ sơ", n=Piece("03", "city.late", 3))]
    ['Có ', '03', ' hồ sơ']
    """
    pieces: list[Piece] = []
    for words, name, _, _ in Formatter().parse(template):
        pieces += _styled(words)
        if name is not None:
            pieces += _pieces(values[name])
    return tuple(piece for piece in pieces if piece.text)


def _pieces(value: str | Piece | Iterable[Piece]) -> Iterable[Piece]:
    if isinstance(value, str):
        return (Piece(value),)
    return (value,) if isinstance(value, Piece) else value


def _styled(words: str) -> list[Piece]:
    """Words with their ** and __ made styles."""
    parts = re.split(r"(\*\*.*?\*\*|__.*?__)", words)
    return [
        Piece(part[2:-2], bold=part[0] == "*", italic=part[0] == "_")
        if part.startswith(("**", "__"))
        else Piece(part)
        for part in parts
    ]


def joined(items: Iterable[Pieces | Piece], between: str = ", ") -> Pieces:
    """Items in one line.

    Examples
    --------
    >>> "".join(p.text for p in joined([Piece("An Bình"), Piece("Hố Nai")]))
    'An Bình, Hố Nai'
    """
    line: list[Piece] = []
    for item in items:
        line += [Piece(between)] if line else []
        line += _pieces(item)
    return tuple(line)


def capitalized(pieces: Pieces) -> Pieces:
    """Pieces whose first letter is a capital."""
    first, *others = pieces
    return (replace(first, text=first.text[:1].upper() + first.text[1:]), *others)


@dataclass(frozen=True)
class Paragraph:
    """One paragraph: `kind` is "ground", "text", "item" (of a list) or "point" (of the orders).

    `number` is the number of a point as printed, None for other paragraphs.
    """

    kind: str
    pieces: Pieces
    number: int | None = None

    @property
    def text(self) -> str:
        """Text of the paragraph without its number or dash."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Letter:
    """A draft letter, ready to be laid out.

    Attributes
    ----------
    about : pieces of "V/v ...".
    recipients : one line each, the units last.
    paragraphs : grounds, what was found, the orders, the closing sentence.
    month : who issues and signs it, and what else the layout needs.
    """

    about: Pieces
    recipients: tuple[Pieces, ...]
    paragraphs: tuple[Paragraph, ...]
    month: Month


@table
def letter(month: Month) -> Letter:
    """Draft letter of a month: grounds, what was found, the orders with units, counts and rates.

    Points have the numbers of their orders; one that would name no unit is reworded. Units that a
    list has named before are told so.

    Examples
    --------
    >>> from motcua import load
    >>> draft = letter(load("2024-01", data="data/sample"))
    >>> [p.number for p in draft.paragraphs if p.number], draft.paragraphs[-1].text[-3:]
    ([1, 2, 3, 4, 5, 6, 7, 8], './.')
    """
    values = _Values(month)
    others = [(values.recipient(role),) for role in month.params.recipients]
    return Letter(
        about=values.say("about"),
        recipients=(*others, values.say("units_recipient")),
        paragraphs=(
            *_grounds(values),
            *_found(values),
            *(_point(values, order) for order in values.orders.values()),
            Paragraph("text", capitalized(values.say("closing"))),
        ),
        month=month,
    )


@table
def letter_trace(month: Month) -> pd.DataFrame:
    """Where every number and unit of the letter comes from, in the order of the text.

    Returns
    -------
    table
        One row per value shown: place ("about", "recipients" or the number of the paragraph from
        1), text (the paragraph), value (as shown), path (see above), raw (as stored).
    """
    draft = letter(month)
    places = [("about", draft.about)]
    places += [("recipients", pieces) for pieces in draft.recipients]
    places += [(str(i), p.pieces) for i, p in enumerate(draft.paragraphs, start=1)]
    rows = [
        (place, "".join(p.text for p in pieces), piece.text, piece.path, str(piece.raw))
        for place, pieces in places
        for piece in pieces
        if piece.path
    ]
    return pd.DataFrame(rows, columns=["place", "text", "value", "path", "raw"])


class _Values:
    """Pieces for the values that sentences name, each with its path."""

    def __init__(self, month: Month) -> None:
        self.month, self.params = month, month.params
        threshold = shared.threshold(month.params)
        self.findings = build_findings(month)
        self.orders: dict[str, Order] = {order.key: order for order in orders(month)}
        self.common: dict[str, Any] = {
            "month": self.period("month"),
            "start": self.at("period.start", _iso_day),
            "end": self.at("period.end", _iso_day),
            "year": self.at("month", lambda month: month[:4]),
            "n": self.at("wards.size", vi.counted),
            "units": shared.units_word(month),
            "threshold": self.at("method.threshold_percent", lambda _: threshold),
            "repeat_from": self.at("method.repeat_from", vi.counted),
            "software_party": self.recipient("software"),
        }
        self.common |= {name: self.param(name) for name in NAMED}
        self.common |= {role: self.recipient(role) for role in ("urban_management", "home_affairs")}

    def at(self, path: str, show: Any = str) -> Piece:
        """Value of findings.json, as shown."""
        raw = value_at(self.findings, path)
        return Piece(show(raw), path, raw)

    def param(self, name: str, show: Any = str, blank: str = "") -> Piece:
        """Parameter as shown; the blank where it is empty."""
        raw = getattr(self.params, name)
        return Piece(show(raw), f"params.{name}", raw) if raw else Piece(blank)

    def recipient(self, role: str) -> Piece:
        """Division that answers for a part; by its usual name when no letter goes to it."""
        name = self.params.recipients.get(role) or party_label(role)
        return Piece(name, f"params.recipients.{role}", name)

    def period(self, path: str) -> Pieces:
        """Name of a period; of a month, its number alone is a value."""
        if self.month.kind == "month":
            return Piece(SAID["month_word"]), self.at(path, short_label)
        return (self.at(path, period_label),)

    def rate(self, path: str) -> Piece:
        return self.at(path, lambda value: shared.rate(self.month, value))

    def unit(self, code: str) -> Piece:
        return self.at(f"wards[{code}].name")

    def units(self, codes: tuple[str, ...]) -> Pieces:
        return joined(self.unit(code) for code in codes)

    def of_units(self, codes: tuple[str, ...]) -> Pieces:
        """Names of units after what they are: "các phường Thanh Bình, Tân Vạn"."""
        word = shared.units_word(self.month, codes)
        several = SAID["several"] if len(codes) > 1 else ""
        return (Piece(f"{several}{word} "), *self.units(codes))

    def say(self, name: str, **more: Any) -> Pieces:
        """Sentence of a name with the values of the letter, and more of its own."""
        template = reduce(getitem, name.split("."), SAID)
        return compose(template, **{**self.common, **more})


def _iso_day(day: str) -> str:
    return vi.written_day(date.fromisoformat(day))


# Grounds and findings --------------------------------------------------------------------------


def _grounds(values: _Values) -> list[Paragraph]:
    """Decrees valid at the period's end, and the year's plan, each a paragraph of its own."""
    valid = legal_basis(values.month.period.end)
    grounds = [_cited(t, valid) for t in valid if not t.amends]
    plan = values.say(
        "plan",
        number=values.param("plan_number", blank=SAID["blank_plan"]),
        date=values.param("plan_date", vi.written_day, SAID["blank_date"].format(year="……")),
        title=values.param("plan_title"),
    )
    return _listed("ground", [values.say("ground", ground=one) for one in [*grounds, plan]])


def _listed(kind: str, lines: list[Pieces]) -> list[Paragraph]:
    """Paragraphs of one sentence: a semicolon behind each but the last."""
    ends = [";"] * (len(lines) - 1) + ["."]
    return [Paragraph(kind, (*line, Piece(e))) for line, e in zip(lines, ends, strict=False)]


def _cited(decree: LegalText, valid: list[LegalText]) -> Pieces:
    """A decree with those that amend it."""
    texts = [("amended", text) for text in valid if text.amends == decree.number]
    cited = [compose(SAID[how], **_legal_values(t)) for how, t in [("legal", decree), *texts]]
    return joined(cited, "")


def _legal_values(decree: LegalText) -> dict[str, Any]:
    path, day = f"legal_basis[{decree.number}]", vi.written_day(decree.date)
    shown = {"number": decree.number, "date": day, "title": decree.title}
    return {"kind": decree.kind, "issuer": decree.issuer} | {
        name: Piece(text, f"{path}.{name}", getattr(decree, name)) for name, text in shown.items()
    }


def _found(values: _Values) -> list[Paragraph]:
    """City's numbers, who does well, the units of each fault, and who asks for the letter."""
    faults = [_fault(values, name) for name in SAID["faults"] if values.orders[name].codes]
    found = values.say("found", totals=_totals(values), praise=_praise(values, bool(faults)))
    blank = SAID["blank_report"].format(symbol=values.params.office_symbol)
    request = values.say(
        "request" if faults else "request_without_faults",
        number=values.param("report_number", blank=blank),
        date=values.param("report_date", vi.written_day, SAID["blank_date"].format(year="……")),
    )
    return [Paragraph("text", found), *_listed("item", faults), Paragraph("text", request)]


def _totals(values: _Values) -> Pieces:
    if values.findings["city"]["rate_percent"] is None:
        return values.say("no_totals")
    convention = values.params.rate_convention
    said = values.say("convention", label=CONVENTION_LABELS[convention])
    counts = ("resolved", "on_time", "late", "open_overdue")
    return values.say(
        "totals",
        **{name: values.at(f"city.{name}", vi.counted) for name in counts},
        rate=values.rate("city.rate_percent"),
        convention=said if convention != "resolved" else "",
    )


def _praise(values: _Values, with_faults: bool) -> Pieces:
    """Who does well, and the turn to what does not."""
    praised = values.month.lists["praised"]
    if not praised:
        return values.say("faults_alone" if with_faults else "no_faults")
    named = (Piece(" ("), *values.units(tuple(praised)), Piece(")"))
    turn = SAID["faults_follow"] if with_faults else ". " + SAID["no_faults"]
    return (*values.say("praise", named=named), Piece(turn))


def _fault(values: _Values, name: str) -> Pieces:
    """One line on a fault: how many units, and each with its number, the largest first."""
    behind = {code: _behind(values, name, code) for code in values.orders[name].codes}
    if name != "below_threshold":  # whose units stand by their rates, the lowest first
        behind = dict(sorted(behind.items(), key=lambda unit: -unit[1][0].raw))
    named = joined(
        (values.unit(code), Piece(" ("), *number, Piece(")")) for code, number in behind.items()
    )
    n = values.at(f"lists.{name}.size", vi.counted)
    return values.say(f"faults.{name}", n=n, named=named)


def _behind(values: _Values, name: str, code: str) -> Pieces:
    """Number of a unit that stands behind its name: its rate, dossiers or complaints."""
    if name == "below_threshold":
        return (values.rate(f"wards[{code}].rate_percent"),)
    path, what = (
        (name, "complaints") if name == "feedback" else (f"late_by_cause.{name}", "dossiers")
    )
    return values.say(what, n=values.at(f"wards[{code}].{path}", vi.counted))


# Orders ----------------------------------------------------------------------------------------


def _point(values: _Values, order: Order) -> Paragraph:
    """Text of a point; one that would name no unit asks to keep it so."""
    way = "orders_without_units" if order.is_named and not order.codes else "orders"
    often = order.often if order.often != order.codes else ()  # for some it is no single month
    said = values.say(
        f"{way}.{order.key}",
        named=values.units(order.codes),
        of_named=values.of_units(order.codes),
        due=values.at(f"orders[{order.key}].due_at", _iso_day),
        repeated=_before(values, order),
        forgot=SAID["forgot_often" if order.often == order.codes else "forgot"],
        often=values.say("often", of_named=values.of_units(often)) if often else "",
        backlog=_backlog(values, order) if order.key == BACKLOG else "",
    )
    return Paragraph("point", said, order.number)


def _before(values: _Values, order: Order) -> Pieces:
    """What is said to units that the point named before: ordered repeatedly, or reminded once."""
    once = tuple(code for code in order.reminded if code not in order.repeated)
    earlier = []
    for how, codes in (("repeated", order.repeated), ("reminded", once)):
        if codes:
            month = values.period(f"orders[{order.key}].reminded_in")
            who = "to_all" if codes == order.codes else "to_some"
            named = values.say(who, named=values.units(codes))
            earlier.append((*named, *values.say(how, month=month)))
    return (Piece(" ("), *joined(earlier, "; "), Piece(")")) if earlier else ()


def _backlog(values: _Values, order: Order) -> Pieces:
    """Dossiers overdue, how many of them long since, where most; and those that lack the click."""
    counts = {code: values.at(f"wards[{code}].open_overdue", vi.counted) for code in order.codes}
    rest = [piece.raw for piece in counts.values()][MOST_NAMED:]  # most first
    most = joined(
        (values.unit(code), Piece(" "), *values.say("dossiers", n=n))
        for code, n in counts.items()
        if n.raw > (rest[0] if rest else 0)
    )
    numbers = {
        "overdue": values.at("city.open_overdue", vi.counted),
        "old": values.at("city.open_overdue_by_age.days_91_up", vi.counted),
        "most": most,
        "awaiting": values.at("city.awaiting_close", vi.counted),
    }
    days = values.at("method.long_overdue_days", vi.counted)
    said = [
        values.say(f"backlog.{name}", n=n, days=days)
        for name, n in numbers.items()
        if (n if name == "most" else n.raw)
    ]
    return capitalized(joined(said, "; ")) if said else ()
