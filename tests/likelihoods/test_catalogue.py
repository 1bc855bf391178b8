"""Every packaged table is within reach of a run file, and says what it is."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Collection
from pathlib import Path

import pytest

from twinsector import likelihoods
from twinsector.likelihoods.catalogue import data_entries

DATA = Path(likelihoods.__file__).parent / "data"
ENTRIES = data_entries()
OF = {(entry.likelihood, entry.file, entry.row): entry for entry in ENTRIES}


FLAGS = {"fog_xe.csv", "events.csv", "anchors.csv"}  # in no log L: shown in explanations and lists, names of data


@pytest.mark.parametrize(
    "path", [path for path in sorted(DATA.glob("*.csv")) if path.name not in FLAGS], ids=lambda path: path.name
)
def test_every_table_and_every_row_with_a_name_can_be_chosen(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    column = next((name for name in ("dataset", "experiment") if name in rows[0]), None)
    names = [row[column].strip() for row in rows] if column and "region" not in rows[0] else [""]
    found = {entry.row.split(" ")[0] for entry in ENTRIES if entry.file == path.name}
    assert set(names) == found
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    assert {entry.sha256 for entry in ENTRIES if entry.file == path.name} == {checksum}


def test_every_entry_says_what_it_is() -> None:
    for entry in ENTRIES:
        about = (entry.confidence_level, entry.kind, entry.range, entry.citation, entry.source)
        assert all(about) and "per row" not in " ".join(about), entry


def test_default_paper_and_forecast_are_distinguished() -> None:
    assert OF["planck_neff", "neff.csv", "p_act_lb"].role == "default"
    assert OF["planck_neff", "neff.csv", "planck18_limit"].role == "paper"
    assert OF["planck_neff", "neff.csv", "planck18"].role == ""
    assert OF["direct_detection", "si_darwin_projection.csv", ""].role == "forecast"
    assert OF["direct_detection", "si_cresst_2019.csv", ""].datasets == ("default", "twin_paper", "cresst_2019")
    assert OF["bbn", "bbn_primat_2024.csv", ""].datasets == ("prediction: primat_2024",)
    assert OF["bbn", "bbn_abundances.csv", "lbt_2026"].datasets == ("default",)
    for likelihood in {entry.likelihood for entry in ENTRIES}:
        assert any("default" in entry.role for entry in ENTRIES if entry.likelihood == likelihood)


def test_levels_and_citations_are_those_of_the_row() -> None:
    assert OF["planck_neff", "neff.csv", "planck18_limit"].confidence_level == "95%"
    assert OF["planck_neff", "neff.csv", "forecast_cmb_s4"].confidence_level == "68%"
    assert OF["higgs_invisible", "higgs_invisible.csv", "cms_2023"].citation == "CMS_2303.01214"
    two = OF["direct_detection", "si_xenon1t_2018_lowmass2021.csv", ""].citation
    assert two == "XENON1T_1805.12562, XENON1T_2012.02846"


@pytest.mark.parametrize(
    ("likelihood", "datasets"),
    [
        ("planck_neff", {"forecast_cmb_s4", "forecast_simons", "forecast_cmb_hd"}),
        ("higgs_couplings", {"forecast_hl_lhc", "forecast_fcc_ee_240"}),
        ("higgs_invisible", {"forecast_hl_lhc", "forecast_fcc_ee_240", "forecast_fcc_ee_365"}),
        ("direct_detection", {"darwin_projection", "supercdms_snolab_projection"}),
    ],
)
def test_forecasts_that_a_user_looks_for(likelihood: str, datasets: Collection[str]) -> None:
    there = {
        name
        for entry in ENTRIES
        if entry.likelihood == likelihood and "forecast" in entry.role
        for name in entry.datasets
    }
    assert datasets <= there
