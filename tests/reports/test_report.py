"""Reports of runs: what they say, that they load nothing, and that no text of a chain becomes markup."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from parsed_page import EVIL, EVIL_NAME, Page, check_page

from twinsector import summarize, write_report
from twinsector.chains import Chain, compare
from twinsector.chains.comparison_table import shared_lines
from twinsector.cli import main
from twinsector.likelihoods.groups import natural_groups
from twinsector.reports.diagnostics import prior_volumes
from twinsector.reports.drawing import Picture
from twinsector.reports.report import report
from twinsector.reports.visible import UNSEEN, visible

SECTIONS = ["result", "posterior", "planes", "best-point", "likelihoods", "diagnostics", "provenance", "citations"]


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without the corner plot, which takes most of their time."""
    empty = Picture(lambda: Figure(figsize=(1.0, 1.0)), "no corner plot", "")
    monkeypatch.setattr("twinsector.reports.report._corner", lambda runs: empty)


@pytest.fixture(scope="module")
def page(nested: Chain) -> Page:
    return check_page(report([nested]))


def sections(page: Page) -> list[str]:
    return [attributes["id"] for attributes in page.all("section")]


def test_the_parts_of_a_report(page: Page) -> None:
    assert sections(page) == SECTIONS
    assert [link["href"][1:] for link in page.all("a")[: len(SECTIONS)]] == SECTIONS
    assert page.tags["img"] == 5  # corner, two planes, course of the run, insertion ranks
    assert "script" not in page.tags and "No picture" not in page.text


def test_the_numbers_are_those_of_the_summary(page: Page, nested: Chain) -> None:
    summary = summarize(nested)
    assert f"{summary.log_evidence:.3f} ± {summary.log_evidence_error:.3f}".replace("-", "−") in page.text
    row = next(row for row in summary.rows if row.name == "m_R")
    at = page.cells.index("m_R [GeV]")
    assert float(page.cells[at + 1]) == pytest.approx(row.mean, rel=1e-3)
    low, high = map(float, page.cells[at + 4].strip("[]").split(","))
    assert (low, high) == pytest.approx(row.interval_68, rel=1e-3)
    for tension in ("planck_neff", "relic_density", "direct_detection"):
        assert tension in page.cells
    assert nested.info.fingerprint["digest"] in page.text and nested.info.run_file in page.text
    assert all(checksum in page.cells for checksum in nested.info.data_checksums.values())
    assert "twinsector rerun results/nested -o results/nested-again" in page.text
    assert "@misc{" in page.text and "insertion ranks" in page.text


@pytest.mark.usefixtures("light")
def test_a_limit_where_the_posterior_leans_on_an_edge(nested: Chain) -> None:
    """The samples of m_R replaced by ones that fall from the lower edge of its prior: an upper limit at 95%."""
    x = np.linspace(0.0, 1.0, nested.n_samples, endpoint=False)
    falling = 150.0 * (380.0 / 150.0) ** (1.0 - np.sqrt(1.0 - x))
    parameters = {**nested.parameters, "m_R": falling}
    flat = np.full(nested.n_samples, -np.log(nested.n_samples))
    leaning = dataclasses.replace(nested, parameters=parameters, log_weight=flat)
    assert summarize(leaning).leans_on["m_R"] == "lower"
    cells = check_page(report([leaning])).cells
    limit = cells[cells.index("m_R [GeV]") + 5]
    assert limit.startswith("< ")
    assert float(limit[2:]) == pytest.approx(150.0 * (380.0 / 150.0) ** (1.0 - np.sqrt(0.05)), rel=0.01)


@pytest.mark.usefixtures("light")
def test_a_region_without_samples_has_a_limit(nested: Chain) -> None:
    info = dataclasses.replace(nested.info, codes={"far": ["here", "there"]})
    moved = dataclasses.replace(
        nested, info=info, predictions={**nested.predictions, "far": np.zeros(nested.n_samples)}
    )
    regions = summarize(moved).regions
    cells = check_page(report([moved])).cells
    at = cells.index("there")
    assert cells[at + 1] == regions[-1].text and cells[at + 1].startswith("0 (below ") and cells[at + 2] == "–"
    assert cells[cells.index("here") + 1] == regions[-2].text


@pytest.mark.usefixtures("light")
def test_a_report_of_walkers(walkers: Chain) -> None:
    page = check_page(report([walkers]))
    assert sections(page) == SECTIONS
    assert "NOT converged: do not quote these numbers." in page.text
    assert "gives no evidence" in page.text and "R-hat of walkers" in page.cells
    assert "Traces" in page.text


def test_several_runs_side_by_side(nested: Chain, walkers: Chain) -> None:
    page = check_page(report([nested, walkers]))
    assert sections(page) == ["result", "comparison", "numbers", *SECTIONS[1:]]
    assert {"best-point-run-1", "best-point-run-2", "result-run-1"} <= set(page.ids)
    head = page.cells.index("quantity")
    assert page.cells[head + 1 : head + 3] == ["nested", "walkers"]
    comparison = compare([nested, walkers], natural_groups(nested.log_likelihoods))
    assert comparison.warnings and all(text in page.text for text in comparison.warnings)
    assert all(line in page.text for line in shared_lines(comparison))
    assert "ln S" in page.cells and "nested: cosmology" in page.cells and "walkers: cosmology" not in page.cells


@pytest.mark.usefixtures("light")
def test_two_runs_of_one_name_are_told_apart(nested: Chain) -> None:
    page = check_page(report([nested, nested]))
    assert "nested (1)" in page.text and "nested (2)" in page.text


