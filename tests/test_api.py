"""The public face: what `import twinsector` offers, what docs/api.md lists, and what the examples use."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import twinsector

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_public_name_loads_and_is_on_the_page() -> None:
    for name in twinsector.__all__:
        assert getattr(twinsector, name) is not None
    listed = set(re.findall(r"`([A-Za-z_]+)[`(]", PAGE))
    public = set(twinsector.__all__) - {"__version__"}
    assert public <= listed
    methods = {"log_likelihood", "log_probability", "evaluate", "evaluate_at"}
    assert listed - public == methods


def test_every_public_function_and_class_has_a_docstring() -> None:
    bare = [name for name in twinsector.__all__ if name != "__version__" and not getattr(twinsector, name).__doc__]
    assert not bare


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_examples_use_public_names_only(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    deeper = [
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module != "__future__"
    ]
    assert not [module for module in deeper if module and module.split(".")[0] == "twinsector"]
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "twinsector"
    }
    assert used and used <= set(twinsector.__all__)


def test_nothing_heavy_is_imported_with_the_package() -> None:
    code = "import sys, twinsector; print(*(sys.modules.keys() & {'numpy', 'numba', 'matplotlib', 'pydantic', 'h5py'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_predict_takes_one_point_or_many() -> None:
    one = twinsector.predict("mirror", m_R=350.0)
    assert one["status"] == "ok" and isinstance(one["delta_neff"], float)
    many = twinsector.predict("mirror", {"widths": "paper"}, m_R=[350.0, 1e9], beta_R_ev=2.0)
    assert np.shape(many["delta_neff"]) == (2,) and many["status"][0] == "ok"
    with pytest.raises(twinsector.InputError, match="no parameter 'm_r'; did you mean 'm_R'"):
        twinsector.predict("mirror", m_r=350.0)


def test_explain_takes_a_run_file_and_a_point() -> None:
    found = twinsector.explain(ROOT / "runs" / "mirror.yaml", {"m_R": 350.0})
    assert found.parameters["m_R"] == 350.0 and "constraint" in str(found)
    with pytest.raises(twinsector.InputError, match="did you mean 'm_R'"):
        twinsector.explain(ROOT / "runs" / "mirror.yaml", {"m_r": 350.0})


MISUSED: dict[str, tuple[Callable[[], object], str]] = {
    "a path for a chain": (
        lambda: twinsector.summarize("results/mirror"),  # type: ignore[arg-type]
        r"a Chain is wanted, got a path or text: twinsector.read_chain\(FOLDER\)",
    ),
    "a path for a picture": (lambda: twinsector.corner_plot("results"), "a Chain is wanted"),  # type: ignore[arg-type]
    "numbers for a chain": (lambda: twinsector.compare([1, 2]), "got a int"),  # type: ignore[list-item]
    "lengths": (
        lambda: twinsector.predict("mirror", m_R=[1.0, 2.0], v_dark=[1.0] * 3),
        r"got m_R \(2,\), v_dark \(3,\)",
    ),
    "a grid for an array": (
        lambda: twinsector.predict("twin", m_nu=np.ones((2, 3))),
        r"m_nu has the shape \(2, 3\): give one number or an array \(n,\), as by ravel\(\)",
    ),
    "a text for a number": (lambda: twinsector.predict("mirror", m_R="x"), "m_R is not a number: 'x'"),
    "another dimension": (lambda: small().log_likelihood(np.zeros(3)), r"takes \(1,\) or \(n, 1\): m_R"),
    "names for a vector": (lambda: small().log_likelihood({"m_R": 1.0}), "in this order: m_R; evaluate_at takes names"),
}


def small() -> twinsector.Posterior:
    """A posterior of one parameter, straight from what a run file says."""
    fixed = {one.name: one.benchmark for one in twinsector.build_model("mirror").parameters}
    data = {"name": "a", "model": "mirror", "likelihoods": {"planck_neff": {}}}
    return twinsector.build_posterior({**data, "parameters": {**fixed, "m_R": {"uniform": [100.0, 500.0]}}})


@pytest.mark.parametrize("misuse", MISUSED)
def test_misuse_is_answered_in_one_line(misuse: str) -> None:
    call, message = MISUSED[misuse]
    with pytest.raises((TypeError, twinsector.InputError), match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
