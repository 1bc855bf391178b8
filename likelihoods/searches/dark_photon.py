"""Visible decays of a dark photon in the plane of mass and kinetic mixing.

- prompt searches: the signal is proportional to epsilon^2, and the lower edge of the polygon (straight in log10 m and
  log10 epsilon) is the limit on it: -2 ln L = a (epsilon/epsilon_limit)^4, also above the artificial upper end of the
  polygons at epsilon = 0.1. If searches overlap, the strongest counts, never the product. Between mass windows
  (resonance vetoes) there is no constraint, hence steps at their ends.
- beam dumps and displaced decays are excluded in intervals of epsilon at fixed mass. Their signal grows as epsilon^4 at
  the lower edge and falls exponentially at the upper one, where the dark photon decays too early (`displaced`); log L
  follows from it and has the published level at both edges. LHCb's displaced search publishes its signal itself. If
  regions overlap, the largest -ln L counts. Outside the masses of a region it says nothing, hence steps there.

The levels are columns of the tables (`levels`). SN1987A cooling and the electron g - 2 are criteria without a
confidence level, in the separate likelihood ``dark_photon_criteria``.

All assume a branching ratio of 1 to Standard-Model states, unless the setting ``branching_ratio`` names a prediction B
for it. The visible width is proportional to epsilon^2 and the total width is the visible one over B, so that a prompt
signal is proportional to epsilon^2 B; for displaced decays see `displaced`.

No signal gives 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np

from ...common.arrays import BoolArray, FloatArray
from ..base import DataFile, LikelihoodDefaults, Observation, Recovered, at_point, one_point
from ..estimates import is_simulated, seen_beyond, simulated
from ..forms import log10_positive
from ..kernels.forms import columns
from ..kernels.regions import envelope_signal, plane
from ..levels import Level, level_settings, refuse_without_path
from ..recovery import drop_rule, edge, recovered, upper_limit
from ..settings import DataSet, PredictionName, Setting, Switch, TableFile, resolve_settings
from .dark_photon_regions import Selection, dataset_names, packaged_selection, user_selection
from .displaced import Displaced
from .polygons import LowerEnvelope

_SQUARE = 2.0 * float(np.log(10.0))  # slope of the signal of a prompt search (as epsilon^2) in log10 epsilon

_PLANE = ("m_dark_photon", "epsilon")


@dataclass(frozen=True, eq=False)
class DarkPhoton(LikelihoodDefaults):
    """Laboratory searches."""

    prompt: LowerEnvelope | None
    displaced: Displaced | None
    prompt_names: tuple[str, ...]  # experiment of each curve of prompt
    prompt_levels: tuple[Level, ...]
    at_limit: FloatArray  # signal of each curve at its limit, in units of the error
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    # Pseudo-data of each curve and each displaced search (`Displaced`); None: the published limits.
    prompt_seen: FloatArray | None = None
    displaced_seen: FloatArray | None = None
    requires: tuple[str, ...] = _PLANE  # and the branching ratio where it is predicted
    name: str = "dark_photon"

    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "dataset",
            DataSet(dataset_names, or_row_of="path"),
            "default",
            "latest version of all searches, those before mid-2018 (`paper`), or one experiment",
        ),
        Setting("path", TableFile(), None, "user table; all of its regions are used"),
        *level_settings(Level()),
        Setting("doubtful", Switch(), False, "include regions whose name contains 'doubtful'"),
        Setting("branching_ratio", PredictionName(), None, "branching ratio to Standard-Model states; null: 1"),
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "DarkPhoton":
        """Build from the settings of a run file."""
        chosen = resolve_settings("dark_photon", settings, cls.SETTINGS)
        refuse_without_path("dark_photon", chosen)
        found = packaged_selection(chosen) if chosen["path"] is None else user_selection(chosen)
        return cls.of(found, _PLANE if chosen["branching_ratio"] is None else (*_PLANE, chosen.word("branching_ratio")))

    @classmethod
    def of(cls, found: Selection, requires: tuple[str, ...]) -> "DarkPhoton":
        """From the regions and grids in use."""
        levels = tuple(level for _, level, _ in found.prompt)
        return cls(
            prompt=LowerEnvelope.from_curves([curve for _, _, curve in found.prompt]) if found.prompt else None,
            displaced=Displaced.of(found.displaced, found.ratios) if found.displaced or found.ratios else None,
            prompt_names=tuple(name for name, _, _ in found.prompt),
            prompt_levels=levels,
            at_limit=np.array([*(np.sqrt(level.coefficient) for level in levels), 1.0]),
            citations=found.citations,
            data_files=found.data_files,
            requires=requires,
        )

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of m_dark_photon (n,) in GeV, epsilon (n,) and, where it is predicted, the branching ratio (n,)."""
        x, y = logarithms(predictions)
        root = self._root_of_ratio(predictions, x)
        total = 0.0 * (x + y + root)  # logarithms are finite or NaN
        if self.prompt is not None:
            pull = self._prompt_signal(x, y, root)
            seen = 0.0 if self.prompt_seen is None else np.append(self.prompt_seen, 0.0).take(self.prompt.curve(x))
            total = total + pull * (seen - 0.5 * pull)
        if self.displaced is not None:
            log_n, index = self.displaced.strongest(x, y, root)
            total = total + self.displaced.log_likelihood(log_n, index, self.displaced_seen)
        return total

    def _root_of_ratio(self, predictions: Mapping[str, FloatArray], x: FloatArray) -> FloatArray:
        """log10 of the square root of the branching ratio (n,)."""
        if len(self.requires) == len(_PLANE):
            return np.zeros(x.shape)
        return 0.5 * log10_positive(np.minimum(predictions[self.requires[-1]], 1.0))

    def _prompt_signal(self, x: FloatArray, y: FloatArray, root: FloatArray) -> FloatArray:
        """Signal (n,) of the strongest prompt search, in units of its error; 0 where there is none."""
        assert self.prompt is not None
        curve = self.prompt
        signal = np.empty(x.shape)
        lines = (curve.breaks, curve.intercept, curve.slope, curve.owner)
        at_x, at_y = columns(x, y + root)
        envelope_signal(at_x, at_y, *lines, self.at_limit, _SQUARE, signal)
        return signal

    @property
    def best(self) -> float:
        """0; positive for pseudo-data with an excess."""
        best = 0.0 if self.prompt_seen is None else 0.5 * float(np.max(np.maximum(self.prompt_seen, 0.0)) ** 2)
        if self.displaced is not None and self.displaced_seen is not None:
            best += float(np.max(self.displaced.bests(self.displaced_seen)))
        return best

    def best_at(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """The largest log L (n,) of the prompt search at m_dark_photon and of the displaced one that sees most."""
        x, y = logarithms(predictions)
        best: FloatArray = np.zeros(x.shape)
        if self.prompt is not None and self.prompt_seen is not None:
            best += 0.5 * np.maximum(np.append(self.prompt_seen, 0.0).take(self.prompt.curve(x)), 0.0) ** 2
        if self.displaced is not None and self.displaced_seen is not None:
            index = self.displaced.strongest(x, y, self._root_of_ratio(predictions, x))[1]
            best += np.append(self.displaced.bests(self.displaced_seen), 0.0).take(index)
        return best

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "DarkPhoton":
        """Draw the data of every prompt search and of every displaced one.

        Only the search that applies at this point sees the true signal; log L does not depend on the others there.
        """
        point = one_point(predictions)
        x, y = logarithms(point)
        root, result = self._root_of_ratio(point, x), self
        if self.prompt is not None:
            seen = rng.standard_normal(len(self.prompt_names))
            if (curve := self.prompt.curve(x)[0]) >= 0:
                seen[curve] += self._prompt_signal(x, y, root)[0]
            result = replace(result, prompt_seen=seen, prompt_names=tuple(map(simulated, self.prompt_names)))
        if self.displaced is not None:
            log_n, index = self.displaced.strongest(x, y, root)
            drawn = self.displaced.draw(float(log_n[0]), int(index[0]), rng)
            named = replace(self.displaced, names=tuple(map(simulated, self.displaced.names)))
            result = replace(result, displaced=named, displaced_seen=drawn)
        return result

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """The mixing and the strongest prompt limit, and the signal of displaced decays over its limit; silences."""
        point = one_point(predictions)
        x, y = logarithms(point)
        root, seen = self._root_of_ratio(point, x), []
        if self.prompt is not None:
            quantity = "epsilon (prompt)" if len(self.requires) == len(_PLANE) else "epsilon sqrt(BR) (prompt)"
            epsilon = at_point(predictions, "epsilon") * 10.0 ** float(root[0])
            seen.append(Observation(quantity, epsilon, *self._prompt_text(x)))
        if self.displaced is not None:
            seen.append(self._displaced_observation(self.displaced, x, y, root))
        return tuple(seen)

    def _prompt_text(self, x: FloatArray) -> tuple[str, str, str]:
        """Text, unit and experiment of the strongest prompt limit, or that there is none at this mass."""
        assert self.prompt is not None
        curve = int(self.prompt.curve(x)[0])
        if curve < 0:
            return f"silent: {self.prompt.silence(float(x[0]))}", "", "none"
        excess = "" if self.prompt_seen is None else seen_beyond(self.prompt_seen[curve])
        text = f"< {10.0 ** self.prompt.value(x)[0]:.3g} ({self.prompt_levels[curve]}){excess}"
        return text, "", self.prompt_names[curve]

    def _displaced_observation(
        self, displaced: Displaced, x: FloatArray, y: FloatArray, root: FloatArray
    ) -> Observation:
        log_n, index = displaced.strongest(x, y, root)
        quantity, signal = "displaced decays/limit", float(np.exp(np.minimum(log_n[0], 130.0)))
        if index[0] < 0:
            return Observation(quantity, 0.0, "silent: no beam dump or displaced search at this mass", "", "none")
        return Observation(quantity, signal, f"< 1 ({displaced.levels[index[0]]})", "", displaced.names[index[0]])

    def reproduce(self) -> tuple[Recovered, ...]:
        """Edges of the excluded regions: of prompt searches at the centre of every segment of the strongest limit, of
        beam dumps at the central mass of each region (ends of all its intervals there), and the level of grids."""
        names = (*self.prompt_names, *(() if self.displaced is None else self.displaced.names))
        if any(map(is_simulated, names)):
            return ()
        return (*self._reproduce_prompt(), *self._reproduce_displaced())

    def _reproduce_prompt(self) -> tuple[Recovered, ...]:
        if self.prompt is None:
            return ()
        x = 0.5 * (self.prompt.breaks[1:] + self.prompt.breaks[:-1])
        x = x[self.prompt.curve(x) >= 0]
        mass, published, alone = 10.0**x, 10.0 ** self.prompt.value(x), replace(self, displaced=None)
        found: list[Recovered] = []
        for curve in dict.fromkeys(self.prompt.curve(x).tolist()):
            own = self.prompt.curve(x) == curve
            at, coefficient = mass[own], self.prompt_levels[curve].coefficient

            def log_l(epsilon: FloatArray, at: FloatArray = at) -> FloatArray:
                return alone.log_likelihood(self._visible(at, epsilon))

            limit = upper_limit(log_l, published[own], coefficient)
            name, rule = self.prompt_names[curve], drop_rule(coefficient)
            found += recovered(name, "epsilon (prompt)", "", published[own], limit, rule, at)
        return tuple(found)

    def _reproduce_displaced(self) -> tuple[Recovered, ...]:
        if self.displaced is None:
            return ()
        found: list[Recovered] = []
        for name, level, x, intervals, one in self.displaced.alone():
            alone = replace(self, prompt=None, displaced=one)
            ends = [end for interval in intervals for end in interval]
            gaps = [-20.0, *(0.5 * (a[1] + b[0]) for a, b in pairwise(intervals)), 5.0]
            allowed = [gap for pair in pairwise(gaps) for gap in pair]
            inside = [0.5 * (low + high) for low, high in intervals for _ in range(2)]
            mass, published = np.full(len(ends), 10.0**x), 10.0 ** np.array(ends)

            def excluded(
                epsilon: FloatArray, alone: "DarkPhoton" = alone, mass: FloatArray = mass, drop: float = level.drop
            ) -> BoolArray:
                return alone.log_likelihood(self._visible(mass, epsilon)) < -drop

            limit = edge(excluded, 10.0 ** np.array(allowed), 10.0 ** np.array(inside))
            rule = drop_rule(level.coefficient)
            found += recovered(name, "epsilon (edges)", "", published, limit, rule, mass)
        return tuple(found)

    def _visible(self, mass: FloatArray, epsilon: FloatArray) -> dict[str, FloatArray]:
        return dict(zip(self.requires, (mass, epsilon, np.ones(mass.size)), strict=False))

    def excluded(self, m_dark_photon: FloatArray, epsilon: FloatArray) -> BoolArray:
        """Whether points with only visible decays are excluded at the confidence level of the source."""
        x, y = np.log10(m_dark_photon), np.log10(epsilon)
        result = np.zeros(x.shape, dtype=bool)
        if self.prompt is not None:
            result |= y > self.prompt.value(x)
        if self.displaced is not None:
            result |= self.displaced.excluded(x, y)
        return result


def logarithms(predictions: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """log10 of m_dark_photon (GeV) and of the modulus of epsilon, (n,) each."""
    mass, epsilon = columns(*(predictions[name] for name in _PLANE))
    found = np.empty((2, mass.size))
    plane(mass, epsilon, found)
    return found[0], found[1]
