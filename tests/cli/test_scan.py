"""Scans: points, numbers, files that grow and go on after a kill, and wrong inputs in one line."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import LineModel, SumLikelihood, toy_posterior

from twinsector import predict
from twinsector.chains.scan_table import Heading, is_complete, open_table, read_columns
from twinsector.cli import main
from twinsector.inference.errors import InputError, Interrupted
from twinsector.inference.executors import ProcessExecutor, SerialExecutor
from twinsector.inference.persistence.interrupts import StopFlag
from twinsector.inference.points.scan import Axis, grid, hypercube, parse_axis, posterior_of_model, scan

RUN = """name: a
model: mirror
likelihoods: {planck_neff: {}, relic_density: {prediction: rho_dm_over_rho_b}}
"""
GRID = ("--grid", "m_R=300:400:3", "--grid", "v_dark=500:2000:3:log")


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)
    Path("run.yaml").write_text(RUN)

    def call(*arguments: str) -> tuple[Any, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        return (end.value.code, *capsys.readouterr())

    return call


def rows(path: str | Path) -> list[dict[str, str]]:
    lines = [line for line in Path(path).read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(io.StringIO("\n".join(lines))))


def test_a_grid_of_a_model_holds_its_predictions(cli: Any) -> None:
    status, out, _ = cli("scan", "mirror", *GRID, "--set", "beta_R_ev=2", "--option", "widths=paper", "-o", "s.csv")
    assert status == 0 and out == "9 points: 9 ok\nwritten: s.csv\n"
    found = rows("s.csv")
    assert [float(row["m_R"]) for row in found] == [300.0] * 3 + [350.0] * 3 + [400.0] * 3
    np.testing.assert_allclose([float(row["v_dark"]) for row in found[:3]], [500.0, 1000.0, 2000.0], rtol=1e-15)
    for row in found:
        at = {name: float(row[name]) for name in ("m_R", "v_dark", "beta_R_ev")}
        for name, value in predict("mirror", {"widths": "paper"}, **at).items():
            assert row[name] == str(value) or float(row[name]) == value
    assert not any(name.startswith("log_likelihood") for name in found[0])


def test_points_of_a_run_file_have_log_l_of_every_likelihood(cli: Any) -> None:
    status, _, _ = cli(
        "scan", "run.yaml", "--hypercube", "12", "--set", "beta_R_ev=2", "--range", "m_R=60:500", "-o", "s.csv"
    )
    assert status == 0
    found = rows("s.csv")
    assert {row["beta_R_ev"] for row in found} == {"2.0"}
    Path("points.csv").write_text("m_R,beta_R_ev\n" + "".join(f"{row['m_R']},2\n" for row in found))
    assert cli("loglike", "run.yaml", "points.csv", "-o", "log.csv")[0] == 0
    for row, known in zip(found, rows("log.csv"), strict=True):
        for name in ("log_likelihood_planck_neff", "log_likelihood_relic_density", "log_likelihood", "status"):
            assert row[name] == known[name], name


def test_a_hypercube_of_a_run_file_follows_its_prior(cli: Any) -> None:
    assert cli("scan", "run.yaml", "--hypercube", "40", "-o", "s.h5", "--seed", "3")[0] == 0
    assert cli("scan", "run.yaml", "--hypercube", "40", "-o", "s.csv", "--seed", "3")[0] == 0
    assert sorted(map(str, Path().glob("s*"))) == ["s.csv", "s.h5"]
    found = rows("s.csv")
    with h5py.File("s.h5") as file:
        assert list(file) and json.loads(json.dumps(dict(file.attrs)))["format"] == "twinsector-scan"
        for name in ("m_R", "v_dark"):
            np.testing.assert_array_equal(file["parameters"][name][:], [float(row[name]) for row in found])
        np.testing.assert_array_equal(file["predictions/xi"][:], [float(row["xi"]) for row in found])
        np.testing.assert_array_equal(file["log_likelihood"][:], [float(row["log_likelihood"]) for row in found])
        assert [one.decode() for one in file["status"][:]] == [row["status"] for row in found]
    again = cli("scan", "run.yaml", "--hypercube", "40", "-o", "s.h5", "--seed", "3")
    assert again[0] == 0 and again[1].startswith("40 points: ")
    status, _, err = cli("scan", "run.yaml", "--hypercube", "40", "-o", "s.h5", "--seed", "4")
    assert status == 2 and err == (
        "error: s.h5 holds something else, or a scan of other points, model, data or versions: give another output, "
        "or --force\n"
    )
    assert cli("scan", "run.yaml", "--hypercube", "40", "-o", "s.h5", "--seed", "4", "--force")[0] == 0


def test_a_killed_scan_goes_on_and_gives_the_same_file(cli: Any) -> None:
    scanned = ("scan", "mirror", "--grid", "m_R=60:900:80", "--grid", "v_dark=300:3000:50:log", "-o")
    command = [sys.executable, "-m", "twinsector", *scanned]
    growing = Path("killed.csv")
    run = subprocess.Popen([*command, str(growing), "--quiet"])
    while run.poll() is None and not (growing.exists() and growing.stat().st_size > 10_000):
        time.sleep(0.01)
    run.kill()
    assert run.wait() == -signal.SIGKILL
    kept = growing.read_bytes()
    growing.write_bytes(kept[: len(kept) * 2 // 3])  # in the middle of a row, as a full disk leaves it
    Path("killed.h5.part.csv").write_bytes(growing.read_bytes())
    for name in ("killed.csv", "killed.h5", "whole.csv"):
        status, _, err = cli(*scanned, name)
        assert status == 0 and ("of 4000 points are there" in err) == (name != "whole.csv"), (name, err)
    assert growing.read_bytes() == Path("whole.csv").read_bytes()
    assert not Path("killed.h5.part.csv").exists()
    with h5py.File("killed.h5") as file:
        found = [float(row["xi"]) for row in rows("whole.csv")]
        np.testing.assert_array_equal(file["predictions/xi"][:], found)
        assert len(found) == 4000


def toy_scan(path: Path, workers: int = 1, n: int = 3000, **more: Any) -> dict[str, int]:
    posterior = toy_posterior(SumLikelihood(), model=LineModel(invalid_below=0.1))
    plan = hypercube(posterior, n, [], {}, seed=1)
    executor = SerialExecutor(posterior) if workers == 1 else ProcessExecutor(posterior, workers)
    with executor as working:
        return scan(posterior, working, plan, path, identity="toy", **more)


def test_the_table_does_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    found = toy_scan(tmp_path / "one.csv")
    assert found["ok"] + found["a_too_small"] == 3000 and found["a_too_small"] == 300  # a tenth of the slices
    assert toy_scan(tmp_path / "two.csv", workers=2) == found
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    bad = next(row for row in rows(tmp_path / "one.csv") if row["status"] != "ok")
    assert bad["log_likelihood"] == bad["log_likelihood_sum"] == "nan"


def test_a_stop_keeps_the_points_so_far(tmp_path: Path) -> None:
    stop = StopFlag()
    with pytest.raises(Interrupted, match=r"1024 of 3000 points are kept in .*; the same command continues"):
        toy_scan(tmp_path / "a.csv", stop=stop, progress=lambda *_: stop.set())
    assert len(rows(tmp_path / "a.csv")) == 1024
    toy_scan(tmp_path / "a.csv")
    toy_scan(tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@given(cut=st.integers(0, 10**6))
def test_a_table_cut_anywhere_goes_on(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = tmp_path_factory.mktemp("scan") / "a.csv"
    heading = Heading("x", "abc", 4, {"parameters": ("a", "b"), "status": ("status",)})
    lines = [[repr(i / 3), "1.0", "ok, so far"] for i in range(4)]
    with open_table(path, heading) as table:
        table.append(lines)
    whole = path.read_bytes()
    path.write_bytes(whole[: cut % (len(whole) + 1)])
    with open_table(path, heading) as table:
        assert table.done <= 4
        table.append(lines[table.done :])
    assert path.read_bytes() == whole and read_columns(path, heading)["status"] == ["ok, so far"] * 4


def test_a_table_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    toy_scan(path, n=20)
    whole = path.read_bytes()
    for content, message in (
        (b"a,b\n1,2\n", "a.csv is no scan: give another output, or --force"),
        (whole.replace(b"identity: ", b"identity: f"), "a.csv is a scan of other points, model, data or versions"),
        (whole.replace(b"\n7,", b"\n9,"), "a.csv: row 7 is not what a scan writes"),
        (whole.replace(b"\n7,", b"\n7,1,"), "a.csv: row 7 is not what a scan writes"),
        (whole + b"20,1\n", "a.csv: row 20 is not what a scan writes"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=message):
            toy_scan(path, n=20)
        assert path.read_bytes() == content
    toy_scan(path, n=20, force=True)
    assert path.read_bytes() == whole
    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another scan writes this table"):
            toy_scan(path, n=20)
    (tmp_path / "no.h5").write_bytes(b"nothing of HDF5")
    with pytest.raises(InputError, match="holds something else"):
        toy_scan(tmp_path / "no.h5", n=20)
    assert not is_complete(tmp_path / "none.h5", Heading("", "", 1, {}))
    with pytest.raises(InputError, match=r"cannot write .*: No such file or directory"):
        toy_scan(tmp_path / "none" / "a.csv", n=20)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=r"folder.csv is not a file"):
        toy_scan(tmp_path / "folder.csv", n=20)


def test_a_hypercube_has_one_point_in_every_slice() -> None:
    posterior = toy_posterior(SumLikelihood(), b={"log_uniform": [0.01, 1.0]})
    plan = hypercube(posterior, 50, [], {}, seed=2)
    for name in ("a", "c"):
        assert sorted((plan.varied[name] * 50).astype(int)) == list(range(50))
    assert sorted((np.log10(plan.varied["b"] / 0.01) / 2 * 50).astype(int)) == list(range(50))
    ranges = [Axis("a", 2.0, 4.0), Axis("b", 1.0, 10.0, log=True)]
    plan = hypercube(posterior, 50, ranges, {"c": 0.25}, seed=2)
    assert sorted(((plan.varied["a"] - 2.0) * 25).astype(int)) == list(range(50))
    assert sorted((np.log10(plan.varied["b"]) * 50).astype(int)) == list(range(50))
    assert plan.held == {"c": 0.25} and plan.n == 50
    with pytest.raises(InputError, match="'a' is both scanned and held"):
        hypercube(posterior, 50, [], {"a": 0.5}, seed=2)


def test_a_grid_reaches_its_ends_exactly() -> None:
    posterior = posterior_of_model(LineModel(), [Axis("a", 0.1, 0.7, True, 7)])
    plan = grid(posterior, [Axis("a", 0.1, 0.7, True, 7), Axis("b", -1.0, 1.0, False, 3)], {})
    assert plan.n == 21 and plan.varied["a"][0] == 0.1 and plan.varied["a"][-1] == 0.7
    assert plan.varied["b"][:3].tolist() == [-1.0, 0.0, 1.0]
    assert parse_axis("a", "1e-3:1:5:log", "--grid", grid=True) == Axis("a", 1e-3, 1.0, True, 5)
    assert parse_axis("a", "0:1", "--range", grid=False) == Axis("a", 0.0, 1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mirror"], "give --grid NAME=LOW:HIGH:N for each scanned parameter, or --hypercube N"),
        (["mirror", *GRID, "--hypercube", "5"], "--grid and --hypercube are two kinds of scan: give one of them"),
        (["mirror", *GRID, "--range", "m_R=1:2"], "--range belongs to --hypercube"),
        (["mirror", *GRID, "-o", "s.txt"], "s.txt: a scan is written as .csv, .h5 or .hdf5"),
        (["miror", *GRID], "unknown model 'miror'; did you mean 'mirror'?"),
        (["none.yaml", *GRID], "no such run file: none.yaml"),
        (["run.yaml", *GRID, "--option", "widths=paper"], "--option belongs to a model; a run file has options:"),
        (["mirror", *GRID, "--option", "width=paper"], "no option 'width'; did you mean 'widths'?"),
        (["mirror", "--grid", "m_r=1:2:3"], "unknown parameter 'm_r'; did you mean 'm_R'?"),
        (["run.yaml", "--grid", "m_r=1:2:3"], "unknown parameter 'm_r'; did you mean 'm_R'?"),
        (["mirror", "--grid", "m_R=1:2"], "--grid takes NAME=LOW:HIGH:N or NAME=LOW:HIGH:N:log, got 'm_R=1:2'"),
        (["mirror", "--grid", "m_R=1:2:3:4"], "--grid takes NAME=LOW:HIGH:N"),
        (["mirror", "--grid", "m_R=1:2:x"], "--grid takes NAME=LOW:HIGH:N"),
        (["mirror", "--grid", "m_R"], "--grid takes NAME=VALUE"),
        (["mirror", "--grid", "m_R=2:1:3"], "--grid m_R: 2 to 1 is no range"),
        (["mirror", "--grid", "m_R=nan:1:3"], "--grid m_R: nan to 1 is no range"),
        (["mirror", "--grid", "m_R=0:1:3:log"], "--grid m_R: a range with :log begins above 0, this one at 0"),
        (["mirror", "--grid", "m_R=1:2:1"], "a grid has at least 2 points"),
        (["mirror", "--grid", "m_R=-5:2:3"], "m_R = -5 lies outside its domain"),
        (["mirror", *GRID, "--set", "m_R=3"], "'m_R' is given twice; keep one"),
        (["mirror", *GRID, "--set", "beta=3"], "unknown parameter 'beta'"),
        (["mirror", *GRID, "--set", "beta_R_ev=x"], "--set beta_R_ev: 'x' is not a number"),
        (["mirror", *GRID, "--set", "beta_R_ev=-1"], "beta_R_ev = -1 lies outside its domain"),
        (["mirror", "--grid", "m_R=100:200:9999999"], "the grid has 9999999 points, more than 5000000"),
        (["mirror", "--hypercube", "0"], "a hypercube has 1 to 5000000 points, not 0"),
        (["mirror", *GRID, "--workers", "0"], "--workers 0: give 1 or more"),
        (["mirror", "--hypercube", "3", "--seed", "-1"], "Invalid value for '--seed'"),
    ],
    ids=str,
)
def test_wrong_inputs_are_one_line_and_write_nothing(cli: Any, arguments: list[str], message: str) -> None:
    more = [] if "-o" in arguments else ["-o", "s.csv"]
    status, out, err = cli("scan", *arguments, *more)
    assert (status, out, err.count("\n")) == (2, "", 1) and message in err
    assert [path.name for path in Path().iterdir()] == ["run.yaml"]
