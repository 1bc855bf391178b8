"""CSV, and the files of GetDist, anesthetic and ArviZ, read back: no warning, and the summary's numbers."""

from __future__ import annotations

import csv
import dataclasses
import logging
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from perfect_run import perfect_run

from twinsector.chains import Chain, export_csv, export_getdist, log_sum, summarize
from twinsector.chains.arviz_tree import export_arviz, to_arviz
from twinsector.chains.getdist_files import write_getdist
from twinsector.chains.hand_over import export_anesthetic, to_anesthetic, to_getdist


def nested() -> Chain:
    """A perfect nested run of a parameter x with a logarithmic prior, and a second one with a uniform one."""
    run = perfect_run(400, 3000, 3)
    info = dataclasses.replace(
        run.info,
        name="perfect",
        priors={"x": {"log_uniform": [1e-6, 1.0]}, "y": {"uniform": [0.0, 2.0]}},
        units={"x": "GeV^-2", "spread": "GeV"},
        labels={"x": r"$x_1$"},
        codes={"phase": ["cold", "very hot"]},
    )
    rng = np.random.default_rng(5)
    y = np.clip(rng.normal(1.0, 0.2, run.n_samples), 0.0, 2.0)
    predictions = {
        "spread": np.exp(rng.normal(0.0, 3.0, run.n_samples)),
        "heap": np.where(rng.random(run.n_samples) < 0.999, 1.0, rng.normal(3.0, 1.0, run.n_samples)),
        "phase": (run["x"] > 1e-3).astype(float),
        "fixed": np.full(run.n_samples, 2.5),
    }
    return dataclasses.replace(
        run,
        parameters={**run.parameters, "y": y},
        sampled=("x", "y"),
        predictions=predictions,
        log_likelihoods={"all": run.log_likelihood},
        info=info,
    )


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
    pytest.importorskip("getdist")
    chain = gaussian_chain(400)
    written = export_getdist(chain, tmp_path / "new" / "run")
    endings = (*(f"_{i}.txt" for i in (1, 2, 3, 4)), ".paramnames", ".ranges", ".properties.ini")
    assert [path.name for path in written] == [f"run{ending}" for ending in endings]
    assert all(path.is_file() for path in written)
    table = np.loadtxt(written[1])
    assert table.shape == (100, 2 + 3 + 1)
    np.testing.assert_allclose(table[:, 2], chain.parameters["a"][100:200], rtol=1e-8)
    np.testing.assert_allclose(table[:, 4], np.log10(chain.parameters["c"][100:200]), rtol=1e-8)
    np.testing.assert_allclose(table[:, 1], -chain.log_likelihood[100:200], rtol=1e-8)
    names = ["a\tm_a\\;[\\mathrm{GeV}]", "b\t\\log b", "log10_c\t\\log_{10}(c)", "sum*\tsum"]
    assert written[4].read_text().splitlines() == names
    ranges = ["a", "-5.0000000E+00", "5.0000000E+00", "log10_c", "-2.0000000E+00", "1.0000000E+00"]
    assert written[5].read_text().split() == ranges
    assert set(written[6].read_text().split()) == {
        *("burn_removed=T", "label=gaussian", "sampler=mcmc"),
        f"effective_samples={summarize(chain).ess:.1f}",
    }


