"""Pages to explore a posterior: their data, and what a browser makes of them."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from parsed_page import EVIL, EVIL_NAME, Page, check_page

from twinsector import write_explorer
from twinsector.chains import Chain
from twinsector.cli import main
from twinsector.reports.explore import explorer, related, subsample
from twinsector.reports.report import report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
Browser = Callable[..., str]


def data_of(text: str) -> dict[str, object]:
    page = check_page(text)
    (data, values), (program, code) = page.scripts
    assert data == {"type": "application/json", "id": "data"} and program == {}
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    assert policy.endswith(f"script-src 'sha256-{digest}'")
    assert "innerHTML" not in code and "eval" not in code and not re.search(r"https?://(?!www\.w3\.org/2000/svg)", code)
    return json.loads(values)


def test_the_points_of_a_page_are_those_of_the_chain(nested: Chain) -> None:
    data = data_of(explorer(nested, 300))
    index, counts = subsample(nested, 300)
    assert data["counts"] == counts.tolist() and len(counts) <= 300 and counts.sum() == 299
    columns = {(one["group"], one["name"]): one for one in data["quantities"]}
    assert columns["parameters", "m_R"]["values"] == pytest.approx(nested["m_R"][index], rel=1e-5)
    assert columns["predictions", "delta_neff"]["values"] == pytest.approx(nested["delta_neff"][index], rel=1e-5)
    likelihoods = [name for group, name in columns if group == "ln L"]
    assert likelihoods == [*nested.log_likelihoods, "total"]
    assert columns["parameters", "m_R"]["log"] and columns["parameters", "m_R"]["unit"] == "GeV"
    assert index[data["best"]] == np.argmax(nested.log_likelihood)
    assert [data["quantities"][i]["name"] for i in data["shown"]] == list(nested.sampled)


@pytest.mark.parametrize("points", [2, 50, 2000])
def test_a_subsample_has_the_weights_of_the_chain(points: int, nested: Chain) -> None:
    """Systematic resampling: each sample comes as often as its weight times the number of draws, rounded up or down."""
    index, counts = subsample(nested, points)
    assert len(index) == len(set(index.tolist())) <= points
    draws = counts.sum()
    expected = np.zeros(nested.n_samples)
    expected[index] = counts
    assert draws == points - 1
    assert np.abs(expected - nested.weight * draws).max() < 1.0 + 1e-9
    assert np.argmax(nested.log_likelihood) in index


def test_related_parameters_are_shown_first(nested: Chain) -> None:
    """Of six parameters, two pairs are correlated."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(6, nested.n_samples))
    x[4] = x[1] + 0.1 * x[4]
    x[5] = -(x[2] ** 3) + 0.1 * x[5]
    names = tuple("abcdef")
    chain = dataclasses.replace(nested, parameters=dict(zip(names, x, strict=True)), sampled=names)
    index, counts = subsample(chain, 2000)
    assert related(chain, index, counts) == ["b", "c", "e", "f"]


def test_values_that_are_not_numbers_stay_out_of_the_page(nested: Chain) -> None:
    broken = nested.predictions["delta_neff"].copy()
    broken[::2], broken[1] = np.nan, np.inf
    chain = dataclasses.replace(nested, predictions={**nested.predictions, "delta_neff": broken})
    data = data_of(explorer(chain))
    values = next(one["values"] for one in data["quantities"] if one["name"] == "delta_neff")
    assert None in values and all(value is None or np.isfinite(value) for value in values)


def test_hostile_texts_stay_data(hostile: Chain) -> None:
    data = data_of(explorer(hostile))
    assert EVIL_NAME in [one["name"] for one in data["quantities"]]
    phase = next(one for one in data["quantities"] if one["name"] == EVIL_NAME + "phase")
    assert phase["codes"] == [EVIL, EVIL_NAME] and not phase["log"]


def test_a_link_in_a_folder_from_elsewhere_is_not_followed(runs: Path, nested: Chain, tmp_path: Path) -> None:
    victim, link = tmp_path / "victim.txt", tmp_path / "explore.html"
    victim.write_text("dear to its owner")
    link.symlink_to(victim)
    (tmp_path / "chain.h5").write_bytes((runs / "nested" / "chain.h5").read_bytes())
    with pytest.raises(SystemExit) as end:
        main(["explore", str(tmp_path)])
    assert not end.value.code and victim.read_text() == "dear to its owner" and not link.is_symlink()


