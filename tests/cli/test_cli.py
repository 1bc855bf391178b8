"""The command line: output of every command, and one-line errors for bad input."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from forged import forge_chain

from twinsector import __version__
from twinsector.chains import read_chain
from twinsector.cli import COMMANDS, main
from twinsector.inference.configuration.models import build_model

Result = tuple[int, str, str]
Cli = Callable[..., Result]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Call the command in this process: (exit status, standard output, standard error)."""

    def call(*arguments: object) -> Result:
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, out, err

    return call


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_point_is_predicted_with_units_and_status(cli: Cli) -> None:
    status, out, err = cli("predict", "mirror", "--set", "m_R=360")
    assert (status, err) == (0, "")
    table = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert table["gamma_visible"][1] == "GeV"
    assert table["status"] == ["ok"]
    model = build_model("mirror")
    point = {p.name: p.benchmark for p in model.parameters} | {"m_R": 360.0}
    expected = model.predict(point).values
    for name, column in expected.items():
        assert float(table[name][0]) == pytest.approx(column[0], rel=1e-9)


def test_options_change_the_prediction(cli: Cli) -> None:
    full, paper = (
        json.loads(cli("predict", "mirror", "--json", "--option", f"widths={w}")[1]) for w in ("full", "paper")
    )
    assert full["gamma_visible"] != paper["gamma_visible"]


