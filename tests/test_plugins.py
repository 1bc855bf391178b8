"""The page on plugins, done as written: the packages are installed and used from the command line."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from twinsector.chains import read_chain
from twinsector.cli import main
from twinsector.common import plugins
from twinsector.inference.verification.rerun import differences

PAGE = Path(__file__).parents[1] / "docs" / "plugins.md"
FILES = {
    name: text
    for name, text in re.findall(r"^`([\w./]+)`\n\n```\w+\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
}
COMMANDS = re.findall(r"^(?:twinsector|pip) .*$", PAGE.read_text(), re.MULTILINE)


def commands(package: str) -> list[str]:
    """The page's commands for one of its packages, from its installation on."""
    first = COMMANDS.index(f"pip install ./{package}")
    others = [i for i, command in enumerate(COMMANDS) if command.startswith("pip") and i > first]
    return COMMANDS[first + 1 : others[0] if others else None]


def test_the_packages_are_short() -> None:
    for package, extra, most in (("relic", "relic.yaml", 60), ("draws", "draws.yaml", 90)):
        own = {name: text for name, text in FILES.items() if name.startswith(package)}
        assert set(own) == {f"{package}/pyproject.toml", f"{package}/{package}.py", extra}
        assert sum(len([line for line in text.splitlines() if line.strip()]) for text in own.values()) < most
    assert len(commands("relic")) == 7 and len(commands("draws")) == 7


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's files, the packages installed from there into `site`, without a network."""
    try:
        major = int(importlib.metadata.version("setuptools").partition(".")[0])
    except importlib.metadata.PackageNotFoundError:
        major = 0
    if major < 77:
        pytest.skip("building a package without a network needs setuptools 77 or newer here (the extra `test` has it)")
    place = tmp_path_factory.mktemp("plugin")
    for name, text in FILES.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(text)
    alone = "--quiet --no-index --no-deps --no-build-isolation --disable-pip-version-check --target site"
    command = [sys.executable, "-m", "pip", "install", *alone.split(), "./relic", "./draws"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return place


def attempt(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "site")}
    arguments = [sys.executable, "-m", "twinsector", *command.split()[1:]]
    return subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def call(folder: Path, command: str) -> str:
    done = attempt(folder, command)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_the_package_installs_and_every_command_of_the_page_works(folder: Path) -> None:
    out = {command.split()[1]: call(folder, command) for command in commands("relic")}
    assert "coupling" in out["list"]
    assert "priors: relic" in out["init"] and "mass_bound" in out["init"]
    assert '"relic"' in out["schema"] and "mass_bound" in out["schema"]
    assert float(out["predict"].split()[1]) == pytest.approx(0.12 * (500 / 300) ** 2)
    assert "excluded by relic_density" in out["explain"] and "mass_bound" in out["explain"].splitlines()[-1]
    assert (folder / "results" / "relic" / "corner.png").stat().st_size > 10_000
    assert "ln Z" in out["run"] and "not_perturbative" not in out["run"]
    assert "@misc{Relic_2026," in out["cite"] and "no entry" not in out["cite"] and "numba" not in out["cite"]


@pytest.mark.slow
def test_the_posterior_is_the_known_one(folder: Path) -> None:
    """The density fixes m/g^2 (ln of it to sqrt(0.05^2 + 0.01^2)/2), the bound cuts m below 200 GeV."""
    code = (
        "import numpy as np; from twinsector.chains import read_chain; c = read_chain('results/relic'); "
        "m, g = c.parameters['m_dm'], c.parameters['coupling']; r = np.log(m / g**2 * 0.09 / 300); w = c.weight; "
        "mean = w @ r; print(mean, np.sqrt(w @ (r - mean) ** 2), w @ (m < 150))"
    )
    if not (folder / "results").exists():
        call(folder, "twinsector run relic.yaml")
    environment = {**os.environ, "PYTHONPATH": str(folder / "site")}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    mean, sigma, below = map(float, done.stdout.split())
    assert abs(mean) < 0.005 and sigma == pytest.approx(0.5 * (0.05**2 + 0.01**2) ** 0.5, rel=0.15) and below < 0.02


@pytest.mark.slow
def test_a_sampler_of_another_package_works_in_every_command(folder: Path) -> None:
    out = {command: call(folder, command) for command in commands("draws")}
    listed = out["twinsector list samplers"]
    assert re.search(r"^draws +n_effective +1000 +effective samples at which", listed, re.MULTILINE)
    assert re.search(r"budget.* likelihood calls", out["twinsector run draws.yaml --test"])
    assert "ln Z" in out["twinsector run draws.yaml"]
    assert out["twinsector run draws.yaml"].startswith(out["twinsector summary results/draws"])
    assert "the chain is what its run file says" in out["twinsector audit results/draws"]
    assert (
        "@misc{Draws_2026," in out["twinsector cite draws.yaml"] and "no entry" not in out["twinsector cite draws.yaml"]
    )
    schema = json.loads((folder / "run.schema.json").read_text())
    assert "draws" in schema["allOf"][-1]["else"]["properties"]["sampler"]["anyOf"][0]["enum"]
    assert schema["$defs"]["sampler_draws"]["properties"]["n_effective"]["minimum"] == 100
    assert read_chain(folder / "results" / "draws").info.versions["twinsector-draws"] == "0.1"


