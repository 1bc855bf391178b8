"""Small inputs that tools of this kind are reported to answer badly: each is read, or refused in one line."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from forged import forge_info

from twinsector.chains import read_chain
from twinsector.cli import main

FAST = "options: {reheating: instantaneous, freeze_out: analytic}\nlikelihoods: {planck_neff: {}}\nmodel: mirror\n"
FIXED = "parameters: {beta_R_ev: 2.0, delta_alpha_s: 0.0, g_reheaton: 150.0, yu_dark: 6.0e-5, yd_dark: 3.0e-5}\n"
EMCEE = "name: small\nsampler: {name: emcee, ensembles: 2, walkers: 28, max_steps: STEPS, check_every: 20}\n" + FAST
ALIASES = "".join(f"l{i}: &l{i} [{','.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 9))


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return int(str(end.value.code or 0)), out, err


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


RUN_FILES = {
    "base 60": ("parameters: {m_R: 1:30:00}\n", "run.yaml:5: prior of 'm_R': expected a number"),
    "alias in itself": (
        "options: &a {x: *a}\n",
        "run.yaml:5: not valid YAML: an alias stands inside what it stands for",
    ),
    "aliases": ("l0: &l0 [x,x,x,x,x,x,x,x,x]\n" + ALIASES, "not valid YAML: more than 20000 values"),
    "digits": (f"parameters: {{m_R: {'1' * 401}}}\n", "run.yaml:5: not valid YAML: a number of more than 100 digits"),
    "nesting": ("x: " + "[" * 4000, "not valid YAML: nested more than 50 levels"),
    "range": ("parameters: {m_R: 1e999}\n", "1e999 is beyond the range of numbers"),
    "tag": ("parameters: {m_R: !!python/name:os.system }\n", "is not of YAML's core"),
    "tag of 1.1": ("parameters: {m_R: !!int 1:30}\n", "'1:30' is no number of YAML 1.2"),
    "truth value of 1.1": ("options: {x: !!bool yes}\n", "'yes' is no truth value of YAML 1.2"),
    "quoted prior": ('parameters: {m_R: "350"}\n', "expected a number"),
    "quoted setting": ('sampler: {f_live: "0.5"}\n', "what stands in quotes is text"),
    "not whole": ("sampler: {n_live: 100.5}\n", "'sampler.n_live' is wrong"),
    "size": ("# " + "x" * 300_000, "larger than 256 kB"),
    "variable": ("output: $NOWHERE_AT_ALL/x\n", "stands for nothing here"),
}


@pytest.mark.parametrize("name", RUN_FILES)
def test_run_files_are_refused_in_one_line(capsys: pytest.CaptureFixture[str], name: str) -> None:
    text, message = RUN_FILES[name]
    head = "name: a\nmodel: mirror\nlikelihoods: {planck_neff: {}}\nseed: 1\n"
    Path("run.yaml").write_text(head + text)
    status, _, err = call(capsys, "run" if name == "variable" else "resolve", "run.yaml")
    assert status == 2 and message in err and err.count("\n") == 1, err


def test_numbers_are_those_of_yaml_1_2(capsys: pytest.CaptureFixture[str]) -> None:
    more = 'parameters: {m_chi: 01000, m_R: 3.5e+2}\nsampler: {n_live: 1e2, f_live: .5}\nseed: 1e3\nname: "1e3"\n'
    Path("run.yaml").write_text(FAST + more)
    status, out, err = call(capsys, "resolve", "run.yaml")
    assert (status, err) == (0, "")
    lines = [line.strip() for line in out.splitlines()]
    assert {"m_chi: 1000.0", "m_R: 350.0", "n_live: 100", "f_live: 0.5", "seed: 1000", "name: '1e3'"} <= set(lines)
    Path("again.yaml").write_text(out)
    assert call(capsys, "resolve", "again.yaml")[1] == out


def test_a_flag_is_blamed_for_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    Path("run.yaml").write_text(EMCEE.replace("STEPS", str(40)) + "workers: 1\n")
    _, _, err = call(capsys, "run", "run.yaml", "--workers", 0)
    assert err.startswith("error: --workers: 'workers' is wrong")


@pytest.mark.parametrize("path", ["limit.csv", "../runs/limit.csv", "~/runs/limit.csv", "$HOME/runs/limit.csv"])
def test_tables_lie_beside_the_run_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "limit.csv").write_text("mass_gev;sigma_si_cm2\n1;1e-40\n1000;1e-41\n")
    Path("runs/run.yaml").write_text(f"name: a\nmodel: mirror\nlikelihoods: {{direct_detection: {{path: {path}}}}}\n")
    status, out, err = call(capsys, "resolve", "runs/run.yaml")
    assert status == 0, err
    assert f"path: {tmp_path}/runs/limit.csv" in out


@pytest.mark.parametrize("output", ["~/out", "$HOME/out"])
def test_home_is_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    Path("run.yaml").write_text(EMCEE.replace("STEPS", str(20)) + FIXED + f"output: {output}\n")
    status, out, err = call(capsys, "run", "run.yaml")
    assert status == 0, err
    assert f"written: {tmp_path}/home/out/chain.h5" in out and not Path("~").exists()


@pytest.mark.slow
def test_a_finished_run_is_extended_by_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    for steps, flag in ((40, []), (80, ["--extend"])):
        Path("run.yaml").write_text(EMCEE.replace("STEPS", str(steps)))
        status, _, err = call(capsys, "run", "run.yaml", *flag)
        assert status == 0, err
    chain = read_chain("results/small")
    assert chain.info.convergence["n_steps"] == 80 and len(chain.info.extended) == 1
    status, _, err = call(capsys, "run", "run.yaml", "--resume")
    assert status == 2 and "the run is finished" in err and "--extend" in err


READ = {
    "multiline": ('v_dark,note\n1200,"two\nlines"\n1250,x\n', 2),
    "semicolon": ("m_R;v_dark\n350;1200\n", 1),
    "tab": ("m_R\tv_dark\n350\t1200\n", 1),
    "savetxt": ("# m_R,v_dark\n350,1200\n360,1250\n", 2),
    "long cell": (f"m_R,note\n350,{'x' * 200_000}\n", 1),
    "wide": (",".join(["m_R", *(f"c{i}" for i in range(10_000))]) + "\n" + ",".join(["350"] * 10_001) + "\n", 1),
}
REFUSED = {
    "open quote": ('m_R,n\n350,"a\n351,b\n', "t.csv:2: not valid CSV, a quote is opened and never closed"),
    "number on two lines": ('m_R\n"350\n351"\n', "not_a_number: m_R"),
    "index of pandas": (",m_R,v_dark\n0,350,1200\n", "t.csv:1: column 1 has no name; pandas"),
    "unit in brackets": ("m_R [GeV],v_dark\n350,1200\n", "unknown column 'm_R [GeV]'; did you mean 'm_R'?"),
    "prefix": ("log10_m_R,v_dark\n2.5,1200\n", "unknown column 'log10_m_R'; did you mean 'm_R'?"),
    "only numbers": ("350,1200\n351,1300\n", "t.csv:1: the first row holds numbers, not column names"),
    "bars": ("m_R|v_dark\n350|1200\n", "cells are separated by commas, not '|'"),
}


@pytest.mark.parametrize("name", READ)
def test_tables_are_read(capsys: pytest.CaptureFixture[str], name: str) -> None:
    text, n = READ[name]
    Path("t.csv").write_text(text)
    status, out, err = call(capsys, "predict", "mirror", "t.csv")
    assert status == 0, err
    before = csv.field_size_limit(10**6)
    rows = list(csv.DictReader(io.StringIO(out)))
    csv.field_size_limit(before)
    assert [row["status"] for row in rows] == ["ok"] * n
    unused = {"multiline": "note", "long cell": "note", "wide": "c0, c1"}.get(name)
    assert ("note: columns passed through" in err) == (unused is not None) and (unused or "") in err


@pytest.mark.parametrize("name", REFUSED)
def test_tables_are_refused_in_one_line(capsys: pytest.CaptureFixture[str], name: str) -> None:
    text, message = REFUSED[name]
    Path("t.csv").write_text(text)
    status, _, err = call(capsys, "predict", "mirror", "t.csv")
    assert status == 2 and message in err and err.count("\n") == 1


def test_formulas_are_quoted_and_numbers_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.csv").write_text("m_R,note\n350,=1+1\n350,-5\n350,@x\n350,plain\n")
    _, out, _ = call(capsys, "predict", "mirror", "t.csv")
    assert [row["note"] for row in csv.DictReader(io.StringIO(out))] == ["'=1+1", "-5", "'@x", "plain"]


def test_an_invalid_point_gives_its_reason_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "predict", "mirror", "--set", "m_R=-5") == (
        2,
        "",
        "error: the point is not valid: outside_domain: m_R\n",
    )


def test_a_large_table_is_left_at_a_signal_and_nothing_of_it_is_written() -> None:
    Path("t.csv").write_text("m_R\n" + "350\n" * 100_000)
    command = [sys.executable, "-m", "twinsector", "predict", "mirror", "t.csv", "-o", "out.csv"]
    heard = signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell starts jobs in its background deaf to it
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGINT, heard)
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        *_, last = process.stderr.read().splitlines()
    assert first.startswith("predict:") and first.endswith(" of 100000\n")
    assert process.returncode == 130 and last == "error: interrupted"
    assert os.listdir() == ["t.csv"]


def shell(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "twinsector", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=300)


@pytest.mark.slow
def test_no_setting_of_matplotlib_ends_a_run() -> None:
    Path("matplotlibrc").write_text("text.usetex: True\n")
    for number, setting in enumerate(({"MATPLOTLIBRC": "."}, {"MPLBACKEND": "nowhere"})):
        Path("run.yaml").write_text(EMCEE.replace("STEPS", str(20)) + f"output: out{number}\n")
        done = shell("run", "run.yaml", **setting)
        assert done.returncode == 0 and Path(f"out{number}/corner.pdf").exists(), done.stderr
    done = shell("plot", "out1", MPLBACKEND="nowhere")
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_full_standard_output_is_one_line() -> None:
    for arguments in (["list", "models"], ["predict", "mirror"], ["--help"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "twinsector", *arguments], stdout=full, stderr=subprocess.PIPE, text=True
            )
        assert done.returncode == 1
        assert done.stderr == "error: cannot write to standard output: No space left on device\n"


@pytest.mark.slow
def test_a_label_that_mathtext_cannot_parse_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("run.yaml").write_text(EMCEE.replace("STEPS", str(20)))
    assert call(capsys, "run", "run.yaml")[0] == 0
    forge_info(Path("results/small/chain.h5"), lambda info: info["labels"].update(m_R=r"\frac{"))
    status, _, err = call(capsys, "plot", "results/small")
    assert status == 2 and err.startswith("error: ") and err.count("\n") == 1


def test_a_picture_that_cannot_be_drawn_does_not_end_a_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from twinsector.chains import plots

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a label that\nmathtext cannot parse")

    monkeypatch.setattr(plots, "corner_plot", fail)
    Path("run.yaml").write_text(EMCEE.replace("STEPS", str(20)))
    status, _, err = call(capsys, "run", "run.yaml")
    assert status == 0
    assert "note: no picture: a label that mathtext cannot parse; `twinsector plot results/small` draws it later" in err
    status, _, err = call(capsys, "plot", "results/small")
    assert status == 2 and err == "error: no picture: a label that mathtext cannot parse\n"
