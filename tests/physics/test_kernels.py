"""The compiled kernels: the disk cache sees edits anywhere in the core, and Python reference and machine code agree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import twinsector.physics as physics
from twinsector.physics.kernels import jit
from twinsector.physics.mirror import confinement, dark_nuclei, freeze_out, widths
from twinsector.physics.standard_model import running

SCRIPT = """
from {package}.user import answer
print(answer(2.0), sum(answer._cache_hits.values()) if hasattr(answer, '_cache_hits') else answer.stats.cache_hits)
"""


def run(folder: Path, package: str) -> tuple[float, int]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(package=package)], cwd=folder, capture_output=True, text=True, check=True
    )
    value, hits = done.stdout.split()
    return float(value), int(hits)


@pytest.mark.slow
def test_disk_cache_sees_an_edit_of_a_constant_in_another_file(tmp_path: Path) -> None:
    package = tmp_path / "core"
    package.mkdir()
    for name in ("kernels.py", "linking.py"):
        shutil.copy(Path(physics.__file__).parent / name, package / name)
    (package / "__init__.py").write_text("")
    (package / "numbers.py").write_text("FACTOR = 3.0\n")
    (package / "user.py").write_text(
        "from .kernels import cached_jit\nfrom .numbers import FACTOR\n\n"
        "@cached_jit\ndef answer(x):\n    return FACTOR * x\n"
    )
    assert run(tmp_path, "core") == (6.0, 0)
    assert run(tmp_path, "core") == (6.0, 1)
    (package / "numbers.py").write_text("FACTOR = 5.0\n")
    assert run(tmp_path, "core") == (10.0, 0)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (running.alpha_s, (350.0,)),
        (widths.sin2_higgs_mixing, (1000.0, 0.2)),
        (freeze_out.x_freeze_out, (3000.0, 1e-15)),
        (confinement.lambda_qcd_ratio, (1000.0, 0.07, 1.1, 0.9, 1.0)),
        (dark_nuclei.dark_proton_lifetime, (1000.0, 0.03, 0.002)),
    ],
)
def test_machine_code_equals_python(function: Any, arguments: tuple[float, ...]) -> None:
    assert function(*arguments) == pytest.approx(function.py_func(*arguments), rel=1e-13)


def test_a_function_compiled_for_another_is_still_callable_from_python() -> None:
    def double(x: float) -> float:
        return 2.0 * x

    inner = jit(double)

    def outer(x: float) -> float:
        return inner(x) + 1.0

    assert jit(outer)(3.0) == 7.0
    assert inner(3.0) == 6.0 and inner(x=4.0) == 8.0
    assert inner.py_func is double and inner.__name__ == "double"
