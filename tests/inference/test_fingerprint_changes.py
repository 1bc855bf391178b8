"""Two fingerprints compared, on ones written by hand: what is listed, in which words, and what explains what."""

from __future__ import annotations

import dataclasses
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from toys import GaussianLikelihood, LineModel, toy_posterior

from twinsector.common.arrays import FloatArray
from twinsector.inference.configuration.run_config import RunConfig, load_config
from twinsector.inference.errors import InputError
from twinsector.inference.posterior import Evaluation
from twinsector.inference.provenance.fingerprint import (
    Change,
    Fingerprint,
    changes,
    changes_since,
    fingerprint,
    format_changes,
    refuse_changed,
)
from twinsector.likelihoods.base import DataFile

BEFORE = Fingerprint(
    settings={
        "model": "line",
        "options.width": "full",
        "parameters.a": {"uniform": [0.0, 1.0]},
        "likelihoods.one": "used",
        "likelihoods.one.dataset": "x",
        "likelihoods.two": "used",
        "sampler.nlive": 60,
    },
    seed=1,
    data={"t.csv": "a" * 64},
    versions={"numpy": "2.0"},
    points=[[0.1], [0.2], [0.3]],
    log_prior=[-1.0, None, -2.0],
    log_likelihoods={"one": [-1.5, None, -3.0], "two": [-10.0, -20.0, -30.0]},
)
ONE, TWO = BEFORE.log_likelihoods["one"], BEFORE.log_likelihoods["two"]
OTHER_ONE, OTHER_TWO = {"one": [-2.5, None, -4.0], "two": TWO}, {"one": ONE, "two": [-10.0, -21.0, -30.0]}


def after(settings: Mapping[str, object] | None = None, **changed: object) -> Fingerprint:
    return dataclasses.replace(BEFORE, settings={**BEFORE.settings, **(settings or {})}, **changed)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (after(), []),
        (after(seed=2), ["seed: was 1, is 2"]),
        (
            after(data={"u.csv": "b" * 64}),
            [
                "data table t.csv: was sha256 aaaaaaaaaaaa..., is absent",
                "data table u.csv: was absent, is sha256 bbbbbbbbbbbb...",
            ],
        ),
        (after(versions={"numpy": "2.0", "numba": "1"}), ["version of numba: was absent, is 1"]),
        (after(log_prior=[-1.0, None, -2.1]), ["prior: log density at probe 3: was -2, is -2.1"]),
        (after(log_likelihoods=OTHER_ONE), ["likelihood one: log L at probe 1 (and 1 more): was -1.5, is -2.5"]),
        (
            after(log_likelihoods={"one": [-1.5, -1.0 / 3.0, -3.0], "two": TWO}),
            ["likelihood one: log L at probe 2: was not allowed, is -0.3333333333"],
        ),
        # A changed setting explains its own likelihood's log L; model, options and parameters explain all of them.
        (after({"likelihoods.one.dataset": "y"}, log_likelihoods=OTHER_ONE), ["likelihoods.one.dataset: was x, is y"]),
        (
            after({"likelihoods.one.dataset": "y"}, log_likelihoods=OTHER_TWO),
            ["likelihoods.one.dataset: was x, is y", "likelihood two: log L at probe 2: was -20, is -21"],
        ),
        (
            after({"sampler.nlive": 61}, log_likelihoods=OTHER_TWO),
            ["sampler.nlive: was 60, is 61", "likelihood two: log L at probe 2: was -20, is -21"],
        ),
        (after({"model": "m"}, log_likelihoods=OTHER_TWO), ["model: was line, is m"]),
        (after({"options.width": True}, log_likelihoods=OTHER_TWO), ["options.width: was full, is true"]),
        (
            after({"parameters.a": 0.5}, log_likelihoods=OTHER_TWO, log_prior=[0.0, 0.0, 0.0]),
            ['parameters.a: was {"uniform": [0.0, 1.0]}, is 0.5'],
        ),
        (after(log_likelihoods={"one": ONE}), []),
    ],
)
def test_every_difference_is_named_once(now: Fingerprint, expected: list[str]) -> None:
    found = [str(change) for change in changes(dataclasses.replace(BEFORE, has_adaptive_steps=False), now)]
    assert found == expected


