"""``twinsector plot`` as a person types it: options, files, and mistakes answered in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twinsector.chains import Chain, RunInfo, equal_log_weights, write_chain
from twinsector.cli import main

N = 800


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output folder of a small run."""
    random = np.random.default_rng(1)
    folder = tmp_path_factory.mktemp("runs") / "small"
    values = {"m_R": 300.0 * np.exp(0.3 * random.standard_normal(N)), "g": random.standard_normal(N)}
    info = RunInfo(
        "small",
        sampler="toy",
        priors={"m_R": {"log_uniform": [10.0, 1e4]}, "g": {"normal": [0.0, 2.0]}},
        labels={"m_R": "m_R", "g": "g"},
        units={"m_R": "GeV"},
        likelihoods=["toy"],
    )
    index = np.zeros(N, dtype=np.int64)
    log_l = -0.5 * values["g"] ** 2
    chain = Chain(
        values, ("m_R", "g"), equal_log_weights(N), np.zeros(N), log_l, {"toy": log_l}, {"m": values["m_R"] / 2.0},
        index, index, np.arange(N), info,
    )  # fmt: skip
    write_chain(chain, folder / "chain.h5")
    return folder


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["plot", *map(str, arguments)])
    assert isinstance(end.value.code, int)
    found = capsys.readouterr()
    return end.value.code, found.out, found.err


@pytest.mark.parametrize("kind", ["corner", "1d", "2d", "violin"])
def test_every_kind_is_written_beside_the_run(kind: str, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, run, "--kind", kind, "--width", "3.4")[0] == 0
    assert {(run / f"{kind}.{suffix}").stat().st_size > 2000 for suffix in ("pdf", "png")} == {True}


def test_options_together(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    point = tmp_path / "point.csv"
    point.write_text("m_R,status\n350,ok\n")
    status, out, err = call(
        capsys, run, run, "--levels", "0.5", "0.68", "0.95", "--range", "m_R=100:", "--truth", "g=0.5",
        "--truth", point,
        "--legend", "first", "--legend", "second", "--smooth", "--no-caption", "--no-prior", "--style", "grayscale",
        "--title", "Both", "-o", tmp_path / "a.svg",
    )  # fmt: skip
    assert (status, err) == (0, "") and "written" in out
    text = (tmp_path / "a.svg").read_text()
    assert "<svg" in text and len(text) > 10_000
    assert call(capsys, run, "--truth", "best", "-n", "m_R", "-o", tmp_path / "b.png")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--kind", "3d"), "kind '3d' is none of corner, 1d, 2d, violin"),
        (("--levels", "1.5"), "--levels takes probabilities between 0 and 1, as in 0.68 0.95; got '1.5'"),
        (("--range", "m_R=3"), "--range m_R: '3' is not LOW:HIGH"),
        (("--range", "m_R=300:200"), "range of m_R: 300 is not below 200"),
        (("--range", "m_R=-3:200"), "range of m_R: -3 is not on its logarithmic axis"),
        (("--range", "m_r=1:2"), "did you mean 'm_R'?"),
        (("--truth", "m_R=heavy"), "--truth m_R: 'heavy' is not a number"),
        (("--truth", "best.txt"), "no such table: best.txt"),
        (("--truth", "bset"), "--truth takes NAME=VALUE, a table FILE.csv of one row, or best; got 'bset'"),
        (("--legend", "a", "--legend", "b"), "2 texts of the legend for 1 runs"),
        (("--width", "0.5"), "--width 0.5: give inches from 1 to 60"),
        (("--style", "ggplott"), "style 'ggplott' is neither a file nor a style that matplotlib knows"),
    ],
)
def test_mistakes_are_answered_in_one_line(
    arguments: tuple[str, ...], message: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = call(capsys, run, *arguments, "-o", tmp_path / "x.png")
    assert status == 2 and err.startswith("error: ") and message in err and err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_settings_of_the_user_that_fail_are_one_line(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import matplotlib

    monkeypatch.setenv("PATH", str(tmp_path))  # no LaTeX here
    with matplotlib.rc_context({"text.usetex": True}):
        status, _, err = call(capsys, run, "-o", tmp_path / "x.png")
    assert status == 2 and err.startswith("error: no picture: ") and err.count("\n") == 1
