"""What there is, and how to cite it: list, init, cite."""

from typing import Annotated

import typer

from .arguments import ModelName, Output, RunFile
from .terminal import fail


def list_(
    topic: Annotated[
        str,
        typer.Argument(
            help="models, options, parameters, predictions, likelihoods, datasets, priors, samplers, figures"
        ),
    ],
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="only of this model")] = None,
) -> None:
    """List what there is to choose from.

    \b
    Example:
      twinsector list parameters mirror
      twinsector list datasets
    """
    from ..inference.catalogue import catalogue, format_rows

    if topic == "figures":  # inference does not know the figures
        from ..figures import figure_rows
        from ..inference.models import build_model

        print(format_rows(figure_rows(None if model is None else build_model(model).name)))
        return
    print(format_rows(catalogue(topic, model)))


def init(model: ModelName, output: Output = None) -> None:
    """Print a commented run file that runs as it stands.

    \b
    Example:
      twinsector init mirror > my-run.yaml
    """
    from ..inference.catalogue import run_file_template

    text = run_file_template(model)
    if output is None:
        print(text, end="")
        return
    try:
        with open(output, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fail(f"{output} exists already; give another name", 2)
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror}", 2)


def cite(run_file: RunFile) -> None:
    """Print BibTeX of the model, the data and the sampler of a run file.

    \b
    Example:
      twinsector cite runs/mirror.yaml > run.bib
    """
    from ..inference.citations import bibliography
    from ..inference.config import load_config
    from ..inference.posterior import Posterior

    config = load_config(run_file)
    print(bibliography(config, Posterior.from_config(config)))