def test_the_seed_may_be_left_out_and_is_not_by_default() -> None:
    assert changes(BEFORE, after(seed=2), seed=False) == []
    assert changes(BEFORE, after(seed=2)) == [Change("seed", "1", "2")]
    assert [change.what for change in changes(BEFORE, after(data={}))] == ["data table t.csv"]


@pytest.mark.parametrize("fixed_steps", [(True, True), (True, False), (False, True)])
def test_rare_differences_need_adaptive_steps_on_both_sides_and_the_prior_has_none(
    fixed_steps: tuple[bool, bool],
) -> None:
    rare = {"one": ONE, "two": [-10.0, -20.01, -30.0]}
    adaptive = dataclasses.replace(BEFORE, log_likelihoods=rare)
    assert changes(BEFORE, adaptive) == []
    first, second = (
        dataclasses.replace(one, has_adaptive_steps=not fixed)
        for one, fixed in zip((BEFORE, adaptive), fixed_steps, strict=True)
    )
    assert [change.what for change in changes(first, second)] == ["likelihood two: log L at probe 2"]
    moved = dataclasses.replace(BEFORE, log_prior=[-1.00001, None, -2.0])
    assert [change.what for change in changes(BEFORE, moved)] == ["prior: log density at probe 1"]


def test_the_digest_is_that_of_earlier_runs_and_of_everything_but_seed_and_points() -> None:
    assert BEFORE.digest == "4cf4f7e9da70f441"
    assert BEFORE.to_dict()["digest"] == BEFORE.digest and BEFORE.to_dict()["seed"] == 1
    in_order = after(settings=dict(reversed(BEFORE.settings.items())), seed=7, points=[])
    rounded = after(log_prior=[-1.0 - 1e-10, None, -2.0])
    assert in_order.digest == rounded.digest == BEFORE.digest
    others = [
        after({"sampler.nlive": 61}),
        after(data={}),
        after(versions={}),
        after(log_prior=[-1.0 - 1e-7, None, -2.0]),
        after(log_prior=[-1.0, 0.0, -2.0]),
        after(log_likelihoods=OTHER_TWO),
    ]
    assert len({one.digest for one in (BEFORE, *others)}) == 7


def test_a_stored_fingerprint_of_the_first_versions_counts_as_adaptive() -> None:
    stored = BEFORE.to_dict()
    assert Fingerprint.from_dict(stored) == BEFORE and BEFORE.has_adaptive_steps
    assert Fingerprint.from_dict({**stored, "has_adaptive_steps": False}).has_adaptive_steps is False
    del stored["has_adaptive_steps"]
    assert Fingerprint.from_dict(stored).has_adaptive_steps is True
    with pytest.raises(KeyError, match="versions"):
        Fingerprint.from_dict({key: value for key, value in stored.items() if key != "versions"})


def config(**likelihoods: dict[str, object]) -> RunConfig:
    return load_config(
        {"name": "toy", "model": "line", "likelihoods": likelihoods or {"gauss": {}}, "sampler": {"name": "dynesty"}}
    )


@dataclass(frozen=True)
class Cut(GaussianLikelihood):
    """A criterion on ``a``."""

    def log_likelihood(self, predictions: Mapping[str, np.ndarray]) -> np.ndarray:
        return np.where(predictions["a"] > 0.985, -1.0, -np.inf)


def test_probes_are_allowed_points_then_valid_ones_then_any_in_the_order_drawn() -> None:
    found = fingerprint(config(), toy_posterior(Cut(), model=LineModel(invalid_below=0.975)))
    draws = np.random.default_rng(20261121).random((256, 3))
    a = draws[:, 0]
    in_order = [*draws[a > 0.985], *draws[(a > 0.975) & (a <= 0.985)], *draws[a <= 0.975]]
    assert 0 < np.sum(a > 0.985) < np.sum(a > 0.975) < 8
    np.testing.assert_array_equal(found.points, in_order[:8])
    assert found.log_likelihoods["gauss"] == [-1.0] * np.sum(a > 0.985) + [None] * (8 - np.sum(a > 0.985))
    assert found.log_prior == [0.0] * 8


