"""This installation: info."""

from .arguments import AsJson


def info(json: AsJson = False) -> None:
    """Show versions, cores, optional packages and the cache.

    What to name in a report of an error: versions of twinsector and of all that it uses, the cores that a run may
    use, optional packages and plugins, and where compiled code is kept (delete the folder to compile anew).

    \b
    Example:
      twinsector info --json
    """
    from ..inference.provenance.installation import installation

    found = installation()
    if json:
        from json import dumps

        print(dumps(found.to_dict(), indent=2))
    else:
        print(found)
