"""The JSON schema of run files: what is shipped is what the code says, and it judges as the code does."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from twinsector.inference.configuration import template
from twinsector.inference.configuration.build import build_posterior, resolve
from twinsector.inference.configuration.json_schema import run_file_schema
from twinsector.inference.configuration.models import build_model
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.configuration.template import run_file_template
from twinsector.inference.configuration.yaml_with_lines import parse_yaml, read_yaml
from twinsector.inference.errors import InputError
from twinsector.likelihoods import likelihood_names

ROOT = Path(__file__).parents[2]
RUN_FILES = sorted((ROOT / "runs").glob("*.yaml"))
jsonschema = pytest.importorskip("jsonschema", reason="no jsonschema: pip install 'twinsector[test]'")


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = run_file_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_shipped_schema_is_the_codes() -> None:
    shipped = json.loads((ROOT / "docs" / "run.schema.json").read_text())
    assert shipped == json.loads(json.dumps(run_file_schema())), (
        "the run file's schema has changed: write it anew with `twinsector schema -o docs/run.schema.json`"
    )


@pytest.mark.parametrize("path", RUN_FILES, ids=lambda path: path.stem)
def test_run_files_are_valid_and_resolved_ones_too(validator: Any, path: Path) -> None:
    validator.validate(read_yaml(path)[0])
    config = load_config(path)
    validator.validate(resolve(config, build_posterior(config)).to_dict())


@pytest.mark.parametrize("model", ["mirror", "twin"])
def test_every_prior_and_likelihood_set_is_valid_spelled_out(validator: Any, model: str) -> None:
    built = build_model(model)
    assert model in built.prior_sets and model in built.likelihood_sets
    for specs in built.prior_sets.values():
        validator.validate({"name": "a", "model": model, "likelihoods": {"bbn": {}}, "parameters": dict(specs)})
    for likelihoods in built.likelihood_sets.values():
        plain = json.loads(json.dumps(likelihoods))
        validator.validate({"name": "a", "model": model, "likelihoods": plain})


@pytest.mark.parametrize("model", ["mirror", "twin"])
def test_templates_are_valid(validator: Any, model: str) -> None:
    validator.validate(parse_yaml(run_file_template(model))[0])


def test_the_template_of_a_model_without_options_has_no_empty_section(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = {"toy": {"m": 1.0}}, {"toy": {"planck_neff": {}}}
    toy = SimpleNamespace(options={}, option_choices={}, prior_sets=sets[0], likelihood_sets=sets[1])
    monkeypatch.setattr(template, "build_model", lambda name: toy)
    data = parse_yaml(run_file_template("toy"))[0]
    assert "options" not in data and None not in data.values()


@pytest.mark.parametrize(
    "change",
    [
        {"sed": 1},
        {"seed": -1},
        {"workers": 0},
        {"executor": "mpy"},
        {"model": "miror"},
        {"likelihoods": {}},
        {"likelihoods": {"planck_nef": {}}},
        {"likelihoods": {"planck_neff": {"datset": "paper"}}},
        {"likelihoods": {"planck_neff": {"dataset": "papre"}}},
        {"likelihoods": {"planck_neff": {"dataset": None}}},
        {"likelihoods": {"planck_neff": {"path": 3}}},
        {"likelihoods": {"planck_neff": {"joint_omega_b": "yes"}}},
        {"likelihoods": {"relic_density": {"theory_error": -0.1}}},
        {"likelihoods": {"relic_density": {"kind": "limit"}}},
        {"likelihoods": {"baryon_asymmetry": {"theory_error": 0}}},
        {"likelihoods": {"bbn": {"yp": "cooke_2018"}}},
        {"likelihoods": {"bbn": {"nuisance_d_over_h": "small"}}},
        {"likelihoods": {"bbn": {"prediction": True}}},
        {"likelihoods": {"direct_detection": {"coefficient": 0}}},
        {"likelihoods": {"direct_detection": {"mediator": 0.1}}},
        {"likelihoods": {"direct_detection": {"couplings": [1]}}},
        {"likelihoods": {"direct_detection": {"couplings": "charges"}}},
        {"likelihoods": {"direct_detection": {"exchanges": []}}},
        {"likelihoods": {"direct_detection": {"exchanges": [{"sigma": "x"}]}}},
        {"likelihoods": {"dark_photon": {"branching_ratio": 1}}},
        {"likelihoods": {"counting": None}},
        {"likelihoods": {"mine": {"of": "m_dm", "mean": 1, "sigma": 1}}},
        {"likelihoods": {"mine": {"type": "gausian", "of": "m_dm", "mean": 1, "sigma": 1}}},
        {"likelihoods": {"mine": {"type": "gaussian", "of": "m_dm", "mean": 1, "sgima": 1}}},
        {"likelihoods": {"bbn": {"type": "gaussian", "of": "m_dm", "mean": 1, "sigma": 1}}},
        {"derived": {"x": 3}},
        {"derived": {"x": {"expresion": "m_dm"}}},
        {"likelihoods": {"counting": {}}},
        {"options": {"width": "full"}},
        {"options": {"widths": "fll"}},
        {"parameters": {"m_r": 100}},
        {"parameters": {"m_R": {"unifrm": [100, 200]}}},
        {"parameters": {"m_R": {"uniform": [100]}}},
        {"priors": "miror"},
        {"sampler": "emce"},
        {"sampler": {"name": "emcee", "nlive": 100}},
        {"sampler": {"nlive": 100}},
        {"sampler": {"n_live": 3}},
    ],
    ids=str,
)
def test_what_the_code_refuses_the_schema_refuses(validator: Any, change: dict[str, object]) -> None:
    data = {**read_yaml(ROOT / "runs" / "mirror.yaml")[0], **change}
    assert not validator.is_valid(data)
    with pytest.raises(InputError):
        build_posterior(load_config(data))


def test_every_setting_has_a_meaning_and_a_type() -> None:
    defined = {key: part for key, part in run_file_schema()["$defs"].items() if key.startswith("likelihood_")}
    assert len(defined) == len(likelihood_names())
    for name, likelihood in defined.items():
        assert likelihood["properties"].pop("type") == {"const": name.removeprefix("likelihood_")}
        branches = [branch["else"]["properties"] for branch in likelihood.get("allOf", ())]
        for setting, schema in likelihood["properties"].items():
            typed = [schema, *(branch[setting] for branch in branches if setting in branch)]
            assert schema["description"], (name, setting)
            assert any({"enum", "type", "anyOf"} & set(each) for each in typed), (name, setting)


@pytest.mark.parametrize(
    "settings",
    [
        {"bbn": {"yp": False, "d_over_h": "cooke_2018", "nuisance_d_over_h": 0}},
        {"bbn": {"path": "mine.csv", "yp": "my_row", "prediction_path": None}},
        {"planck_neff": {"path": "mine.csv", "dataset": "my_row"}},
        {"dark_dineutron": {"mode": False}, "bbn": None},
        {"direct_detection": {"couplings": [0.5, -0.3], "coefficient": None, "halo": "marginalised"}},
        {"direct_detection": {"exchanges": [{"couplings": "charge", "mediator": "m_dark_photon"}, {}]}},
        {"counting": {"path": "mine.csv"}},
        {"mine": {"type": "gaussian", "of": "m_dm", "mean": -1, "sigma": 2.5}, "bbn": {"type": "bbn"}},
        {"upper_limit": {"of": "m_dm", "limit": 3, "level": 95, "sided": "two", "events": ["a"]}},
        {"both": {"type": "correlated_gaussian", "of": ["a", "b"], "mean": [1, 2], "covariance": [[1, 0], [0, 1]]}},
    ],
    ids=str,
)
def test_what_the_code_takes_the_schema_takes(validator: Any, settings: dict[str, object]) -> None:
    validator.validate({"name": "a", "model": "mirror", "likelihoods": settings})


COMPLETE = {"name": "a", "model": "mirror", "likelihoods": {"bbn": {}}}


@pytest.mark.parametrize(
    "data",
    [
        {"base": "x.yaml"},
        {"include": ["x.yaml", "y.yaml"], "x-late": {"anything": [1]}},
        {"base": "x.yaml", "sampler": {"walkers": 40}, "likelihoods": {"mine": {"sigma": 2}, "bbn": None}},
        {"base": "x.yaml", "include": "y.yaml", "without": ["likelihoods.bbn"]},
        {**COMPLETE, "x-late": None},
        {**COMPLETE, "options": None, "parameters": None, "derived": None, "sampler": None},
        {"base": "x.yaml", "options": None, "sampler": None},
    ],
    ids=str,
)
def test_files_that_stand_on_others_are_valid_though_incomplete(validator: Any, data: dict[str, object]) -> None:
    validator.validate(data)


@pytest.mark.parametrize(
    "change",
    [{"base": 3}, {"include": [1]}, {"without": "seed"}, {"without": ["seed"]}, {"x": 1}, {"base": "x.yaml", "sed": 1},
     {"base": "x.yaml", "seed": -1}],
    ids=str,
)  # fmt: skip
def test_wrong_files_that_stand_on_others_are_refused(
    validator: Any, change: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text(json.dumps(COMPLETE))
    data = {**COMPLETE, **change}
    assert validator.is_valid(COMPLETE) and not validator.is_valid(data)
    with pytest.raises(InputError):
        load_config(data)


def test_a_file_that_stands_on_none_must_be_complete(validator: Any) -> None:
    for name in COMPLETE:
        assert not validator.is_valid({key: value for key, value in COMPLETE.items() if key != name})
