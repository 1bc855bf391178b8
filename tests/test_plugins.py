"""The page on plugins, done as written: the package is installed and used from the command line."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "plugins.md"
FILES = {
    name: text
    for name, text in re.findall(r"^`([\w./]+)`\n\n```\w+\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
}
COMMANDS = re.findall(r"^(?:twinsector|pip) .*$", PAGE.read_text(), re.MULTILINE)


def test_the_whole_package_is_short() -> None:
    assert set(FILES) == {"relic/pyproject.toml", "relic/relic.py", "relic.yaml"}
    assert sum(len([line for line in text.splitlines() if line.strip()]) for text in FILES.values()) < 60
    assert COMMANDS[0] == "pip install ./relic" and len(COMMANDS) == 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's files, the package installed from there into `site`, without a network."""
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
    command = [sys.executable, "-m", "pip", "install", *alone.split(), "./relic"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return place


def call(folder: Path, command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder / "site")}
    arguments = [sys.executable, "-m", "twinsector", *command.split()[1:]]
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_the_package_installs_and_every_command_of_the_page_works(folder: Path) -> None:
    out = {command.split()[1]: call(folder, command) for command in COMMANDS[1:]}
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
