"""One visual language for charts, pages, workbook and letter: colours, type, spacing.

Blue states, orange asks for attention, grey is context. Every pair used for text has a contrast of
at least 4.5; orange and blue also differ in lightness, and shape or words repeat what colour says.
"""

from __future__ import annotations

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

# Type
FONT_STACK = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", '
    '"Liberation Sans", Arial, sans-serif'
)
SIZE_SMALL = 12
SIZE_LABEL = 13
SIZE_BODY = 16
SIZE_TITLE = 19

# Space, pixels
ROW_HEIGHT = 22
UNIT = 8


def contrast(colour: str, other: str) -> float:
    """WCAG contrast ratio of two "#rrggbb" colours, 1 to 21.

    Source: WCAG 2.2, definition of "contrast ratio".

    Examples
    --------
    >>> round(contrast("#000000", "#ffffff"), 1), contrast(ORANGE, PAPER) > 4.5
    (21.0, True)
    """
    darker, lighter = sorted((_luminance(colour), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(background: str) -> str:
    """Text colour that reads best on a background.

    Examples
    --------
    >>> ink_on(ORANGE) == PAPER, ink_on(BLUE_PALE) == INK
    (True, True)
    """
    return max((INK, PAPER), key=lambda ink: contrast(ink, background))


def _luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb"."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