def test_the_number_of_points_has_bounds(nested: Chain, tmp_path: Path) -> None:
    for points in (1, 2001):
        with pytest.raises(ValueError, match=f"points is {points}, not a number from 2 to 2000"):
            write_explorer(nested, tmp_path / "page.html", points=points)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """The DOM of a page after its script has run in Chromium, with a fragment of its address; skipped without it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here")

    def open_page(text: str, fragment: str = "", *options: str) -> str:
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        address = (tmp_path / "page.html").as_uri() + (f"#{fragment}" if fragment else "")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
        done = subprocess.run(
            [str(CHROMIUM), *flags, *(options or ["--dump-dom"]), address], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr[-500:]
        return done.stdout

    return open_page


def drawn(dom: str) -> list[int]:
    """Numbers of points of the paths in the scatter panels."""
    return [int(number) for number in re.findall(r'data-points="(\d+)"', dom)]


def test_a_browser_draws_the_points(browser: Browser, nested: Chain) -> None:
    index, counts = subsample(nested, 400)
    dom = browser(explorer(nested, 400))
    assert f"{len(index)} of {len(index)} points, 100.0% of the posterior" in dom
    assert drawn(dom) == [len(index)] * 3 and dom.count('class="chosen"') == 3  # panels below the diagonal of three
    assert re.findall(r'data-sum="(\d+)"', dom) == [str(counts.sum())] * 3
    assert "ln L by likelihood" in dom and "(the best)" in dom
    path = re.search(r'class="chosen" d="([^"]*)"', dom)
    assert path is not None and path[1].count("M") == len(index)


def test_ranges_in_the_address_select_points(browser: Browser, nested: Chain) -> None:
    index, counts = subsample(nested, 400)
    low, high = np.quantile(np.log10(nested["m_R"][index]), [0.3, 0.8]).round(4)
    show = "parameters/m_R predictions/delta_neff"
    fragment = urlencode({"show": show, "range": f"parameters/m_R={low}:{high}", "point": 7, "colour": "ln L/total"})
    dom = browser(explorer(nested, 400), fragment)
    x = np.log10(np.array([float(f"{value:.6g}") for value in nested["m_R"][index]]))
    inside = (x >= low) & (x <= high)
    share = 100.0 * counts[inside].sum() / counts.sum()
    assert f"{inside.sum()} of {len(index)} points, {share:.1f}% of the posterior" in dom
    paths = re.findall(r'<path class="(\w+)"[^>]*data-points="(\d+)"', dom)
    chosen = sum(int(number) for name, number in paths if name == "chosen")
    assert chosen == inside.sum() and ("others", str(len(index) - inside.sum())) in paths
    assert len([name for name, _ in paths if name == "chosen"]) > 1  # one path for each colour
    assert "Point 8" in dom and 'class="brush"' in dom and "hide" not in dom
    assert f"{nested['m_R'][index[7]]:.5g}" in dom


GESTURES = """
const hit = (row) => [...document.querySelectorAll("svg .hit")][row];
const at = (type, target, u, v) => {
  const box = target.getBoundingClientRect();
  const where = { clientX: box.left + u * box.width, clientY: box.top + v * box.height, pointerId: 1, bubbles: true };
  target.dispatchEvent(new PointerEvent(type, where));
};
"""


def test_dragging_selects_and_clicking_picks(browser: Browser, nested: Chain) -> None:
    """Gestures sent by a second script: a drag in the scatter panel of the first two, then a click on a point."""
    data = data_of(explorer(nested, 400))
    first, second = (data["quantities"][data["shown"][i]] for i in (0, 1))
    places = []
    for one in (first, second):
        values = np.log10(one["values"]) if one["log"] else np.array(one["values"])
        margin = 0.04 * np.ptp(values)
        places.append((values - values.min() + margin) / (np.ptp(values) + 2.0 * margin))
    x, y = places
    target = int(np.argmin((x - 0.4) ** 2 + (y - 0.6) ** 2))
    gestures = GESTURES + (
        "at('pointerdown', hit(1), 0.25, 0.2); at('pointermove', hit(1), 0.75, 0.9);"
        "at('pointerup', hit(1), 0.75, 0.9);"
        f"const [u, v] = [{x[target]}, {1.0 - y[target]}];"
        "at('pointerdown', hit(1), u, v); at('pointerup', hit(1), u, v);"
    )
    text = re.sub(r"; script-src '[^']*'", "; script-src 'unsafe-inline'", explorer(nested, 400))
    dom = browser(text.replace("</body>", f"<script>{gestures}</script></body>"))
    inside = int(((x > 0.25) & (x < 0.75) & (y > 0.1) & (y < 0.8)).sum())
    assert f"{inside} of {len(x)} points" in dom and 0 < inside < len(x)
    assert f"Point {target + 1}" in dom
    assert dom.count('class="brush"') == 5  # all panels of either quantity but the histogram of the third


def test_an_odd_address_is_ignored(browser: Browser, nested: Chain) -> None:
    odd = urlencode({"show": "nothing", "range": "x=1 parameters/m_R=a:b m_R=1:2", "point": "-5", "colour": "<b>"})
    dom = browser(explorer(nested, 100), odd)
    assert "100.0% of the posterior" in dom and "(the best)" in dom


def test_hostile_texts_do_nothing_in_a_browser(browser: Browser, hostile: Chain) -> None:
    for text in (explorer(hostile), report([hostile])):
        dom = browser(text)
        page = Page(dom)
        assert EVIL in page.text and "hacked" not in dom.partition("<title>")[2][:6]
        assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
        assert all(picture["src"].startswith("data:") for picture in page.all("img"))
        assert len(page.scripts) <= 2


@pytest.mark.slow
def test_a_report_is_light_dark_and_printed(browser: Browser, nested: Chain, tmp_path: Path) -> None:
    import matplotlib.image

    text = report([nested])
    for scheme, bright in (("0", False), ("1", True)):
        file = tmp_path / f"{scheme}.png"
        browser(
            text, "", f"--screenshot={file}", "--window-size=900,600", f"--blink-settings=preferredColorScheme={scheme}"
        )
        corner = matplotlib.image.imread(file)[2:10, 2:10, :3].mean()
        assert bool(corner > 0.9) is bright and bool(corner < 0.2) is not bright
    file = tmp_path / "page.pdf"
    browser(text, "", f"--print-to-pdf={file}", "--no-pdf-header-footer")
    assert file.read_bytes().startswith(b"%PDF") and len(re.findall(rb"/Type /Page\b", file.read_bytes())) >= 5