def test_a_table_gives_one_row_for_every_row(cli: Cli, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text(
        "# a comment\nm_R,note,v_dark\n350,first,1000\nabc,second,1000\nnan,third,1000\n350,fourth,-4\n,fifth,900\n"
    )
    status, out, err = cli("predict", "mirror", points)
    found = rows(out)
    assert status == 0
    assert [row["note"] for row in found] == ["first", "second", "third", "fourth", "fifth"]
    assert [row["m_R"] for row in found] == ["350", "abc", "nan", "350", ""]
    assert [row["status"] for row in found] == [
        "ok",
        "not_a_number: m_R",
        "not_a_number: m_R",
        "outside_domain: v_dark",
        "not_a_number: m_R",
    ]
    assert float(found[0]["gamma_visible"]) > 0
    assert found[1]["gamma_visible"] == "nan"
    assert "4 of 5 points are not valid" in err
    status, out, _ = cli("predict", "mirror", points, "-o", tmp_path / "out.csv")
    assert (status, out) == (0, "")
    assert rows((tmp_path / "out.csv").read_text()) == found


def test_the_written_numbers_read_back_exactly_and_as_input(cli: Cli, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("m_R\n" + "\n".join(repr(float(m)) for m in np.geomspace(60, 1500, 7)) + "\n")
    assert cli("predict", "mirror", points, "-o", tmp_path / "once.csv")[0] == 0
    assert cli("predict", "mirror", tmp_path / "once.csv", "-o", tmp_path / "twice.csv")[0] == 0
    assert rows((tmp_path / "once.csv").read_text()) == rows((tmp_path / "twice.csv").read_text())


def test_a_column_with_the_name_of_a_prediction_is_not_lost(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("m_R,xi,status\n350,0.3,fine\ninf,0.4,odd\n")
    status, out, err = cli("predict", "mirror", tmp_path / "points.csv")
    found = rows(out)
    assert status == 0 and "input columns that are recomputed are kept as NAME_input: xi, status" in err
    assert [(row["xi_input"], row["status_input"]) for row in found] == [("0.3", "fine"), ("0.4", "odd")]
    assert [row["status"] for row in found] == ["ok", "infinite: m_R"]
    assert json.loads(cli("predict", "mirror", tmp_path / "points.csv", "--json")[1])[0]["xi_input"] == "0.3"
    (tmp_path / "points.csv").write_text("m_R,xi,xi_input\n350,0.3,1\n")
    status, _, err = cli("predict", "mirror", tmp_path / "points.csv")
    assert status == 2 and "'xi_input' is taken: rename it" in err


def test_json_has_no_nan(cli: Cli, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("m_R\n350\nabc\n")
    _, out, _ = cli("predict", "mirror", points, "--json")
    first, second = json.loads(out)
    assert first["m_R"] == 350.0 and first["status"] == "ok"
    assert second["gamma_visible"] is None and second["status"] == "not_a_number: m_R"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "miror"], "did you mean 'mirror'?"),
        (["predict", "mirror", "--set", "m_r=3"], "unknown parameter 'm_r'; did you mean 'm_R'?"),
        (["predict", "mirror", "--set", "m_R=abc"], "'abc' is not a number"),
        (["predict", "mirror", "--set", "m_R"], "takes NAME=VALUE"),
        (["predict", "mirror", "--set", "m_R=1", "--set", "m_R=2"], "given twice"),
        (["predict", "mirror", "--set", "m_R=nan"], "not_a_number: m_R"),
        (["predict", "mirror", "--set", "v_dark=-1"], "outside_domain: v_dark"),
        (["predict", "mirror", "--option", "width=paper"], "no option 'width'; did you mean 'widths'?"),
        (["predict", "mirror", "--option", "widths=papr"], "did you mean 'paper'?"),
        (["predict", "mirror", "nothing.csv"], "no such table: nothing.csv"),
        (["predict", "mirror", "empty.csv"], "empty table"),
        (["predict", "mirror", "head.csv"], "empty table"),
        (["predict", "mirror", "typo.csv"], "unknown column 'm_r'; did you mean 'm_R'?"),
        (["predict", "mirror", "none.csv"], "no column is a parameter"),
        (["predict", "mirror", "twice.csv"], "column 'm_R' is given twice"),
        (["predict", "mirror", "ragged.csv"], "ragged.csv:3: 1 cells, expected 2"),
        (["predict", "mirror", "good.csv", "--set", "m_R=3"], "given both by --set and as a column"),
        (["predict", "mirror", "good.csv", "-o", "nowhere/out.csv"], "cannot write nowhere/out.csv"),
        (["predict", "mirror", "."], "cannot read ."),
        (["predict"], "Missing argument 'MODEL'"),
        (["predict", "mirror", "--foo"], "No such option: --foo"),
        (["predct"], "No such command 'predct'"),
        (["list", "model"], "did you mean 'models'?"),
        (["list", "parameters", "miror"], "did you mean 'mirror'?"),
        (["init", "miror"], "did you mean 'mirror'?"),
        (["run", "nothing.yaml"], "no such run file"),
        (["run", "bad.yaml"], "bad.yaml:4: unknown key 'sed'; did you mean 'seed'?"),
        (["run", "outside.yaml"], "reaches outside the physical domain"),
        (["run", "outside.yaml", "--resume", "--force"], "give one of them"),
        (["loglike", "bad.yaml"], "bad.yaml:4: unknown key 'sed'"),
        (["summary", "nothing.h5"], "no chain file at 'nothing.h5'"),
        (["summary", "good.csv"], "not an HDF5 file"),
        (["plot", "nothing.h5"], "no chain file"),
        (["plot", "nothing.h5", "-o", "x.gif"], "x.gif: pictures are written as .pdf, .png, .svg"),
        (["figure", "mirror-4", "-o", "x.gif"], "x.gif: pictures are written as .pdf, .png, .svg"),
        (["audit", "nothing.h5"], "no chain file at 'nothing.h5'"),
        (["rerun", "nothing.h5", "-o", "again"], "no chain file at 'nothing.h5'"),
        (["merge", "nothing.h5", "-o", "all"], "no chain file at 'nothing.h5'"),
        (["merge", "nothing.h5", "-o", "."], "exists already"),
        (["resolve", "nothing.yaml"], "no such run file"),
        (["resolve", "good.csv"], "a run file is a mapping"),
        (["run", "outside.yaml", "--executor", "mpy"], "--executor: "),
        (["run", "outside.yaml", "--executor", "mpi"], "reaches outside the physical domain"),
        (["run", "outside.yaml", "--scheduler", "tcp://h:1"], "'scheduler' is not used"),
        (["run", "outside.yaml", "--seed-index", "-1"], "give 0 or more"),
        (["export", "nothing.h5", "-o", "x.csv"], "no chain file"),
        (["export", "nothing.h5", "-o", "x.fits"], "x.fits: --format csv is written as .csv"),
        (["export", "nothing.h5", "-o", "x", "--format", "arviz"], "x: --format arviz is written as .nc"),
        (["compare", "one.h5"], "two or more"),
        (["cite", "nothing.yaml"], "no such run file"),
    ],
    ids=" ".join,
)
def test_bad_input_is_answered_in_one_line_with_status_2(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    head = "name: a\nmodel: mirror\nlikelihoods: {planck_neff: {}}\n"
    files = {
        "empty.csv": "",
        "head.csv": "m_R,v_dark\n",
        "typo.csv": "m_r\n350\n",
        "none.csv": "x,y\n1,2\n",
        "twice.csv": "m_R,m_R\n1,2\n",
        "ragged.csv": "m_R,v_dark\n1,2\n3\n",
        "good.csv": "m_R\n350\n",
        "bad.yaml": head + "sed: 3\n",
        "outside.yaml": head + "parameters: {m_R: {uniform: [-10, 100]}}\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    status, _, err = cli(*arguments)
    assert status == 2
    assert message in err
    assert err.startswith("error: ") and err.count("\n") == 1
    assert sorted(os.listdir(tmp_path)) == sorted(files), "nothing may be written or lost"


def test_an_unphysical_point_is_named(cli: Cli) -> None:
    """Dark proton lighter than the dark neutron plus a dark electron: no dark-neutron dark matter."""
    status, out, err = cli("predict", "mirror", "--set", "yu_dark=1e-5", "--set", "yd_dark=2e-4")
    assert status == 2
    assert not out and err == "error: the point is not valid: dark_proton_lighter\n"


@pytest.mark.parametrize(
    "topic", ["models", "options", "parameters", "predictions", "likelihoods", "datasets", "priors", "samplers"]
)
def test_everything_can_be_listed(cli: Cli, topic: str) -> None:
    status, out, _ = cli("list", topic)
    assert status == 0
    assert len(out.splitlines()) >= 2


def test_lists_are_complete(cli: Cli) -> None:
    model = build_model("mirror")
    parameters, predictions = (cli("list", topic, "mirror")[1] for topic in ("parameters", "predictions"))
    assert all(f" {p.name} " in parameters for p in model.parameters)
    assert all(f" {o.name} " in predictions for o in model.observables)


@pytest.mark.parametrize("command", [command.__name__.rstrip("_") for command in COMMANDS])
def test_every_command_shows_an_example(cli: Cli, command: str) -> None:
    status, out, _ = cli(command, "--help")
    assert status == 0
    assert "Example:" in out and f"twinsector {command} " in out


def test_every_summary_fits_its_line_of_an_80_column_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    status, out, _ = cli("--help")
    lines = out.partition("Commands:\n")[2].splitlines()
    assert status == 0 and len(lines) == len(COMMANDS), "one line for each command"
    for command, line in zip(COMMANDS, lines, strict=True):
        summary = (command.__doc__ or "").splitlines()[0]
        assert len(line) <= 80 and line.split(maxsplit=1) == [command.__name__.rstrip("_"), summary]
        assert summary.endswith(".") and not summary.endswith("..")


def test_version(cli: Cli) -> None:
    assert cli("--version")[:2] == (0, __version__ + "\n")


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys; from twinsector.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert not {"numpy", "scipy", "numba", "matplotlib", "h5py", "pydantic"} & set(loaded.stdout.split())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output folder of a tiny run of the mirror model, made through the command from `init`'s run file."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.raises(SystemExit) as end:
        main(["init", "mirror", "-o", str(folder / "mirror.yaml")])
    assert end.value.code == 0
    text = (folder / "mirror.yaml").read_text()
    head, _, _ = text.partition("sampler:")
    text = head + "sampler: {name: dynesty, nlive: 40, walks: 15, dlogz: 1.0}\nseed: 1\nworkers: 2\n"
    text = text.replace("workers: 2", f"output: {folder / 'out'}\nworkers: 1")
    (folder / "mirror.yaml").write_text(text)
    with pytest.raises(SystemExit) as end:
        main(["run", str(folder / "mirror.yaml")])
    assert end.value.code == 0
    return folder


def test_the_mirror_model_end_to_end(cli: Cli, finished: Path) -> None:
    chain = read_chain(finished / "out")
    model = build_model("mirror")
    assert set(chain.predictions) == {o.name for o in model.observables}
    assert set(chain.parameters) == {p.name for p in model.parameters}
    assert chain.info.model == "mirror" and chain.info.options == model.options
    assert len(chain.info.data_checksums) > 5
    assert chain.info.citations
    point = {name: values[-1] for name, values in chain.parameters.items()}
    for name, value in model.predict(point).values.items():
        assert chain.predictions[name][-1] == pytest.approx(value[0], rel=1e-12)
    status, out, _ = cli("summary", finished / "out")
    assert status == 0
    assert "v_dark" in out and "ln Z" in out and "dark_proton_lighter" in out


def test_loglike_agrees_with_the_chain(cli: Cli, finished: Path, tmp_path: Path) -> None:
    chain = read_chain(finished / "out")
    with (tmp_path / "points.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(chain.sampled)
        writer.writerows(zip(*(chain.parameters[name][-5:].tolist() for name in chain.sampled), strict=True))
    status, out, _ = cli("loglike", finished / "mirror.yaml", tmp_path / "points.csv")
    assert status == 0
    found = rows(out)
    np.testing.assert_allclose([float(row["log_likelihood"]) for row in found], chain.log_likelihood[-5:], rtol=1e-9)
    for name, values in chain.log_likelihoods.items():
        np.testing.assert_allclose(
            [float(row[f"log_likelihood_{name}"]) for row in found], values[-5:], rtol=1e-9, atol=1e-12
        )


def test_a_finished_run_is_not_overwritten(cli: Cli, finished: Path) -> None:
    before = (finished / "out" / "chain.h5").read_bytes()
    status, _, err = cli("run", finished / "mirror.yaml")
    assert status == 2 and "already holds a run" in err and "--force" in err
    assert (finished / "out" / "chain.h5").read_bytes() == before


def test_a_dry_run_writes_nothing(cli: Cli, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "\n".join(line for line in (finished / "mirror.yaml").read_text().splitlines() if "output:" not in line[:8])
    (tmp_path / "run.yaml").write_text(text)
    status, out, _ = cli("run", "run.yaml", "--test")
    assert status == 0
    assert "of 2000 prior draws are allowed" in out and "dark_proton_lighter" in out
    assert os.listdir(tmp_path) == ["run.yaml"]


@pytest.mark.slow
def test_audit_rerun_resolve_merge(cli: Cli, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, out, err = cli("audit", finished / "out", "--all")
    assert (status, err) == (0, "") and out.endswith("the chain is what its run file says\n")
    bent = Path(shutil.copy(finished / "out" / "chain.h5", tmp_path / "bent.h5"))

    def bend(file: h5py.File) -> None:
        file["predictions"]["xi"][3] *= 1.01

    with h5py.File(bent, "r+") as file:
        bend(file)
    status, _, err = cli("audit", bent, "--all")
    assert status == 2 and "checksum" in err
    forge_chain(Path(shutil.copy(finished / "out" / "chain.h5", bent)), bend)
    status, out, _ = cli("audit", bent, "--all")
    assert status == 1 and "FAILED  predictions: largest relative difference 0.0099" in out
    status, out, _ = cli("resolve", finished / "out")
    assert status == 0 and out == read_chain(finished / "out").info.run_file
    status, again, _ = cli("resolve", finished / "mirror.yaml")
    assert status == 0 and again == out
    monkeypatch.chdir(tmp_path)
    text = (finished / "mirror.yaml").read_text()
    (tmp_path / "run.yaml").write_text(re.sub(r"(?m)^output: .*$", "output: family", text))
    for index in (0, 1):
        assert cli("run", "run.yaml", "--seed-index", index)[0] == 0
    status, out, _ = cli("rerun", "family-seed0000", "-o", "again")
    assert status == 0 and out.startswith("identical")
    status, out, _ = cli("merge", "family-seed0000", "family-seed0001", "-o", "merged")
    assert status == 0 and "scatter of ln Z between the runs" in out
    assert set(os.listdir("merged")) == set(os.listdir("family-seed0000")) - {"extend"}  # no sampler state to continue
    assert "2 runs merged" in cli("summary", "merged")[1]
    assert cli("audit", "merged")[0] == 0
    status, _, err = cli("merge", "family-seed0000", finished / "out", "family-seed0000", "-o", "no")
    assert status == 2 and "share seed" in err


def test_plot_compare_export_cite(cli: Cli, finished: Path, tmp_path: Path) -> None:
    files = [tmp_path / "corner.png", tmp_path / "corner.pdf"]
    names = ["-n", "v_dark", "-n", "m_R", "-n", "delta_neff"]
    status, _, err = cli("plot", finished / "out", *names, "-o", files[0], "-o", files[1])
    assert (status, err) == (0, "")
    assert files[0].read_bytes()[:4] == b"\x89PNG" and files[1].read_bytes()[:4] == b"%PDF"
    status, _, err = cli("plot", finished / "out", "-n", "v_drak", "-o", files[0])
    assert status == 2 and "did you mean 'v_dark'?" in err
    status, out, _ = cli("compare", finished / "out", finished / "out")
    assert status == 0 and "mirror" in out
    status, out, _ = cli("compare", finished / "out", finished / "out", "--json")
    assert status == 0 and json.loads(out)["rows"][1]["delta_log_evidence"] == 0.0
    ranges = ["--ranges", tmp_path / "ranges.png"]
    status, out, _ = cli("compare", finished / "out", finished / "out", *ranges, "-n", "v_dark", "-n", "m_R")
    assert status == 0 and "written" in out and ranges[1].read_bytes()[:4] == b"\x89PNG"
    status, _, err = cli("compare", finished / "out", finished / "out", *ranges, "-n", "v_drak", "-n", "m_R")
    assert status == 2 and "no sampled parameter 'v_drak'" in err
    status, _, _ = cli("export", finished / "out", "-o", tmp_path / "chain.csv")
    assert status == 0
    exported = rows((tmp_path / "chain.csv").read_text())
    assert sum(float(row["weight"]) for row in exported) == pytest.approx(1.0)
    status, out, _ = cli("cite", finished / "mirror.yaml")
    assert status == 0 and "@misc{Bodas_2401.12286," in out and "no entry" not in out
    assert out.count("@") >= 5
