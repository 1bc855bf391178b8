"""A finished run taken further is the run that asked for as much from the start, to the last bit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from toys import GaussianLikelihood, toy_posterior

from twinsector.chains import Chain, read_chain
from twinsector.inference.configuration.run_config import RunConfig, load_config
from twinsector.inference.errors import InputError, Interrupted
from twinsector.inference.runs.final_state import EXTEND, HEADER
from twinsector.inference.runs.run import run

EMCEE = {"name": "emcee", "walkers": 16, "check_every": 50, "max_steps": 60}
DYNESTY = {"name": "dynesty", "nlive": 60, "walks": 10, "dlogz": 1.0}
DYNAMIC = {**DYNESTY, "dynamic": True, "n_effective": 200}
NAUTILUS = {"name": "nautilus", "n_live": 100, "n_eff": 500, "n_batch": 64, "n_shell": 1}
CASES = [
    pytest.param(EMCEE, {"max_steps": 130}, id="emcee"),
    pytest.param(DYNESTY, {"dlogz": 0.1}, id="dynesty"),
    pytest.param(DYNAMIC, {"n_effective": 500}, id="dynamic", marks=pytest.mark.slow),
    pytest.param(NAUTILUS, {"n_eff": 1500}, id="nautilus", marks=pytest.mark.slow),
]


def config(folder: Path, sampler: dict[str, object]) -> RunConfig:
    return load_config(
        {"name": "toy", "model": "line", "likelihoods": {"gauss": {}}, "sampler": sampler, "output": str(folder)}
    )


def sample(folder: Path, sampler: dict[str, object], **options: object) -> Chain:
    return read_chain(run(config(folder, sampler), posterior=toy_posterior(), **options))


@pytest.mark.parametrize(("sampler", "more"), CASES)
def test_an_extended_run_is_the_longer_run(tmp_path: Path, sampler: dict[str, object], more: dict[str, object]) -> None:
    longer = {**sampler, **more}
    first = sample(tmp_path / "cut", sampler)
    whole = sample(tmp_path / "whole", longer)
    try:
        sample(tmp_path / "cut", longer, extend=True, time_limit=0.0)
        pytest.fail("it should have stopped")
    except Interrupted:
        assert not (tmp_path / "cut" / "chain.h5").exists()
    extended = sample(tmp_path / "cut", longer, resume=True)
    for (name, a), (_, b) in zip(whole._columns(), extended._columns(), strict=True):
        assert a.tobytes() == b.tobytes(), name
    assert whole.log_weight.tobytes() == extended.log_weight.tobytes()
    assert whole.info.log_evidence == extended.info.log_evidence
    assert whole.info.n_evaluations == extended.info.n_evaluations > first.info.n_evaluations
    (part,) = extended.info.extended
    assert part["n_evaluations"] == first.info.n_evaluations and part["created"] == first.info.created
    assert part["sampler_settings"] == first.info.sampler_settings
    assert extended.info.sampler_settings == whole.info.sampler_settings


def test_what_cannot_be_extended_says_so(tmp_path: Path) -> None:
    sample(tmp_path / "run", EMCEE)
    for changed, message in (
        (EMCEE, r"nothing to extend .* asks for more \(max_steps: 60"),
        ({**EMCEE, "max_steps": 50}, "max_steps: 50 asks for less than the 60"),
        ({**EMCEE, "walkers": 20, "max_steps": 90}, "more than the sampler's goal changed: sampler.walkers"),
    ):
        with pytest.raises(InputError, match=message):
            sample(tmp_path / "run", changed, extend=True)
    moved = toy_posterior(GaussianLikelihood(mean=(0.4, 0.7)))
    with pytest.raises(InputError, match="more than the sampler's goal changed: likelihood gauss"):
        run(config(tmp_path / "run", {**EMCEE, "max_steps": 90}), posterior=moved, extend=True)
    with pytest.raises(InputError, match=r"the run is finished; .* --extend takes it further"):
        sample(tmp_path / "run", EMCEE, resume=True)
    with pytest.raises(InputError, match="no chain file"):
        sample(tmp_path / "none", EMCEE, extend=True)
    shutil.rmtree(tmp_path / "run" / "extend")
    with pytest.raises(InputError, match=r"its last state \(extend/\) is gone"):
        sample(tmp_path / "run", {**EMCEE, "max_steps": 90}, extend=True)


def test_a_kill_while_the_state_is_kept_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal is moved file by file: what was moved before the kill is not looked for again."""
    folder, replace, moved = tmp_path / "run", Path.replace, []

    def killed(path: Path, target: Path) -> Path:
        if target.parent.name == EXTEND and moved:
            raise KeyboardInterrupt
        moved.append(path.name)
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            sample(folder, EMCEE)
    assert moved and not (folder / EXTEND / HEADER).exists()
    sample(folder, EMCEE, resume=True)
    sample(folder, {**EMCEE, "max_steps": 80}, extend=True)
