"""The ``twinsector`` command line; slow imports stay inside the commands that need them."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from typing import Annotated, NoReturn

import typer

from .commands import (
    catalogue,
    comparison,
    figures,
    installation,
    maxima,
    plots,
    points,
    provenance,
    reports,
    results,
    run_files,
    runs,
    scans,
)
from .commands.terminal import fail
from .commands.verbosity import configure, with_verbosity
from .commands.watch import with_default_seconds

COMMANDS = (
    points.predict,
    points.loglike,
    points.explain,
    runs.run,
    runs.status,
    results.summary,
    plots.plot,
    figures.figure,
    comparison.compare,
    comparison.parts,
    results.export,
    reports.report,
    reports.explore,
    maxima.maximize,
    maxima.profile,
    scans.scan,
    provenance.audit,
    provenance.rerun,
    provenance.reweight,
    provenance.merge,
    catalogue.cite,
    catalogue.list_,
    catalogue.init,
    run_files.resolve,
    run_files.schema,
    installation.info,
)
"""Commands in the order of `twinsector --help`; a trailing underscore is not part of the name."""

app = typer.Typer(
    name="twinsector",
    help="Bayesian inference for two dark sectors: mirror dark neutrons and twin neutrinos.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    app.command(command.__name__.rstrip("_"))(with_verbosity(command))


INTERRUPTED = 130
"""Exit status after Ctrl-C, as of a shell."""


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


def _discard_output() -> None:
    """Send what is still buffered for standard output nowhere, so that the interpreter does not complain at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line; exit status 0 on success, 2 for bad input, 1 for failure, 130 if interrupted."""
    from .inference.errors import InputError, Interrupted, RunError

    atexit.register(gc.freeze)  # or the interpreter spends a third of a second on looking for garbage at its end
    command = typer.main.get_command(app)
    given = with_default_seconds(sys.argv[1:] if arguments is None else arguments)
    configure()
    try:
        status = command.main(args=given or ["--help"], prog_name="twinsector", standalone_mode=False)
        sys.stdout.flush()
    except InputError as error:
        fail(str(error), 2, error.details)
    except RunError as error:
        fail(str(error), 1)
    except Interrupted as error:
        fail(f"interrupted: {error}", INTERRUPTED)
    except (KeyboardInterrupt, typer.Abort):
        fail("interrupted", INTERRUPTED)
    except BrokenPipeError:  # the reader closed the pipe
        _discard_output()
        sys.exit(1)
    except MemoryError:
        fail("out of memory", 1)
    except OSError as error:
        if error.filename is None:  # a write to an open stream: standard output
            _discard_output()
            fail(f"cannot write to standard output: {error.strerror}", 1)
        fail(f"{error.filename}: {error.strerror}", 1)
    except Exception as error:
        if not hasattr(error, "format_message"):  # not a usage error
            raise
        context = getattr(error, "ctx", None)
        path = "twinsector" if context is None else context.command_path
        fail(f"{error.format_message()} (`{path} --help` shows how)", 2)
    if status == INTERRUPTED:  # by typer's reckoning, which says nothing
        fail("interrupted", INTERRUPTED)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
