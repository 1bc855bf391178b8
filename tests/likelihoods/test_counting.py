"""Counting experiments from a user's table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from constraints import COUNTS

from twinsector.likelihoods import build_likelihood
from twinsector.likelihoods.tables import TableError

HEAD = "dataset,prediction,events_per_unit,efficiency,observed,background\n"


def test_rows_are_multiplied_and_read_as_the_table_says() -> None:
    likelihood = build_likelihood("counting", {"path": COUNTS})
    assert likelihood.requires == ("sigma_self_cm2_g", "br_h_invisible")
    value = likelihood.log_likelihood({"sigma_self_cm2_g": np.array([0.5]), "br_h_invisible": np.array([0.03])})
    # Signals 1 (of 0 seen), 4 (12 seen, 4.5 background), 3 (2 seen, none expected without).
    expected = -1.0 + (12.0 * np.log(8.5 / 4.5) - 4.0) + (2.0 * np.log(3.0 / 2.0) - 1.0)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    negative = {"sigma_self_cm2_g": np.array([-1.0]), "br_h_invisible": np.array([0.02])}
    assert likelihood.log_likelihood(negative)[0] == 0.0


def test_a_limit_quoted_from_no_events_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(HEAD + f"mine,sigma_si_cm2,{2.302585 / 1e-45},1,0,0\n")
    likelihood = build_likelihood("counting", {"path": str(path)})
    sigma = np.linspace(0.0, 2e-44, 200_001)
    density = np.exp(likelihood.log_likelihood({"sigma_si_cm2": sigma}))
    total = np.cumsum(density)
    assert np.interp(0.90, total / total[-1], sigma) == pytest.approx(1e-45, rel=1e-3)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,m_dm,0,0.5,1,1\n", "line 2, column 'events_per_unit', value '0': must be positive"),
        ("a,m_dm,1,1.5,1,1\n", "line 2, column 'efficiency', value '1.5': must be at most 1"),
        ("a,m_dm,1,0.5,-1,1\n", "line 2, column 'observed', value '-1': must be >= 0"),
        ("a,m_dm,1,0.5,two,1\n", "column 'observed', value 'two': not a number"),
    ],
)
def test_defects_of_a_table_are_one_clear_line(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(HEAD + row)
    with pytest.raises(TableError) as error:
        build_likelihood("counting", {"path": str(path)})
    assert message in str(error.value) and "\n" not in str(error.value)
