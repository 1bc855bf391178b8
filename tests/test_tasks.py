"""The page "Tasks", done as written by somebody who has only the page: every file, command and script, in order."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml

import twinsector

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tasks.md"
FIXED = {
    "beta_R_ev": 2.0, "yb_ratio": 1.0, "delta_alpha_s": 0.07, "yu_dark": 2e-5, "yd_dark": 2e-5, "sigma_v_chi": 1e-15,
    "lambda_HH": 0.01, "g_reheaton": 106.75, "dineutron_threshold": 0.2,
}  # fmt: skip
FREE = {
    "v_dark": {"log_uniform": [400.0, 5000.0]},
    "m_R": {"log_uniform": [250.0, 450.0]},
    "g_ratio": {"normal": [1.0, 0.04]},
    "omega_b_h2": {"normal": [0.0224, 0.0005]},
}


@dataclass(frozen=True)
class Step:
    """A block of the page: a file to write, commands or a script to run."""

    language: str
    file: str
    text: str


def tasks() -> dict[str, list[Step]]:
    """Headings of the page ('' for its beginning) and the blocks below each."""
    parts = re.split(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    bodies = {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}
    block = re.compile(r"(?:^`([\w.]+)`\n\n)?^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return {
        heading: [Step(found[2], found[1] or "", found[3]) for found in block.finditer(body)]
        for heading, body in bodies.items()
    }


def shell(command: str, place: Path) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "SLURM_CPUS_PER_TASK": "2"}
    done = subprocess.run(command, shell=True, cwd=place, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def do(step: Step, place: Path) -> str:
    if step.file:
        (place / step.file).write_text(step.text)
    if step.language == "yaml":
        return ""
    if step.language == "python":
        (place / "script.py").write_text(step.text)
        return shell("python script.py", place)
    if step.language == "bash":
        return shell(f"bash {step.file}", place)
    return "".join(shell(line, place) for line in step.text.splitlines())


def test_there_are_ten_tasks_and_each_says_how() -> None:
    found = tasks()
    numbers = [str(n) for n in range(1, 11)]
    assert [heading.partition(".")[0] for heading in found if re.match(r"\d", heading)] == numbers
    found = {heading: steps for heading, steps in found.items() if heading != "How long they take"}
    assert all(any(step.language != "yaml" for step in steps) for steps in found.values())
    assert all(step.file for steps in found.values() for step in steps if step.language in ("yaml", "bash"))


@pytest.mark.slow
def test_the_tasks_are_done_as_written(tmp_path: Path) -> None:
    """With four free parameters, a few likelihoods and a hundred live points."""
    first, *rest = tasks()[""][0].text.splitlines()
    shell(first, tmp_path)  # in an empty folder
    file = tmp_path / "runs" / "mirror.yaml"
    assert file.read_bytes() == (ROOT / "runs" / "mirror.yaml").read_bytes() and rest
    likelihoods = {name: {} for name in ("planck_neff", "bbn", "higgs_couplings", "reheating_temperature")}
    base = yaml.safe_load(file.read_text()) | {
        "parameters": {**FIXED, **FREE},
        "likelihoods": likelihoods,
        "sampler": {"name": "dynesty", "nlive": 100, "dlogz": 0.5},
        "workers": 1,
    }
    file.write_text(yaml.safe_dump(base))
    printed = {}
    for heading, steps in tasks().items():
        if heading.startswith("9."):  # the job is the first to run its run file
            shutil.rmtree(tmp_path / "results" / "mirror")
        for step in steps:
            text = step.text.removeprefix(f"{first}\n").replace("--points 15", "--points 3")
            assert heading[:2] != "7." or step.language or text != step.text
            printed[heading] = do(Step(step.language, step.file, text), tmp_path)
    check_results(tmp_path, printed)


def check_results(place: Path, printed: dict[str, str]) -> None:
    """That each task did what its heading says."""
    chain = {name: twinsector.read_chain(place / "results" / name) for name in ("mirror", "wide", "fixed", "added")}
    assert chain["wide"]["v_dark"].min() < 400.0 <= chain["mirror"]["v_dark"].min()
    narrow = twinsector.read_chain(place / "results" / "narrow")
    assert np.all(narrow.weight[(narrow["v_dark"] < 500.0) | (narrow["v_dark"] > 3000.0)] < 1e-300)
    assert np.ptp(chain["fixed"]["m_R"]) == 0.0 and np.ptp(chain["mirror"]["m_R"]) > 0.0
    assert {"my_limit", "my_value"} <= set(chain["added"].log_likelihoods)
    limit = float(next(text for heading, text in printed.items() if heading.startswith("4.")).split()[-1])
    # The chain is the job's: the same run file and seed give the same samples, with two workers as with one.
    assert chain["mirror"].weight[chain["mirror"]["delta_neff"] < limit].sum() == pytest.approx(0.95, abs=0.01)
    assert "Bayes factor" in next(text for heading, text in printed.items() if heading.startswith("6."))
    reweighted = twinsector.read_chain(place / "results" / "mirror-planck18")
    assert set(reweighted.log_likelihoods) == set(chain["mirror"].log_likelihoods)
    assert yaml.safe_load(reweighted.info.run_file)["likelihoods"]["planck_neff"]["dataset"] == "planck18"
    (box,) = re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+) [\d.]+ ?\]", (place / "two.pdf").read_bytes())
    assert float(box) / 72.0 == pytest.approx(3.4, abs=0.01)
    assert (place / "mirror.bib").read_text().count("@") > 10
