"""``twinsector figure`` and ``twinsector list figures`` as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinsector.cli import main
from twinsector.figures import FIGURES, draw


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    assert isinstance(end.value.code, int)
    return end.value.code


def test_a_figure_lands_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("figure", "mirror-4", "--option", "points=6") == 0
    assert [file.name for file in tmp_path.iterdir()] == ["figure-mirror-4.png"]


def test_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    png, pdf = tmp_path / "new" / "a.png", tmp_path / "a.pdf"
    assert call("figure", "mirror-4", "-o", str(png), "-o", str(pdf)) == 0
    assert png.stat().st_size > 0 and pdf.stat().st_size > 0
    assert capsys.readouterr().out.count("written: ") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mirror-44",), "unknown figure 'mirror-44'; did you mean 'mirror-4'?"),
        (("mirror-4", "--option", "point=3"), "figure mirror-4 has no option 'point'; did you mean 'points'?"),
        (("mirror-4", "--option", "points=two"), "option points: 'two' is not a number"),
        (("mirror-4", "--option", "points=nan"), "option points: nan is not a whole number from 6 to 1000"),
        (("mirror-4", "--option", "points=7.5"), "option points: 7.5 is not a whole number from 6 to 1000"),
        (("twin-4", "--option", "version=todya"), "did you mean 'today'?"),
        (("mirror-4", "-o", "a.txt"), "a.txt: pictures are written as .pdf, .png, .svg"),
    ],
)
def test_bad_input_is_answered_in_one_line(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert call("figure", *arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ") and message in err and err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_list_names_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("list", "figures") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(FIGURES)
    assert call("list", "figures", "mirror") == 0
    assert capsys.readouterr().out.count("\n") == 6
    assert call("list", "figures", "miror") == 2


def test_captions_do_not_overflow_the_sheet() -> None:
    for name in ("mirror-4", "mirror-5"):
        figure = draw(name, {"points": "6"})
        width = figure.bbox.width
        assert all(text.get_window_extent().x1 <= width for text in figure.texts)
