"""What data two likelihoods share, so that a run does not count them twice.

Data have names: those of ``data/events.csv`` for packaged tables and rows, those of the header line ``# events:`` for a
user's table, and those of a likelihood's own ``events``. What has no name there is known by its file's checksum and
row, which tells two likelihoods of one kind apart. Ranges of mass that do not overlap share nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from .base import DataFile, Likelihood
from .tables import read_packaged

EVENTS_FILE = "events.csv"


@dataclass(frozen=True)
class Use:
    """Data that a likelihood stands on; ``named`` where their name is known beyond one kind of likelihood."""

    data: str
    named: bool
    masses: tuple[float, float] | None = None

    def overlaps(self, other: "Use") -> bool:
        """Whether both are used at a common mass."""
        if self.masses is None or other.masses is None:
            return True
        return max(self.masses[0], other.masses[0]) < min(self.masses[1], other.masses[1])


def data_of(likelihood: Likelihood) -> tuple[Use, ...]:
    """Everything that a likelihood stands on."""
    own = tuple(Use(name, True) for name in getattr(likelihood, "events", ()))
    return (*own, *(use for file in likelihood.data_files for use in _of_file(file)))


def shared_data(one: Likelihood, other: Likelihood, same_kind: bool) -> str:
    """What both stand on, for a message; empty if nothing is known to be shared."""
    for use in data_of(one):
        for theirs in data_of(other):
            if use.data == theirs.data and (use.named or same_kind) and use.overlaps(theirs):
                where = ""
                if use.masses is not None and theirs.masses is not None:
                    low, high = max(use.masses[0], theirs.masses[0]), min(use.masses[1], theirs.masses[1])
                    where = f" at {low:.3g}-{high:.3g} GeV"
                return use.data.partition("#")[0] + where
    return ""


def _of_file(file: DataFile) -> Iterator[Use]:
    if file.is_reference:
        return
    yield from (Use(name, True, file.masses) for name in file.events)
    for row in file.rows or ("",):
        known = named_data().get((file.name, row))
        if known is not None:
            yield from (Use(name, True, file.masses) for name in known)
        elif not file.events:
            yield Use(f"{file.name}{f' ({row})' if row else ''}#{file.sha256}", False, file.masses)


@cache
def named_data() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Names of the data behind each listed (file, row); none for a prediction."""
    table = read_packaged(EVENTS_FILE, ("file", "row", "events"))
    cells = zip(table.text("file"), table.text("row"), table.text("events"), strict=True)
    return {
        (file, row): tuple(name.strip() for name in events.split(";") if name.strip()) for file, row, events in cells
    }
