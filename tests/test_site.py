"""The site: it builds without a warning and needs nothing from elsewhere; its pages say what the program does."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import prior_pictures
import pytest
import run_file_page
import yaml
from notebook_page import notebook_page

import twinsector
from twinsector.cli import main
from twinsector.figures import FIGURES
from twinsector.inference.configuration.json_schema import run_file_schema
from twinsector.priors import parse_distribution

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))


# --- the built site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `nox -s site` builds it; a broken link, a missing anchor or a page outside of the contents fails."""
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("no MkDocs: pip install 'twinsector[docs]'")
    place = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(place)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return place


@pytest.mark.slow
def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    """Scripts, styles, fonts and pictures are the site's own; links that a reader follows are not meant."""
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 35
    loads = re.compile(
        r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?(?:https?:)?//|<link\b[^>]*href=\"?(?:https?:)?//"
    )
    for page in pages:
        assert not loads.search(page.read_text(encoding="utf-8")), page.name


@pytest.mark.slow
def test_every_link_of_a_built_page_leads_somewhere(site: Path) -> None:
    """Files and anchors, in the HTML itself: whatever made it."""
    anchors: dict[Path, set[str]] = {}
    checked = 0
    for page in site.rglob("*.html"):
        for link in re.findall(r"<a\b[^>]*href=\"([^\"]+)\"", page.read_text(encoding="utf-8")):
            if re.match(r"[a-z]+:", link) or page.name == "404.html":
                continue
            file, _, anchor = link.partition("#")
            target = (page.parent / file).resolve() if file else page
            target = target / "index.html" if target.is_dir() else target
            assert target.exists(), f"{page.name}: {link}"
            if anchor:
                if target not in anchors:
                    anchors[target] = set(re.findall(r"\bid=\"([^\"]+)\"", target.read_text(encoding="utf-8")))
                assert anchor in anchors[target], f"{page.name}: {link}"
            checked += 1
    assert checked > 1000


@pytest.mark.slow
def test_pages_of_notebooks_show_their_pictures_and_the_reference_its_docstrings(site: Path) -> None:
    for path in NOTEBOOKS:
        page = (site / "notebooks" / f"{path.stem}.html").read_text(encoding="utf-8")
        shown = re.findall(rf'<img[^>]*src="({path.stem}-\d+\.png)"', page)
        assert shown and all((site / "notebooks" / name).stat().st_size > 5_000 for name in shown), path.name
    reference = (site / "reference.html").read_text(encoding="utf-8")
    assert ":class:" not in reference
    for name in set(twinsector.__all__) - {"__version__"}:
        assert re.search(rf'<h3[^>]*\bid="twinsector\.{name}"', reference), name


# --- pages that are made from the code, or tried with it


def test_the_page_of_run_files_has_the_tables_of_the_code() -> None:
    text = run_file_page.PAGE.read_text(encoding="utf-8")
    made = run_file_page.generated(text)
    if os.environ.get("TWINSECTOR_UPDATE"):
        run_file_page.PAGE.write_text(made, encoding="utf-8")
    else:
        assert text == made, "python docs/scripts/run_file_page.py"


def test_the_page_of_run_files_names_every_key_of_the_schema() -> None:
    text = run_file_page.PAGE.read_text(encoding="utf-8")
    schema = run_file_schema()
    samplers = [part for name, part in schema["$defs"].items() if name.startswith("sampler_")]
    keys = {*schema["properties"], *(key for part in samplers for key in part.get("properties", ()))}
    missing = [key for key in keys if f"`{key}`" not in text]
    assert not missing and len(keys) > 30


def test_every_kind_of_prior_has_an_example_that_works_a_formula_and_a_picture() -> None:
    (prior,) = [one for one in run_file_schema()["$defs"]["Prior"]["anyOf"] if "properties" in one]
    examples = prior_pictures.examples()
    assert set(examples) == set(prior["properties"]) and len(examples) == 10
    page = (DOCS / "priors.md").read_text(encoding="utf-8")
    for kind, (name, spec) in examples.items():
        described = parse_distribution(spec, name).describe()
        assert next(iter(described)) == kind if isinstance(described, dict) else kind == "fixed"
        section = page.partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
        assert f"images/priors/{kind}.png" in section
        assert (DOCS / "images" / "priors" / f"{kind}.png").stat().st_size > 3_000
        assert re.search(r"p\(x|x = ", re.sub(r"^```.*?^```", "", section, flags=re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("kind", ["log_uniform", "scaled", "sheared"])
def test_pictures_of_priors_are_drawn(kind: str) -> None:
    figure = prior_pictures.draw(kind)
    assert all(axis.lines for axis in figure.axes)


def test_the_gallery_names_figures_that_exist_and_shows_their_pictures() -> None:
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    named = re.findall(r"^twinsector figure (\S+)", page, re.MULTILINE)
    assert set(named) <= set(FIGURES) and len(named) > 15
    assert {name.partition("-")[0] for name in named} == {name.partition("-")[0] for name in FIGURES}
    pictures, commands = re.findall(r"\]\((images/\S+\.png)\)", page), re.findall(r"-o (\S+\.png)$", page, re.MULTILINE)
    assert [Path(picture).name for picture in pictures] == commands
    assert all((DOCS / picture).exists() for picture in pictures)


def questions() -> list[tuple[str, str]]:
    """What the page of questions says was typed, and the message it quotes."""
    page = (DOCS / "faq.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([^|]+)` \| `([^|]+)` \|", page, re.MULTILINE)


@pytest.mark.parametrize(("typed", "said"), questions(), ids=lambda text: text[:40])
def test_messages_on_the_page_of_questions_are_those_of_the_program(
    typed: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    if typed.startswith("twinsector "):
        arguments = typed.split()[1:]
    else:
        run = {"name": "a", "model": "mirror", "likelihoods": "{planck_neff: {}}"}
        key, _, value = typed.partition(": ")
        Path("run.yaml").write_text("".join(f"{name}: {text}\n" for name, text in {**run, key: value}.items()))
        arguments = ["resolve", "run.yaml"]
    with pytest.raises(SystemExit) as end:
        main(arguments)
    message = capsys.readouterr().err
    assert said in message and message.startswith("error: ") and end.value.code == 2


def test_there_are_enough_questions() -> None:
    assert len(questions()) >= 15


# --- notebooks


def test_notebooks_are_stored_with_pictures_and_without_traces_of_a_machine() -> None:
    assert len(NOTEBOOKS) == 6
    for path in NOTEBOOKS:
        text, pictures = notebook_page(path)
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        outputs = [one for cell in cells for one in cell.get("outputs", ())]
        assert pictures and path.stat().st_size < 400_000, path.name
        assert not [one for one in outputs if one["output_type"] == "error" or one.get("name") == "stderr"]
        assert not re.search(r"(?<![\w.])/(?:work|root|home|tmp)/", text), path.name


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run_without_an_error_and_draw_their_pictures(path: Path, tmp_path: Path) -> None:
    pytest.importorskip("nbclient", reason="no nbclient: pip install 'twinsector[test]'")
    pytest.importorskip("ipykernel", reason="no ipykernel: pip install 'twinsector[test]'")
    import notebooks

    with contextlib.chdir(tmp_path):
        done = notebooks.execute(path, tmp_path)
    assert notebooks.pictures(done) == len(notebook_page(path)[1]) > 0


def test_yaml_of_the_pages_is_yaml() -> None:
    found = 0
    for page in DOCS.rglob("*.md"):
        for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            assert yaml.safe_load(block)
            found += 1
    assert found > 20
