"""Single points and tables of points: predict, loglike, explain."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .arguments import AsJson, AsLatex, ModelName, Options, Output, RunFile, Settings, Table
from .screen import show_blocks
from .terminal import best_point, check_formats, fail, note, numbers_of, pairs_of, show, table_progress, write_text


def predict(
    model: ModelName,
    points: Table = None,
    set_: Settings = None,
    option: Options = None,
    output: Output = None,
    json: AsJson = False,
) -> None:
    """Predict all observables at a point or a table of points.

    Parameters that are not given take their benchmark values. For a table, every input row gives one output row:
    the input columns, the predictions, and `status`, which is `ok` or the reason why the point is invalid.

    \b
    Example:
      twinsector predict mirror --set m_R=350 --set beta_R_ev=2
      twinsector predict mirror points.csv --option widths=paper -o predictions.csv
    """
    from ..inference.checks.contract import refuse_missing
    from ..inference.configuration.models import build_model
    from ..inference.points.blocks import evaluate_in_blocks
    from ..inference.points.csv_table import on_good_rows, read_points

    built = build_model(model, pairs_of(option, "--option"))
    benchmark = {parameter.name: parameter.benchmark for parameter in built.parameters}
    names = [observable.name for observable in built.observables]
    read = read_points(points, numbers_of(set_), built.parameters, benchmark, [*names, "status"])
    good = read.status == "ok"

    def evaluate(at: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        predicted = built.predict(at)
        refuse_missing(built, predicted)
        return {name: predicted.values[name] for name in names}, predicted.status

    with table_progress("predict", int(good.sum())) as progress:
        values, status = evaluate_in_blocks(
            evaluate, {name: column[good] for name, column in read.parameters.items()}, progress
        )
    results = on_good_rows(read, values, status)
    units = {observable.name: observable.unit for observable in built.observables}
    show(read, results, output, json, units, sorted(benchmark))


def loglike(
    run_file: RunFile, points: Table = None, set_: Settings = None, output: Output = None, json: AsJson = False
) -> None:
    """Print log L of every likelihood at a point or points.

    Parameters that are not given take the value fixed in the run file or, failing that, their benchmark value.

    \b
    Example:
      twinsector loglike runs/mirror.yaml --set m_R=350
      twinsector loglike runs/mirror.yaml points.csv -o loglike.csv
    """
    from ..inference.configuration.build import build_posterior
    from ..inference.configuration.run_config import load_config
    from ..inference.points.blocks import evaluate_in_blocks
    from ..inference.points.csv_table import on_good_rows, read_points

    posterior = build_posterior(load_config(run_file))
    names = [f"log_likelihood_{name}" for name in posterior.likelihood_names]
    known = [*posterior.prediction_names, *names, "log_likelihood", "status"]
    read = read_points(points, numbers_of(set_), posterior.parameters, posterior.benchmark(), known)
    good = read.status == "ok"

    def evaluate(at: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        found = posterior.evaluate_at(at)
        columns = dict(zip(names, found.log_likelihoods.T, strict=True))
        return {**columns, "log_likelihood": found.log_likelihoods.sum(axis=1)}, found.status

    with table_progress("loglike", int(good.sum())) as progress:
        columns, status = evaluate_in_blocks(
            evaluate, {name: column[good] for name, column in read.parameters.items()}, progress
        )
    show(read, on_good_rows(read, columns, status), output, json, {}, list(read.parameters))
    if points is None:
        at = {name: float(values[0]) for name, values in read.parameters.items()}
        if outside := posterior.prior.outside(at):
            note(f"outside the prior of the run: {', '.join(outside)}")


def explain(
    run_file: RunFile,
    set_: Settings = None,
    best: Annotated[
        Path | None, typer.Option("--best", metavar="CHAIN", help="start from the best-fit point of a chain")
    ] = None,
    output: Output = None,
    json: AsJson = False,
    latex: AsLatex = False,
) -> None:
    """Explain which constraints exclude or favour one point.

    Lists predicted and observed values for every constraint, sorted by tension. Parameters that are not given take
    the value fixed in the run file or, failing that, their benchmark value.

    \b
    Example:
      twinsector explain runs/mirror.yaml --set m_R=350
      twinsector explain runs/mirror.yaml --best results/mirror
    """
    check_formats(json, latex)
    from ..inference.configuration.build import build_posterior
    from ..inference.configuration.run_config import load_config
    from ..inference.points.csv_table import read_points
    from ..inference.points.explain import (
        PointExplained,
        explain_point,
        explanation_blocks,
        format_explanation,
        latex_explanation,
    )

    config = load_config(run_file)
    posterior = build_posterior(config)
    known = {parameter.name for parameter in posterior.parameters}
    start, given = posterior.benchmark(), numbers_of(set_)
    if best is not None:
        point = best_point(best, config.model)
        start |= {name: value for name, value in point.items() if name in known}
    read = read_points(None, given, posterior.parameters, start)
    at = {name: float(values[0]) for name, values in read.parameters.items()}
    reason = str(read.status[0])
    found = explain_point(posterior, at, given) if reason == "ok" else PointExplained(at, reason, float("-inf"), ())
    if json:
        from json import dumps

        text = dumps(found.to_dict(), indent=2)
    else:
        text = "" if found.status != "ok" else latex_explanation(found) if latex else format_explanation(found)
    if output is not None and text:
        write_text(output, text + "\n")
    elif text and (json or latex):
        print(text)
    elif text:
        show_blocks(explanation_blocks(found))
    if found.status != "ok":
        fail(f"the point is not valid: {found.status}", 2)
