"""Big-bang nucleosynthesis: Y_p and D/H as functions of (omega_b h^2, Delta N_eff).

-2 ln L = (Y_p - Y_obs)^2/(s_Y^2 + t_Y^2) + (D/H - D_obs)^2/(s_D^2 + t_D^2 + nuisance^2), with s the measured and t
the theory errors (nuclear rates, neutron lifetime). The theory errors are the table's typical ones (median of t_Y;
median of t_D relative to D/H, times the measured D/H): across the table they vary only by Monte-Carlo noise and in
proportion to D/H.

The prediction is bilinear in (ln omega_b h^2, Delta N_eff), for Y_p and for (D/H) (omega_b h^2)^1.6, which is nearly
flat in the first argument. Beyond the table (0.020-0.025; -1 to 2) it is extrapolated linearly from the edge cells:
Y_p and D/H keep rising with Delta N_eff and log L keeps falling. Y_p is concave, so the extrapolation overestimates it
(such points are excluded anyway). Delta N_eff is assumed constant from BBN to today. The mirror sector has no other
effect on the abundances, except with ``late_reheating: true`` (see `late_reheating`): N_eff and the freeze-out of
neutrons then depend on the reheating temperature.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from ...common.arrays import FloatArray
from ..base import DataFile, LikelihoodDefaults, LikelihoodError, Observation, one_point, with_error
from ..estimates import simulated
from ..kernels.forms import columns
from ..kernels.tables import abundances, two_gaussians
from ..settings import DataSet, Number, OneOf, Setting, TableFile, choice, resolve_settings
from ..tables import Row, Table, citations_of, read_packaged, rows_used, table_for
from .bilinear import cells
from .late_reheating import DEUTERIUM_PER_HELIUM, LATE_REHEATING, LateReheating

# D/H falls approximately as omega_b^-1.6; the power need not be exact, it only flattens the interpolated function.
_DEUTERIUM_POWER = 1.6

# omega_b h^2 is clipped to this range, only to keep powers finite.
_OMEGA_RANGE = (1e-20, 1e20)

# Difference between PRIMAT and PRyMordial in D/H at omega_b h^2 = 0.0224, added to the small theory error of PRIMAT as
# a nuisance.
_NUISANCE_D_OVER_H = {"prymordial_2023": 0.0, "primat_2024": 0.07e-5}

# Value and error of an abundance that says nothing.
_UNMEASURED = (0.0, np.inf)

PREDICTIONS = tuple(_NUISANCE_D_OVER_H)
"""Names of the packaged predictions."""

_MEASURED = ("dataset", "quantity", "value", "sigma")
_PREDICTED = ("omega_b_h2", "delta_neff", "yp", "sigma_yp_theory", "d_over_h", "sigma_d_over_h_theory")


@dataclass(frozen=True, eq=False)
class AbundanceTable:
    """Bilinear interpolation of the predicted abundances, with precomputed coefficients for every cell."""

    inner_x: FloatArray  # nodes in ln omega_b h^2 without the two ends: searching them gives the cell, ends included
    inner_y: FloatArray  # the same in Delta N_eff
    coefficients: FloatArray  # (8, cells): 1, x, y, xy of Y_p, then of (D/H) omega_b^1.6

    @classmethod
    def from_table(cls, table: Table) -> "AbundanceTable":
        """Check that the rows form a rectangular grid (omega_b h^2 outer, Delta N_eff inner) and build the cells."""
        omega = table.numbers("omega_b_h2", positive=True)
        x, y = table.grid("omega_b_h2", "delta_neff")
        x = np.log(x)
        yp = table.numbers("yp", positive=True).reshape(x.size, y.size)
        scaled = (table.numbers("d_over_h", positive=True) * omega**_DEUTERIUM_POWER).reshape(x.size, y.size)
        return cls(x[1:-1], y[1:-1], np.concatenate([cells(x, y, yp), cells(x, y, scaled)]))

    def abundances(self, omega_b_h2: FloatArray, delta_neff: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Y_p and D/H, both (n,)."""
        omega, delta = columns(omega_b_h2, delta_neff)
        found = np.empty((2, omega.size))
        table = (self.inner_x, self.inner_y, self.coefficients)
        abundances(omega, delta, *_OMEGA_RANGE, _DEUTERIUM_POWER, *table, found)
        return found[0], found[1]


