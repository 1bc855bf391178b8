"""The page on data sets says what is true: names, columns, and the example table."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from twinsector import likelihoods
from twinsector.likelihoods import build_likelihood, likelihood_datasets, likelihood_names, likelihood_settings
from twinsector.likelihoods.catalogue import data_entries
from twinsector.likelihoods.tables import TableError

PAGE = (Path(likelihoods.__file__).parents[1] / "docs" / "datasets.md").read_text()
DATA = Path(likelihoods.__file__).parent / "data"
COUNTS = "dataset,prediction,events_per_unit,efficiency,observed,background\na,m_dm,1.0,0.5,3,2.5\n"
TABLE_ROWS = re.findall(r"^\| (`\w+`.*?), `(\w*path)` \| `([\w,]+)`", PAGE, re.MULTILINE)
FORMATS = [(name, setting, columns) for names, setting, columns in TABLE_ROWS for name in re.findall(r"`(\w+)`", names)]


def packaged(columns: str) -> list[dict[str, str]]:
    """A packaged table that has these columns, as rows (a stand-in for what a user would write)."""
    wanted = set(columns.split(","))
    for path in sorted(DATA.glob("*.csv")):
        rows = list(csv.DictReader(line for line in path.read_text().splitlines() if not line.startswith("#")))
        if wanted <= set(rows[0]):
            return rows
    return list(csv.DictReader(COUNTS.splitlines()))


def write(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def test_every_likelihood_with_a_table_is_on_the_page() -> None:
    keys = {
        (name, key)
        for name in likelihood_names()
        for key in likelihood_settings(name)
        if key.endswith("path") and (name, key) != ("tau_decay_bbn", "prediction_path")  # that of bbn
    }
    assert {(name, setting) for name, setting, _ in FORMATS} == keys


@pytest.mark.parametrize(("name", "setting", "columns"), FORMATS, ids=lambda x: x if "," not in x else "")
def test_the_listed_columns_are_sufficient_and_necessary(tmp_path: Path, name: str, setting: str, columns: str) -> None:
    names, rows = columns.split(","), packaged(columns)
    write(tmp_path / "mine.csv", names, rows)
    build_likelihood(name, {setting: str(tmp_path / "mine.csv")})
    for left_out in names:
        write(tmp_path / "mine.csv", [column for column in names if column != left_out], rows)
        with pytest.raises(TableError, match=f"no column '{left_out}'"):
            build_likelihood(name, {setting: str(tmp_path / "mine.csv")})


def test_the_example_table_loads(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```\n(# title.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "mine.csv").write_text(text)
    built = build_likelihood("direct_detection", {"path": str(tmp_path / "mine.csv")})
    assert built.citations == ("Me_2026",)


def test_forecasts_and_papers_on_the_page_exist() -> None:
    entries = data_entries()
    for line in re.findall(r"^\| (`.*) \|$", PAGE.split("## The format")[0], re.MULTILINE):
        cells = line.split(" | ")
        named = re.findall(r"`(\w+)`", cells[0])
        for name in named:
            written = set(re.findall(r"`(\w+)`", " ".join(cells[1:])))
            assert written <= set(likelihood_datasets(name)), name
            forecasts = {
                dataset
                for entry in entries
                if entry.likelihood == name and "forecast" in entry.role
                for dataset in entry.datasets
            }
            assert forecasts <= written, name


def test_an_invalid_covariance_is_refused(tmp_path: Path) -> None:
    text = (DATA / "planck_helium.csv").read_text().replace("0.094001", "-0.094001")
    (tmp_path / "mine.csv").write_text(text)
    with pytest.raises(TableError, match=r"line 10, column 'dataset'.*not positive definite"):
        build_likelihood("planck_helium", {"path": str(tmp_path / "mine.csv")})
