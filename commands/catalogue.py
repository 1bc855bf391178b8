"""Models, data sets and other choices, and their citations: list, init, cite."""

from pathlib import Path
from typing import Annotated

import typer

from .arguments import AsJson, Output, RunFile, complete_example, complete_model
from .terminal import fail


def list_(
    topic: Annotated[
        str,
        typer.Argument(
            help="models, options, parameters, predictions, likelihoods, datasets, priors, samplers, figures"
        ),
    ],
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="only of this model")] = None,
    json: AsJson = False,
) -> None:
    """List models, parameters, likelihoods, data sets and more.

    The table abbreviates long cells; --json prints every cell in full.

    \b
    Example:
      twinsector list parameters mirror
      twinsector list datasets twin
    """
    from ..common.words import format_rows
    from ..inference.catalogue import catalogue

    if topic == "figures":  # inference does not know the figures
        from ..figures import figure_rows
        from ..inference.configuration.models import build_model

        rows = figure_rows(None if model is None else build_model(model).name)
    else:
        rows = catalogue(topic, model)
    if json:
        from json import dumps

        print(dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]], indent=2))
        return
    print(format_rows(rows))


def init(
    model: Annotated[
        str | None,
        typer.Argument(metavar="[MODEL]", help="`twinsector list models` names them", autocompletion=complete_model),
    ] = None,
    example: Annotated[
        str | None,
        typer.Option(
            "--example",
            metavar="NAME",
            help="a run file or script that comes with the package",
            autocompletion=complete_example,
        ),
    ] = None,
    list_examples: Annotated[bool, typer.Option("--list-examples", help="list what --example takes")] = False,
    output: Output = None,
) -> None:
    """Print a commented run file that is ready to run.

    Of a model, with every option and prior spelled out; or one of the examples: the run files of the documentation and
    scripts for Python.

    \b
    Example:
      twinsector init mirror > my-run.yaml
      twinsector init --example mirror -o mirror.yaml
    """
    from ..inference.configuration.examples import examples, find_example
    from ..inference.configuration.template import run_file_template

    if (model is not None) + (example is not None) + list_examples != 1:
        fail("give a model, or --example NAME, or --list-examples; `twinsector list models` names the models", 2)
    if list_examples:
        from ..common.words import format_rows

        print(format_rows([("example", "about"), *((one.name, one.about) for one in examples())]))
        return
    text = run_file_template(model) if model is not None else find_example(str(example)).text
    if output is None:
        print(text, end="")
        return
    try:
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        with open(output, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fail(f"{output} exists already; give another name", 2)
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror}", 2)


def cite(run_file: RunFile) -> None:
    """Print BibTeX entries for everything a run uses.

    Covers the model, the data tables that the run loads, the sampler and the packages.

    \b
    Example:
      twinsector cite runs/mirror.yaml > run.bib
    """
    from ..inference.configuration.build import build_posterior
    from ..inference.configuration.run_config import load_config
    from ..inference.provenance.citations import bibliography

    config = load_config(run_file)
    print(bibliography(config, build_posterior(config)))
