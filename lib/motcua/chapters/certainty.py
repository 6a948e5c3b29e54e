"""Chapter 01, how sure the ranks are."""

from __future__ import annotations

from motcua.chapters.sentences import Words

SAY = Words("certainty")


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
    return SAY("sure_of", worse=first - 1, better=size - last)


def standing(rank: int, first: int, last: int, size: int) -> str:
    """Sentences on a unit's place: its rank by rate, and how much of it is sure.

    Examples
    --------
    >>> standing(30, 2, 30, 30)
    'Xếp thứ 30 trong 30 đơn vị, nhưng chỉ chắc chắn kém 1 đơn vị; với 28 đơn vị còn lại, chênh lệch có thể do ngẫu nhiên.'
    >>> standing(2, 1, 3, 3)
    'Xếp thứ 2 trong 3 đơn vị, nhưng chưa thể nói hơn hay kém đơn vị nào: chênh lệch có thể do ngẫu nhiên.'
    """
    sure = sure_of(first, last, size)
    return SAY("standing", rank=rank, size=size, unsure=last - first, sure=sure)