def test_nothing_in_a_chain_becomes_markup(hostile: Chain, nested: Chain) -> None:
    page = check_page(report([hostile]))
    text = page.text
    assert {"script", "svg", "b"}.isdisjoint(page.tags)
    assert all(picture["src"].startswith("data:image/") for picture in page.all("img"))
    assert text.count(EVIL) > 15 and EVIL_NAME in page.cells[:40][6] + "".join(page.cells)
    assert "No picture" in text  # a label that is no LaTeX
    assert "'\"'\"'" in text  # its name is quoted for the shell in the command that repeats the run
    together = check_page(report([nested, hostile]))
    assert {"script", "svg", "b"}.isdisjoint(together.tags)


@pytest.mark.usefixtures("light")
def test_without_a_run_file_the_page_says_why(without_run_file: Chain) -> None:
    page = check_page(report([without_run_file]))
    assert "contains no run file" in page.text and "cannot be repeated" in page.text
    assert sections(page) == SECTIONS


@pytest.mark.usefixtures("light")
def test_another_version_of_a_likelihood_is_pointed_out(nested: Chain) -> None:
    shifted = dataclasses.replace(nested, log_likelihood=nested.log_likelihood - 1.0, log_likelihood_birth=None)
    assert "not of the same version" in check_page(report([shifted])).text
    assert "not of the same version" not in check_page(report([nested])).text


@pytest.mark.usefixtures("light")
def test_control_characters_and_lone_surrogates_can_be_written(nested: Chain, tmp_path: Path) -> None:
    info = dataclasses.replace(nested.info, name="a\x00b\x1b[31m\ud800", created="\u202ex")
    path = write_report(dataclasses.replace(nested, info=info), tmp_path / "new" / "page.html")
    text = path.read_text(encoding="utf-8")
    assert r"a\x00b\x1b[31m\ud800" in text
    check_page(text)


def test_prior_volumes_of_the_course_of_a_run(nested: Chain) -> None:
    """They shrink from the valid share of the prior by 1/nlive at each sample on average; without births they are
    those of the weights, half of it where L rises fast."""
    log_l = nested.log_likelihood
    from_births = np.sort(prior_volumes(nested))[::-1]
    assert np.argsort(prior_volumes(nested)).tolist() == np.argsort(-log_l).tolist()
    steps = -np.diff(from_births)[: len(log_l) // 2]
    assert steps.mean() == pytest.approx(1.0 / 60.0, rel=0.05)
    share = nested.info.convergence.get("log_prior_fraction", 0.0)
    assert share - 0.1 < from_births[0] < share
    from_weights = np.sort(prior_volumes(dataclasses.replace(nested, log_likelihood_birth=None)))[::-1]
    bulk = slice(0, len(log_l) // 2)
    assert np.abs(from_weights[bulk] - from_births[bulk]).max() < np.log(2.0)


def test_pictures_leave_out_what_cannot_be_seen(nested: Chain, walkers: Chain) -> None:
    shown = visible(nested)
    lost = 1.0 - nested.weight[np.isin(nested.log_likelihood, shown.log_likelihood)].sum()
    assert 0.0 < lost < UNSEEN and shown.n_samples < nested.n_samples
    assert visible(walkers) is walkers


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    return int(str(end.value.code or 0))


def test_the_commands_write_next_to_the_run(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("report", runs / "nested") == 0
    assert (runs / "nested" / "report.html").stat().st_size < 5e6
    assert call("explore", runs / "nested" / "chain.h5", "--points", 100) == 0
    assert (runs / "nested" / "explore.html").exists()
    monkeypatch.chdir(tmp_path)
    assert call("report", runs / "nested", runs / "walkers", "-o", "both.html") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "written: both.html"
    check_page((tmp_path / "both.html").read_text(encoding="utf-8"))


@pytest.mark.usefixtures("light")
def test_a_run_that_was_stopped(runs: Path, tmp_path: Path) -> None:
    assert call("report", runs / "stopped", "-o", tmp_path / "page.html") == 0
    page = check_page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "NOT converged" in page.text
    assert call("explore", runs / "stopped", "-o", tmp_path / "explore.html") == 0
    assert "It has NOT converged" in check_page((tmp_path / "explore.html").read_text(encoding="utf-8")).text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("report", "nowhere"), "no chain file at"),
        (("report", "nested", "-o", "page.txt"), "page.txt: pages are written as .html"),
        (("explore", "nested", "-o", "nested.yaml"), "nested.yaml: pages are written as .html"),
        (("explore", "nested", "--points", "5000"), "--points"),
        (("report", "nested", "-o", "nested.yaml/a.html"), "cannot write nested.yaml/a.html"),
    ],
)
def test_bad_input_is_answered_in_one_line(
    arguments: tuple[str, ...], message: str, runs: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(runs)
    before = (runs / "nested.yaml").read_text()
    assert call(*arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ") and message in err and err.count("\n") == 1
    assert (runs / "nested.yaml").read_text() == before


@pytest.mark.usefixtures("light")
def test_every_command_of_the_page_runs(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/reports.md, with the small runs of these tests under the names of the page."""
    text = (Path(__file__).parents[2] / "docs" / "reports.md").read_text()
    commands = [re.split(r"\s+#", line)[0] for line in re.findall(r"^twinsector (.+)$", text, re.MULTILINE)]
    assert len(commands) == 3
    (tmp_path / "results").mkdir()
    for name, run in (("mirror", "nested"), ("twin", "walkers")):
        (tmp_path / "results" / name).mkdir()
        (tmp_path / "results" / name / "chain.h5").write_bytes((runs / run / "chain.h5").read_bytes())
    monkeypatch.chdir(tmp_path)
    assert [call(*command.split()) for command in commands] == [0, 0, 0]
    assert (tmp_path / "results" / "mirror" / "explore.html").exists() and (tmp_path / "both.html").exists()
