"""Form II.06a / Biểu 06 (VPCP/KSTT): what came in, what was done, what is open, in 13 columns.

Columns and sums as the form prints them; (9) holds, as the form says, dossiers withdrawn, returned
or stopped and, having no due date to miss, those done without one. Other than the rate of motcua,
which leaves both out.
"""

from __future__ import annotations

import pandas as pd

from motcua.base.errors import RunError
from motcua.base.reference import read_yaml, refusal
from motcua.base.vietnamese import key
from motcua.measures.frame import table
from motcua.measures.month import Month

# Number of the column in the form -> its name; (1) is the running number, (2) the unit or field.
COLUMNS = {
    3: "taken", 4: "online", 5: "in_person", 6: "carried_over", 7: "done", 8: "early",
    9: "on_time_or_left", 10: "late", 11: "open", 12: "open_in_time", 13: "open_overdue",
}  # fmt: skip
# Columns of the form that add up others, as the form prints it.
SUMS = {3: (4, 5, 6), 7: (8, 9, 10), 11: (12, 13)}
SMALL_FIELD = 5  # fields with fewer dossiers are told together, lest one could tell a person
OTHER_FIELDS, NO_FIELD = "Các lĩnh vực khác", "(không ghi lĩnh vực)"


@table
def form06_by_ward(month: Month) -> pd.DataFrame:
    """Form II.06a by unit: one row per unit in the register's order, columns code, name, COLUMNS.

    Raises
    ------
    RunError
        An identity of the form does not hold.

    Examples
    --------
    >>> from motcua import load
    >>> form = form06_by_ward(load("2024-01", data="data/sample"))
    >>> bool((form["taken"] == form["done"] + form["open"]).all()), len(form)
    (True, 30)
    """
    form = _form(month, "code").reindex([unit.code for unit in month.units], fill_value=0)
    form.insert(0, "name", form.index.map(month.unit_names))
    return _checked(form.rename_axis("code").reset_index())


@table
def form06_by_field(month: Month) -> pd.DataFrame:
    """Form II.06a by field of work, most dossiers first: columns name (the field), COLUMNS.

    Fields with fewer than `SMALL_FIELD` dossiers stand together in the last row.

    Examples
    --------
    >>> from motcua import load
    >>> month = load("2024-01", data="data/sample")
    >>> bool(form06_by_field(month)["taken"].sum() == form06_by_ward(month)["taken"].sum())
    True
    """
    form = _form(month, "field")
    form.index = pd.Index([field or NO_FIELD for field in form.index.fillna("")], name="name")
    form = form[form.sum(axis=1) > 0]
    form = form.reset_index().sort_values(["taken", "name"], ascending=[False, True])
    few = form["taken"] < SMALL_FIELD
    if few.any():
        rest = form.loc[few, list(COLUMNS.values())].sum().to_frame().T.assign(name=OTHER_FIELDS)
        form = pd.concat([form[~few], rest[form.columns]])
    return _checked(form.reset_index(drop=True))


def _form(month: Month, by: str) -> pd.DataFrame:
    """Columns of the form per value of a column of the dossiers."""
    counts = month.counts_by(by, "channel")
    labels = {key(str(label)) for label in read_yaml("channels")["online"]}
    online = counts["channel"].fillna("").map(key).isin(labels)
    counts["online"] = counts["received"].where(online, 0)
    sums = counts.drop(columns="channel").groupby(by, dropna=False).sum().astype("int64")
    left = sums["withdrawn"] + sums["no_due_date_resolved"]
    form = sums.assign(
        taken=sums["received"] + sums["carried_over"],
        in_person=sums["received"] - sums["online"],
        done=sums["resolved"] + left,
        on_time_or_left=sums["on_due_date"] + left,
        open_in_time=sums["open"] - sums["open_overdue"],
    )
    return form[list(COLUMNS.values())]


def identities(form: pd.DataFrame) -> dict[str, bool]:
    """Whether each identity of the form holds in every row.

    Examples
    --------
    >>> row = dict.fromkeys(COLUMNS.values(), 0) | {"taken": 1, "online": 1, "open": 1,
    ...     "open_in_time": 1}
    >>> all(identities(pd.DataFrame([row])).values())
    True
    """
    return {
        f"({total}) = {' + '.join(f'({n})' for n in parts)}": bool(
            (form[COLUMNS[total]] == form[[COLUMNS[n] for n in parts]].sum(axis=1)).all()
        )
        for total, parts in [*SUMS.items(), (3, (7, 11))]
    }


def _checked(form: pd.DataFrame) -> pd.DataFrame:
    broken = [text for text, holds in identities(form).items() if not holds]
    if broken:
        raise refusal("form_adds_wrong", RunError, broken="; ".join(broken))
    return form
