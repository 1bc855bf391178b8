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
    direct = [*PROJECT["dependencies"], *extras["test"], *extras["nautilus"], *extras["dask"]]
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