@pytest.mark.slow
def test_an_interrupted_run_of_such_a_sampler_continues_to_the_same_chain(folder: Path) -> None:
    if not (folder / "results" / "draws").exists():
        call(folder, "twinsector run draws.yaml")
    (folder / "again.yaml").write_text(FILES["draws.yaml"].replace("name: draws\n", "name: again\n"))
    stopped = attempt(folder, "twinsector run again.yaml --time-limit 0.01")
    assert stopped.returncode == 130 and "stopped after 4096 draws" in stopped.stderr
    assert read_chain(folder / "results" / "again").n_samples == 4096
    assert "NOT converged" in call(folder, "twinsector summary results/again")
    call(folder, "twinsector run again.yaml --resume")
    whole, resumed = (read_chain(folder / "results" / name) for name in ("draws", "again"))
    assert whole.n_samples > 2 * 4096 and differences(whole, resumed) == []


@pytest.mark.slow
def test_what_is_wrong_with_its_settings_is_said_as_for_a_built_in_one(folder: Path) -> None:
    for setting, message in (
        ("{name: drawz}", r"unknown sampler 'drawz'; did you mean 'draws'\?"),
        (
            "{name: draws, n_effectiv: 500}",
            r"unknown key 'sampler.n_effectiv'; did you mean 'n_effective'",
        ),
        (
            "{name: draws, n_effective: 1}",
            r"'sampler.n_effective' is wrong: .* greater than or equal to 100",
        ),
    ):
        text = FILES["draws.yaml"].replace("{name: draws, n_effective: 500}", setting)
        (folder / "wrong.yaml").write_text(text)
        done = attempt(folder, "twinsector run wrong.yaml --test")
        assert done.returncode == 2 and re.search("wrong.yaml:5: " + message, done.stderr), done.stderr


ENTRY_POINTS = """[twinsector.models]
broken = broken_plugin:Model
[twinsector.likelihoods]
broken_bound = broken_plugin:Bound
[twinsector.samplers]
broken_draws = broken_plugin:Draws
"""


def install(place: Path, monkeypatch: pytest.MonkeyPatch, entry_points: str, **modules: str) -> None:
    """A package of these modules as if it were installed in ``place``, which becomes the working folder."""
    about = place / "twinsector_broken-0.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: twinsector-broken\nVersion: 0.1\n")
    (about / "entry_points.txt").write_text(entry_points)
    for name, text in modules.items():
        (place / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(place)
    monkeypatch.chdir(place)
    plugins._tell.cache_clear()


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package of a model, a likelihood and a sampler that cannot be imported."""
    install(tmp_path, monkeypatch, ENTRY_POINTS, broken_plugin="import numppy\n")


def call_here(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return (end.value.code, *capsys.readouterr())


REASON = "cannot be loaded: No module named 'numppy'; repair or uninstall its package"


@pytest.mark.parametrize(
    ("command", "others", "named"),
    [
        ("list models", "mirror", "model 'broken'"),
        ("list predictions", "omega_dm_h2", "model 'broken'"),
        ("list priors", "m_R", "model 'broken'"),
        ("list parameters", "m_R", "likelihood 'broken_bound'"),
        ("list likelihoods", "planck_neff", "likelihood 'broken_bound'"),
        ("list samplers", "n_live", "sampler 'broken_draws'"),
        ("schema", "planck_neff", "likelihood 'broken_bound'"),
    ],
)
def test_what_cannot_be_loaded_is_left_out_of_lists_with_a_note(
    broken: None, capsys: pytest.CaptureFixture[str], command: str, others: str, named: str
) -> None:
    status, out, err = call_here(command.split(), capsys)
    assert status == 0 and others in out and "broken" not in out
    assert f"note: plug-in twinsector-broken 0.1: {named}" in err and REASON in err
    assert all(line.startswith("note: plug-in ") for line in err.splitlines()), err
    assert len(set(err.splitlines())) == len(err.splitlines())


def test_to_use_what_cannot_be_loaded_is_an_error_that_names_its_package(
    broken: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for model, likelihood, place in (("broken", "planck_neff", 2), ("mirror", "broken_bound", 3)):
        Path("a.yaml").write_text(f"name: a\nmodel: {model}\nlikelihoods: {{{likelihood}: {{}}}}\n")
        status, out, err = call_here(["run", "a.yaml", "--test"], capsys)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(f"error: a.yaml:{place}: plug-in twinsector-broken 0.1: ") and REASON in err
    status, _, err = call_here(["list", "parameters", "broken"], capsys)
    assert (status, err) == (2, f"error: plug-in twinsector-broken 0.1: model 'broken' {REASON}\n")


def test_a_model_that_leaves_out_a_prediction_is_named_by_predict_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = re.sub(r"Predictions\(\{.*\}, status\)", "Predictions({}, status)", FILES["relic/relic.py"])
    install(tmp_path, monkeypatch, "[twinsector.models]\nforgetful = forgetful:Relic\n", forgetful=text)
    status, out, err = call_here(["predict", "forgetful"], capsys)
    assert (status, out) == (1, "")
    assert err == "error: model 'relic' declares the prediction 'omega_dm_h2', and `predict` does not return it\n"
