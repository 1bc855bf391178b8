"""``--set`` and files that stand on others, on the command line: the run, its record, and wrong inputs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from small_run import small_run_file

from twinsector.chains import read_chain
from twinsector.cli import COMMANDS, main
from twinsector.commands.settings import changes_of
from twinsector.commands.terminal import pairs_of
from twinsector.inference.configuration.build import build_posterior
from twinsector.inference.configuration.models import build_model
from twinsector.inference.configuration.run_config import load_config

SMALL = small_run_file("small")
RUNS = Path(__file__).parents[2] / "runs"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL)

    def call(*arguments: str) -> tuple[Any, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        return (end.value.code, *capsys.readouterr())

    return call


def test_a_run_with_changes_is_stored_resumed_and_repeated_with_them(cli: Any) -> None:
    Path("mine.yaml").write_text("base: small.yaml\nx-note: for anchors\nname: mine\n")
    changes = ("--set", "sampler.nlive=40", "--set", "parameters.m_R=360", "--set", "seed=7")
    status, _, err = cli("run", "mine.yaml", *changes, "--time-limit", "0.001")
    assert status == 130, err
    status, _, err = cli("run", "mine.yaml", "--resume")
    assert status == 2 and "parameters.m_R" in err and "350" in err and "360" in err
    assert cli("run", "mine.yaml", "--resume", *changes)[0] == 0
    chain = read_chain("results/mine")
    assert chain.info.sampler_settings["nlive"] == 40 and chain.info.seed == 7
    assert set(chain.parameters["m_R"]) == {360.0}
    assert Path("results/mine/run.yaml").read_text() == chain.info.run_file
    assert "base:" not in chain.info.run_file and "x-note" not in chain.info.run_file
    status, out, err = cli("rerun", "results/mine", "-o", "again")
    assert (status, out.split(":")[0]) == (0, "identical"), err
    assert cli("audit", "results/mine")[0] == 0
    assert cli("resolve", "mine.yaml", *changes)[1] == chain.info.run_file
    status, _, err = cli("resolve", "results/mine", "--set", "seed=1")
    assert status == 2 and err.startswith("error: --set changes a run file")


def test_a_point_is_set_by_the_name_of_its_parameter_as_before(cli: Any) -> None:
    Path("small.yaml").write_text("name: small\nmodel: mirror\nlikelihoods: {planck_neff: {}}\n")
    Path("mine.yaml").write_text("base: small.yaml\n")
    status, out, _ = cli("loglike", "mine.yaml", "--set", "m_R=330", "--json")
    assert status == 0 and out == cli("loglike", "small.yaml", "--set", "m_R=330", "--json")[1]
    status, out, err = cli("loglike", "mine.yaml", "--set", "m_R=3000")
    assert (status, err) == (0, "note: outside the prior of the run: m_R\n") and "log_likelihood " in out
    status, out, err = cli("loglike", "mine.yaml", "--set", "m_R=-3")
    assert (status, out, err) == (2, "", "error: the point is not valid: outside_domain: m_R\n")
    status, _, err = cli("loglike", "mine.yaml", "--set", "parameters.m_R=360")
    assert status == 2 and "unknown parameter 'parameters.m_R'" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "sampler.nlve=3"], "--set sampler.nlve: unknown key 'sampler.nlve'; did you mean 'nlive'?"),
        (["--set", "sampler.nlive=many"], "--set sampler.nlive: 'sampler.nlive' is wrong"),
        (["--set", "sampler.nlive"], "--set takes NAME=VALUE, got 'sampler.nlive'"),
        (["--set", "seed=[1"], "--set seed: '[1' is not a value in YAML"),
        (["--set", "seed=1", "--set", "seed=2"], "--set seed is given twice"),
        (["--set", "parameters.m_r=3"], "--set parameters.m_r: model 'mirror' has no parameter 'm_r'; did you mean"),
        (["--set", "parameters.m_R={unifrm: [1, 2]}"], "--set parameters.m_R: "),
        (["--set", "likelihoods.planck_neff.dataset=papr"], "--set likelihoods.planck_neff.dataset: "),
        (["--set", "options.width=full"], "--set options.width: model 'mirror' has no option 'width'"),
        (["--set", "model=miror"], "--set model: unknown model 'miror'; did you mean 'mirror'?"),
    ],
    ids=str,
)
def test_wrong_changes_are_one_line_and_write_nothing(cli: Any, arguments: list[str], message: str) -> None:
    status, out, err = cli("run", "small.yaml", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1) and err.startswith("error: ") and message in err
    assert not Path("results").exists()


def test_every_change_shown_in_a_help_text_is_one_of_the_run_file_it_names(cli: Any) -> None:
    shown = [line for command in COMMANDS for line in re.findall(r"twinsector .*--set .*", command.__doc__ or "")]
    assert len(shown) >= 4
    for line in shown:
        words = shlex.split(line)
        given = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
        if words[1] in ("run", "resolve"):
            build_posterior(load_config(RUNS / Path(words[2]).name, changes_of(given)))
        else:
            file = RUNS / Path(words[2]).name
            model = build_model(load_config(file).model if file.exists() else words[2])
            assert set(pairs_of(given, "--set")) <= {one.name for one in model.parameters}, line
    named = re.findall(r"as in (sampler\.\w+=\d+)", " ".join(cli("run", "--help")[1].split()))
    assert named and load_config(RUNS / "mirror.yaml", changes_of(named))
