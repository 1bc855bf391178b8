"""Run files made of several, and values changed by dotted path: what is merged, what is refused, and in which words."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinsector.common.core_yaml import MOST_CHARACTERS
from twinsector.inference.configuration.build import build_posterior
from twinsector.inference.configuration.layers import DEEPEST_PATH, MOST_FILES, SECTIONS, read_run_file
from twinsector.inference.configuration.run_config import RunConfig, load_config, make_config
from twinsector.inference.configuration.yaml_with_lines import parse_yaml
from twinsector.inference.errors import InputError

BASE = """name: whole
model: mirror
options: {widths: paper, reheating: instantaneous}
parameters:
  m_R: {log_uniform: [100, 500]}
  v_dark: 1000
derived:
  twice: {expression: 2 * m_R, unit: GeV}
likelihoods:
  planck_neff: {dataset: paper, joint_omega_b: false}
  bbn:
sampler: {name: emcee, walkers: 40, max_steps: 100}
seed: 3
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write files (relative path -> text) into the working folder, ``base.yaml`` among them."""
    monkeypatch.chdir(tmp_path)

    def files(**texts: str) -> None:
        for name, text in {"base": BASE, **texts}.items():
            path = Path(*name.split("__")).with_suffix(".yaml")
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(text)

    return files


def test_a_file_on_a_base_changes_what_it_names(write: Any) -> None:
    write(
        mine="base: base.yaml\nname: mine\noptions: {widths: full}\nlikelihoods: {planck_neff: {dataset: act_2025}}\n"
    )
    found, before = load_config("mine.yaml"), load_config("base.yaml")
    assert found.name == "mine" and found.seed == 3
    assert found.options == {"widths": "full", "reheating": "instantaneous"}
    assert found.likelihoods == {"planck_neff": {"dataset": "act_2025", "joint_omega_b": False}, "bbn": {}}
    assert found.parameters == before.parameters and found.sampler == before.sampler


def test_an_empty_section_counts_as_not_given(write: Any) -> None:
    empty = "options:\nparameters:\nderived:\nsampler:\n"
    write(mine="base: base.yaml\n" + empty, alone="name: a\nmodel: mirror\nlikelihoods: {bbn: {}}\n" + empty)
    assert load_config("mine.yaml").to_dict() == load_config("base.yaml").to_dict()
    found = load_config("alone.yaml")
    assert found.options == found.parameters == found.derived == {} and found.sampler.name == "nautilus"


def test_priors_lists_and_derived_quantities_are_replaced_as_a_whole(write: Any) -> None:
    write(mine="base: base.yaml\nparameters: {m_R: {uniform: [1, 2]}}\nderived: {twice: m_R + m_R}\n")
    found = load_config("mine.yaml")
    assert found.parameters == {"m_R": {"uniform": [1, 2]}, "v_dark": 1000}
    assert found.derived == {"twice": "m_R + m_R"}


def test_another_sampler_or_type_leaves_nothing_of_the_former(write: Any) -> None:
    write(
        mine="base: base.yaml\nsampler: {name: dynesty, nlive: 60}\n"
        "likelihoods: {bbn: {type: gaussian, of: xi, mean: 1, sigma: 1}, planck_neff: null}\n",
        more="base: base.yaml\nsampler: {walkers: 50}\n",
        named="base: plain.yaml\nsampler: {max_steps: 17}\n",
        plain=BASE.replace("{name: emcee, walkers: 40, max_steps: 100}", "emcee"),
    )
    found = load_config("mine.yaml")
    assert found.sampler.name == "dynesty" and found.sampler.model_dump()["nlive"] == 60
    assert found.likelihoods["planck_neff"] == {} and found.likelihoods["bbn"]["type"] == "gaussian"
    settings = load_config("more.yaml").sampler.model_dump()
    assert (settings["name"], settings["walkers"], settings["max_steps"]) == ("emcee", 50, 100)
    settings = load_config("named.yaml").sampler.model_dump()
    assert (settings["name"], settings["max_steps"]) == ("emcee", 17)


def test_includes_come_in_their_order_over_the_base(write: Any) -> None:
    write(
        parts__one="seed: 4\noptions: {widths: full}\n",
        parts__two="seed: 5\n",
        mine="include: [parts/one.yaml, parts/two.yaml]\nbase: base.yaml\n",
        single="include: parts/one.yaml\nbase: base.yaml\nseed: 6\n",
    )
    assert load_config("mine.yaml").seed == 5 and load_config("mine.yaml").options["widths"] == "full"
    assert load_config("single.yaml").seed == 6


def test_files_and_tables_are_relative_to_the_file_that_names_them(write: Any) -> None:
    write(
        inner__deep__low="base: ../up.yaml\nlikelihoods: {direct_detection: {path: low.csv}}\n",
        inner__up="include: ../base.yaml\nlikelihoods: {xenon: {type: direct_detection, path: up.csv}}\n",
        mine="base: inner/deep/low.yaml\nlikelihoods: {xenon: {level: 90}}\n",
    )
    found, here = load_config("mine.yaml", {"likelihoods.electron_recoil.path": "cli.csv"}), os.getcwd()
    assert found.likelihoods["direct_detection"]["path"] == f"{here}/inner/deep/low.csv"
    assert found.likelihoods["xenon"] == {"type": "direct_detection", "path": f"{here}/inner/up.csv", "level": 90}
    assert found.likelihoods["electron_recoil"]["path"] == f"{here}/cli.csv"


def test_without_takes_away_from_what_is_inherited(write: Any) -> None:
    write(
        mine="base: base.yaml\nwithout: [likelihoods.bbn, parameters, likelihoods.planck_neff.dataset]\n"
        "parameters: {v_dark: 900}\n"
    )
    found = load_config("mine.yaml")
    assert found.likelihoods == {"planck_neff": {"joint_omega_b": False}} and found.parameters == {"v_dark": 900}
    assert load_config("base.yaml", {"without": ["likelihoods.bbn"]}).likelihoods.keys() == {"planck_neff"}


def test_keys_for_anchors_mean_nothing_else(write: Any) -> None:
    write(mine="x-late: &late {late_reheating: true}\nbase: base.yaml\nlikelihoods: {bbn: *late, planck_neff: *late}\n")
    found = load_config("mine.yaml")
    assert found.likelihoods["bbn"] == {"late_reheating": True} and "x-late" not in found.to_dict()
    with pytest.raises(InputError, match="unknown key 'x'"):
        make_config(*parse_yaml("x: 1\nname: a\nmodel: mirror\nlikelihoods: {bbn: {}}\n"))


def test_the_stored_file_stands_alone_and_follows_no_path(write: Any) -> None:
    write(mine="base: base.yaml\nx-a: 1\nname: mine\n")
    text = load_config("mine.yaml").to_yaml()
    assert make_config(*parse_yaml(text)).to_dict() == load_config("mine.yaml").to_dict()
    with pytest.raises(InputError, match="unknown key 'base'"):  # as read from a chain that somebody else made
        make_config(*parse_yaml(text + "base: base.yaml\n"))


def test_a_message_names_the_file_and_line_that_a_key_is_from(write: Any) -> None:
    write(part="\nsampler: {name: dynesty, nliv: 30}\n", mine="base: base.yaml\n\ninclude: part.yaml\nsede: 3\n")
    with pytest.raises(InputError, match=r"part.yaml:2: unknown key 'sampler.nliv'; did you mean 'nlive'"):
        load_config("mine.yaml")
    write(part="seed: 1\n")
    with pytest.raises(InputError, match=r"^mine.yaml:4: unknown key 'sede'; did you mean 'seed'"):
        load_config("mine.yaml")


def test_a_name_that_a_message_proposes_is_not_where_the_mistake_is(write: Any) -> None:
    write(mine="base: base.yaml\nparameters: {beta_R_ev: {tied: {to: v_darks}}}\n")
    with pytest.raises(InputError, match=r"^mine.yaml:2: .*did you mean 'v_dark'"):
        build_posterior(load_config("mine.yaml"))
    with pytest.raises(InputError, match=r"^--set parameters.beta_R_ev: .*did you mean 'v_dark'"):
        build_posterior(load_config("base.yaml", {"parameters.beta_R_ev": {"tied": {"to": "v_darks"}}}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("base: none.yaml\n", "mine.yaml:1: no such run file: none.yaml"),
        ("base: 3\n", "mine.yaml:1: 'base' is the path of a run file (got 3)"),
        ("include: [a: 1]\n", "mine.yaml:1: 'include' is the path of a run file, or a list of them (got {'a': 1})"),
        ("include: {a: 1}\n", "mine.yaml:1: 'include' is the path"),
        ("seed: 1\nbase: mine.yaml\n", "mine.yaml:2: the files go in a circle: mine.yaml -> mine.yaml"),
        ("base: round.yaml\n", "round.yaml:1: the files go in a circle: mine.yaml -> round.yaml -> mine.yaml"),
        ("base: list.yaml\n", "mine.yaml:1: list.yaml is a list: a run file, or a part of one, is a mapping"),
        ("base: empty.yaml\n", "list.yaml is empty".replace("list", "empty")),
        ("base: odd.yaml\n", "odd.yaml:2: not valid YAML"),
        ("base: .\n", "cannot read '.': a folder, not a file"),
        ("base: pipe\n", "cannot read 'pipe': a pipe, not a file"),
        ("base: /dev/zero\n", "cannot read '/dev/zero': a device, not a file"),
        ("base: $NOT_SET/a.yaml\n", "mine.yaml:1: 'base': path '$NOT_SET/a.yaml': its '$' stands for nothing here"),
        ('base: "a\\0b"\n', "mine.yaml:1: 'base': 'a\\x00b' cannot be a path"),
        ("include: [large.yaml, large.yaml]\n", "mine.yaml:1: with large.yaml, the run file and what it includes are"),
        ("include: [many.yaml, many.yaml, many.yaml]\n", "mine.yaml: more than 20000 values, what it includes counted"),
        ("include: [doubled0.yaml]\n", f"more than {MOST_FILES} files are included"),
        ("base: base.yaml\nwithout: [likelihoods.bbm]\n", "mine.yaml:2: 'without' names 'likelihoods.bbm', which is "
         "not there; did you mean 'bbn'?"),
        ("base: base.yaml\nwithout: [seed.x]\n", "'without' names 'seed.x', which is not there"),
        ("base: base.yaml\nwithout: likelihoods\n", "mine.yaml:2: 'without' is a list of paths"),
        ("without: [seed]\n", "mine.yaml:1: 'without' takes away from a 'base' or 'include', and there is none"),
    ],
)  # fmt: skip
def test_wrong_files_are_told_in_one_line(write: Any, text: str, message: str) -> None:
    lines = "".join(f"- {i}\n" for i in range(9000))
    doubled = {f"doubled{i}": f"include: [doubled{i + 1}.yaml, doubled{i + 1}.yaml]\n" for i in range(10)}
    write(
        mine=text, round="base: mine.yaml\n", list="- 1\n", empty="", odd="a: [\n", doubled10="seed: 1\n", **doubled,
        large="# " + "x" * (MOST_CHARACTERS * 2 // 3) + "\nseed: 1\n",
        many="parameters:\n" + "".join(f"  p{i}: 1\n" for i in range(5)) + f"x-a:\n{lines}options:\n  a:\n"
        + "".join(f"  - {i}\n" for i in range(9000)),
    )  # fmt: skip
    if "many" in text:  # each replaces the other's list: it is what remains that counts
        for i in range(3):
            Path(f"many{i}.yaml").write_text(f"options:\n  a{i}:\n" + "".join(f"  - {j}\n" for j in range(9000)))
        Path("mine.yaml").write_text("include: [many0.yaml, many1.yaml, many2.yaml]\n")
    os.mkfifo("pipe")
    with pytest.raises(InputError) as error:
        load_config("mine.yaml")
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_file_may_be_included_by_several_others(write: Any) -> None:
    write(
        a="base: base.yaml\nseed: 8\n",
        b="base: base.yaml\noptions: {widths: full}\n",
        mine="include: [a.yaml, b.yaml]\n",
    )
    assert load_config("mine.yaml").seed == 3  # b.yaml stands on the base as well, and comes last


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"samplr.nlive": 3}, "--set samplr.nlive: unknown key 'samplr'; did you mean 'sampler'?"),
        ({"sampler.walker": 3}, "--set sampler.walker: unknown key 'sampler.walker'; did you mean 'walkers'?"),
        ({"walkers": 3}, "unknown key 'walkers'; it belongs to 'sampler': --set sampler.walkers=VALUE"),
        ({"widths": "full"}, "unknown key 'widths'; it belongs to 'options': --set options.widths=VALUE"),
        ({"m_R": 3}, "(a parameter is changed by --set parameters.m_R=VALUE)"),
        ({"seed": "x"}, "--set seed: 'seed' is wrong: input should be a valid integer (got 'x')"),
        ({"seed.x": 3}, "--set seed.x: 'seed' is wrong"),
        ({"sampler": {"name": "emcee", "walker": 3}}, "--set sampler: unknown key 'sampler.walker'"),
        ({"sampler": {"walker": 3}}, "--set sampler: unknown key 'sampler.walker'"),
        ({"sampler.walkers": 30, "sampler": "emcee"}, "another --set gives 'sampler' as a whole; keep one"),
        ({"sampler": "emcee", "sampler.walkers": 30}, "another --set gives 'sampler' as a whole; keep one"),
        ({"base": "x.yaml"}, "--set base: 'base' stands in run files only"),
        ({"x-a": 1}, "--set x-a: 'x-a' stands in run files only"),
        ({"sampler..walkers": 3}, "--set sampler..walkers: give a path of names with a dot between them"),
        ({".".join(["a"] * (DEEPEST_PATH + 1)): 3}, "give a path of names with a dot between them"),
        ({"without": ["likelihoods.bnn"]}, "--set without: 'without' names 'likelihoods.bnn'"),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_settings_are_told_in_one_line(write: Any, settings: dict[str, Any], message: str) -> None:
    write()
    with pytest.raises(InputError) as error:
        load_config("base.yaml", settings)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_settings_are_as_if_the_file_said_so(write: Any) -> None:
    write(other=BASE.replace("v_dark: 1000", "v_dark: 900").replace("walkers: 40", "walkers: 60"))
    found = load_config("base.yaml", {"parameters.v_dark": 900, "sampler.walkers": 60})
    assert found.to_dict() == load_config("other.yaml").to_dict()
    assert found.where("seed") == "base.yaml:13" and found.where("sampler", "walkers") == "--set sampler.walkers"
    assert found.where("sampler", "max_steps") == "base.yaml:12"
    other = load_config("base.yaml", {"sampler.name": "dynesty", "sampler.nlive": 80})
    assert other.sampler.name == "dynesty" and other.where("sampler", "nlive") == "--set sampler.nlive"


def test_a_mapping_stands_on_files_too(write: Any) -> None:
    write()
    found = load_config({"base": "base.yaml", "name": "mine", "x-a": 1}, {"seed": 9})
    assert isinstance(found, RunConfig) and (found.name, found.seed) == ("mine", 9)


KEYS = st.sampled_from(["options", "likelihoods", "sampler", "seed", "a"])
LEAVES = st.integers(0, 9) | st.none() | st.lists(st.integers(0, 2), max_size=2)
DATA = st.dictionaries(KEYS, st.dictionaries(KEYS, st.dictionaries(KEYS, LEAVES) | LEAVES) | LEAVES, max_size=4).map(
    lambda data: {key: value for key, value in data.items() if value is not None or key not in SECTIONS}
)


@given(below=DATA, above=DATA)
def test_merging_keeps_all_that_is_above_and_only_knows_keys_of_both(
    tmp_path_factory: pytest.TempPathFactory, below: dict[str, Any], above: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("layers")
    (folder / "base.yaml").write_text(json.dumps(below))
    (folder / "mine.yaml").write_text(json.dumps({**above, "base": "base.yaml"}))
    found, source = read_run_file(folder / "mine.yaml")
    assert found.keys() == below.keys() | above.keys()
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            plain = {name: one for name, one in value.items() if not isinstance(one, dict)}
            assert found[key].items() >= plain.items() and found[key].keys() >= value.keys()
        elif key != "sampler":  # a name of one may stand for a mapping
            assert found[key] == value
        assert source.where(key).startswith(str(folder / "mine.yaml"))
    for key in below.keys() - above.keys():
        assert found[key] == below[key] and source.where(key).startswith(str(folder / "base.yaml"))
    again, _ = read_run_file(folder / "mine.yaml", {key: value for key, value in above.items()})
    assert again == found  # what a file says already changes nothing
