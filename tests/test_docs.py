"""Every command and script shown in README and docs works as written (with cheaper sampler settings)."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
CHEAP = {"name": "dynesty", "nlive": 60, "dlogz": 5.0, "walks": 20}
FIXED = {
    "mirror": {
        "g_ratio": 1.0, "yb_ratio": 1.0, "yd_dark": 2e-6, "sigma_v_chi": 1e-15, "lambda_HH": 5e-3,
        "g_reheaton": 106.75, "dineutron_threshold": 0.2,
    },
    "twin": {"f_over_v": 5.0, "epsilon": 1e-5},
}  # fmt: skip
"""Parameters that are not sampled here: pictures of a dozen take longer than the run."""


BRIEFLY = {
    "benchmarks/mirror.py": ("--posteriors 0", 9),
    "benchmarks/limit_coverage.py": ("--toys 8", 8),
    "benchmarks/kills.py": ("--kills 1 --sampler emcee", 2),
    "benchmarks/memory.py": ("--minutes 0.1", 4),
    "benchmarks/storage.py": ("--seconds 20", 5),
    "benchmarks/relic_surface.py": ("--points 300", 4),
    "benchmarks/bit_flips.py": ("--flips 8", 3),
    "benchmarks/hostile_inputs.py": ("--inputs 20", 4),
    "benchmarks/lone_calls.py": ("--runs mirror --repeats 1", 20),
    "benchmarks/mirror_items.py": ("before --n-live 100 --n-eff 200 -o {folder}/items", 2),
    "benchmarks/mirror_figures.py": ("mirror-4 -o {folder}", 4),
    "benchmarks/late_reheating.py": ("--gaps 1", 5),
    "benchmarks/twin_figures.py": ("twin-7 -o {folder} --option points=6", 2),
    "benchmarks/twin_modes.py": ("--points 60", 5),
    "benchmarks/known_evidence.py": ("--seeds 2 --problem constant --sampler walks --file {folder}/known.json", 3),
    "benchmarks/scaling.py": ("--plans mirror-emcee --without-mpi", 11),
    "benchmarks/rounding.py": ("--points 20 --processors", 3),
}
"""Arguments with which a benchmark that takes long is quick, and how many lines it prints at least."""


def blocks(path: Path, language: str) -> list[str]:
    """The fenced code blocks of a page in one language ('' for plain ones)."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
    return [block for word, block in fenced if word == language]


