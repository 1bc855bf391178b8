"""What a summary prints: one-sided limits, constants, discrete quantities; JSON, LaTeX, terminal and pipe."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import math
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from twinsector.chains import Chain, format_summary, summarize, write_chain
from twinsector.chains.summary_latex import summary_latex, with_errors
from twinsector.cli import main

PROGRAM = (sys.executable, "-m", "twinsector")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def leaning(gaussian_chain: Callable[..., Chain]) -> Chain:
    """a falls from the lower edge of its prior, b rises to the upper one, c is flat; phase is discrete."""
    chain, rng = gaussian_chain(8000), np.random.default_rng(3)
    columns = {
        "a": rng.exponential(1.0, 8000),
        "b": -rng.exponential(1.0, 8000),
        "c": rng.uniform(0.0, 1.0, 8000),
        "d": np.full(8000, 3.47e-18),
    }
    third = np.full(8000, 1.0 / 3.0) * (1.0 + 1e-16 * rng.integers(-2, 3, 8000))
    predictions = {"phase": (columns["a"] > 1.0).astype(float), "third": third, "sum": columns["a"] + columns["b"]}
    info = dataclasses.replace(
        chain.info,
        priors={"a": {"uniform": [0.0, 10.0]}, "b": {"uniform": [-10.0, 0.0]}, "c": {"uniform": [0.0, 1.0]}},
        codes={"phase": ["cold <A>", "hot"]},
        units={"third": "GeV"},
    )
    return dataclasses.replace(chain, parameters=columns, predictions=predictions, info=info)


def test_limits_are_one_sided_where_the_posterior_leans_on_one_edge(leaning: Chain) -> None:
    summary = summarize(leaning)
    a, b, c = summary.rows
    assert a.limit is not None and a.limit.side == "upper" and a.limit.value == pytest.approx(-math.log(0.05), rel=0.05)
    assert b.limit is not None and b.limit.side == "lower" and b.limit.value == pytest.approx(math.log(0.05), rel=0.05)
    assert c.limit is None and summary.leans_on == {"a": "lower", "b": "upper", "c": "both"}
    assert np.mean(leaning["a"] < a.limit.value) == pytest.approx(0.95, abs=1e-3)
    text = format_summary(summary)
    assert "95% interval or limit" in text and f"< {a.limit.value:#.4g}" in text and f"> {b.limit.value:#.4g}" in text


def test_no_limit_where_the_posterior_has_fallen(gaussian_chain: Callable[..., Chain]) -> None:
    summary = summarize(gaussian_chain(4000))
    assert not any(row.limit for row in (*summary.rows, *summary.predictions))
    assert "or limit" not in format_summary(summary)


def test_constants_stand_once_and_discrete_quantities_by_name(leaning: Chain) -> None:
    summary = summarize(leaning)
    assert summary.constants == {"d": 3.47e-18, "third": pytest.approx(1.0 / 3.0)}
    assert [row.name for row in summary.predictions] == ["sum"]
    lines = format_summary(summary).splitlines()
    assert "constant: d = 3.47e-18, third = 0.333333 GeV" in lines
    assert [line.split()[0] for line in lines if "third" in line] == ["constant:"]
    (place,) = [i for i, line in enumerate(lines) if line == "posterior fraction by phase"]
    assert re.fullmatch(r"  cold <A>  6\d\.\d\d% \+/- \d\.\d\d%", lines[place + 1])
    assert lines[place + 2].split()[0] == "hot" and not any(line.startswith("phase") for line in lines)


def test_a_summary_in_a_notebook(leaning: Chain) -> None:
    summary = summarize(leaning)
    html = summary._repr_html_()
    assert "cold &lt;A&gt;" in html and "<A>" not in html and "<details><summary>predictions (1)</summary>" in html
    assert repr(summary).startswith("<Summary 'gaussian': 3 parameters, ESS ") and "\n" not in repr(summary)
    assert str(summary) == format_summary(summary)


def test_errors_in_latex() -> None:
    assert with_errors(0.12, 0.012, 0.011) == "$0.120^{+0.012}_{-0.011}$"
    assert with_errors(5432.1, 321.0, 280.0) == "$5430^{+320}_{-280}$"
    assert with_errors(3.0e6, 2.0e5, 1.0e5) == r"$\left(3.00^{+0.20}_{-0.10}\right) \times 10^{6}$"
    assert with_errors(1.5, 0.0, 0.0) == "$1.5$"
    assert with_errors(0.0, 0.1, 0.2) == "$0.00^{+0.10}_{-0.20}$"


def test_latex_has_labels_limits_and_units(leaning: Chain) -> None:
    text = summary_latex(summarize(leaning))
    rows = [line.split(" & ") for line in text.splitlines() if line.endswith(r"\\")]
    assert all(len(row) == 5 for row in rows) and text.count(r"\begin{tabular}{lrrrr}") == 2
    assert rows[1][0] == "$m_a$" and rows[1][3] == f"$< {summarize(leaning).rows[0].limit.value:.4g}$"
    assert "Prediction" in text and "Prediction" not in summary_latex(summarize(leaning), predictions=False)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """Standard output of a command, or its standard error where it fails."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code == status
    return capsys.readouterr()[0 if status == 0 else 1]


