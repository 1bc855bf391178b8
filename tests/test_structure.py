"""Structure of the package: allowed imports between sub-packages, and completeness of the packaging."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("chains", "commands", "common", "figures", "inference", "likelihoods", "physics", "priors", "reports")
MAY_IMPORT = {
    "common": set(),
    "physics": {"common"},
    "priors": {"common"},
    "likelihoods": {"physics", "common"},
    "chains": {"priors", "common"},
    "inference": {"physics", "likelihoods", "priors", "chains", "common"},
    "figures": {"physics", "likelihoods", "priors", "chains", "common"},
    "reports": {"physics", "likelihoods", "priors", "chains", "inference", "figures", "common"},
    "commands": {"physics", "likelihoods", "priors", "chains", "inference", "figures", "reports", "common"},
}
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imported_modules(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    """(level, dotted parts) of every import statement of a file, inside functions too; level 0 is absolute."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(0, tuple(alias.name.split("."))) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = tuple((node.module or "").split(".")) if node.module else ()
            found += [(node.level, (*parts, alias.name)) for alias in node.names]
    return found


def rooms_used(path: Path, root: Path = ROOT) -> set[str]:
    """Rooms of the house that a module imports from by relative imports (`.` stands for the package itself)."""
    package = path.relative_to(root).parts[:-1]
    used = set()
    for level, parts in imported_modules(path):
        if level:
            target = (*package[: len(package) - level + 1], *parts)
            used.add(target[0] if target and level <= len(package) + 1 else ".")
    return used - {package[0]} if package else used


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_from_the_rooms_it_may(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    assert rooms_used(path) <= MAY_IMPORT[room]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_inside_the_package_are_relative(path: Path) -> None:
    absolute = {parts[0] for level, parts in imported_modules(path) if level == 0}
    assert not absolute & {"twinsector", *ROOMS}


def test_the_import_rule_sees_a_forbidden_import(tmp_path: Path) -> None:
    (tmp_path / "physics" / "mirror").mkdir(parents=True)
    bad = tmp_path / "physics" / "mirror" / "bad.py"
    bad.write_text("def f():\n    from ...chains.store import read_chain\n    from ..model import Model\n")
    assert rooms_used(bad, tmp_path) == {"chains"}


def imports_between_files(root: Path, modules: list[Path]) -> dict[Path, set[Path]]:
    """For each file of the package, the files that it imports by relative imports (inside functions too)."""
    known = {path.relative_to(root).with_suffix("").parts: path for path in modules}
    known |= {parts[:-1]: path for parts, path in known.items() if parts[-1] == "__init__"}
    found: dict[Path, set[Path]] = {}
    for path in modules:
        package = path.relative_to(root).parts[:-1]
        targets = set()
        for level, parts in imported_modules(path):
            name = (*package[: len(package) - level + 1], *parts)
            target = known.get(name) or known.get(name[:-1])
            if level and target is not None:
                targets.add(target)
        found[path] = targets - {path}
    return found


def circle(imports: dict[Path, set[Path]]) -> list[Path]:
    """One circle of imports, as the files along it; empty where there is none."""
    done: set[Path] = set()

    def walk(path: Path, above: list[Path]) -> list[Path]:
        if path in above:
            return above[above.index(path) :]
        if path not in done:
            for target in sorted(imports[path]):
                if found := walk(target, [*above, path]):
                    return found
            done.add(path)
        return []

    return next((found for path in imports if (found := walk(path, []))), [])


def test_no_file_imports_itself_by_way_of_others() -> None:
    found = circle(imports_between_files(ROOT, MODULES))
    assert not found, " -> ".join(str(path.relative_to(ROOT)) for path in found)


def test_the_search_for_circles_finds_one(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    texts = {"a": "from .b import x\n", "b": "def f():\n    from . import c\n", "c": "from .a import y\n", "d": ""}
    for name, text in texts.items():
        (tmp_path / "room" / f"{name}.py").write_text(text)
    imports = imports_between_files(tmp_path, sorted(tmp_path.rglob("*.py")))
    assert [path.stem for path in circle(imports)] == ["a", "b", "c"]


def test_inference_has_few_sub_packages() -> None:
    entries = [path for path in (ROOT / "inference").iterdir() if not path.name.startswith("__")]
    assert len(entries) <= 13


def test_every_sub_package_is_listed_for_installation() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    expected = {"twinsector", *("twinsector." + ".".join(folder.relative_to(ROOT).parts) for folder in folders)}
    assert set(listed) == expected
    assert all((folder / "__init__.py").exists() for folder in folders)


def test_every_data_file_is_packaged() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    data = [p for room in ROOMS for p in (ROOT / room).rglob("*") if p.is_file()]
    data = [p for p in data if p.suffix != ".py" and "__pycache__" not in p.parts]
    for path in data:
        package = next(folder for folder in path.parents if (folder / "__init__.py").exists())
        inside = path.relative_to(package)
        assert any(inside.match(pattern) and len(inside.parts) == pattern.count("/") + 1 for pattern in patterns), path
    assert any(path.suffix == ".csv" for path in data)


def test_no_file_exceeds_the_length_limit() -> None:
    long = {str(path.relative_to(ROOT)): n for path in MODULES if (n := len(path.read_text().splitlines())) > 450}
    assert not long


def test_nothing_names_a_machine_or_a_package_host() -> None:
    words = re.compile(r"(?<![\w.])/(work|root|home|tmp)/[a-z]|pypi\.org|python[h]osted")
    files = [*MODULES, ROOT / "cli.py", ROOT / "pyproject.toml", *ROOT.glob("*.md"), *ROOT.glob("runs/*.yaml")]
    guilty = [str(path.relative_to(ROOT)) for path in files if words.search(path.read_text(encoding="utf-8"))]
    assert not guilty


def test_every_dataclass_is_frozen() -> None:
    """Posteriors, settings and results are values: shared between workers, compared, used as keys."""
    open_to_change = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in MODULES
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*@(dataclasses\.)?dataclass\b(?!\((.*, )?frozen=True\b)", line)
    ]
    assert open_to_change == []