@dataclass(frozen=True)
class Bbn(LikelihoodDefaults):
    """Helium-4 and deuterium."""

    table: AbundanceTable = field(compare=False)  # distinguished by data_files
    yp: tuple[float, float] | None  # value and total error
    d_over_h: tuple[float, float] | None
    datasets_used: tuple[str, str]  # rows of Y_p and D/H, or off
    citations: tuple[str, ...]
    data_files: tuple[DataFile, ...]
    requires: tuple[str, ...] = ("omega_b_h2", "delta_neff")
    name: str = "bbn"
    history: LateReheating | None = field(default=None, compare=False)
    instead_of: tuple[str, ...] = ()

    best: ClassVar[float] = 0.0
    PAIRS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "default": ("lbt_2026", "pettini_cooke_2025"),
        "paper": ("pdg_2024", "cooke_2018"),
        "pdg_2024": ("pdg_2024", "pdg_2024"),
        "empress_2025": ("empress_2025", "pettini_cooke_2025"),
    }
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("dataset", DataSet(tuple(PAIRS)), "default", "pair of measurements of Y_p and D/H"),
        Setting(
            "yp", DataSet(lambda: measured_names("yp"), "path"), None, "measurement of Y_p; null: that of the pair"
        ),
        Setting(
            "d_over_h",
            DataSet(lambda: measured_names("d_over_h"), "path"),
            None,
            "measurement of D/H; null: that of the pair",
        ),
        Setting("path", TableFile(), None, "user table of measured abundances; also name its rows"),
        Setting("prediction", OneOf(PREDICTIONS), "prymordial_2023", "nucleosynthesis tables"),
        Setting("prediction_path", TableFile(), None, "user table of nucleosynthesis predictions"),
        Setting(
            "nuisance_d_over_h",
            Number(),
            None,
            "additional absolute error of D/H; null: 0.07e-5 for PRIMAT, otherwise 0",
        ),
        LATE_REHEATING,
    )

    @classmethod
    def from_settings(cls, settings: Mapping[str, object], name: str = "bbn") -> "Bbn":
        """Build from the settings of a run file; name: of the likelihood that messages speak of."""
        chosen = resolve_settings(name, settings, cls.SETTINGS)
        measured = table_for(chosen["path"], "bbn_abundances.csv", _MEASURED)
        pair = cls.PAIRS[chosen.word("dataset")]
        yp_row = measurement(name, measured, "yp", chosen["yp"], pair[0])
        d_row = measurement(name, measured, "d_over_h", chosen["d_over_h"], pair[1])
        if yp_row is None and d_row is None:
            raise LikelihoodError(
                f"likelihood {name!r}: yp and d_over_h are both off; leave the likelihood out instead"
            )
        prediction = chosen.word("prediction")
        grid = table_for(chosen["prediction_path"], f"bbn_{prediction}.csv", _PREDICTED)
        if chosen["nuisance_d_over_h"] is not None:
            nuisance = chosen.number("nuisance_d_over_h")
        else:
            nuisance = _NUISANCE_D_OVER_H[prediction] if chosen["prediction_path"] is None else 0.0
        theory_yp = float(np.median(grid.numbers("sigma_yp_theory")))
        theory_d = float(np.median(grid.numbers("sigma_d_over_h_theory") / grid.numbers("d_over_h", positive=True)))
        rows = [row for row in (yp_row, d_row) if row is not None]
        keys = [*(key for row in rows for key in row.citations), *citations_of(grid)]
        history = LateReheating.packaged() if chosen.switch("late_reheating") else None
        return cls(
            table=AbundanceTable.from_table(grid),
            yp=None if yp_row is None else _with_errors(yp_row, theory_yp),
            d_over_h=None if d_row is None else _with_errors(d_row, theory_d * d_row.number("value"), nuisance),
            datasets_used=(_row_name(yp_row), _row_name(d_row)),
            citations=tuple(dict.fromkeys([*keys, *(history.citations if history else ())])),
            data_files=(rows_used(rows), grid.data_file, *((history.data_file,) if history else ())),
            requires=("omega_b_h2", "delta_neff", *(history.requires if history else ())),
            history=history,
            instead_of=history.instead_of if history else (),
        )

    def abundances(self, predictions: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Predicted Y_p and D/H, each (n,)."""
        if self.history is None:
            return self.table.abundances(predictions["omega_b_h2"], predictions["delta_neff"])
        delta_neff, factor = self.history.nucleosynthesis(predictions)
        yp, d_over_h = self.table.abundances(predictions["omega_b_h2"], delta_neff)
        return yp * factor, d_over_h * factor**DEUTERIUM_PER_HELIUM

    def log_likelihood(self, predictions: Mapping[str, FloatArray]) -> FloatArray:
        """log L of omega_b_h2 (n,) and delta_neff (n,); with late_reheating also of t_reheating (n,)."""
        return self.compare(*self.abundances(predictions))

    def observe(self, predictions: Mapping[str, FloatArray]) -> tuple[Observation, ...]:
        """Y_p and D/H, those that are measured; errors with theory."""
        return self.observations(*self.abundances(one_point(predictions)))

    def observations(self, yp: FloatArray, d_over_h: FloatArray) -> tuple[Observation, ...]:
        """Predicted Y_p (1,) and D/H (1,) and the measured values."""
        both = zip(("Y_p", "D/H"), (yp, d_over_h), (self.yp, self.d_over_h), self.datasets_used, strict=True)
        return tuple(
            Observation(quantity, float(predicted[0]), with_error(*measured), "", dataset)
            for quantity, predicted, measured, dataset in both
            if measured is not None
        )

    def simulate(self, predictions: Mapping[str, FloatArray], rng: np.random.Generator) -> "Bbn":
        """Draw the measured abundances around the predicted ones, including theory errors."""
        return self.simulate_at(*self.abundances(one_point(predictions)), rng)

    def simulate_at(self, yp: FloatArray, d_over_h: FloatArray, rng: np.random.Generator) -> "Bbn":
        """Draw the measured abundances around Y_p (1,) and D/H (1,)."""
        yp_row, d_row = (simulated(name) for name in self.datasets_used)
        return replace(
            self,
            yp=_drawn(self.yp, yp, rng),
            d_over_h=_drawn(self.d_over_h, d_over_h, rng),
            datasets_used=(yp_row, d_row),
        )

    def compare(self, yp: FloatArray, d_over_h: FloatArray) -> FloatArray:
        """log L of predicted Y_p (n,) and D/H (n,)."""
        helium, deuterium = columns(yp, d_over_h)
        log_l = np.empty(helium.shape)
        two_gaussians(helium, deuterium, *(self.yp or _UNMEASURED), *(self.d_over_h or _UNMEASURED), log_l)
        return log_l


def predicted_abundances(prediction: str) -> Table:
    """The packaged table of one of the `PREDICTIONS`."""
    return read_packaged(f"bbn_{prediction}.csv", _PREDICTED)


def measured_names(quantity: str) -> tuple[str, ...]:
    """Packaged measurements of an abundance, and off."""
    return (*_rows_of(quantity, read_packaged("bbn_abundances.csv", _MEASURED)), "off")


def measurement(name: str, table: Table, quantity: str, chosen: object, default: str) -> Row | None:
    """The row of a measured abundance, or None when it is off; name: of the likelihood that messages speak of."""
    rows = _rows_of(quantity, table)
    first = next(iter(rows), default)  # of a user's table, which need not have a row of the default's name
    usual = default if default in rows else first
    word = choice(name, quantity, usual if chosen is None else chosen, (*rows, "off"))
    return None if word == "off" else Row(table, rows[word])


def _rows_of(quantity: str, table: Table) -> dict[str, int]:
    return {row: i for i, row in enumerate(table.text("dataset")) if table.text("quantity")[i] == quantity}


def _drawn(
    measured: tuple[float, float] | None, true: FloatArray, rng: np.random.Generator
) -> tuple[float, float] | None:
    return None if measured is None else (float(true[0]) + measured[1] * rng.standard_normal(), measured[1])


def _row_name(row: Row | None) -> str:
    return "off" if row is None else row.text("dataset")


def _with_errors(row: Row, *others: float) -> tuple[float, float]:
    """Value, and the measured error with others added in quadrature."""
    return row.number("value"), float(np.sqrt(row.number("sigma", positive=True) ** 2 + sum(e * e for e in others)))
