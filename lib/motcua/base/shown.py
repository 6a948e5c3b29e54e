"""Parts rounded for readers so that the numbers shown add up to the total shown."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

from motcua.base import vietnamese as vi


def shown_parts(
    parts: Sequence[Fraction], total: Decimal | None = None, digits: int = 2
) -> list[Decimal]:
    """Parts rounded to `digits` decimals that add up exactly to the rounded total.

    Every part is cut down to the last digit shown; what is missing in the total goes, one last
    digit each, to the parts that lost most. A part that is zero stays zero.

    Parameters
    ----------
    parts : exact parts, of either sign.
    total : the sum as it is shown; by default the exact sum rounded half up.
    digits : decimals shown.

    Notes
    -----
    Largest remainders (Hamilton's method): M. L. Balinski, H. P. Young, "Fair Representation",
    2nd ed., Brookings 2001, chapter 3.

    Examples
    --------
    >>> [str(p) for p in shown_parts([Fraction(100, 3)] * 3)]
    ['33.34', '33.33', '33.33']
    """
    scale = 10**digits
    exact = [Fraction(part) * scale for part in parts]
    wanted = floor(sum(exact) + Fraction(1, 2)) if total is None else int(total * scale)
    cut = [floor(part) for part in exact]
    order = sorted(
        (i for i, part in enumerate(exact) if part), key=lambda i: (cut[i] - exact[i], i)
    )
    missing = wanted - sum(cut)
    while missing and order:
        step = 1 if missing > 0 else -1
        for i in order[:missing] if missing > 0 else order[missing:]:
            cut[i] += step
            missing -= step
    return [Decimal(part) / scale for part in cut]


def shown_rate(good: int, counted: int, threshold: float) -> Decimal:
    """Rate in percent to two decimals as readers see it, never rounded across the threshold.

    Examples
    --------
    >>> shown_rate(32, 33, 97), shown_rate(96999, 100000, 97)
    (Decimal('96.97'), Decimal('96.99'))
    """
    words = vi.percent(100 * int(good) / int(counted), threshold)
    return Decimal(words.removesuffix(f"{vi.NBSP}%").replace(".", "").replace(",", "."))
