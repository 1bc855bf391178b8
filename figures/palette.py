"""Colours of the figures, by name: Okabe and Ito's palette, as in pictures of posteriors, and a grey."""

from __future__ import annotations

from ..chains.plots.style import COLORS

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK = COLORS
GREY = "#8a8a8a"
POSTERIOR = "#c2007a"
"""Magenta, which no line of a figure has: many draw what matters in black."""
