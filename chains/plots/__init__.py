"""Pictures of posteriors: corner plots, pages of one- and two-dimensional panels, violins across runs."""

from .posterior import KINDS, MOST_PANELS, corner_plot, posterior_plot
from .style import COLORS

__all__ = ["COLORS", "KINDS", "MOST_PANELS", "corner_plot", "posterior_plot"]