def on_terminal(folder: Path, columns: int, *arguments: str, **environment: str) -> list[str]:
    """Lines that the command writes to a terminal of this width."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    variables = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")}
    variables |= {"TERM": "xterm-256color", **environment}
    with subprocess.Popen([*PROGRAM, *arguments], cwd=folder, stdout=its, stderr=its, env=variables) as process:
        os.close(its)
        parts = []
        while True:
            try:
                parts.append(os.read(ours, 65536))
            except OSError:  # Linux: the other end is closed
                break
            if not parts[-1]:
                break
        assert process.wait() == 0
    os.close(ours)
    return b"".join(parts).decode().replace("\r\n", "\n").splitlines()


def test_pipe_json_and_latex(leaning: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_chain(leaning, tmp_path / "c.h5")
    file = str(tmp_path / "c.h5")
    limit = f"< {summarize(leaning).rows[0].limit.value:#.4g}"
    piped = printed(capsys, "summary", file)
    assert not COLOUR.search(piped) and "─" not in piped and limit in piped
    one = json.loads(printed(capsys, "summary", file, "--json"))
    assert one["rows"][0]["limit"]["side"] == "upper" and one["constants"]["d"] == 3.47e-18
    assert one["log_evidence"] is None and one["rows"][2]["limit"] is None
    assert len(json.loads(printed(capsys, "summary", file, file, "--json"))) == 2
    assert r"\toprule" in printed(capsys, "summary", file, "--latex", "--no-predictions")
    assert printed(capsys, "summary", file, "--json", "--latex", status=2).count("\n") == 1


def test_a_terminal_gets_tables_of_its_width(leaning: Chain, tmp_path: Path) -> None:
    info = dataclasses.replace(leaning.info, converged=False)
    write_chain(dataclasses.replace(leaning, info=info), tmp_path / "c.h5")
    wide = on_terminal(tmp_path, 160, "summary", "c.h5")
    narrow = on_terminal(tmp_path, 70, "summary", "c.h5", NO_COLOR="1")
    coloured = re.compile(r"\x1b\[[0-9;]*3\dm")
    assert any(coloured.search(line) for line in wide) and not any(coloured.search(line) for line in narrow)
    assert any("─" in line for line in wide)
    for lines, width in ((wide, 160), (narrow, 70)):
        assert max(len(COLOUR.sub("", line)) for line in lines) <= width
    head = next(COLOUR.sub("", line) for line in wide if "median" in line)
    words = ["parameter", "mean", "error", "std", "median", "68%", "interval", "95%", "interval", "or", "limit"]
    assert head.split() == [*words, "best", "ESS", "R-hat"]
    assert "mean" not in next(line for line in narrow if "median" in line)
    assert any("left out for want of width" in line and "error" in line for line in narrow)


def test_explain_as_latex_and_on_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text("name: a\nmodel: mirror\nlikelihoods: {planck_neff: {}, bbn: {}}\n")
    latex = printed(capsys, "explain", str(tmp_path / "a.yaml"), "--latex")
    assert r"planck\_neff & " in latex and r"$\pm$" in latex and latex.rstrip().endswith(r"\end{tabular}")
    assert not COLOUR.search(printed(capsys, "explain", str(tmp_path / "a.yaml")))
    lines = on_terminal(tmp_path, 60, "explain", "a.yaml")
    assert max(len(COLOUR.sub("", line)) for line in lines) <= 60 and any("planck_neff" in line for line in lines)


def test_limits_on_what_is_named(leaning: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """c is uniform from 0 to 1: its quantiles are the probabilities themselves."""
    path = str(write_chain(leaning, tmp_path / "chain.h5"))
    c, a = json.loads(printed(capsys, "summary", path, "-n", "c", "-n", "a", "--level", "90", "--json"))["limits"]
    assert [c["lower"], c["upper"], *c["interval"], c["median"]] == pytest.approx([0.1, 0.9, 0.05, 0.95, 0.5], abs=0.02)
    assert a["upper"] == pytest.approx(math.log(10.0), rel=0.05) and a["level"] == 0.9
    assert leaning.quantile("a", 0.9) == a["upper"]
    out = printed(capsys, "summary", path, path, "-n", "c")
    assert out.count("95% upper limit") == 2 and f"< {leaning.quantile('c', 0.95):.4f}" in out


def test_a_quantile_is_over_finite_samples(leaning: Chain) -> None:
    holes = np.where(np.arange(8000) % 2, np.nan, leaning["a"])
    holed = dataclasses.replace(leaning, predictions={**leaning.predictions, "holes": holes})
    assert holed.quantile("holes", 0.5) == pytest.approx(float(np.nanmedian(holes)), rel=1e-3)
    with pytest.raises(ValueError, match=r"such as 0\.95, got 95"):
        leaning.quantile("a", 95)
    with pytest.raises(ValueError, match="no sample with a finite 'holes'"):
        dataclasses.replace(holed, predictions={"holes": np.full(8000, np.nan)}).quantile("holes", 0.5)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-n", "A"], "no parameter or prediction 'A'; did you mean 'a'?"),
        (["-n", "phase"], "'phase' has no limits: its values are names"),
        (["-n", "a", "--level", "0.95"], "--level 0.95 is not a percentage"),
        (["--level", "90"], "--level is that of the limits on what -n names"),
        (["-n", "a", "--latex"], "leave out -n"),
    ],
)
def test_limits_that_do_not_exist(
    leaning: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    path = str(write_chain(leaning, tmp_path / "chain.h5"))
    err = printed(capsys, "summary", path, *arguments, status=2)
    assert said in err and err.count("\n") == 1
