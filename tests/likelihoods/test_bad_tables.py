"""Every kind of table, every kind of defect: one line that names file, row and column."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from twinsector import likelihoods
from twinsector.cli import main
from twinsector.likelihoods import build_likelihood
from twinsector.likelihoods.tables import MOST_ROWS, TableError

DATA = Path(likelihoods.__file__).parent / "data"

# Likelihood, setting, packaged table of that form, a column of positive numbers, and a column that must be sorted.
KINDS = [
    ("direct_detection", "path", "si_lz_2024.csv", "sigma_si_cm2", "mass_gev"),
    ("direct_detection", "path", "si_xenonnt_cevns_2026.csv", "expected_median_cm2", "mass_gev"),
    ("electron_recoil", "path", "er_damicm_2025.csv", "sigma_e_cm2", "mass_gev"),
    ("fermi_dwarfs", "path", "fermi_2015_ee.csv", "sigma_v_cm3_s", "mass_gev"),
    ("dark_photon", "path", "dark_photon_polygons.csv", "epsilon", None),
    ("bbn", "prediction_path", "bbn_primat_2024.csv", "yp", "delta_neff"),
    ("tau_decay_bbn", "injection_path", "bbn_em_injection.csv", "d_over_h_factor", "zeta_mev"),
    ("bbn", "path", "bbn_abundances.csv", "sigma", None),
    ("planck_neff", "path", "neff.csv", "sigma", None),
    ("relic_density", "path", "omega_dm_h2.csv", "sigma", None),
    ("higgs_couplings", "path", "higgs_signal_strength.csv", "err_plus", None),
    ("higgs_invisible", "path", "higgs_invisible.csv", "observed", None),
    ("cmb_annihilation", "path", "p_ann.csv", "sigma", None),
    ("photon_mixing", "path", "photon_mixing.csv", "epsilon_max", None),
    ("self_interaction", "path", "self_interaction.csv", "sigma_over_m_max_cm2_g", None),
    ("reheating_temperature", "path", "reheating_temperature.csv", "t_rh_min_mev", None),
]
IDS = [f"{name}-{table}" for name, _, table, _, _ in KINDS]
each_kind = pytest.mark.parametrize(("name", "setting", "table", "column", "sorted_column"), KINDS, ids=IDS)


def lines_of(table: str) -> tuple[list[str], list[str], list[list[str]]]:
    """Header lines, names, and rows of cells of a packaged table (commas inside a cell replaced)."""
    lines = (DATA / table).read_text().splitlines()
    head = [line for line in lines if line.startswith("#")]
    names, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    return head, names, [[cell.replace(",", ";") for cell in row] for row in rows]


def refusal(tmp_path: Path, name: str, setting: str, text: str) -> str:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(TableError) as error:
        build_likelihood(name, {setting: str(path)})
    message = str(error.value)
    assert "\n" not in message and "mine.csv" in message
    return message


def joined(head: list[str], names: list[str], rows: list[list[str]]) -> str:
    return "\n".join([*head, ",".join(names), *(",".join(row) for row in rows)]) + "\n"


@each_kind
def test_a_copy_of_a_packaged_table_is_one_line_of_yaml(
    tmp_path: Path, name: str, setting: str, table: str, column: str, sorted_column: str | None
) -> None:
    (tmp_path / "mine.csv").write_text((DATA / table).read_text())
    built = build_likelihood(name, {setting: str(tmp_path / "mine.csv")})
    assert "mine.csv" in [file.name for file in built.data_files]


@each_kind
@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        ("nan", "not a finite number"),
        ("-inf", "not a finite number"),
        ("", "not a number"),
        ("1e-4x", "not a number"),
        ("-1e-9", "must be positive"),
        ("0", "must be positive"),
    ],
)
def test_a_bad_number(
    tmp_path: Path,
    name: str,
    setting: str,
    table: str,
    column: str,
    sorted_column: str | None,
    cell: str,
    complaint: str,
) -> None:
    head, names, rows = lines_of(table)
    rows[0][names.index(column)] = cell
    message = refusal(tmp_path, name, setting, joined(head, names, rows))
    assert f"line {len(head) + 2}, column '{column}', value '{cell}'" in message and complaint in message


@each_kind
def test_a_row_of_units(
    tmp_path: Path, name: str, setting: str, table: str, column: str, sorted_column: str | None
) -> None:
    head, names, rows = lines_of(table)
    texts = ("dataset", "quantity", "kind", "experiment", "region", "citation")
    units = [cell if column in texts else "GeV" for column, cell in zip(names, rows[0], strict=True)]
    message = refusal(tmp_path, name, setting, joined(head, names, [units, *rows[1:]]))
    assert f"line {len(head) + 2}, column " in message
    assert "value 'GeV': not a number (units go into a '# units:' line" in message


@each_kind
def test_empty_or_only_a_header(
    tmp_path: Path, name: str, setting: str, table: str, column: str, sorted_column: str | None
) -> None:
    head, names, _ = lines_of(table)
    for text in ("", "\n\n", joined(head, [], [])[:-1], joined(head, names, [])):
        assert "empty table" in refusal(tmp_path, name, setting, text)


@each_kind
def test_a_column_that_is_missing_twice_or_cut(
    tmp_path: Path, name: str, setting: str, table: str, column: str, sorted_column: str | None
) -> None:
    head, names, rows = lines_of(table)
    if column != "expected_median_cm2":  # there without it the table is another kind
        wrong = ["limit" if n == column else n for n in names]
        message = refusal(tmp_path, name, setting, joined(head, wrong, rows))
        assert f"line {len(head) + 1}: no column '{column}'" in message and "limit" in message
    twice = [*names[:-1], column, names[-1]]
    message = refusal(tmp_path, name, setting, joined(head, twice, [[*row, "1"] for row in rows]))
    assert f"line {len(head) + 1}: column '{column}' is given twice" in message
    rows[0] = rows[0][:-1]
    message = refusal(tmp_path, name, setting, joined(head, names, rows))
    assert f"line {len(head) + 2}: {len(names) - 1} cells, expected {len(names)}" in message


@pytest.mark.parametrize(("name", "setting", "table", "column", "sorted_column"), [kind for kind in KINDS if kind[4]])
def test_unsorted_rows(tmp_path: Path, name: str, setting: str, table: str, column: str, sorted_column: str) -> None:
    head, names, rows = lines_of(table)
    rows[0], rows[1] = rows[1], rows[0]
    message = refusal(tmp_path, name, setting, joined(head, names, rows))
    assert re.search(rf"line {len(head) + 2}|line {len(head) + 3}", message)
    assert f"column '{sorted_column}'" in message and "sorted" in message


@pytest.mark.parametrize(("name", "setting", "table", "inner"), [(*k[:3], k[4]) for k in KINDS if k[1] != "path"])
def test_a_grid_with_a_hole(tmp_path: Path, name: str, setting: str, table: str, inner: str) -> None:
    head, names, rows = lines_of(table)
    message = refusal(tmp_path, name, setting, joined(head, names, rows[:5] + rows[6:]))
    assert f"line {len(head) + 7}, column '{inner}'" in message and "fill a grid" in message
    message = refusal(tmp_path, name, setting, joined(head, names, rows[:-1]))
    assert f"line {len(head) + len(rows)}: the grid" in message and "not full" in message


@pytest.mark.parametrize(
    ("name", "setting", "table", "column", "sorted_column"), [KINDS[0], KINDS[4], KINDS[5], KINDS[8]]
)
def test_a_million_rows_are_refused_before_they_are_parsed(
    tmp_path: Path, name: str, setting: str, table: str, column: str, sorted_column: str | None
) -> None:
    head, names, rows = lines_of(table)
    row = ",".join(rows[0])
    message = refusal(tmp_path, name, setting, joined(head, names, []) + f"{row}\n" * 1_000_000)
    assert "1000000 rows, at most 10000 are read" in message


@pytest.mark.parametrize(
    ("name", "table", "units", "words"),
    [
        (
            "direct_detection",
            "si_lz_2024.csv",
            "mass in TeV, cross section in cm^2",
            "'mass_gev': units are TeV, must be GeV",
        ),
        (
            "direct_detection",
            "si_lz_2024.csv",
            "mass in GeV, limit in pb",
            "'sigma_si_cm2': units are pb, must be cm^2",
        ),
        ("electron_recoil", "er_damicm_2025.csv", "MeV, cm2", "'mass_gev': units are MeV, must be GeV"),
        ("reheating_temperature", "reheating_temperature.csv", "GeV", "'t_rh_min_mev': units are GeV, must be MeV"),
    ],
)
def test_units_other_than_the_column_names_say(tmp_path: Path, name: str, table: str, units: str, words: str) -> None:
    head, names, rows = lines_of(table)
    head = [line for line in head if not line.startswith("# units")] + [f"# units: {units}"]
    assert f"line {len(head)}, column {words}" in refusal(tmp_path, name, "path", joined(head, names, rows))


def test_a_name_given_twice_and_semicolons(tmp_path: Path) -> None:
    head, names, rows = lines_of("omega_dm_h2.csv")
    message = refusal(tmp_path, "relic_density", "path", joined(head, names, [rows[0], *rows]))
    assert f"line {len(head) + 3}, column 'dataset', value 'planck18': given twice" in message
    (tmp_path / "semicolons.csv").write_text("mass_gev;sigma_si_cm2\n1;1e-40\n2;1e-41\n")
    built = build_likelihood("direct_detection", {"path": str(tmp_path / "semicolons.csv")})
    assert float(built.limit(2.0)) == pytest.approx(1e-41)
    message = refusal(tmp_path, "relic_density", "path", joined(head, names, rows).replace(",", "|"))
    assert "cells are separated by commas, not '|'" in message


def test_the_largest_table_that_is_read_is_read_quickly(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    rows = "".join(f"{1.0 + 0.01 * i},1e-45\n" for i in range(MOST_ROWS))
    path.write_text("mass_gev,sigma_si_cm2\n" + rows)
    built = build_likelihood("direct_detection", {"path": str(path)})
    assert float(built.limit(50.0)) == pytest.approx(1e-45)


def test_the_command_names_run_file_table_row_and_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.csv").write_text("mass_gev,sigma_si_cm2\n1,1e-40\n2,-1e-41\n")
    run = tmp_path / "run.yaml"
    run.write_text(f"name: a\nmodel: mirror\nlikelihoods:\n  direct_detection: {{path: {tmp_path / 'mine.csv'}}}\n")
    with pytest.raises(SystemExit) as end:
        main(["run", str(run), "--test"])
    err = capsys.readouterr().err
    assert end.value.code == 2 and err.count("\n") == 1
    assert f"{run}:4: mine.csv, line 3, column 'sigma_si_cm2', value '-1e-41': must be positive" in err
