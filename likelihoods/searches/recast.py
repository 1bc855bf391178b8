"""Recast of published limits on nuclear recoils to other halos, mediators, or couplings to protons.

    limit(m; halo, M, f_p, f_n) = published limit(m) / K,   K = R(m; halo, M, f_p, f_n)/R(m; as published)

with R the expected counts in the experiment's window of recoil energy for the same cross section on a nucleon
(`physics.recoil.Counting`). R includes neither the backgrounds nor the full efficiency of the experiment: the window,
in the header of its table, is an approximation, on which the ratio depends weakly (docs/likelihoods). K is 1 under
the published assumptions. At the seam between two experiments ln K, like the limit, is interpolated linearly in ln m.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...common.arrays import FloatArray
from ...physics.recoil import NUCLEONS, REFERENCE_HALO, Counting, Couplings, Halo, target
from ..tables import Table, TableError

Mediated = tuple[Couplings, FloatArray | float]
"""An exchange: couplings, and the mediator mass in GeV (infinite if heavy)."""

_CHUNK = 4096
_PUBLISHED_KM_S = (238.0, 544.0)  # of `REFERENCE_HALO`
_LARGEST_KM_S = 1e4


@dataclass(frozen=True, eq=False)
class Window:
    """Expected counts of an experiment, and the halo assumed by its limit."""

    counting: Counting
    halo: Halo

    @classmethod
    def of(cls, table: Table) -> "Window":
        """Read the header: ``target: Xe``, ``window_kev: 4.9 40.9`` and, if not 238 and 544, ``halo_km_s: 220 544``.

        Raises TableError if a line is missing or invalid, or if the window has no counts at the smallest mass.
        """
        lower, upper = _two_numbers(table, "window_kev", None)
        v_0, v_esc = _two_numbers(table, "halo_km_s", _PUBLISHED_KM_S)
        if max(v_0, v_esc) > _LARGEST_KM_S:
            raise TableError(f"{table.data_file.name}: halo_km_s: {v_0:g} {v_esc:g} are no speeds in km/s")
        try:
            counting = Counting.of(target(_header(table, "target"), isotopes=False), lower, upper)
        except ValueError as error:
            raise TableError(f"{table.data_file.name}: {error}") from None
        window = cls(counting, Halo(REFERENCE_HALO.rho_0_gev_cm3, v_0, v_esc))
        lightest = table.numbers("mass_gev", positive=True)[:1]
        if not window.counting.rate(lightest, window.halo)[0] > 0.0:
            raise TableError(
                f"{table.data_file.name}: window_kev: {lower:g} {upper:g}: no recoil of {lightest[0]:g} GeV reaches it"
            )
        return window

    def ratios(self, m_dm: FloatArray, halo: Halo | None, exchanges: Sequence[Mediated]) -> FloatArray:
        """K of each exchange, (number of exchanges, n), at masses (n,) in GeV; `halo` None: the published one."""
        published = (NUCLEONS, np.inf)
        if halo is None:
            counts = self.counting.rates(m_dm, self.halo, (published, *exchanges))
            ratios: FloatArray = counts[1:] / counts[0]
            return ratios
        return self.counting.rates(m_dm, halo, exchanges) / self.counting.rates(m_dm, self.halo, (published,))


@dataclass(frozen=True, eq=False)
class Recast:
    """Windows of a combination of experiments, with weights as functions of ln m: 1 in its region, 0 outside."""

    windows: tuple[Window, ...]
    knots: tuple[tuple[FloatArray, FloatArray], ...]

    @classmethod
    def of(cls, tables: Sequence[Table], seams: Sequence[tuple[float, float]]) -> "Recast":
        """Create from the tables of the experiments in order of mass and the seams between them (GeV)."""
        knots = []
        for i, table in enumerate(tables):
            mass = table.numbers("mass_gev", positive=True, increasing=True)
            x, y = [mass[0], mass[-1]], [1.0, 1.0]
            if i > 0:
                x, y = [*seams[i - 1], x[-1]], [0.0, *y]
            if i < len(seams):
                x, y = [*x[:-1], *seams[i]], [*y, 0.0]
            knots.append((np.log(x), np.array(y)))
        return cls(tuple(Window.of(table) for table in tables), tuple(knots))

    def factor(
        self,
        m_dm: FloatArray,
        halo: Halo | None = None,
        couplings: Couplings = NUCLEONS,
        m_mediator: FloatArray | float = np.inf,
    ) -> FloatArray:
        """`factors` of one exchange, (n,)."""
        factor: FloatArray = self.factors(m_dm, halo, ((couplings, m_mediator),))[0]
        return factor

    def factors(self, m_dm: FloatArray, halo: Halo | None, exchanges: Sequence[Mediated]) -> FloatArray:
        """Factor K, (number of exchanges, n), by which to multiply the cross section of each exchange at masses (n,).

        1 outside all ranges, and where the mass is nan. Halo parameters and mediator masses are scalars or (n,).
        """
        mass = np.asarray(m_dm, dtype=float)
        x = np.log(np.maximum(mass, 1e-60))
        lightest, heaviest = (x[0], x[0]) if x.size == 1 else (x.min(initial=np.inf), x.max(initial=-np.inf))
        log_k = np.zeros((len(exchanges), *mass.shape))
        for window, (ends, weights) in zip(self.windows, self.knots, strict=True):
            if heaviest < ends[0] or lightest > ends[-1]:  # most windows, for a single point
                continue
            weight = np.interp(x, ends, weights, left=0.0, right=0.0)
            for rows in _chunks(np.flatnonzero(weight > 0.0)):
                here = [(couplings, _at(rows, mediator)) for couplings, mediator in exchanges]
                k = window.ratios(mass[rows], _rows(halo, rows), here)
                log_k[:, rows] += weight[rows] * np.log(np.maximum(k, 1e-300))
        return np.exp(log_k)


def _rows(halo: Halo | None, rows: np.ndarray) -> Halo | None:
    if halo is None:
        return None
    return Halo(*(_at(rows, number) for number in (halo.rho_0_gev_cm3, halo.v_0_km_s, halo.v_esc_km_s)))


def _at(rows: np.ndarray, values: FloatArray | float) -> FloatArray | float:
    """Values (n,) at the rows; a value for all points stays one."""
    return values[rows] if isinstance(values, np.ndarray) and values.size > 1 else values


def _chunks(rows: np.ndarray) -> list[np.ndarray]:
    """At most `_CHUNK` rows at a time, because the nodes of the integral take 400-1200 bytes per point."""
    return [rows[i : i + _CHUNK] for i in range(0, rows.size, _CHUNK)]


def _header(table: Table, key: str) -> str:
    if key not in table.header:
        raise TableError(
            f"{table.data_file.name}: other couplings, mediators and halos (`exchanges`, `mediator`, `halo`) need "
            f"lines '# target: Xe' and '# window_kev: 5 50' at its head; there is no {key!r}"
        )
    return table.header[key]


def _two_numbers(table: Table, key: str, default: tuple[float, float] | None) -> tuple[float, float]:
    if default is not None and key not in table.header:
        return default
    text = _header(table, key)
    try:
        first, second = (float(word) for word in text.split())
    except ValueError:
        raise TableError(f"{table.data_file.name}: {key}: {text!r}: expected two numbers") from None
    if not (0.0 < first < np.inf and 0.0 < second < np.inf):
        raise TableError(f"{table.data_file.name}: {key}: {text!r}: must be positive")
    return first, second
