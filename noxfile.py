"""Checks of a change: ``nox -l`` lists them, ``nox -s lint types`` runs two.

``nox --no-venv -s NAME`` uses the environment that nox itself is installed in (``pip install -e '.[dev]'``).
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ("3.11", "3.12", "3.13")

nox.options.sessions = ["lint", "types", "tests"]
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True


def install(session: nox.Session, *arguments: str) -> None:
    """Install into the session's own environment; with ``--no-venv`` everything is there already."""
    if session.venv_backend != "none":
        session.install(*arguments)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The quick tests, on each of the supported Pythons that is installed; ``-- -m slow`` for the others."""
    install(session, "-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """The quick tests with the lowest direct dependencies that pyproject.toml allows.

    What these import in turn is the newest, of which old libraries use names that are deprecated by now. mpi4py is not
    held down: its old releases have no wheels.
    """
    extras = PROJECT["optional-dependencies"]
    direct = [*PROJECT["dependencies"], *extras["test"], *extras["dask"]]
    floors = [re.sub(r">=([\w.]+).*", r"==\1", name) for name in direct if ">=" in name]
    constraints = Path(session.create_tmp()) / "lowest.txt"
    constraints.write_text("\n".join(floors) + "\n", encoding="utf-8")
    install(session, "-e", ".[test]", "-c", str(constraints))
    quiet = ("-W", "ignore::DeprecationWarning", "-W", "ignore::PendingDeprecationWarning")
    session.run("python", "-m", "pytest", *quiet, *session.posargs)


@nox.session
def doctests(session: nox.Session) -> None:
    """The examples in the docstrings (part of the quick tests as well)."""
    install(session, "-e", ".[test]")
    session.run("python", "-m", "pytest", "tests/test_doctests.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Every command, script, notebook and link that README and ``docs/`` show; fifteen minutes."""
    install(session, "-e", ".[test]")
    pages = ("tests/test_docs.py", "tests/test_tasks.py", "tests/test_site.py", "tests/cli/test_examples.py")
    session.run("python", "-m", "pytest", "-m", "", *pages, *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """The site, into ``site/``; fails for broken links and anchors. Half a minute, no network."""
    install(session, "-e", ".[docs]")
    session.run("python", "-m", "mkdocs", "build", "--strict", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def notebooks(session: nox.Session) -> None:
    """Execute the notebooks and store what they print and draw; ``-- mirror`` for one."""
    install(session, "-e", ".[test]")
    session.run("python", "docs/scripts/notebooks.py", *session.posargs)


QUICK = ("--set", "sampler={name: dynesty, nlive: 40, dlogz: 5, walks: 10}", "--set", "workers=1")
"""A run of a few seconds; the kernels are compiled before it."""

OF_THE_SDIST = ("tests/test_structure.py", "tests/test_api.py", "tests/test_packaging.py", "tests/common",
                "tests/inference/test_config.py", "tests/inference/test_layers.py")  # fmt: skip
"""Tests that a source distribution runs from its own folder; what they need beyond the package is small."""


@nox.session
def package(session: nox.Session) -> None:
    """Wheel and source distribution: built, installed alone in a fresh environment, and tested from themselves.

    The wheel is built from the source distribution, so that the tests of the one are tests of the other. The extras of
    pyproject.toml are not installed: nothing may need them unasked.
    """
    install(session, "build", "setuptools>=77")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        session.run("python", "-m", "build", "--no-isolation", "--outdir", str(place / "dist"), str(ROOT), silent=True)
        (wheel,), (sdist,) = (place / "dist").glob("*.whl"), (place / "dist").glob("*.tar.gz")
        session.run("python", "-m", "venv", str(place / "fresh"))
        python, twinsector = (str(place / "fresh" / "bin" / name) for name in ("python", "twinsector"))
        session.run(python, "-m", "pip", "install", "--quiet", str(wheel), "pytest", "hypothesis", external=True)
        with session.chdir(place):
            session.run(twinsector, "init", "--example", "mirror", "-o", "mirror.yaml", external=True)
            session.run(twinsector, "run", "mirror.yaml", *QUICK, external=True)
            session.run(twinsector, "report", "results/mirror", external=True)
            session.run(twinsector, "info", external=True)
            session.run("tar", "xzf", str(sdist), external=True)
        with session.chdir(place / sdist.name.removesuffix(".tar.gz")):
            session.run(python, "-m", "pytest", *(session.posargs or OF_THE_SDIST), external=True)


@nox.session
def coverage(session: nox.Session) -> None:
    """Branch coverage of the quick tests; fails below the floor in pyproject.toml."""
    install(session, "-e", ".[dev]")
    session.run("python", "-m", "coverage", "erase")
    session.run("python", "-m", "coverage", "run", "-m", "pytest", *session.posargs)
    session.run("python", "-m", "coverage", "combine", "--quiet")
    session.run("python", "-m", "coverage", "report")


@nox.session
def lint(session: nox.Session) -> None:
    """Lint and format."""
    install(session, "-e", ".[test]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """``mypy --strict`` over the package, below a folder that links to it by its name, whatever the clone is called."""
    install(session, "-e", ".[test]")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "twinsector").symlink_to(ROOT)
        session.run("mypy", "--config-file", "pyproject.toml", "-p", "twinsector", env={"MYPYPATH": folder})
