"""The `twinsector` command."""


def main() -> None:
    """Entry point of the console script."""
    raise SystemExit("error: not written yet")
