"""Docstrings as Markdown: the roles of reStructuredText that they contain become plain code."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:class|func|meth|mod|attr|data|exc):`~?\.?([^`]+)`")


class PlainRoles(griffe.Extension):
    """``:func:`run` `` becomes `` `run` ``, and indented option lists stay lists."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = ROLE.sub(r"`\1`", obj.docstring.value)
