"""The run file: what is read, what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinsector.inference.configuration.run_config import RunConfig, load_config, make_config
from twinsector.inference.configuration.yaml_with_lines import parse_yaml
from twinsector.inference.errors import InputError
from twinsector.inference.samplers.emcee_settings import EmceeSettings
from twinsector.inference.samplers.nautilus_settings import NautilusSettings

HEAD = "name: a\nmodel: mirror\nlikelihoods:\n  planck_neff:\n"


def read(text: str) -> RunConfig:
    return make_config(*parse_yaml(text, "run.yaml"))


def test_defaults_are_filled_in_and_survive_the_way_through_yaml() -> None:
    config = read(HEAD)
    assert config.sampler == NautilusSettings()
    assert config.likelihoods == {"planck_neff": {}}
    assert config.folder == Path("results/a")
    assert read(config.to_yaml()).to_dict() == config.to_dict()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("sampler: emcee\n", EmceeSettings),
        ("sampler: {name: emcee}\n", EmceeSettings),
        ("sampler: {n_live: 90}\n", NautilusSettings),
    ],
)
def test_a_sampler_is_a_name_or_a_mapping(text: str, kind: type) -> None:
    assert isinstance(read(HEAD + text).sampler, kind)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seeed: 3\n", "run.yaml:5: unknown key 'seeed'; did you mean 'seed'?"),
        ("sampler: {name: dynesty, n_live: 3}\n", "run.yaml:5: unknown key 'sampler.n_live'; did you mean 'nlive'?"),
        ("sampler: {name: emce}\n", "run.yaml:5: unknown sampler 'emce'; did you mean 'emcee'?"),
        ("name: b\n", "run.yaml:5: key 'name' is given twice (first on line 1); keep one"),
        (
            "parameters:\n  m_R: 1\n  v_dark: 2\n  m_R: 3\n",
            "run.yaml:8: key 'parameters.m_R' is given twice (first on line 6)",
        ),
        ("seed: 1.5\n", "run.yaml:5: 'seed' is wrong: input should be a valid integer (got 1.5)"),
        ("seed: '1'\n", "run.yaml:5: 'seed' is wrong"),
        ("workers: 0\n", "run.yaml:5: 'workers' is wrong: input should be greater than or equal to 1"),
        ("sampler: {name: dynesty, dlogz: .nan}\n", "run.yaml:5: 'sampler.dlogz' is wrong"),
        ("sampler: 3\n", "run.yaml:5: 'sampler' is a name or a mapping (got 3)"),
        ("sampler: ultranest\n", "run.yaml:5: unknown sampler 'ultranest'; known: "),
        (
            "parameters: [1, 2]\n",
            "run.yaml:5: 'parameters' is wrong: it takes NAME: VALUE in each line, without a dash",
        ),
        ("parameters:\n\tm_R: 1\n", "cannot start any token; indent with spaces"),
        ("output: [1\n", "run.yaml:6: not valid YAML"),
        ("? [a]\n: 1\n", "run.yaml:5: a key must be a plain word"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(HEAD + text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "- a\n", "3\n", "name: a\n", "name: ../up\nmodel: m\nlikelihoods: {a: {}}\n"])
def test_a_run_file_is_a_complete_mapping(text: str) -> None:
    with pytest.raises(InputError, match=r"run.yaml"):
        read(text)


def test_no_likelihood_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="likelihoods"):
        read("name: a\nmodel: mirror\nlikelihoods: {}\n")


def test_a_missing_run_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such run file"):
        load_config(tmp_path / "nothing.yaml")


def test_a_folder_or_a_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        load_config(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="UTF-8"):
        load_config(tmp_path / "binary")


@given(st.floats(min_value=1e-300, max_value=1e300), st.sampled_from(["{:e}", "{:.3E}", "{!r}"]))
def test_numbers_with_exponents_are_numbers(value: float, form: str) -> None:
    text = form.format(value)
    data, _ = parse_yaml(f"x: {text}\n")
    assert data["x"] == float(text)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(), min_size=1), st.sampled_from("abcdef"))
def test_a_key_is_refused_exactly_where_it_stands_twice(items: dict[str, int], extra: str) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in items.items()) + f"{extra}: 1\n"
    if extra in items:
        with pytest.raises(InputError, match=f":{len(items) + 1}: key '{extra}' is given twice"):
            parse_yaml(text)
    else:
        assert parse_yaml(text)[0] == {**items, extra: 1}


def test_the_same_mapping_works_from_python() -> None:
    config = load_config({"name": "a", "model": "mirror", "likelihoods": {"planck_neff": {}}})
    assert config.name == "a"
    with pytest.raises(InputError, match="run file: unknown key 'sed'; did you mean 'seed'"):
        load_config({"name": "a", "model": "mirror", "likelihoods": {"planck_neff": {}}, "sed": 2})


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_bytes(b"\x00\x01")
    with pytest.raises(InputError, match=r"run.yaml: not valid YAML"):
        load_config(tmp_path / "run.yaml")
