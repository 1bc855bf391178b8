"""A zero is printed without a sign, whatever sign the calculation left it with, also where it is rounded to zero."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from twinsector.chains import Chain, RunInfo, write_chain
from twinsector.chains.axes import exact_number, short_number
from twinsector.cli import main
from twinsector.common.words import value_text
from twinsector.inference.points.explain import explain, format_explanation

NEGATIVE_ZERO = re.compile(r"(?<![\w.])[-\u2212]0(\.0*)?(e[+-]?\d+)?(?![\w.])")
RUN = """
name: zero
model: mirror
parameters: {delta_alpha_s: -0.0, epsilon_gamma: -0}
likelihoods: {planck_neff: {}, higgs_invisible: {}}
"""


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A chain of zeros with a minus, and of numbers that are rounded to them."""
    monkeypatch.chdir(tmp_path)
    n = 60
    a, small = -np.random.default_rng(1).random(n) * 1e-9, np.full(n, -1e-12)
    info = RunInfo(
        name="zero", model="mirror", sampler="dynesty", priors={"a": {"uniform": [-1, 0]}},
        log_evidence=-1e-9, log_evidence_error=1e-9, seed=1,
    )  # fmt: skip
    zeros = np.zeros(n, dtype=np.int64)
    columns = {"zero": np.full(n, -0.0), "p": a * 0.0}
    made = Chain({"a": a, "fixed": np.full(n, -0.0)}, ("a",), np.full(n, -np.log(n)), np.full(n, -0.0), small,
                 {"l": small, "m": np.full(n, -0.0)}, columns, zeros, zeros, np.arange(n), info)  # fmt: skip
    write_chain(made, tmp_path / "other.h5")
    return write_chain(made, tmp_path / "chain.h5")


def test_the_pattern_finds_them() -> None:
    for text in ("-0", "x -0.000", "[-0.0, 1]", "\u22120", "-0.0e+00"):
        assert NEGATIVE_ZERO.search(text), text
    for text in ("-0.5", "1e-05", "run-0001", "0", "-0.003", "2-0"):
        assert not NEGATIVE_ZERO.search(text), text


@pytest.mark.parametrize(
    "arguments",
    [
        ["summary", "chain.h5"],
        ["summary", "chain.h5", "--json"],
        ["summary", "chain.h5", "--latex"],
        ["compare", "chain.h5", "other.h5"],
        ["export", "chain.h5", "-o", "out.csv"],
        ["export", "chain.h5", "-o", "out", "--getdist"],
        ["status", "."],
        ["resolve", "run.yaml"],
        ["predict", "mirror", "--set", "delta_alpha_s=-0.0"],
        ["predict", "mirror", "--set", "delta_alpha_s=-0.0", "--json"],
        ["predict", "mirror", "points.csv", "--json"],
        ["loglike", "run.yaml"],
        ["explain", "run.yaml", "--json"],
        ["explain", "run.yaml"],
        ["explain", "run.yaml", "--latex"],
        ["list", "parameters", "mirror"],
        ["list", "priors", "twin"],
    ],
    ids=" ".join,
)
def test_no_command_prints_one(chain: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    Path("run.yaml").write_text(RUN)
    Path("points.csv").write_text("delta_alpha_s,m_R\n-0.0,350\n")
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert not end.value.code
    written = [path.read_text() for path in Path().glob("out*")]
    for text in (*capsys.readouterr(), *written):
        found = NEGATIVE_ZERO.search(text)
        assert found is None, text[max(0, found.start() - 60) : found.end() + 20]


def test_numbers_in_pictures_and_tables_have_none() -> None:
    assert [short_number(-0.0), exact_number(-0.0), value_text(-0.0)] == ["0", "0", "0"]
    text = format_explanation(explain({"name": "a", "model": "mirror", "likelihoods": {"higgs_invisible": {}}}))
    assert not NEGATIVE_ZERO.search(text)
