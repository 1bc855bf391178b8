"""Self-contained HTML pages of finished or unfinished runs: a report, and a page to explore a posterior.

Both open from disk without a network. Their text is built as a tree (`markup`), so that nothing from a chain file can
become markup, and a content security policy forbids everything else.
"""

from __future__ import annotations

from .explore import write_explorer
from .report import write_report

__all__ = ["write_explorer", "write_report"]
