"""A real notebook: what its cells show without any setting of matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

RUN = """
import sys
sys.path.insert(0, {tests!r})
from toys import toy_posterior
import twinsector
config = {{"name": "toy", "model": "line", "likelihoods": {{"gauss": {{}}}}, "output": {folder!r},
          "sampler": {{"name": "emcee", "walkers": 16, "check_every": 50, "max_steps": 100}}}}
posterior = toy_posterior()
chain = twinsector.read_chain(twinsector.run(config, posterior=posterior))
"""
SHOWN = (
    "chain",
    "twinsector.summarize(chain)",
    "twinsector.compare([chain, chain])",
    "posterior",
    "twinsector.corner_plot(chain)",
    "%matplotlib inline\ntwinsector.corner_plot(chain)",
)


def executed(cells: list[str]) -> list[list[Any]]:
    """Outputs of each cell of a notebook."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with_errors = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3")
    with_errors.execute()
    return [cell["outputs"] for cell in notebook.cells]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_a_notebook_shows(tmp_path: Path) -> None:
    cells = [RUN.format(tests=str(Path(__file__).parents[1]), folder=str(tmp_path / "out")), *SHOWN]
    run, chain, summary, comparison, posterior, corner, inline = executed(cells)
    (bar,) = [output for output in run if "text/html" in output.get("data", {})]
    assert 'value="1.0000"' in bar["data"]["text/html"]
    assert not [output for output in run if "Figure" in str(output)]
    for (output,) in (chain, summary, comparison, posterior):
        html, text = output["data"]["text/html"], output["data"]["text/plain"]
        assert "<table>" in html and "src=" not in html and "<script" not in html
        assert text.startswith("<") and len(text) < 300 and "\n" not in text
    assert "95% interval" in summary[0]["data"]["text/html"]
    for (output,) in (corner, inline):
        assert output["data"]["image/png"].startswith("iVBORw0KGgo"), "a PNG, once"
    size = corner[0]["metadata"]["image/png"]
    assert size["width"] > 400 and size["height"] > 400
