"""Helpers of the commands: parse arguments, show results, report errors in one line."""

from __future__ import annotations

import logging
import math
import sys
from pathlib import Path
from typing import Any, NoReturn

LARGE_TABLE = 5000
"""Points of a table from which on progress is shown."""

SHOWN_COLUMNS = 10
"""Columns that a note names."""

PICTURES = (".pdf", ".png", ".svg")


def fail(message: str, status: int, details: str = "") -> NoReturn:
    """Print a one-line error (and optional details below it) to standard error and exit with `status`."""
    from ..common.words import printable

    print("error: " + printable(" ".join(message.split())), file=sys.stderr)
    if details:
        print(printable(details, "\n\t"), file=sys.stderr)
    sys.exit(status)


def note(message: str) -> None:
    """One line on the error stream, unless the command is told to be quiet."""
    logging.getLogger("twinsector").info("%s", message)


def pairs_of(texts: list[str] | None, flag: str) -> dict[str, str]:
    """Parse ``["a=1", "b=2"]`` into a dictionary."""
    pairs: dict[str, str] = {}
    for text in texts or []:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            fail(f"{flag} takes NAME=VALUE, got '{text}'", 2)
        if name in pairs:
            fail(f"{flag} {name} is given twice; keep one", 2)
        pairs[name] = value
    return pairs


def numbers_of(texts: list[str] | None) -> dict[str, float]:
    """Parse the values of ``--set`` as numbers."""
    numbers = {}
    for name, value in pairs_of(texts, "--set").items():
        try:
            numbers[name] = float(value)
        except ValueError:
            fail(f"--set {name}: '{value}' is not a number", 2)
    return numbers


def range_of(name: str, text: str) -> tuple[float, float]:
    """Parse the ``LOW:HIGH`` of ``--range NAME=LOW:HIGH``."""
    low, high = open_range_of(name, text)
    if low is None or high is None:
        fail(f"--range {name}: '{text}' is not LOW:HIGH", 2)
    return low, high


def open_range_of(name: str, text: str) -> tuple[float | None, float | None]:
    """Parse ``LOW:HIGH``, ``LOW:`` or ``:HIGH``; None for an end that is left out."""
    low, colon, high = text.partition(":")
    try:
        ends = (float(low) if low else None), (float(high) if high else None)
    except ValueError:
        colon = ""
    if not colon or not all(end is None or math.isfinite(end) for end in ends):
        fail(f"--range {name}: '{text}' is not LOW:HIGH", 2)
    return ends


def check_width(inches: float | None) -> None:
    """End the command if a picture cannot have this width."""
    if inches is not None and not 1.0 <= inches <= 60.0:
        fail(f"--width {inches:g}: give inches from 1 to 60, as 3.4 for a column or 7 for a page", 2)


def seconds_of(text: str | None, flag: str) -> float:
    """Parse ``"3500"`` or ``"HH:MM:SS"`` to seconds; infinite if `text` is None."""
    if text is None:
        return float("inf")
    try:
        parts = [float(part) for part in text.split(":")]
    except ValueError:
        parts = []
    seconds = sum(part * 60.0**power for power, part in enumerate(reversed(parts)))
    if len(parts) not in (1, 3) or not 0.0 < seconds < float("inf") or min(parts) < 0.0:
        fail(f"{flag} takes seconds or HH:MM:SS, got '{text}'", 2)
    return seconds


def read_chains(paths: list[Path]) -> list[Any]:
    """Read chain files or output folders; ends the command if one cannot be read."""
    from ..chains import ChainFileError, read_chain

    refuse_foreign(paths)
    try:
        return [read_chain(path) for path in paths]
    except ChainFileError as error:
        fail(str(error), 2)


def is_unfinished(folder: Path) -> bool:
    """Whether there is a run in an output folder that has not ended."""
    from ..chains.journal.sealed import JOURNAL
    from ..chains.store import CHAIN_FILE

    return folder.is_dir() and (folder / JOURNAL).exists() and not (folder / CHAIN_FILE).exists()


def refuse_foreign(folders: list[Path]) -> None:
    """End the command if the journal of an unfinished run, perhaps somebody else's, is none that a run writes."""
    unfinished = [folder for folder in folders if is_unfinished(folder)]
    if not unfinished:
        return
    from ..chains import ChainFileError
    from ..inference.runs.unfinished import refuse_foreign_run

    try:
        for folder in unfinished:
            refuse_foreign_run(folder)
    except ChainFileError as error:
        fail(str(error), 2)


def best_point(path: Path, model: str) -> dict[str, float]:
    """Return all parameters at the best-fit point (largest log L) of a chain; one of another model ends the command."""
    from ..chains import summarize

    chain = read_chains([path])[0]
    if chain.info.model != model:
        fail(f"the run in {path} is one of the model '{chain.info.model}', the run file has '{model}'", 2)
    return dict(summarize(chain).best_point)


def show(
    points: Any, results: dict[str, list[Any]], output: str | None, json: bool, units: dict[str, str], names: list[str]
) -> None:
    """Print or write results, then report invalid rows (exit status 2 if no row is valid)."""
    from ..inference.points.csv_table import as_numbers, kept_columns, to_json, unused_columns, write_table

    single = not points.columns
    if single and not json and output is None and results["status"][0] != "ok":
        fail(f"the point is not valid: {results['status'][0]}", 2)
    unused = unused_columns(points, results)
    if unused:
        more = f" and {len(unused) - SHOWN_COLUMNS} more" if len(unused) > SHOWN_COLUMNS else ""
        note(f"columns passed through, used for nothing: {', '.join(unused[:SHOWN_COLUMNS])}{more}")
    if json:
        text = to_json({**as_numbers(kept_columns(points, results), names), **results}, single)
        if output is None:
            print(text)
        else:
            write_text(output, text + "\n")
    elif single and output is None:
        width = max(map(len, results))
        for name, (value,) in results.items():
            shown = f"{value:z.10g}" if isinstance(value, float) else value
            print(f"{name:<{width}}  {shown} {units.get(name, '')}".rstrip())
    else:
        write_table(points, results, output)
    kept = kept_columns(points, results)
    renamed = [name for name in points.columns if f"{name}_input" in kept]
    if renamed:
        note(f"input columns that are recomputed are kept as NAME_input: {', '.join(renamed)}")
    reasons = [status for status in results["status"] if status != "ok"]
    if reasons:
        counts = ", ".join(f"{reason} ({reasons.count(reason)})" for reason in dict.fromkeys(reasons))
        if len(reasons) == len(results["status"]):
            fail(
                f"the point is not valid: {reasons[0]}"
                if single
                else f"none of the {len(reasons)} points is valid: {counts}",
                2,
            )
        note(f"{len(reasons)} of {len(results['status'])} points are not valid: {counts}")


def table_progress(title: str, n_points: int) -> Any:
    """A progress line for large tables, nothing for small ones."""
    from contextlib import nullcontext

    from ..inference.progress import ProgressLine

    return ProgressLine(title) if n_points > LARGE_TABLE else nullcontext()


def check_pictures(files: list[str]) -> None:
    """End the command if a requested picture format is not supported."""
    for file in files:
        if Path(file).suffix.lower() not in PICTURES:
            fail(f"{file}: pictures are written as {', '.join(PICTURES)}; choose one of them", 2)


def check_formats(json: bool, latex: bool) -> None:
    """End the command if both are asked for."""
    if json and latex:
        fail("--json and --latex are two formats of one table: choose one", 2)


def write_text(path: str, text: str) -> None:
    """Write a file; ends the command if that fails."""
    from ..common.files import write_output

    try:
        write_output(path, text)
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror}", 2)
