"""What `cite` prints: everything that a run rests on, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from toys import GaussianLikelihood, LineModel, toy_posterior

from twinsector import build_posterior
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.provenance.citations import bibliography, citation_keys
from twinsector.likelihoods import build_likelihood
from twinsector.likelihoods.catalogue import data_entries

RUNS = sorted((Path(__file__).parents[2] / "runs").glob("*.yaml"))
CITED_BY_CODE = {"baryon_asymmetry"}  # likelihoods without a table, and the paper's own conditions
ONE = {"name": "one", "model": "mirror", "likelihoods": {"planck_neff": {}}}


def keys(changes: dict[str, object]) -> dict[str, tuple[str, ...]]:
    config = load_config({**ONE, **changes})
    return citation_keys(config, build_posterior(config))


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.name)
def test_every_key_of_a_ready_made_run_has_an_entry_and_none_twice(path: Path) -> None:
    config = load_config(path)
    text = bibliography(config, build_posterior(config))
    found = re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE)
    assert "no entry" not in text and len(found) == len(set(found)) > 7
    bounds_of_the_paper = "planck18_limit" in path.read_text() or "photon_mixing" in config.likelihoods
    assert ("Bodas_2401.12286" in found) == (config.model == "mirror" or bounds_of_the_paper)
    assert ("Cheng_1805.12139" in found) == (config.model == "twin")


def test_the_data_are_the_rows_that_were_loaded() -> None:
    cited = {}
    for entry in data_entries():
        cited.setdefault((entry.likelihood, entry.file, entry.row), set()).update(entry.citation.split(", "))
    for name, dataset in [(e.likelihood, d) for e in data_entries() for d in e.datasets if ":" not in d]:
        if name == "dark_photon_criteria":
            continue
        built = build_likelihood(name, {"dataset": dataset})
        rows = {(name, file.name, row) for file in built.data_files for row in file.rows or ("",)}
        assert set(built.citations) == {key for row in rows for key in cited[row]}, (name, dataset)


def test_another_data_set_another_citation() -> None:
    default = keys({})["data"]
    forecast = keys({"likelihoods": {"planck_neff": {"dataset": "forecast_cmb_s4", "joint_omega_b": False}}})["data"]
    assert default == ("ACT_2503.14454", "Planck_1807.06209") and forecast == ("CMBS4_1610.02743",)


def test_sampler_methods_options_and_packages() -> None:
    plain = keys({"sampler": {"name": "dynesty"}})
    other = keys({"sampler": {"name": "dynesty", "dynamic": True, "bound": "single", "sample": "rslice"}})
    assert plain["sampler"] == ("dynesty_1904.02180", "dynesty_zenodo", "Skilling_2006", "Feroz_0809.3437")
    assert {"Higson_1704.03459", "Mukherjee_astro-ph0508461", "Handley_1506.00171"} <= set(other["sampler"])
    assert keys({"sampler": "emcee"})["sampler"] == ("emcee_1202.3665",)
    assert "Djouadi_hep-ph0503172" in plain["model"]
    assert "Djouadi_hep-ph0503172" not in keys({"options": {"widths": "paper"}})["model"]
    assert "SaikawaShirai_1803.01038" in keys({"options": {"g_star": "saikawa_shirai"}})["model"]
    assert "numba_2015" in plain["packages"] and "dask_2015" not in plain["packages"]
    assert "dask_2015" in keys({"executor": "dask"})["packages"]
    assert keys({"executor": "mpi"})["packages"] == (*plain["packages"], "mpi4py_2021")


def test_a_key_of_a_users_table_without_an_entry_is_named(tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("# citation: Mine_2026\nmass_gev,sigma_si_cm2\n1,1e-40\n10,1e-45\n")
    config = load_config({**ONE, "likelihoods": {"direct_detection": {"path": str(table)}}})
    text = bibliography(config, build_posterior(config))
    assert "% no entry for Mine_2026" in text and "LZ_2410" not in text


def test_the_bibliography_has_a_part_for_each_use_and_entries_from_elsewhere() -> None:
    """A model and a likelihood of another package: keys in order, none twice, a part without keys is left out."""

    class Cited(LineModel):
        citations = ("Mine_2026", "numpy_2020", "Mine_2026")
        bibtex = "@misc{Mine_2026,\n  title = {Mine},\n}\n@article{Not_used, a = {}\n }"

    likelihood = GaussianLikelihood(citations=("Zed_2026", "Mine_2026"))
    posterior = toy_posterior(likelihood, model=Cited())
    config = load_config({"name": "a", "model": "line", "likelihoods": {"gauss": {}}, "sampler": "emcee"})
    packages = ("scipy_2020", "matplotlib_2007")
    assert citation_keys(config, posterior) == {
        "model": ("Mine_2026", "numpy_2020"),
        "data": ("Zed_2026",),
        "sampler": ("emcee_1202.3665",),
        "packages": packages,
    }
    blocks = bibliography(config, posterior).split("\n\n")
    assert [block for block in blocks if block.startswith("%")] == [
        "% model",
        "% data",
        "% no entry for Zed_2026: add it to your bibliography",
        "% sampler",
        "% packages",
    ]
    assert blocks[1] == "@misc{Mine_2026,\n  title = {Mine},\n}"
    assert [block.partition("{")[2].partition(",")[0] for block in blocks[-len(packages) :]] == list(packages)
    without = toy_posterior(GaussianLikelihood(), model=Cited())
    assert "% data" not in bibliography(config, without)
