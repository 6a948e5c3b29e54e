"""Ranks in words that need no statistics: how many units are surely better or worse."""

from __future__ import annotations

from motcua.base.vietnamese import number

UNTOLD = "chưa phân biệt được"


def sure_of(first: int, last: int, size: int) -> str:
    """How many units one is surely worse or better than; nothing sure: "chưa phân biệt được".

    Parameters
    ----------
    first, last : ranks that chance leaves open (see `statistics.rank_ranges`): first - 1 units are
        better beyond chance, size - last are worse beyond chance.
    size : units ranked.

    Examples
    --------
    >>> sure_of(2, 30, 30), sure_of(1, 27, 30), sure_of(3, 29, 30), sure_of(1, 30, 30)
    ('kém 1 đơn vị', 'hơn 3 đơn vị', 'kém 2, hơn 1 đơn vị', 'chưa phân biệt được')
    """
    counts = {"kém": first - 1, "hơn": size - last}
    told = [f"{way} {number(n)}" for way, n in counts.items() if n]
    return f"{', '.join(told)} đơn vị" if told else UNTOLD


def standing(rank: int, first: int, last: int, size: int) -> str:
    """Sentences on a unit's place: its rank by rate, and how much of it is sure.

    Examples
    --------
    >>> standing(30, 2, 30, 30)
    'Xếp thứ 30 trong 30 đơn vị, nhưng chỉ chắc chắn kém 1 đơn vị; với 28 đơn vị còn lại, chênh lệch có thể do ngẫu nhiên.'
    >>> standing(2, 1, 3, 3)
    'Xếp thứ 2 trong 3 đơn vị, nhưng chưa thể nói hơn hay kém đơn vị nào: chênh lệch có thể do ngẫu nhiên.'
    """
    place = f"Xếp thứ {number(rank)} trong {number(size)} đơn vị"
    unsure = last - first
    if size == 1:
        return "Không có đơn vị nào khác để so sánh."
    if unsure == size - 1:
        return (
            f"{place}, nhưng chưa thể nói hơn hay kém đơn vị nào: chênh lệch có thể do ngẫu nhiên."
        )
    sure = sure_of(first, last, size)
    if not unsure:
        return f"{place}: chắc chắn {sure}."
    return (
        f"{place}, nhưng chỉ chắc chắn {sure}; với {number(unsure)} đơn vị còn lại, chênh lệch có thể "
        "do ngẫu nhiên."
    )
