"""What may not change between two parts of a run, and how the refusal names it."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from toys import GaussianLikelihood, LineModel, SumLikelihood, toy_posterior

from twinsector.chains import read_chain
from twinsector.inference.configuration.build import build_posterior, resolve
from twinsector.inference.configuration.run_config import RunConfig, load_config, with_changes
from twinsector.inference.errors import InputError, Interrupted
from twinsector.inference.posterior import Posterior
from twinsector.inference.provenance.fingerprint import (
    PROBES,
    Fingerprint,
    changes,
    changes_since,
    fingerprint,
    format_changes,
)
from twinsector.inference.runs.run import run
from twinsector.likelihoods.base import DataFile

CONFIG = {
    "name": "toy",
    "model": "line",
    "likelihoods": {"gauss": {}},
    "sampler": {"name": "dynesty", "nlive": 60, "walks": 10},
}


@dataclass(frozen=True)
class WithTable(GaussianLikelihood):
    """The Gaussian with a data table behind it."""

    data_files: tuple[object, ...] = (DataFile("table.csv", "a" * 64),)


def taken(posterior: Posterior, **settings: object) -> Fingerprint:
    """Through JSON, as it is kept."""
    found = fingerprint(load_config({**CONFIG, **settings}), posterior)
    return Fingerprint.from_dict(json.loads(json.dumps(found.to_dict())))


def since(before: Fingerprint, posterior: Posterior, **settings: object) -> list[str]:
    return [str(one) for one in changes_since(before, load_config({**CONFIG, **settings}), posterior)]


def test_the_fingerprint_does_not_depend_on_workers_or_output_folder() -> None:
    before = taken(toy_posterior())
    assert since(before, toy_posterior(), name="other", output="x", workers=7, executor="processes") == []
    assert len(before.points) == PROBES
    assert before.digest == taken(toy_posterior(), seed=9).digest
    assert before.digest != taken(toy_posterior(GaussianLikelihood(mean=(0.4, 0.61)))).digest


@pytest.mark.parametrize(
    ("posterior", "settings", "expected"),
    [
        (toy_posterior(), {"seed": 2}, ["seed: was 1, is 2"]),
        (
            toy_posterior(),
            {"sampler": {"name": "dynesty", "nlive": 61, "walks": 10}},
            ["sampler.nlive: was 60, is 61"],
        ),
        (
            toy_posterior(c={"uniform": [0.0, 2.0]}),
            {},
            ['parameters.c: was {"uniform": [0.0, 1.0]}, is {"uniform": [0.0, 2.0]}'],
        ),
        (toy_posterior(c=0.5), {}, ['parameters.c: was {"uniform": [0.0, 1.0]}, is 0.5']),
        (
            toy_posterior(WithTable(data_files=(DataFile("table.csv", "b" * 64),))),
            {},
            ["data table table.csv: was sha256 aaaaaaaaaaaa..., is sha256 bbbbbbbbbbbb..."],
        ),
        (
            toy_posterior(WithTable(), SumLikelihood()),
            {"likelihoods": {"gauss": {}, "sum": {}}},
            ["likelihoods.sum: was absent, is used"],
        ),
    ],
    ids=["seed", "setting", "prior", "fixed", "table", "likelihood"],
)
def test_what_changed_is_named(posterior: Posterior, settings: dict[str, object], expected: list[str]) -> None:
    before = taken(toy_posterior(type(posterior.likelihoods[0])()))
    assert since(before, posterior, **settings) == expected


def test_a_changed_constant_is_named_by_its_likelihood_and_probe() -> None:
    both = {"likelihoods": {"gauss": {}, "sum": {}}}
    before = taken(toy_posterior(GaussianLikelihood(), SumLikelihood()), **both)
    (found,) = since(before, toy_posterior(GaussianLikelihood(mean=(0.4, 0.601)), SumLikelihood()), **both)
    assert found.startswith("likelihood gauss: log L at probe 1 (and 7 more): was ")
    first = before.log_likelihoods["gauss"][0]
    assert f"was {first:.10g}, is " in found


def test_rounding_in_the_last_digits_is_not_a_change() -> None:
    before = taken(toy_posterior())
    nudged = {"gauss": [value * (1 + 1e-13) for value in before.log_likelihoods["gauss"] if value is not None]}
    assert changes(Fingerprint.from_dict({**before.to_dict(), "log_likelihoods": nudged}), before) == []


@pytest.mark.parametrize(("share", "seen"), [(0.9e-7, False), (1.1e-7, True), (0.019, True)])
def test_a_model_of_fixed_steps_must_repeat_to_1e_7_at_every_probe(share: float, seen: bool) -> None:
    before = taken(toy_posterior())
    moved = list(before.log_likelihoods["gauss"])
    assert moved[3] is not None
    moved[3] += share * max(1.0, abs(moved[3]))
    after = Fingerprint.from_dict({**before.to_dict(), "log_likelihoods": {"gauss": moved}})
    assert bool(changes(before, after)) is seen


def test_a_model_of_adaptive_steps_may_differ_at_one_probe() -> None:
    before = taken(toy_posterior(model=LineModel(has_adaptive_steps=True)))
    assert before.has_adaptive_steps
    for probes, seen in ((1, False), (2, True)):
        moved = [value + 0.01 * (i < probes) for i, value in enumerate(before.log_likelihoods["gauss"]) if value]
        after = Fingerprint.from_dict({**before.to_dict(), "log_likelihoods": {"gauss": moved}})
        assert bool(changes(before, after)) is seen


def test_probes_are_allowed_points_where_there_are_some() -> None:
    found = taken(toy_posterior(model=LineModel(invalid_below=0.8)))
    assert all(value is not None for value in found.log_likelihoods["gauss"])
    assert min(point[0] for point in found.points) > 0.8
    narrow = taken(toy_posterior(model=LineModel(invalid_below=0.99)))
    assert None in narrow.log_likelihoods["gauss"]


def test_versions_count(monkeypatch: pytest.MonkeyPatch) -> None:
    before = taken(toy_posterior())
    changed = Fingerprint.from_dict({**before.to_dict(), "versions": {**before.versions, "dynesty": "1.0"}})
    (found,) = changes(changed, before)
    assert str(found) == f"version of dynesty: was 1.0, is {before.versions['dynesty']}"
    assert "version of dynesty  1.0" in format_changes([found])


def test_spelled_out_defaults_are_not_a_change() -> None:
    config = load_config({"name": "a", "model": "mirror", "likelihoods": {"planck_neff": {}, "bbn": {}}})
    posterior = build_posterior(config)
    before = fingerprint(config, posterior)
    resolved = resolve(config, posterior)
    assert resolved.likelihoods["planck_neff"]["joint_omega_b"] is True
    assert changes_since(before, resolved, build_posterior(resolved)) == []
    without = with_changes(config, likelihoods={"planck_neff": {"joint_omega_b": False}, "bbn": {}})
    found = changes_since(before, without, build_posterior(without))
    assert str(found[0]) == "likelihoods.planck_neff.joint_omega_b: was true, is false"
    assert [one.what for one in found[1:]] == ["data table omega_b_neff.csv"]


def interrupted(config: RunConfig, posterior: Posterior) -> None:
    def stop(_: float | None, text: str) -> None:
        if text.startswith("iteration"):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted):
        run(config, posterior=posterior, progress=stop)


def test_a_resume_with_another_posterior_is_refused_and_force_keeps_what_was_there(tmp_path: Path) -> None:
    config = load_config({**CONFIG, "output": str(tmp_path / "out")})
    interrupted(config, toy_posterior())
    moved = toy_posterior(GaussianLikelihood(mean=(0.3, 0.6)))
    with pytest.raises(
        InputError, match=r"posterior has changed.*likelihood gauss: log L at probe 1 .*--force"
    ) as refused:
        run(config, posterior=moved, resume=True)
    assert refused.value.details.splitlines()[0].split() == ["what", "was", "is"]
    run(config, posterior=moved, force=True)
    assert (tmp_path / "out.old-1" / "journal" / "manifest.json").exists()
    (tmp_path / "out.old-1").rename(tmp_path / "back")
    resumed = read_chain(
        run(with_changes(config, output=str(tmp_path / "back")), posterior=toy_posterior(), resume=True)
    )
    whole = read_chain(run(with_changes(config, output=str(tmp_path / "whole")), posterior=toy_posterior()))
    np.testing.assert_array_equal(resumed.log_weight, whole.log_weight)
    run(config, posterior=moved, force=True)
    before = read_chain(tmp_path / "out.old-1")
    np.testing.assert_array_equal(before.log_weight, read_chain(tmp_path / "out").log_weight)
    assert before.info.fingerprint["digest"] == read_chain(tmp_path / "out").info.fingerprint["digest"]
