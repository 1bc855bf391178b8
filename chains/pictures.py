"""Pictures that a run makes by itself: with matplotlib as it comes, whatever the user's settings, and never fatal."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from .chain import Chain

LONGEST_REASON = 200
"""Characters of a reason that a message quotes: LaTeX explains itself at length."""


def draw_corner(chain: Chain, paths: Sequence[Path]) -> str | None:
    """Draw the corner plot of a finished run to ``paths``; the reason, in a line, where there is no picture."""
    try:
        with default_matplotlib(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from .plots import MOST_PANELS, corner_plot

            if len(chain.sampled) > MOST_PANELS:
                return f"{len(chain.sampled)} parameters do not fit on a page, choose some of them with -n"
            corner_plot(chain, path=paths)
    except Exception as error:  # whatever a label, a font or a full disk may do: the result does not depend on it
        return why(error)
    return None


def why(error: BaseException) -> str:
    """What went wrong with a picture, in a line."""
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split())[:LONGEST_REASON] or type(error).__name__


@contextmanager
def default_matplotlib() -> Iterator[None]:
    """Within the block matplotlib draws with its own defaults and without a screen, even where its settings in the
    environment or in a file are such that it could not be imported."""
    found = find_spec("matplotlib")
    places = found.submodule_search_locations if found is not None else None
    ours = {"MPLBACKEND": "agg"}
    if places:
        ours["MATPLOTLIBRC"] = str(Path(places[0]) / "mpl-data" / "matplotlibrc")
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        import matplotlib

        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
