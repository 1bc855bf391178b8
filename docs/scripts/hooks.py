"""What MkDocs does not do by itself: notebooks become pages, CONTRIBUTING.md and CHANGELOG.md too.

A notebook is converted as it lies here, with the pictures of its last execution (``nox -s notebooks``), so that the
links in its text are checked like those of any page.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from notebook_page import notebook_page
from package_for_griffe import package_folder

ROOT = Path(__file__).parents[2]
BESIDE = {"contributing.md": "CONTRIBUTING.md", "changes.md": "CHANGELOG.md"}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Show the docstrings of the package that lies around ``docs/``, whatever its folder is called."""
    config.plugins["mkdocstrings"].config.handlers["python"]["paths"] = [str(package_folder(ROOT))]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page, with its pictures, for every notebook, and the pages that lie beside the package."""
    for name, source in BESIDE.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text(encoding="utf-8")))
    for file in [file for file in files if file.src_uri.endswith(".ipynb")]:
        body, pictures = notebook_page(Path(str(file.abs_src_path)))
        page = File.generated(config, file.src_uri.removesuffix(".ipynb") + ".md", content=body)
        files.append(page)
        for name, content in pictures.items():
            files.append(File.generated(config, str(Path(file.src_uri).parent / name), content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links to notebooks, which work on a forge too, lead to their pages; those from above ``docs/`` lead here."""
    if page.file.src_uri in BESIDE:
        return re.sub(r"\]\(docs/", "](", markdown)
    if page.file.src_uri == "reference.md":
        return markdown + reference((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))
    for name, source in BESIDE.items():
        markdown = markdown.replace(f"](../{source}", f"]({name}")
    return re.sub(r"(\]\((?:[\w./-]+/)?[\w-]+)\.ipynb(#[\w-]+)?\)(?!\{)", r"\1.md\2)", markdown)


def reference(api: str) -> str:
    """Directives of mkdocstrings for the public names on the page ``api``, below its headings."""
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    (listed,) = [node.value for node in tree.body if isinstance(node, ast.Assign) and _target(node) == "__all__"]
    public = set(ast.literal_eval(listed)) - {"__version__"}
    parts = []
    for line in api.splitlines():
        if line.startswith("## "):
            parts.append(f"\n{line}\n")
        names = dict.fromkeys(re.findall(r"`([A-Za-z_]+)[`(]", line))
        fresh = [name for name in names if name in public]
        public -= set(fresh)
        parts += [f"::: twinsector.{name}" for name in fresh]
    return "\n".join(parts) + "\n"


def _target(node: ast.Assign) -> str:
    return node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""
