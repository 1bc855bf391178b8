"""Chains as objects of other packages: the same means and evidence as our summary, and no warning."""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Callable

import numpy as np
import pytest
from perfect_run import perfect_run

import twinsector
from twinsector.chains import Chain, summarize

SPECS = {"x": {"log_uniform": [1e-6, 1.0]}}


def nested() -> Chain:
    run = perfect_run(400, 3000, 3)
    return dataclasses.replace(run, info=dataclasses.replace(run.info, priors=SPECS, units={"x": "GeV"}))


def test_a_chain_prints_in_a_line_and_gives_columns() -> None:
    chain = nested()
    assert len(repr(chain)) < 200 and "\n" not in repr(chain) and "3400 samples of 1 parameters (x)" in repr(chain)
    assert chain["x"] is chain.parameters["x"]
    with pytest.raises(KeyError, match="no parameter or prediction 'y'"):
        chain["y"]


def test_a_chain_names_its_columns_as_a_mapping_does(gaussian_chain: Callable[..., Chain]) -> None:
    chain = gaussian_chain()
    assert list(chain) == list(chain.keys()) == ["a", "b", "c", "d", "sum"]
    assert "sum" in chain and "a" in chain and "log_prior" not in chain and 0 not in chain
    found = chain.quantile("a", [0.16, 0.5])
    assert isinstance(found, np.ndarray) and found.tolist() == [chain.quantile("a", p) for p in (0.16, 0.5)]
    with pytest.raises(ValueError, match=r"from 0 to 1, such as 0\.95, got 95"):
        chain.quantile("a", [0.5, 95.0])


def test_pandas_has_every_column() -> None:
    pytest.importorskip("pandas")
    frame = twinsector.to_dataframe(nested())
    assert frame["weight"].sum() == pytest.approx(1.0)
    assert {"x", "log_likelihood", "log_likelihood_birth"} <= set(frame.columns)


def test_getdist_agrees_without_a_warning(
    gaussian_chain: Callable[..., Chain], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("getdist")
    with caplog.at_level(logging.WARNING):
        samples = twinsector.to_getdist(nested())
        samples.get1DDensity("log10_x")
        walkers = twinsector.to_getdist(gaussian_chain(), ["a"])
    assert not caplog.records and "warn" not in "".join(capsys.readouterr()).lower()
    chain = nested()
    assert samples.mean("log10_x") == pytest.approx(chain.weight @ np.log10(chain["x"]), rel=1e-9)
    assert samples.getParamNames().names[0].label == r"\log_{10}(x\;[\mathrm{GeV}])"
    assert walkers.mean("a") == pytest.approx(summarize(gaussian_chain()).rows[0].mean, rel=1e-9)


def test_anesthetic_has_the_same_evidence() -> None:
    pytest.importorskip("anesthetic")
    chain = nested()
    samples = twinsector.to_anesthetic(chain)
    assert float(samples.logZ()) == pytest.approx(chain.info.log_evidence, abs=1e-9)
    row = chain.weight @ np.log10(chain["x"])
    spread = np.sqrt(chain.weight @ (np.log10(chain["x"]) - row) ** 2)
    assert float(samples["log10_x"].mean()) == pytest.approx(row, abs=1e-6 * spread)


def test_a_missing_package_is_a_line_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "getdist", None)
    with pytest.raises(ImportError, match=r"^getdist is not installed: pip install 'twinsector\[getdist\]'$"):
        twinsector.to_getdist(nested())
