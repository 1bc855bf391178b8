"""The generated tables of ``docs/run-file.md``: keys, samplers, options, parameters and prior sets.

python docs/scripts/run_file_page.py      # writes them; a test compares the page with the code

They come from the JSON schema of run files (``docs/run.schema.json``), which comes from the classes that read them, and
from the catalogue of ``twinsector list``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from twinsector.common.words import value_text
from twinsector.inference.catalogue import catalogue
from twinsector.inference.configuration.json_schema import run_file_schema
from twinsector.inference.configuration.models import build_model
from twinsector.inference.configuration.run_config import RunConfig

PAGE = Path(__file__).parents[1] / "run-file.md"
MODELS = ("mirror", "twin")
ELSEWHERE = {
    "options": "below, by model",
    "parameters": "[priors](priors.md), by parameter",
    "derived": "[expressions](generic.md), by name",
    "likelihoods": "[settings](likelihoods/index.md), by likelihood",
    "sampler": "a name, or a mapping with `name` and the settings below",
    "priors": "a set of the model, below",
    "base": "a [run file](composing.md)",
    "include": "a file, or a list of files",
    "without": "a list of paths, such as `likelihoods.bbn`",
}
"""Keys whose values are too long for a cell."""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [[str(cell).replace("|", "/").replace("<", "&lt;") for cell in row] for row in rows]
    heading = list(head)
    return "\n".join("| " + " | ".join(row) + " |" for row in [heading, ["---"] * len(heading), *lines])


def values(field: Mapping[str, Any]) -> str:
    """What a schema allows, in words."""
    if "anyOf" in field:
        parts = [values(one) for one in field["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(parts))
    if "enum" in field:
        return ", ".join(f"`{value_text(one)}`" for one in field["enum"] if one is not None)
    if "const" in field:
        return f"`{field['const']}`"
    kind = {"integer": "whole number", "number": "number", "string": "text", "boolean": "`true`, `false`"}
    words = kind.get(field.get("type", ""), field.get("type", "anything"))
    bounds = [
        f"{sign} {field[key]:g}"
        for key, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
        if key in field and abs(field[key]) < 1e9
    ]
    return f"{words} {', '.join(bounds)}".strip()


def default(field: Mapping[str, Any]) -> str:
    return "" if field.get("default") is None else f"`{value_text(field['default'])}`"


def keys() -> str:
    schema = run_file_schema()
    required = {name for name, field in RunConfig.model_fields.items() if field.is_required()}
    return table(
        ("key", "value", "default", "meaning"),
        (
            (
                f"`{name}`",
                ELSEWHERE.get(name) or values(field),
                "required, here or in `base`" if name in required else default(field),
                field.get("description", "how the posterior is sampled"),
            )
            for name, field in schema["properties"].items()
        ),
    )


def sampler(name: str) -> str:
    schema = run_file_schema()["$defs"][f"sampler_{name}"]
    return table(
        ("setting", "value", "default", "meaning"),
        (
            (f"`{key}`", values(field), default(field), field.get("description", ""))
            for key, field in schema["properties"].items()
            if key != "name"
        ),
    )


def parameters(model: str) -> str:
    """The parameters of a model itself, without those that likelihoods bring."""
    head, *rows = catalogue("parameters", model)
    rows = [row for row in rows if row[0] == model]
    return table(head[1:], ((f"`{row[1]}`", *row[2:]) for row in rows))


def options(model: str) -> str:
    """The options of a model with the sentences of its docstring about them."""
    told = re.findall(r"\* ``(\w+)``: (.*?)[;.]?(?=\s+\* |\s*\n\n|$)", build_model(model).__doc__ or "", re.DOTALL)
    meaning = {name: " ".join(text.split()).replace("``", "`") for name, text in told}
    rows = [row for row in catalogue("options", model)[1:] if row[0] == model]
    return table(
        ("option", "values (default first)", "meaning"),
        ((f"`{name}`", values, meaning[name]) for _, name, values in rows),
    )


def prior_sets(model: str) -> str:
    """The prior of every parameter in every set of a model; empty where the set leaves it fixed."""
    rows = catalogue("priors", model)[1:]
    sets = list(dict.fromkeys(row[0] for row in rows))
    parameters = list(dict.fromkeys(row[1] for row in rows))
    known = {(row[0], row[1]): row[2] for row in rows}
    body = []
    for parameter in parameters:
        first = known.get((sets[0], parameter), "")
        others = [known.get((one, parameter), "") for one in sets[1:]]
        body.append((f"`{parameter}`", first, *("the same" if other == first and other else other for other in others)))
    return table(("parameter", *(f"`{one}`" for one in sets)), body)


BLOCKS: Mapping[str, Callable[[], str]] = {
    "keys": keys,
    **{f"sampler {name}": partial(sampler, name) for name in ("dynesty", "emcee", "nautilus", "prior")},
    **{f"options {model}": partial(options, model) for model in MODELS},
    **{f"parameters {model}": partial(parameters, model) for model in MODELS},
    **{f"sets {model}": partial(prior_sets, model) for model in MODELS},
}


def generated(text: str) -> str:
    """The page with its tables as the code has them. Raises ValueError for a table that the page lacks."""
    for name, make in BLOCKS.items():
        begin, end = f"<!-- {name}: begin -->\n", f"\n<!-- {name}: end -->"
        if begin not in text or end not in text:
            raise ValueError(f"{PAGE.name} has no place for the table '{name}'")
        head, _, rest = text.partition(begin)
        text = head + begin + make() + end + rest.partition(end)[2]
    return text


def main() -> None:
    PAGE.write_text(generated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
