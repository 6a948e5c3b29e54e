"""Whether text can be read on its ground."""

from __future__ import annotations


def contrast(colour: str, other: str) -> float:
    """WCAG contrast ratio of two "#rrggbb" colours, 1 to 21.

    Source: WCAG 2.2, definition of "contrast ratio".
    """
    darker, lighter = sorted((_luminance(colour), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb"."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
