"""Execute the notebooks of ``docs/notebooks/`` and store what they print and draw in them.

python docs/scripts/notebooks.py              # all; nox -s notebooks does the same
python docs/scripts/notebooks.py mirror       # one
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[1] / "notebooks"
SECONDS = 300
COLOURS = re.compile(r"\x1b\[[0-9;]*m\n?")


def execute(path: Path, folder: Path) -> NotebookNode:
    """The notebook, executed in ``folder``; raises ``CellExecutionError`` with the first cell that fails.

    Progress bars (all of standard error) and the folder's name are left out of what it printed.
    """
    notebook = nbformat.read(path, as_version=4)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}})
    client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [_stored(one, folder) for one in cell.outputs if not _is_progress(one)]
    return notebook


def _is_progress(output: NotebookNode) -> bool:
    return output.get("name") == "stderr" or "<progress" in output.get("data", {}).get("text/html", "")


def _stored(output: NotebookNode, folder: Path) -> NotebookNode:
    if output.output_type == "execute_result":
        output.execution_count = None
    if "text" in output:
        output.text = COLOURS.sub("", output.text).replace(f"{folder}/", "").replace(str(folder), ".")
    return output


def pictures(notebook: NotebookNode) -> int:
    """How many pictures the outputs of a notebook hold."""
    return sum("image/png" in one.get("data", {}) for cell in notebook.cells for one in cell.get("outputs", ()))


def main() -> None:
    names = sys.argv[1:] or sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    for name in names:
        path = FOLDER / f"{name}.ipynb"
        with tempfile.TemporaryDirectory() as folder:
            notebook = execute(path, Path(folder))
        nbformat.write(notebook, path)
        print(f"{name}: {pictures(notebook)} pictures, {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
