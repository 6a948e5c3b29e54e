"""Complaints: the same one told on two channels, and how many there are per 1,000 dossiers."""

from __future__ import annotations

import pandas as pd

from motcua.measures.statistics import poisson_interval

PER = 1000  # dossiers


def merge_channels(complaints: pd.DataFrame, days: int) -> pd.DataFrame:
    """Complaints with those told on several channels counted once.

    Two are surely the same when they concern the same ward and the same dossier, came by different
    channels and at most `days` after the first. Two on one channel are two; so are two without a
    dossier, however alike they look: `may_be_same` says that they might be one.

    Parameters
    ----------
    complaints : one row per complaint: code, dossier_id ("" for none), received_at, channel, kind,
        answered_at, apology_at; sorted by received_at.
    days : how long after the first a complaint can be the same.

    Returns
    -------
    table
        One row per complaint: the first row's columns, the earliest answer and apology, `told`
        (how often it was told) and `may_be_same`.

    Source: docs/adr/0020-count-a-complaint-once.md.

    Examples
    --------
    >>> table = pd.DataFrame({"channel": ["1022", "DVCQG"]}).assign(
    ...     code="1", dossier_id="H1", received_at=pd.Timestamp("2024-01-02"), kind="delay",
    ...     answered_at=pd.NaT, apology_at=pd.NaT)
    >>> merge_channels(table, 30)[["channel", "told"]].values.tolist()
    [['1022', 2]]
    """
    table = complaints.reset_index(drop=True)
    table = table.assign(first=_first_of_each(table, days))
    heads = table.groupby("first", sort=True)
    merged = table.loc[list(heads.groups)].assign(
        answered_at=heads["answered_at"].min(),
        apology_at=heads["apology_at"].min(),
        told=heads.size(),
    )
    merged = merged.drop(columns="first").reset_index(drop=True)
    return merged.assign(may_be_same=_look_alike(merged, days))


def _first_of_each(table: pd.DataFrame, days: int) -> list[int]:
    """Position of the complaint that each one repeats; its own when it repeats none."""
    first = list(range(len(table)))
    about = table[table["dossier_id"] != ""]
    for _, rows in about.groupby(["code", "dossier_id"], sort=False):
        heads: list[tuple[int, set[str]]] = []
        for i, row in rows.iterrows():
            for head, channels in heads:
                near = row["received_at"] - table.at[head, "received_at"] <= pd.Timedelta(days=days)
                if near and row["channel"] not in channels:
                    first[i] = head
                    channels.add(row["channel"])
                    break
            else:
                heads.append((i, {row["channel"]}))
    return first


def _look_alike(table: pd.DataFrame, days: int) -> list[bool]:
    """Whether one without a dossier has a like one on another channel within `days`."""
    alike = [False] * len(table)
    nameless = table[table["dossier_id"] == ""]
    for _, rows in nameless.groupby(["code", "kind"], sort=False):
        told = list(zip(rows.index, rows["received_at"], rows["channel"], strict=True))
        for i, came, channel in told:
            alike[i] = any(
                other != channel and abs(came - then) <= pd.Timedelta(days=days)
                for _, then, other in told
            )
    return alike


def per_1000(complaints: int, dossiers: int) -> float | None:
    """Complaints per 1,000 dossiers; None without dossiers.

    Examples
    --------
    >>> per_1000(3, 400), per_1000(1, 0)
    (7.5, None)
    """
    return round(PER * complaints / dossiers, 6) if dossiers else None


def per_1000_interval(complaints: int, dossiers: int) -> tuple[float | None, float | None]:
    """Exact 95 % interval of the complaints per 1,000 dossiers; (None, None) without dossiers.

    Examples
    --------
    >>> per_1000_interval(3, 1000)
    (0.618672, 8.767273)
    """
    if not dossiers:
        return None, None
    low, high = poisson_interval(complaints)
    return round(PER * low / dossiers, 6), round(PER * high / dossiers, 6)
