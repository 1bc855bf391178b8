"""The ``twinsector`` command: thin, every import that takes time inside the command that needs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from .terminal import fail, numbers_of, pairs_of, read_chains, show

app = typer.Typer(
    name="twinsector",
    help="Bayesian inference for two dark sectors: mirror dark neutrons and twin neutrinos.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="name of a model (`twinsector list models`)")]
RunFile = Annotated[Path, typer.Argument(metavar="RUN.yaml", help="run file (`twinsector init MODEL` prints one)")]
Table = Annotated[
    str | None, typer.Argument(metavar="[POINTS.csv]", help="table of points, one a row; - reads standard input")
]
Chains = Annotated[list[Path], typer.Argument(metavar="CHAIN...", help="chain files or output folders of runs")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="a parameter's value, for all rows")
]
Options = Annotated[list[str] | None, typer.Option("--option", metavar="NAME=VALUE", help="a model option")]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="write here instead of the screen")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table")]


@app.command()
def predict(
    model: ModelName,
    points: Table = None,
    set_: Settings = None,
    option: Options = None,
    output: Output = None,
    json: AsJson = False,
) -> None:
    """Predict all observables at one point or at a table of points.

    Parameters that are not given take the benchmark's value. A table gives one row out for every row in: its columns,
    the predictions, and `status`, which is `ok` or says why a point is invalid.

    \b
    Example:
      twinsector predict mirror --set m_R=350 --set beta_R_ev=2
      twinsector predict mirror points.csv --option widths=paper -o predictions.csv
    """
    from .inference.models import build_model
    from .inference.table import on_good_rows, read_points

    built = build_model(model, pairs_of(option, "--option"))
    benchmark = {parameter.name: parameter.benchmark for parameter in built.parameters}
    names = [observable.name for observable in built.observables]
    read = read_points(points, numbers_of(set_), built.parameters, benchmark, [*names, "status"])
    good = read.status == "ok"
    predicted = built.predict({name: values[good] for name, values in read.parameters.items()})
    results = on_good_rows(read, {name: predicted.values[name] for name in names}, predicted.status)
    units = {observable.name: observable.unit for observable in built.observables}
    show(read, results, output, json, units, sorted(benchmark))


@app.command()
def loglike(
    run_file: RunFile, points: Table = None, set_: Settings = None, output: Output = None, json: AsJson = False
) -> None:
    """Print log L of every likelihood of a run file, at one point or at a table of points.

    Parameters that are not given take the value at which the run file fixes them, or else the benchmark's.

    \b
    Example:
      twinsector loglike runs/mirror.yaml --set m_R=350
      twinsector loglike runs/mirror.yaml points.csv -o loglike.csv
    """
    from .inference.config import load_config
    from .inference.posterior import Posterior
    from .inference.table import on_good_rows, read_points

    posterior = Posterior.from_config(load_config(run_file))
    names = [f"log_likelihood_{name}" for name in posterior.likelihood_names]
    known = [*posterior.prediction_names, *names, "log_likelihood", "status"]
    read = read_points(points, numbers_of(set_), posterior.model.parameters, posterior.benchmark(), known)
    good = read.status == "ok"
    values, status = posterior.predict({name: column[good] for name, column in read.parameters.items()})
    log_likelihoods = posterior.log_likelihoods(values, status == "ok")
    columns = dict(zip(names, log_likelihoods.T, strict=True)) | {"log_likelihood": log_likelihoods.sum(axis=1)}
    show(read, on_good_rows(read, columns, status), output, json, {}, list(read.parameters))


@app.command()
def run(
    run_file: RunFile,
    test: Annotated[
        bool, typer.Option("--test", help="check everything and try the prior, but sample and write nothing")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="go on with an interrupted run")] = False,
    force: Annotated[bool, typer.Option("--force", help="replace what the output folder holds")] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="processes, instead of the run file's")
    ] = None,
) -> None:
    """Sample the posterior of a run file; writes chain, summary, corner plot and run.yaml into its output folder.

    \b
    Example:
      twinsector run runs/mirror.yaml --test
      twinsector run runs/mirror.yaml
    """
    from .inference.config import load_config, with_changes
    from .inference.progress import ProgressLine

    if resume and force:
        fail("--resume goes on with a run and --force replaces it: give one of them", 2)
    config = load_config(run_file)
    if workers is not None:
        config = with_changes(config, workers=workers)
    from .inference import run as runs

    if test:
        posterior, check = runs.dry_run(config)
        print(f"{run_file}: {posterior.prior.n_dim} sampled parameters, {len(posterior.likelihoods)} likelihoods, ok")
        print(check)
        return
    with ProgressLine(config.name) as progress:
        chain_file = runs.run(config, resume=resume, force=force, progress=progress)
    print((chain_file.parent / runs.SUMMARY_FILE).read_text(encoding="utf-8"), end="")
    print(f"written: {chain_file}")


@app.command()
def summary(
    chains: Chains,
    predictions: Annotated[
        bool, typer.Option("--predictions/--no-predictions", help="also the predictions' table")
    ] = True,
) -> None:
    """Print means, medians, credible intervals, ESS, R-hat and evidence of runs.

    \b
    Example:
      twinsector summary results/mirror
    """
    from .chains import format_summary, summarize

    print("\n\n".join(format_summary(summarize(chain), predictions=predictions) for chain in read_chains(chains)))


@app.command()
def plot(
    chains: Chains,
    name: Annotated[
        list[str] | None, typer.Option("-n", "--name", help="parameter or prediction to show (repeat)")
    ] = None,
    output: Annotated[
        list[str] | None, typer.Option("-o", "--output", metavar="FILE", help=".pdf or .png (repeat)")
    ] = None,
    prior: Annotated[bool, typer.Option("--prior/--no-prior", help="overlay the prior")] = True,
    title: Annotated[str | None, typer.Option("--title", help="title of the figure")] = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="NAME", help="colour one run by a discrete quantity, e.g. phase")
    ] = None,
) -> None:
    """Draw a corner plot of one run, or of several overlaid.

    Written as corner.pdf and corner.png beside the first chain, or where -o says.

    \b
    Example:
      twinsector plot results/mirror
      twinsector plot results/mirror results/mirror-paper -n v_dark -n m_R -n delta_neff -o both.pdf
      twinsector plot results/twin --split phase
    """
    from .chains import split_by
    from .chains.plots import corner_plot

    read = read_chains(chains)
    if split is not None and len(read) > 1:
        fail("--split colours the parts of one run: give one", 2)
    folder = chains[0] if chains[0].is_dir() else chains[0].parent
    files = output or [str(folder / "corner.pdf"), str(folder / "corner.png")]
    try:
        parts = read if split is None else split_by(read[0], split)
        corner_plot(parts, name, prior=prior, path=files, title=title)
    except (KeyError, ValueError) as error:
        fail(str(error.args[0]), 2)
    except OSError as error:
        fail(f"cannot write {error.filename or files[0]}: {error.strerror}", 2)
    print("\n".join(f"written: {file}" for file in files))


@app.command()
def figure(
    name: Annotated[str, typer.Argument(metavar="NAME", help="name of a figure (`twinsector list figures`)")],
    output: Annotated[
        list[str] | None, typer.Option("-o", "--output", metavar="FILE", help=".png, .pdf or .svg (repeat)")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", metavar="NAME=VALUE", help="a figure's option")
    ] = None,
) -> None:
    """Draw one of the papers' figures with our physics and today's data.

    Written as figure-NAME.png in the current folder, or where -o says.

    \b
    Example:
      twinsector figure mirror-4
      twinsector figure twin-4 --option relic=paper -o twin-4.pdf -o twin-4.png
    """
    from .figures import FigureError, draw

    files = output or [f"figure-{name}.png"]
    try:
        draw(name, pairs_of(option, "--option"), files)
    except FigureError as error:
        fail(str(error), 2)
    except OSError as error:
        fail(f"cannot write {error.filename or files[0]}: {error.strerror}", 2)
    print("\n".join(f"written: {file}" for file in files))


@app.command()
def compare(chains: Chains) -> None:
    """Compare runs: log-evidences, Bayes factors with errors, and which data they share.

    \b
    Example:
      twinsector compare results/mirror results/mirror-paper
    """
    from .chains import compare as compare_chains
    from .chains import format_comparison

    if len(chains) < 2:
        fail("compare needs two or more runs", 2)
    print(format_comparison(compare_chains(read_chains(chains))))


@app.command()
def export(
    chain: Annotated[Path, typer.Argument(metavar="CHAIN", help="chain file or output folder of a run")],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="CSV file, or root of the GetDist files")
    ],
    getdist: Annotated[bool, typer.Option("--getdist", help="GetDist text files instead of CSV")] = False,
) -> None:
    """Write a chain as CSV (all columns, with weights) or as GetDist text files.

    \b
    Example:
      twinsector export results/mirror -o mirror.csv
    """
    from .chains import export_csv, export_getdist

    read = read_chains([chain])[0]
    try:
        files = export_getdist(read, output) if getdist else [export_csv(read, output)]
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror}", 2)
    print("\n".join(f"written: {file}" for file in files))


@app.command()
def cite(run_file: RunFile) -> None:
    """Print BibTeX of the model, the data and the sampler of a run file.

    \b
    Example:
      twinsector cite runs/mirror.yaml > run.bib
    """
    from .inference.citations import bibliography
    from .inference.config import load_config
    from .inference.posterior import Posterior

    config = load_config(run_file)
    print(bibliography(config, Posterior.from_config(config)))


@app.command("list")
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
    from .inference.catalogue import catalogue, format_rows

    if topic == "figures":  # inference does not know the figures
        from .figures import figure_rows
        from .inference.models import build_model

        print(format_rows(figure_rows(None if model is None else build_model(model).name)))
        return
    print(format_rows(catalogue(topic, model)))


@app.command()
def init(model: ModelName, output: Output = None) -> None:
    """Print a commented run file that runs as it stands.

    \b
    Example:
      twinsector init mirror > my-run.yaml
    """
    from .inference.catalogue import run_file_template

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


def _print_version(wanted: bool) -> None:
    if wanted:
        from . import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="print the version", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    pass


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command: exit status 0, 2 for bad input, 1 for failure, 130 when interrupted."""
    from .inference.errors import InputError, Interrupted, RunError

    command = typer.main.get_command(app)
    given = sys.argv[1:] if arguments is None else arguments
    try:
        status = command.main(args=given or ["--help"], prog_name="twinsector", standalone_mode=False)
    except InputError as error:
        fail(str(error), 2)
    except RunError as error:
        fail(str(error), 1)
    except Interrupted as error:
        fail(f"interrupted: {error}", 130)
    except (KeyboardInterrupt, typer.Abort):
        fail("interrupted", 130)
    except BrokenPipeError:  # the reader of a pipe has gone: nothing left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if not hasattr(error, "format_message"):  # not a complaint about the command's arguments
            raise
        fail(f"{error.format_message()} (`twinsector --help` shows how)", 2)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