def commands(path: Path) -> list[str]:
    """Lines of plain blocks that call the command, without their comments."""
    lines = [line.split("  #")[0].strip() for block in blocks(path, "") for line in block.splitlines()]
    return [line for line in lines if line.startswith("twinsector ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with the run files at cheap settings and the two runs used in the README."""
    place = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "runs", place / "runs")
    for path in (place / "runs").glob("*.yaml"):
        cheapen(path)
    for name in ("mirror", "mirror-paper"):
        execute(f"twinsector run runs/{name}.yaml", place)
    return place


def cheapen(path: Path, **changes: object) -> None:
    """A run file with few live points, one worker and fewer free parameters, where it leaves those to the model."""
    run = {**yaml.safe_load(path.read_text()), "sampler": CHEAP, "workers": 1, **changes}
    if "parameters" not in run and "base" not in run:
        run["parameters"] = FIXED[run["model"]]
    path.write_text(yaml.safe_dump(run))


def execute(command: str, place: Path) -> str:
    command = re.sub(r"^twinsector\b", f"{sys.executable} -m twinsector", command)
    done = subprocess.run(command, shell=True, cwd=place, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_readme_commands(folder: Path) -> None:
    found = commands(ROOT / "README.md")
    assert len(found) >= 9
    for command in found:
        if command.startswith("twinsector run my.yaml"):
            cheapen(folder / "my.yaml")
        execute(command, folder)
    assert (folder / "results" / "mirror" / "corner.png").stat().st_size > 20_000


@pytest.mark.slow
def test_commands_of_the_first_page_and_of_the_gallery(folder: Path) -> None:
    found = commands(ROOT / "docs" / "index.md")
    assert len(found) == 3
    drawn = [line for line in commands(ROOT / "docs" / "gallery.md") if "results/mirror " in line or "mirror-4" in line]
    assert len(drawn) == 2
    for command in [*found, *drawn]:
        execute(command, folder)
    assert all((folder / name).stat().st_size > 20_000 for name in ("mirror.png", "mirror-4.png"))


@pytest.mark.slow
def test_commands_about_runs(tmp_path: Path) -> None:
    """The page's commands in their order; the run that is resumed was stopped by a time limit before."""
    shutil.copytree(ROOT / "runs", tmp_path / "runs")
    cheapen(tmp_path / "runs" / "mirror.yaml")
    found = commands(ROOT / "docs" / "runs.md")
    assert len(found) >= 4
    for command in found:
        if "--resume" in command:
            stopped = f"{sys.executable} -m twinsector run runs/mirror.yaml --force --time-limit 0.01"
            assert subprocess.run(stopped, shell=True, cwd=tmp_path, capture_output=True).returncode == 130
            assert "mirror: stopped" in execute("twinsector status results/mirror", tmp_path)
        if "--extend" in command:  # the page says to ask for more first
            file = tmp_path / "runs" / "mirror.yaml"
            more = re.sub(r"dlogz: [\d.]+", "dlogz: 2", file.read_text())
            assert more != file.read_text()
            file.write_text(more)
        execute(command, tmp_path)
    assert "mirror: finished" in execute("twinsector status runs/mirror.yaml", tmp_path)


@pytest.mark.slow
def test_commands_about_maxima(tmp_path: Path) -> None:
    """The page's commands in their order, on the mirror model with two free parameters."""
    shutil.copytree(ROOT / "runs", tmp_path / "runs")
    page, file = ROOT / "docs" / "maxima.md", tmp_path / "runs" / "mirror.yaml"
    cheapen(file)
    run = yaml.safe_load(file.read_text())
    free = {"v_dark": {"log_uniform": [300.0, 1000.0]}, "omega_b_h2": {"normal": [0.0224, 0.0005]}}
    fixed = {
        "m_R": 350.0, "beta_R_ev": 2.0, "g_ratio": 1.0, "yb_ratio": 1.0, "delta_alpha_s": 0.02, "yu_dark": 2e-5,
        "yd_dark": 2e-5, "sigma_v_chi": 1e-15, "lambda_HH": 0.01, "g_reheaton": 106.75, "dineutron_threshold": 0.2,
    }  # fmt: skip
    run |= {"parameters": {**fixed, **free}, "likelihoods": {"planck_neff": {}, "bbn": {}}}
    run["sampler"] = {"name": "emcee", "walkers": 16, "max_steps": 200, "check_every": 50}
    file.write_text(yaml.safe_dump(run))
    (tmp_path / "planck18.yaml").write_text(blocks(page, "yaml")[0])
    execute("twinsector run runs/mirror.yaml", tmp_path)
    found = commands(page)
    assert len(found) == 5
    for command in found:
        execute(command.replace("--points 21", "--points 7").replace("--points 8", "--points 3"), tmp_path)
    assert (tmp_path / "results" / "mirror" / "profile-v_dark.png").stat().st_size > 10_000


@pytest.mark.slow
def test_commands_about_the_comparison(tmp_path: Path) -> None:
    """The page's commands in their order; the twin's density from an analytic formula, and few live points."""
    shutil.copytree(ROOT / "runs", tmp_path / "runs")
    sampler = {"name": "dynesty", "nlive": 40, "walks": 10, "dlogz": 20.0}
    for name in ("mirror", "mirror-eta", "twin"):
        options = {"options": {"relic": "coannihilation"}} if name == "twin" else {}
        cheapen(tmp_path / "runs" / f"common-{name}.yaml", sampler=sampler, **options)
    found = commands(ROOT / "docs" / "comparison.md")
    assert len(found) == 13
    # So few samples are too few to reweight.
    cheaper = {"reweight": "reweight --force", "--draws 200": "--draws 20"}
    printed = {c: execute(re.sub("reweight|--draws 200", lambda m: cheaper[m[0]], c), tmp_path) for c in found}
    compared, _, with_eta, with_parts, checked = (text for command, text in printed.items() if " compare " in command)
    assert "in common-mirror-eta, not in all: baryon_asymmetry" in with_eta
    assert "warning" not in compared and "not in all" not in compared and "other data:" not in compared
    assert (tmp_path / "results" / "comparison.png").stat().st_size > 20_000
    assert "common-mirror: collider" in with_parts and len(list((tmp_path / "results" / "parts").glob("*.yaml"))) == 8
    assert (
        "posterior predictive p-values" in checked and "XLZD 200 t yr" in checked and "does not predict" not in checked
    )
    shared = next(line for line in compared.splitlines() if line.startswith("shared by all"))
    assert shared.count(",") == 24  # 24 likelihoods, and the comma in the heading


@pytest.mark.slow
def test_commands_about_pictures(folder: Path) -> None:
    """The page's commands and its script, with the two runs of the README."""
    page = ROOT / "docs" / "pictures.md"
    found = commands(page)
    assert len(found) == 8
    for command in found:
        execute(command.replace("widths=full", "widths=full --option points=12"), folder)
        assert (folder / command.split(" -o ")[1]).read_bytes().startswith(b"%PDF")
    (script,) = blocks(page, "python")
    (folder / "pictures.py").write_text(script)
    execute(f"{sys.executable} pictures.py", folder)
    assert (folder / "mine.pdf").exists() and (folder / "plane.pdf").exists()


@pytest.mark.slow
def test_readme_script(folder: Path) -> None:
    (script,) = blocks(ROOT / "README.md", "python")
    shutil.rmtree(folder / "results" / "mirror", ignore_errors=True)
    (folder / "script.py").write_text(script)
    execute(f"{sys.executable} script.py", folder)


@pytest.mark.slow
def test_benchmarks_that_the_pages_name_run(tmp_path: Path) -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    named = {name for page in pages for name in re.findall(r"`python (benchmarks/\w+\.py)`", page.read_text())}
    assert named >= {f"benchmarks/{name}.py" for name in ("approximations", "likelihoods", "mirror", "twin")}
    for name in named:
        arguments, lines = BRIEFLY.get(name, ("", 9))
        command = f"{sys.executable} {name} {arguments.format(folder=tmp_path)}"
        assert execute(command, ROOT).count("\n") >= lines, name


def test_run_files_that_the_pages_name_exist_and_the_first_page_names_all() -> None:
    def named(page: Path) -> set[str]:
        return set(re.findall(r"(?<!\w)runs/([\w-]+\.yaml)", page.read_text()))

    there = {path.name for path in (ROOT / "runs").glob("*.yaml")}
    assert named(ROOT / "docs" / "index.md") == there
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        assert named(page) <= there, page.name


def test_pages_link_to_files_that_exist() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_set_up_is_the_two_commands_that_ci_runs() -> None:
    set_up = [block.strip() for block in blocks(ROOT / "README.md", "")][:2]
    assert set_up[0].endswith("twinsector run runs/mirror.yaml")
    assert set_up[1] in (ROOT / ".ci" / "run").read_text()
