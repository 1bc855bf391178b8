"""CSV and GetDist text."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from twinsector.chains import Chain, export_csv, export_getdist


def test_csv_reads_back_to_the_same_numbers(weighted_chain: Callable[..., Chain], tmp_path: Path) -> None:
    chain = weighted_chain(200)
    with export_csv(chain, tmp_path / "new" / "chain.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 200
    assert list(rows[0])[:4] == ["weight", "log_prior", "log_likelihood", "a"]
    assert {"d", "sum", "log_likelihood_first", "log_likelihood_others", "chain_index", "step_index"} <= set(rows[0])
    assert np.array_equal([float(row["b"]) for row in rows], chain.parameters["b"])
    assert sum(float(row["weight"]) for row in rows) == pytest.approx(1.0)


def test_getdist_text_has_one_file_for_each_ensemble(gaussian_chain: Callable[..., Chain], tmp_path: Path) -> None:
    chain = gaussian_chain(400)
    written = export_getdist(chain, tmp_path / "run")
    assert [path.name for path in written] == [*(f"run_{i}.txt" for i in (1, 2, 3, 4)), "run.paramnames", "run.ranges"]
    table = np.loadtxt(tmp_path / "run_2.txt")
    assert table.shape == (100, 2 + 3 + 1)
    np.testing.assert_allclose(table[:, 2], chain.parameters["a"][100:200], rtol=1e-9)
    np.testing.assert_allclose(table[:, 1], -chain.log_likelihood[100:200], rtol=1e-9)
    assert (tmp_path / "run.paramnames").read_text().splitlines() == ["a\tm_a", "b\t\\log b", "c\tc", "sum*\tsum"]
    assert (tmp_path / "run.ranges").read_text().splitlines() == ["a\t-5\t5", "b\tN\tN", "c\t0.01\t10"]


def test_getdist_reads_it(weighted_chain: Callable[..., Chain], tmp_path: Path) -> None:
    getdist = pytest.importorskip("getdist")
    export_getdist(weighted_chain(), tmp_path / "run")
    samples = getdist.loadMCSamples(str(tmp_path / "run"), settings={"ignore_rows": 0})
    assert samples.mean("a") == pytest.approx(1.0, abs=0.03)
    assert samples.std("a") == pytest.approx(0.5, abs=0.02)