@pytest.mark.parametrize("kind", ["nested", "mcmc"])
def test_getdist_reads_it_without_a_warning(
    kind: str,
    gaussian_chain: Callable[..., Chain],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    getdist = pytest.importorskip("getdist")
    chain = nested() if kind == "nested" else gaussian_chain(8000)
    with caplog.at_level(logging.WARNING):
        _, left_out = write_getdist(chain, tmp_path / "run")
        assert not capsys.readouterr().out
        samples = getdist.loadMCSamples(str(tmp_path / "run"))
        for name in samples.getParamNames().list():
            samples.get1DDensity(name)
    assert not caplog.records and "warn" not in capsys.readouterr().out.lower()
    assert samples.label == chain.info.name and samples.sampler == kind
    assert left_out == (["heap"] if kind == "nested" else [])
    if kind == "nested":
        assert samples.getParamNames().list() == ["log10_x", "y", "log10_spread"]
        assert [name.isDerived for name in samples.getParamNames().names] == [False, False, True]
        assert samples.getEffectiveSamplesGaussianKDE(0) == pytest.approx(summarize(chain).ess, rel=1e-6)
    read = samples.getParams()
    for row in summarize(chain).rows:
        values = getattr(read, row.name) if hasattr(read, row.name) else 10.0 ** getattr(read, f"log10_{row.name}")
        assert samples.mean(values) == pytest.approx(row.mean, rel=1e-6)


def test_getdists_warnings_leave_the_root_logger_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first warning on a root logger without handlers gives it one, which printed notes a second time."""
    pytest.importorskip("getdist")
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    _, left_out = write_getdist(nested(), tmp_path / "run")
    assert left_out == ["heap"] and root.handlers == []


def test_objects_have_the_columns_of_the_files(tmp_path: Path) -> None:
    """Sampled parameters and predictions that vary: for GetDist without those that it cannot smooth."""
    pytest.importorskip("getdist"), pytest.importorskip("anesthetic")
    chain = nested()
    write_getdist(chain, tmp_path / "run")
    names = [line.split()[0] for line in (tmp_path / "run.paramnames").read_text().splitlines()]
    own = to_getdist(chain).getParamNames()
    assert [one.name + "*" * one.isDerived for one in own.names] == names == ["log10_x", "y", "log10_spread*"]
    columns = [name for name, _ in to_anesthetic(chain).columns]
    assert columns[:5] == ["log10_x", "y", "log10_spread", "heap", "phase"] and "fixed" not in columns
    assert to_getdist(chain, ["y"]).getParamNames().list() == ["y"]


def test_getdist_gets_heavy_samples_in_parts(weighted_chain: Callable[..., Chain], tmp_path: Path) -> None:
    getdist = pytest.importorskip("getdist")
    chain = weighted_chain(4000)
    log_weight = chain.log_weight + np.where(np.arange(4000) == 7, math.log(100.0), 0.0)
    heavy = dataclasses.replace(chain, log_weight=log_weight - log_sum(log_weight))
    assert heavy.weight[7] > 0.01
    export_getdist(heavy, tmp_path / "run")
    samples = getdist.loadMCSamples(str(tmp_path / "run"))
    same = np.isclose(samples.getParams().a, heavy["a"][7], rtol=1e-7)
    assert same.sum() > 5 and samples.weights[same].max() < samples.weights.sum() / 500.0
    assert samples.weights[same].sum() / samples.weights.sum() == pytest.approx(heavy.weight[7], rel=1e-6)
    assert samples.mean("a") == pytest.approx(summarize(heavy).rows[0].mean, rel=1e-6)


def test_anesthetic_reads_it_without_a_warning(tmp_path: Path) -> None:
    anesthetic = pytest.importorskip("anesthetic")
    chain = nested()
    samples = anesthetic.read_csv(export_anesthetic(chain, tmp_path / "run.csv"))
    summary = summarize(chain)
    assert float(samples.logZ()) == pytest.approx(summary.log_evidence, abs=1e-9)
    for row in summary.rows:
        values = 10.0 ** samples["log10_x"] if row.name == "x" else samples["y"]
        assert float(values.mean()) == pytest.approx(row.mean, abs=1e-6 * row.std)


def test_anesthetic_keeps_the_weights_of_a_run_without_births(weighted_chain: Callable[..., Chain]) -> None:
    pytest.importorskip("anesthetic")
    from twinsector import to_anesthetic

    chain = weighted_chain(4000)
    samples = to_anesthetic(chain)
    for row in summarize(chain).rows[:2]:
        assert float(samples[row.name].mean()) == pytest.approx(row.mean, rel=1e-6)


def test_arviz_reads_it_without_a_warning(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    stats = pytest.importorskip("arviz_stats")
    chain = nested()
    with xarray.open_datatree(export_arviz(chain, tmp_path / "new" / "run.nc"), engine="h5netcdf") as tree:
        assert set(tree.children) == {"posterior", "log_likelihood", "sample_stats", "weighted_posterior"}
        assert set(tree["log_likelihood"]) == set(chain.log_likelihoods)
        everything = tree["weighted_posterior"].dataset
        exact = everything.weighted(everything["weight"]).mean()
        draws = stats.summary(tree, var_names=["x", "y"], round_to="none")
        summary = summarize(chain)
        for row in summary.rows:
            assert float(exact[row.name]) == pytest.approx(row.mean, rel=1e-6)
            assert draws.loc[row.name, "mean"] == pytest.approx(row.mean, abs=5.0 * row.std / math.sqrt(summary.ess))
        assert tree["posterior"].sizes["draw"] == int(summary.ess)
        assert tree.attrs["resampled"].endswith(f"from {chain.n_samples} weighted samples")
        assert tree.attrs["log_evidence"] == summary.log_evidence
        assert tree["posterior"]["x"].attrs == {"units": "GeV^-2", "long_name": "$x_1$"}
        assert tree["posterior"]["phase"].attrs["flag_meanings"] == "cold very_hot"
        assert "fixed" not in tree["posterior"]


def test_walkers_are_the_chains_of_arviz(gaussian_chain: Callable[..., Chain]) -> None:
    pytest.importorskip("arviz_base")
    stats = pytest.importorskip("arviz_stats")
    chain = gaussian_chain(4000)
    tree = to_arviz(chain)
    assert dict(tree["posterior"].sizes) == {"chain": 40, "draw": 100} and "weighted_posterior" not in tree.children
    summary = summarize(chain)
    for row in summary.rows:
        assert float(tree["posterior"][row.name].mean()) == pytest.approx(row.mean, rel=1e-6)
        assert float(stats.rhat(tree, var_names=[row.name])[row.name]) == pytest.approx(row.walker_r_hat)
    np.testing.assert_array_equal(tree["posterior"]["a"].values[11], chain["a"][chain.chain_index == 1][1::10])


def test_unweighted_samples_of_no_ensemble_are_drawn_as_they_are(weighted_chain: Callable[..., Chain]) -> None:
    pytest.importorskip("arviz_base")
    chain = weighted_chain(300)
    flat = dataclasses.replace(chain, log_weight=np.full(300, -math.log(300)) - log_sum(np.full(300, -math.log(300))))
    assert np.array_equal(to_arviz(flat, ["a"])["posterior"]["a"].values[0], chain["a"])
