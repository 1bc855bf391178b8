"""The table reader: what it reads, and one clear line for every defect."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from twinsector.likelihoods import build_likelihood
from twinsector.likelihoods.tables import TableError, read_table

GOOD = "# title: a limit\n# citation: X_1\nmass_gev,sigma_si_cm2\n1,1e-40\n2,1e-41\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def writer(text: str | bytes) -> Path:
        path = tmp_path / "limit.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return writer


def test_reads_header_columns_and_checksum(write: Callable[[str | bytes], Path]) -> None:
    table = read_table(write(GOOD), ["mass_gev"])
    assert table.header == {"title": "a limit", "citation": "X_1"}
    assert list(table.numbers("mass_gev", positive=True, increasing=True)) == [1.0, 2.0]
    assert table.data_file.name == "limit.csv"
    assert table.data_file.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()


def test_a_changed_byte_changes_the_checksum(write: Callable[[str | bytes], Path]) -> None:
    first = read_table(write(GOOD), ["mass_gev"]).data_file.sha256
    assert read_table(write(GOOD.replace("1e-41", "2e-41")), ["mass_gev"]).data_file.sha256 != first


def test_windows_line_ends_quotes_and_byte_order_mark_are_read(write: Callable[[str | bytes], Path]) -> None:
    text = '\ufeff# title: t\r\nmass_gev,note\r\n1,"a, b"\r\n'
    table = read_table(write(text), ["note"])
    assert table.text("note") == ("a, b",) and table.numbers("mass_gev")[0] == 1.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# only: a header\n", ["limit.csv", "empty"]),
        ("", ["limit.csv", "empty"]),
        ("mass_gev,sigma_si_cm2\n", ["limit.csv", "empty"]),
        (GOOD.replace("sigma_si_cm2", "sigma"), ["limit.csv", "'sigma_si_cm2'", "sigma"]),
        (GOOD.replace("1e-41", "nan"), ["limit.csv", "line 5", "'sigma_si_cm2'", "not a finite number"]),
        (GOOD.replace("1e-41", ""), ["limit.csv", "line 5", "'sigma_si_cm2'", "not a number"]),
        (GOOD.replace("1e-41", "inf"), ["limit.csv", "line 5", "finite"]),
        (GOOD.replace("1e-41", "-1e-41"), ["limit.csv", "line 5", "'sigma_si_cm2'", "positive"]),
        (GOOD.replace("2,1e-41", "0.5,1e-41"), ["limit.csv", "line 5", "'mass_gev'", "not sorted"]),
        (GOOD.replace("2,1e-41", "1,1e-41"), ["limit.csv", "line 5", "'mass_gev'", "not sorted"]),
        (GOOD.replace("2,1e-41", "2,1e-41,7"), ["limit.csv", "line 5", "3 cells, expected 2"]),
        ("# confidence_levl: 95%\n" + GOOD, ["limit.csv", "line 1", "did you mean 'confidence_level'"]),
        ("# sidded: two\n" + GOOD, ["limit.csv", "line 1", "did you mean 'sided'"]),
        ("# CL: 95%\n" + GOOD, ["limit.csv", "line 1", "did you mean 'confidence_level'"]),
        (b"\xff\xfe\x00mass", ["limit.csv", "cannot be read"]),
    ],
)
def test_defects_are_one_line_with_file_row_and_column(
    write: Callable[[str | bytes], Path], text: str | bytes, words: list[str]
) -> None:
    with pytest.raises(TableError) as error:
        build_likelihood("direct_detection", {"path": str(write(text))})
    message = str(error.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"nowhere\.csv: no such file"):
        build_likelihood("direct_detection", {"path": str(tmp_path / "nowhere.csv")})


def test_a_wrong_kind_and_a_wrong_dataset_are_named(write: Callable[[str | bytes], Path]) -> None:
    head = "dataset,kind,value,sigma,includes_bbn\n"
    with pytest.raises(TableError, match="did you mean 'measurement'"):
        build_likelihood("planck_neff", {"path": str(write(head + "mine,measurment,3.0,0.1,0\n"))})
    with pytest.raises(ValueError, match="did you mean 'mine'"):
        build_likelihood("planck_neff", {"path": str(write(head + "mine,measurement,3,0.1,0\n")), "dataset": "min"})


def test_an_incomplete_abundance_grid_is_refused(write: Callable[[str | bytes], Path]) -> None:
    head = "omega_b_h2,delta_neff,yp,sigma_yp_theory,d_over_h,sigma_d_over_h_theory\n"
    rows = [f"{o},{d},0.247,1e-4,2.5e-5,1e-7\n" for o in (0.02, 0.025) for d in (0, 1)]
    build_likelihood("bbn", {"prediction_path": str(write(head + "".join(rows)))})
    for wrong in (rows[:3], [rows[1], rows[0], *rows[2:]]):
        with pytest.raises(TableError, match=r"limit\.csv"):
            build_likelihood("bbn", {"prediction_path": str(write(head + "".join(wrong)))})
