"""findings/datapackage.json, checked by the frictionless library, and the data dictionary."""

from __future__ import annotations

import json

import frictionless
import pandas as pd
import pytest
from cases import dossier, late, load_rows, on_time
from motcua.base.reference import ROOT, dictionary
from motcua.measures.quality import corrections
from motcua.papers.findings import (
    csv_tables,
    datapackage,
    dictionary_page,
    fields,
    rejected,
    table_entry,
    write_findings,
)

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def january(sample_month):
    return sample_month("2024-01")


def problems_of(path):
    report = frictionless.Package(str(path)).validate()
    return report.flatten(["rowNumber", "fieldName", "type", "note"])


def test_the_package_of_the_sample_month_is_valid_to_the_last_cell(january, tmp_path):
    write_findings(january, tmp_path)
    assert problems_of(tmp_path / "findings" / "datapackage.json") == []
    package = frictionless.Package(str(tmp_path / "findings" / "datapackage.json"))
    rows = package.get_resource("wards").read_rows()
    assert len(rows) == 30
    assert rows[0]["code"] == "26374"
    assert rows[0]["below_threshold"] is True
    assert float(rows[0]["rate_percent"]) == january.rates.loc[0, "rate_percent"]


def test_a_month_with_empty_cells_and_odd_names_is_valid_too(tmp_path):
    names = ["A & B <C>", '=1+"x"', "hai\ndòng"]
    rows = [row for name in names for row in [*on_time(3, name), *late(1, name)]]
    rows.append(dossier("2024-01-10", "2024-02-10", ward="không xong"))
    month = load_rows(tmp_path / "data", rows, units="from_data")
    write_findings(month, tmp_path)
    assert problems_of(tmp_path / "findings" / "datapackage.json") == []


def test_a_changed_cell_is_found_by_its_hash(january, tmp_path):
    write_findings(january, tmp_path)
    table = tmp_path / "findings" / "lists.csv"
    table.write_bytes(table.read_bytes().replace("Tam Phước".encode(), b"Tam Phuoc"))
    types = {p[2] for p in problems_of(tmp_path / "findings" / "datapackage.json")}
    assert {"hash-count", "byte-count"} & types


def test_the_package_says_period_licence_publisher_and_that_data_are_synthetic(january):
    described = datapackage(january, {})
    assert described["synthetic"] is True
    assert described["description"].startswith("Dữ liệu mô phỏng")
    assert described["period"] == {"start": "2023-12-15", "end": "2024-01-14"}
    assert described["licenses"][0]["name"] == "MIT"
    assert described["contributors"][0]["title"] == january.params.office


def test_real_data_are_not_given_away_under_the_licence_of_the_program(tmp_path):
    described = datapackage(load_rows(tmp_path, on_time(3)), {})
    assert described["synthetic"] is False
    assert described["licenses"][0]["name"] == "other-closed"
    assert "mô phỏng" not in json.dumps(described, ensure_ascii=False)


def test_every_column_of_every_table_is_in_the_dictionary_in_its_order(january):
    tables = csv_tables(january)
    tables |= {"rejected": rejected(january), "corrections": corrections(january)}
    tables["dossiers"] = january.period_dossiers
    assert list(dictionary()["tables"]) == list(tables)
    for name, table in tables.items():
        assert table_entry(name)["columns"] == list(table.columns), name
        for field in fields(name, table.columns):
            assert field["type"] != "any", field
            assert field["title"], field
            assert field["description"], field


def test_numbers_of_the_tables_have_a_type_that_fits_them(january):
    for name, table in csv_tables(january).items():
        for field in fields(name, table.columns):
            column = table[field["name"]]
            if field["type"] == "integer":
                assert pd.api.types.is_integer_dtype(column), (name, field["name"])
            if field["type"] == "number":
                assert pd.api.types.is_float_dtype(column), (name, field["name"])


def test_the_page_of_the_dictionary_is_the_one_made_from_it():
    page = (ROOT / "docs" / "data-dictionary.md").read_text("utf-8")
    assert page == dictionary_page(), "python -m motcua.papers.findings > docs/data-dictionary.md"
