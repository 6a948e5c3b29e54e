"""The month that letter 1522/UBND-THNC of 24/01/2024 speaks of gives the letter's lists."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from motcua.papers.findings import schema

LETTER = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "letter_1522_lists.yaml").read_text("utf-8")
)
NAMED = ("below_threshold", "forgot_to_close", "feedback", "urban_management")


@pytest.fixture(scope="module")
def findings(january_made: Path) -> dict:
    return json.loads((january_made / "2024-01" / "findings.json").read_text("utf-8"))


def names(findings: dict, which: str) -> list[str]:
    of_code = {ward["code"]: ward["name"] for ward in findings["wards"]}
    return [of_code[code] for code in findings["lists"][which]]


@pytest.mark.parametrize("which", NAMED)
def test_a_list_names_exactly_the_wards_of_the_letter(findings: dict, which: str) -> None:
    assert set(names(findings, which)) == set(LETTER[which])


def test_the_wards_below_stand_in_the_letters_order_worst_first(findings: dict) -> None:
    assert names(findings, "below_threshold") == LETTER["below_threshold"]


def test_software_errors_are_found_in_some_wards_that_the_letter_left_unnamed(
    findings: dict,
) -> None:
    assert names(findings, "software_error")


def test_twelve_wards_of_thirty_are_in_no_list_of_the_letter(findings: dict) -> None:
    named = {name for which in NAMED for name in names(findings, which)}
    assert (len(findings["wards"]), len(findings["wards"]) - len(named)) == (30, 12)


def test_the_findings_keep_their_schema_and_say_that_they_are_synthetic(findings: dict) -> None:
    jsonschema.validate(findings, schema())
    assert findings["synthetic"] is True
    assert findings["period"] == {"start": "2023-12-15", "end": "2024-01-14"}


def test_wards_with_nothing_overdue_are_praised_and_those_below_were_so_for_months(
    findings: dict,
) -> None:
    assert set(names(findings, "praised")) == {"Tân Hiệp", "Trung Dũng", "Bình Đa", "An Hòa"}
    wards = {ward["name"]: ward for ward in findings["wards"]}
    assert not any(wards[name]["open_overdue"] for name in names(findings, "praised"))
    assert wards["Quyết Thắng"]["rate_percent"] == 100  # and three dossiers forgotten long since
    assert wards["Quyết Thắng"]["open_overdue_by_age"]["days_91_up"] == 3
    assert all(wards[name]["months_below_in_a_row"] >= 3 for name in LETTER["below_threshold"])
    of_orders = {order["key"]: order for order in findings["orders"]}
    assert set(of_orders["forgot_to_close"]["often"]) == set(findings["lists"]["forgot_to_close"])
