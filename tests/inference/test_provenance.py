"""audit, rerun and merge: what they accept, and what they find."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toys import GaussianLikelihood, gaussian_log_evidence, toy_posterior

from twinsector.chains import Chain, read_chain, summarize
from twinsector.inference.configuration.run_config import load_config, with_seed_index
from twinsector.inference.errors import InputError
from twinsector.inference.runs.run import run
from twinsector.inference.verification.audit import audit
from twinsector.inference.verification.merge import format_merged, merge, merged_evidence
from twinsector.inference.verification.rerun import differences, rerun

ROOT = Path(__file__).parents[2]
MIRROR = {
    "name": "audited",
    "model": "mirror",
    "likelihoods": {"planck_neff": None, "bbn": None},
    "parameters": {  # few sampled parameters: a small corner plot
        "g_ratio": 1.0,
        "yb_ratio": 1.0,
        "delta_alpha_s": 0.05,
        "yu_dark": 5e-5,
        "yd_dark": 1e-5,
        "sigma_v_chi": 5e-15,
        "lambda_HH": 0.01,
    },
    "sampler": {"name": "dynesty", "nlive": 60, "walks": 20, "dlogz": 1.0},
}
NESTED = {"name": "dynesty", "nlive": 60, "walks": 15}
MCMC = {"name": "emcee", "walkers": 16, "check_every": 50, "max_steps": 200}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """A small run of the mirror model."""
    return read_chain(run(load_config({**MIRROR, "output": str(tmp_path_factory.mktemp("audited") / "out")})))


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> list[Chain]:
    """Five seeds of the toy model."""
    place = tmp_path_factory.mktemp("seeds")
    return [toy(place, index, NESTED) for index in range(5)]


def toy(place: Path, index: int, sampler: dict[str, object], *likelihoods: object) -> Chain:
    config = load_config({
        "name": "toy", "model": "line", "likelihoods": {"gauss": {}}, "sampler": sampler,
        "output": str(place / "toy"),
    })  # fmt: skip
    return read_chain(run(with_seed_index(config, index), posterior=toy_posterior(*likelihoods)))


def failed(chain: Chain) -> dict[str, str]:
    return {one.check: one.text for one in audit(chain, n=None).findings if one.holds is False}


def test_a_chain_as_it_was_written_passes(finished: Chain) -> None:
    found = audit(finished)
    assert found.passed, str(found)
    assert {one.check for one in found.findings} >= {
        "data tables", "versions", "fingerprint", "log L", "log prior", "predictions", "weights", "order", "evidence",
    }  # fmt: skip
    assert "largest relative difference 0 in 200 samples" in str(found)


def test_every_kind_of_tampering_is_found(finished: Chain) -> None:
    def changed(group: str, name: str, rows: slice | int, by: float) -> Chain:
        columns = {key: value.copy() for key, value in getattr(finished, group).items()}
        columns[name][rows] *= by
        return replace(finished, **{group: columns})

    row = finished.n_samples // 2
    found = failed(changed("predictions", "delta_neff", row, 1.0 + 1e-6))
    assert list(found) == ["predictions"]
    assert f"(delta_neff, sample {row}: stored" in found["predictions"]
    assert "log L" in failed(changed("log_likelihoods", "bbn", row, 1.01))
    assert {"log prior", "log L", "predictions"} <= set(failed(changed("parameters", "m_R", row, 1.001)))
    assert "fixed and tied parameters" in failed(changed("parameters", "m_chi", row, 1.001))
    weight = finished.log_weight.copy()
    weight[row] += 3.0
    assert list(failed(replace(finished, log_weight=weight - np.log(np.exp(weight).sum())))) == ["volumes"]
    order = np.arange(finished.n_samples)[::-1]
    assert "order" in failed(replace(finished, log_likelihood=finished.log_likelihood[order]))
    info = finished.info
    assert info.log_evidence is not None
    assert list(failed(replace(finished, info=replace(info, log_evidence=info.log_evidence + 5.0)))) == ["evidence"]
    tables = {**info.data_checksums, "neff.csv": "0" * 64}
    assert list(failed(replace(finished, info=replace(info, data_checksums=tables)))) == ["data tables"]
    probes = {**info.fingerprint, "log_prior": [0.0] * 8}
    assert list(failed(replace(finished, info=replace(info, fingerprint=probes)))) == ["fingerprint"]
    steep = info.run_file.replace("joint_omega_b: true", "joint_omega_b: false")
    assert steep != info.run_file
    assert {"data tables", "log L"} <= set(failed(replace(finished, info=replace(info, run_file=steep))))


def test_other_versions_are_noted_but_not_a_failure(finished: Chain) -> None:
    info = replace(finished.info, versions={**finished.info.versions, "numpy": "1.0"})
    found = audit(replace(finished, info=info))
    assert found.passed
    assert "note    versions: numpy 1.0, here" in str(found)


def test_a_chain_without_a_run_file_cannot_be_checked(finished: Chain) -> None:
    with pytest.raises(InputError, match="contains no run file"):
        audit(replace(finished, info=replace(finished.info, run_file="")))


def test_a_run_is_repeated_from_its_chain_alone(finished: Chain, tmp_path: Path) -> None:
    again = rerun(finished, tmp_path / "again")
    assert again.differences == () and str(again).startswith("identical")
    second = read_chain(again.path)
    assert second.info.fingerprint["digest"] == finished.info.fingerprint["digest"]
    moved = {**second.predictions, "xi": second.predictions["xi"] * (1 + 1e-15)}
    assert differences(finished, replace(second, predictions=moved)) == ["predictions: xi"]
    assert differences(finished, replace(second, info=replace(second.info, log_evidence=1.0)))[0].endswith("then 1 +/- "
        f"{second.info.log_evidence_error:.2g}")  # fmt: skip


def test_a_users_table_travels_in_the_chain(tmp_path: Path) -> None:
    table = tmp_path / "mine" / "neff.csv"
    table.parent.mkdir()
    shutil.copy(ROOT / "likelihoods" / "data" / "neff.csv", table)
    settings = {"planck_neff": {"path": str(table), "dataset": "planck18"}}
    chain = read_chain(run(load_config({**MIRROR, "likelihoods": settings, "output": str(tmp_path / "out")})))
    shutil.rmtree(table.parent)
    assert audit(chain).passed
    assert rerun(chain, tmp_path / "again").differences == ()
    lost = replace(chain, info=replace(chain.info, user_tables={}))
    with pytest.raises(InputError, match="does not contain its table"):
        audit(lost)


def test_seeds_of_a_family_are_independent_and_reproducible() -> None:
    config = load_config({**MIRROR, "output": "here/out/"})
    family = [with_seed_index(config, index) for index in range(50)]
    assert len({one.seed for one in family} | {config.seed}) == 51
    assert with_seed_index(config, 7) == family[7]
    assert (family[7].name, family[7].output) == ("audited-seed0007", "here/out-seed0007")
    assert with_seed_index(load_config({**MIRROR, "seed": 2}), 7).seed != family[7].seed
    with pytest.raises(InputError, match="give 0 or more"):
        with_seed_index(config, -1)


def test_nested_runs_are_merged_by_their_evidence(seeds: list[Chain]) -> None:
    """By the live points that they have together where births are known, else by an average."""
    merged = merge(seeds, "all")
    z = np.array([chain.info.log_evidence for chain in seeds])
    average = np.log(np.mean(np.exp(z)))
    assert merged.info.convergence["mean_of_evidences"] == pytest.approx(average)
    assert merged.info.log_evidence == pytest.approx(average, abs=merged.info.log_evidence_error)
    assert merged.info.convergence["log_evidence_scatter"] == pytest.approx(np.std(z, ddof=1))
    assert abs(merged.info.log_evidence - gaussian_log_evidence()) < 4 * merged.info.log_evidence_error
    assert merged.info.log_evidence_error < seeds[0].info.log_evidence_error
    pooled = merge([replace(chain, log_likelihood_birth=None) for chain in seeds], "all")
    assert pooled.info.log_evidence == pytest.approx(average)
    shares = [pooled.weight[pooled.chain_index == k].sum() for k in range(len(seeds))]
    np.testing.assert_allclose(shares, np.exp(z) / np.exp(z).sum())
    assert merged.n_samples == sum(chain.n_samples for chain in seeds)
    assert summarize(merged).ess > 3 * summarize(seeds[0]).ess
    a = summarize(merged).rows[0]
    assert a.mean == pytest.approx(0.4, abs=0.02) and a.std == pytest.approx(0.05, abs=0.01)
    text = format_merged(merged.info)
    assert "scatter of ln Z between the runs" in text and text.count("toy-seed") == len(seeds)


def test_the_larger_of_scatter_and_quoted_error_counts() -> None:
    calm, wild = merged_evidence([(1.0, 0.3), (1.01, 0.3)]), merged_evidence([(1.0, 0.01), (3.0, 0.01)])
    assert calm["log_evidence_error"] == pytest.approx(0.3 / np.sqrt(2), rel=0.01)
    assert wild["log_evidence_error"] == pytest.approx(np.sqrt(2.0) / np.sqrt(2.0))
    assert wild["log_evidence"] == pytest.approx(np.log((np.exp(1) + np.exp(3)) / 2))


def test_ensembles_are_concatenated(tmp_path: Path) -> None:
    chains = [toy(tmp_path, index, MCMC) for index in range(2)]
    merged = merge(chains, "all")
    assert merged.info.log_evidence is None and merged.is_mcmc
    assert len(np.unique(merged.chain_index)) == 8
    np.testing.assert_allclose(merged.weight, 1.0 / merged.n_samples)
    assert summarize(merged).n_samples == sum(chain.n_samples for chain in chains)


def test_unrelated_runs_are_not_merged(seeds: list[Chain], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least two runs"):
        merge(seeds[:1], "all")
    with pytest.raises(InputError, match=r"'toy-seed0000' and 'toy-seed0000' share seed"):
        merge([seeds[0], seeds[1], seeds[0]], "all")
    with pytest.raises(InputError, match="is already merged"):
        merge([merge(seeds[:2], "two"), seeds[2]], "all")
    stranger = toy(tmp_path, 9, NESTED, GaussianLikelihood(mean=(0.41, 0.6)))
    with pytest.raises(InputError, match=r"not runs of one configuration: likelihood gauss: log L at probe 1") as no:
        merge([seeds[0], stranger], "all")
    assert "in toy-seed0009" in no.value.details
    same_seed = toy(tmp_path / "same", 0, NESTED, GaussianLikelihood(mean=(0.41, 0.6)))
    with pytest.raises(InputError, match="not runs of one configuration: likelihood gauss"):
        merge([seeds[0], same_seed], "all")
    with pytest.raises(InputError, match="rerun each of them"):
        rerun(merge(seeds[:2], "two"), tmp_path / "again")
