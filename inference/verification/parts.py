"""Run files of each group of data alone, and of the others without it, for tensions between them (`chains.tension`)."""

from __future__ import annotations

from pathlib import Path

from ...chains.tension import CONDITIONS
from ...common.files import write_output
from ...likelihoods.groups import natural_group
from ..configuration.build import build_posterior
from ..configuration.run_config import RunConfig, with_changes
from ..errors import InputError


def part_configs(config: RunConfig) -> list[RunConfig]:
    """The parts of a run: ``NAME-GROUP-alone`` and ``NAME-GROUP-without`` for every group of its data.

    Conditions of consistency stay in all parts, except in the two that compare them with the data. Raises
    :class:`InputError` for a run with fewer than two groups.
    """
    posterior = build_posterior(config)
    groups: dict[str, list[str]] = {}
    for name in config.likelihoods:
        group = CONDITIONS if name in posterior.conditions else natural_group(config.kind_of(name))
        groups.setdefault(group, []).append(name)
    if len(groups) < 2:
        raise InputError(f"run '{config.name}' has a single group of likelihoods: nothing to compare it with")
    parts = []
    for group, names in groups.items():
        prior = [] if group == CONDITIONS else groups.get(CONDITIONS, [])
        rest = [one for other, them in groups.items() if other not in (group, CONDITIONS) for one in them]
        if not rest:
            continue
        for word, side in (("alone", names), ("without", rest)):
            kept = {name: config.likelihoods[name] for name in config.likelihoods if name in (*side, *prior)}
            parts.append(with_changes(config, name=f"{config.name}-{group}-{word}", likelihoods=kept, output=None))
    return parts


def write_parts(config: RunConfig, folder: Path) -> list[Path]:
    """Write the run files of `part_configs`; their results go below ``folder`` too."""
    files = []
    for part in part_configs(config):
        placed = with_changes(part, output=str(folder / part.name))
        files.append(folder / f"{part.name}.yaml")
        folder.mkdir(parents=True, exist_ok=True)
        write_output(str(files[-1]), placed.to_yaml())
    return files
