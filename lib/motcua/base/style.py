"""One visual language for charts, pages, workbook and letter: colours, type, spacing.

Blue states, orange asks for attention, grey is context. Every pair used for text has a contrast of
at least 4.5; orange and blue also differ in lightness, and shape or words repeat what colour says.

| what                           | names                                                        |
| ------------------------------ | ------------------------------------------------------------ |
| text, secondary text           | INK, MUTED                                                   |
| below the threshold            | ORANGE; uncertain: ORANGE_PALE with an ORANGE edge and "▼"   |
| from the threshold up          | BLUE_MID; uncertain: BLUE_PALE                               |
| the one bar or series to see   | BLUE; the others: GREY                                       |
| table heads, quiet background  | WASH, hairlines LINE                                         |
| the ward that a reader picked  | a frame in INK                                               |

Pages that readers open at night take the colours of DARK; paper is always light.
"""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path
from typing import Any

from motcua.base.reference import read_yaml
from motcua.base.vietnamese import printable

TEMPLATES = Path(__file__).parents[1] / "templates"

# Colour
INK = "#1d2329"  # text
MUTED = "#59626c"  # secondary text, 6.1 on white
GREY = "#8a939c"  # marks that are context
LINE = "#d5dade"  # hairlines
PAPER = "#ffffff"
WASH = "#f4f6f8"  # quiet background
BLUE = "#1f5a8c"
BLUE_PALE = "#dce8f2"
BLUE_MID = "#a9c8e2"
ORANGE = "#b8480a"  # focus: 5.5 on white, white on it 5.5
ORANGE_PALE = "#fbdcc4"
ORANGE_DARK = "#8f3704"
INTERVAL = "#b9c1c8"  # lines of confidence
BAND = "#e4e8ec"  # usual variation
HEAT_LOW = "#ee9a5c"  # far below the threshold; dark ink reads on it
HEAT_MIDDLE = "#f1f5f9"

# The same at night: light colour -> dark colour.
DARK = {globals()[name]: colour for name, colour in read_yaml("dark").items()}

# Type
FONT_STACK = (  # Inter travels with every page; in notebooks the machine's own serves
    'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", '
    '"Liberation Sans", Arial, sans-serif'
)
SHEET_FONT = "Arial"  # of workbooks: on every office computer
SIZE_SMALL = 12
SIZE_LABEL = 13
SIZE_TITLE = 19

# Space, pixels
ROW_HEIGHT = 22


def typeset(template: str, values: dict[str, Any]) -> bytes:
    """Tagged PDF of a Typst template: what it says, its day, and the colours by their names."""
    import typst

    names = ("ink", "muted", "line", "wash", "blue", "blue_pale", "orange", "orange_dark",
             "orange_pale")  # fmt: skip
    colours = {name: globals()[name.upper()] for name in names}
    words = json.dumps(values | {"colours": colours}, default=str, ensure_ascii=False)
    made = typst.compile(
        str(TEMPLATES / template),
        font_paths=[str(TEMPLATES / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"told": printable(words)},
    )
    return _packed(made)


def _packed(pdf: bytes) -> bytes:
    """PDF whose objects without a stream are compressed together: tags of tables are many.

    Source: ISO 32000-1, 7.5.7 and 7.5.8.
    """
    table = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    listed, _, trailer = pdf[table:].partition(b"trailer")
    entries = enumerate(re.findall(rb"(\d{10}) \d{5} ([nf])", listed))
    starts = {number: int(at) for number, (at, kind) in entries if kind == b"n"}
    order = sorted(starts.values())
    ends = dict(zip(order, [*order[1:], table], strict=True))
    out, size = bytearray(pdf[: order[0]]), max(starts) + 1
    places: dict[int, tuple[int, int, int]] = {}
    index, small = [], bytearray()
    for number, at in starts.items():
        body = pdf[at : ends[at]].partition(b"obj")[2].rpartition(b"endobj")[0].strip()
        if body.endswith(b"endstream"):
            places[number] = (1, len(out), 0)
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        else:
            places[number] = (2, size, len(index))
            index.append(b"%d %d " % (number, len(small)))
            small += body + b"\n"
    places |= {size: (1, len(out), 0)}
    first = b"".join(index)
    head = b"/Type/ObjStm/N %d/First %d" % (len(index), len(first))
    out += _stream(size, head, first + small)
    places |= {size + 1: (1, len(out), 0)}
    rows = [places.get(number, (0, 0, 0)) for number in range(size + 2)]
    lines = [b"%c%b%b" % (a, b.to_bytes(4, "big"), c.to_bytes(2, "big")) for a, b, c in rows]
    facts = trailer[trailer.index(b"<<") + 2 : trailer.rindex(b">>")]
    facts = re.sub(rb"/Size \d+", b"/Size %d" % (size + 2), facts)
    end = len(out)
    out += _stream(size + 1, b"/Type/XRef/W[1 4 2]" + facts, b"".join(lines))
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % end


def _stream(number: int, entries: bytes, data: bytes) -> bytes:
    """Object of a PDF that holds compressed data."""
    packed = zlib.compress(data, 9)
    size = len(packed)
    head = b"%d 0 obj\n<<%b/Filter/FlateDecode/Length %d>>\nstream\n" % (number, entries, size)
    return head + packed + b"\nendstream\nendobj\n"