def test_what_a_fingerprint_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithOptions(LineModel):
        options = {"table": Path("x.csv"), "wide": True}  # noqa: RUF012

    posterior = toy_posterior(
        GaussianLikelihood("planck_neff", data_files=(DataFile("t.csv", "ab"),)), model=WithOptions(), b=0.5, c=0.5
    )
    version = importlib.metadata.version

    def without_numba(name: str) -> str:
        if name == "numba":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", without_numba)
    run = config(planck_neff={"path": "mine.csv", "joint_omega_b": False})
    found = fingerprint(run, posterior, [[0.25], [0.5]])
    sampler = {key: value for key, value in found.settings.items() if key.startswith("sampler.")}
    assert sampler["sampler.name"] == "dynesty" and len(sampler) > 5
    assert {key: value for key, value in found.settings.items() if key not in sampler} == {
        "model": "line",
        "options.table": "x.csv",
        "options.wide": True,
        "parameters.a": {"uniform": [0.0, 1.0]},
        "parameters.b": 0.5,
        "parameters.c": 0.5,
        "likelihoods.planck_neff": "used",
        "likelihoods.planck_neff.dataset": "default",
        "likelihoods.planck_neff.joint_omega_b": False,
        "likelihoods.planck_neff.late_reheating": False,
        "likelihoods.planck_neff.level": None,
        "likelihoods.planck_neff.sided": None,
    }
    assert found.data == {"t.csv": "ab"} and found.points == [[0.25], [0.5]] and found.seed == 1
    assert set(found.versions) == {"twinsector", "numpy", "scipy", "numba", "dynesty"}
    assert found.versions["numba"] == "unknown" and found.versions["numpy"] == np.__version__
    assert found.has_adaptive_steps is False
    assert found.log_likelihoods["planck_neff"] == posterior.log_likelihood(np.array([[0.25], [0.5]])).tolist()
    assert fingerprint(run, posterior, [[0.25, 0.5]]).log_prior == [None]  # of a prior with other dimensions


def test_an_executor_may_evaluate() -> None:
    posterior, calls = toy_posterior(), []

    def evaluate(x: FloatArray) -> Evaluation:
        calls.append(len(x))
        return posterior.evaluate(x)

    assert fingerprint(config(), posterior, evaluate=evaluate) == fingerprint(config(), posterior)
    assert calls == [256, 8]


def test_a_resume_is_refused_with_the_first_change_and_a_table_of_all() -> None:
    run, posterior = config(), toy_posterior()
    stored = fingerprint(run, posterior).to_dict()
    refuse_changed(stored, run, posterior)

    def refusal(before: Mapping[str, object]) -> InputError:
        with pytest.raises(InputError) as caught:
            refuse_changed(before, run, posterior)
        return caught.value

    assert changes_since(Fingerprint.from_dict({**stored, "seed": 9}), run, posterior, seed=False) == []
    two = refusal({**stored, "seed": 9, "data": {"t": "a" * 64}})
    assert "seed: was 9, is 1 (and 1 more); undo" in str(two)
    one, three = refusal({**stored, "seed": 9}), refusal({**stored, "seed": 9, "data": {"t": "a" * 64, "u": "b" * 64}})
    ending = "; undo the change, or start again with --force, which keeps the old run under another name"
    start = f"cannot resume {run.folder}: its posterior has changed: seed: was 9, is 1"
    assert str(one) == start + ending
    assert str(three) == start + " (and 2 more)" + ending
    assert one.details == "  what  was  is\n  seed  9    1"
    lines = three.details.splitlines()
    assert len(lines) == 4 and lines[2] == "  data table t  sha256 aaaaaaaaaaaa...  absent"
    del stored["points"]
    old = f"cannot resume {run.folder}: it holds a run of an earlier version; use --force"
    assert str(refusal(stored)) == old and refusal(stored).__cause__ is None


def test_changes_are_a_table() -> None:
    text = format_changes([Change("a longer name", "x", ""), Change("b", "longer too", "y")], ("first", "second"))
    assert text == "  what           first       second\n  a longer name  x\n  b              longer too  y"
