"""What dynesty must remember to continue exactly, and what of it is already safe.

A static run adds to its dead points and never changes one: they are rows of the journal, and the state is what is
left of the sampler without them. A dynamic run sorts each batch in between its earlier samples: there the state is
the whole sampler, and the samples are written anew each time.
"""

from __future__ import annotations

import copy
from typing import Any

import dynesty
import numpy as np
from dynesty import bounding, internal_samplers
from dynesty.dynamicsampler import DynamicSamplerStatesEnum
from dynesty.dynesty import _function_wrapper
from dynesty.sampler import Sampler
from dynesty.utils import DelayTimer, LogLikelihood, LoglOutput, RunRecord

from ...chains.journal.sealed import Rows
from ...common.arrays import FloatArray
from ..persistence.checkpoints import Checkpoints
from ..persistence.object_graph import Known, flatten, rebuild
from ..persistence.plain_data import StateError
from .dynesty_lockstep import LockstepSlice, LockstepWalk

_COLUMNS = {
    "logl": ("log_likelihood", np.float64),
    "logwt": ("log_weight", np.float64),
    "logvol": ("log_volume", np.float64),
    "logz": ("log_evidence", np.float64),
    "logzvar": ("log_evidence_variance", np.float64),
    "h": ("information", np.float64),
    "scale": ("scale", np.float64),
    "id": ("live_point", np.int64),
    "nc": ("n_calls", np.int64),
    "it": ("proposed_at", np.int64),
    "bounditer": ("bound", np.int64),
}
"""dynesty's lists of dead points, under which names and types they are stored."""

_EMPTY = ("blob", "proposal_stats")
"""Lists that hold nothing with our likelihoods, but must be as long as the others."""


def identity(u: FloatArray) -> FloatArray:
    """dynesty's prior transform: it sees the unit cube only."""
    return u


def outside_workers(_: FloatArray) -> float:
    """dynesty's likelihood: never called, since every kind of work goes through the pool."""
    raise AssertionError("the likelihood is evaluated through the pool")


_KNOWN = Known.of(
    (
        bounding.Ellipsoid,
        bounding.MultiEllipsoid,
        bounding.UnitCube,
        DelayTimer,
        dynesty.DynamicNestedSampler,
        DynamicSamplerStatesEnum,
        internal_samplers.SamplerReturn,
        internal_samplers.UniformBoundSampler,
        internal_samplers.UnitCubeSampler,
        LockstepSlice,
        LockstepWalk,
        LogLikelihood,
        LoglOutput,
        RunRecord,
        Sampler,
        _function_wrapper,
    ),
    functions=(identity, outside_workers),
    left_out=("pool", "mapper", "add_live_points"),
)
"""All that dynesty's samplers are made of."""


def can_be_saved(sampler: Any) -> bool:
    """Whether this is a point from which dynesty can continue: not while the last live points are moved to the samples,
    nor between two batches."""
    state = getattr(sampler, "internal_state", None)  # of dynamic runs; static ones have a flag
    return not sampler.added_live if state is None else state.name in ("INBASE", "INBATCH")


def is_done(sampler: Any) -> bool:
    """Whether a dynamic run has come to its end; a static one never says so."""
    state = getattr(sampler, "internal_state", None)
    return state is not None and state.name == "RUN_DONE"


def save_before_the_end(sampler: Any, watch: Any) -> None:
    """Let a static sampler be saved by ``watch`` once it has stopped and before its live points are moved to the
    samples: from there a run with another goal continues. (A dynamic one is saved after its last batch.)"""
    if not _is_static(sampler):
        return
    original = sampler.add_live_points

    def saved_first() -> Any:
        watch.save()
        yield from original()

    sampler.add_live_points = saved_first


def live_points(sampler: Any) -> list[tuple[FloatArray, FloatArray]]:
    """Positions (n, n_dim) and log L (n,) of the live points of all samplers at work."""
    return [(one.live_u, one.live_logl) for one in _samplers(sampler) if one.live_u is not None]


def calls_so_far(sampler: Any) -> int:
    """Likelihood calls after those of the first live points."""
    return int(sum(sampler.saved_run["nc"]))


def save_sampler(sampler: Any, checkpoints: Checkpoints, text: str) -> None:
    """Commit where a sampler stands."""
    static = _is_static(sampler)
    rows = _dead_points(sampler.saved_run, checkpoints.n_rows if static else 0)
    live = _live_rows(sampler, rows.dtype)
    state = sampler
    if static:
        state = copy.copy(sampler)
        state.saved_run = RunRecord()
    checkpoints.save(
        flatten(state, _KNOWN),
        rows if static else None,
        live if static else np.concatenate([rows, live]),
        text=text,
        n_evaluations=int(sampler.ncall),
        log_evidence=float(np.logaddexp.reduce([sampler.saved_run["logz"][-1], *live["log_weight"]])),
    )


def unpack_state(state: Any) -> Any:
    """The sampler of a saved state, without dead points and workers. Raises :class:`StateError`."""
    sampler = rebuild(state, _KNOWN)
    if not isinstance(sampler, Sampler | dynesty.DynamicNestedSampler):
        raise StateError("it holds no sampler of dynesty")
    return sampler


def restore_sampler(checkpoints: Checkpoints, pool: Any) -> Any:
    """The sampler as it was saved, at work with ``pool``."""
    sampler = unpack_state(checkpoints.state())
    if _is_static(sampler):
        _refill(sampler.saved_run, checkpoints.rows)
    for one in _samplers(sampler):
        one.pool, one.mapper = pool, pool.map
    return sampler


def _is_static(sampler: Any) -> bool:
    return not hasattr(sampler, "internal_state")


def _samplers(sampler: Any) -> list[Any]:
    """The sampler and, of a dynamic run, those inside it."""
    inside = [getattr(sampler, name, None) for name in ("sampler", "batch_sampler")]
    return [sampler, *(one for one in inside if one is not None and hasattr(one, "live_u"))]


def _dead_points(run: RunRecord, first: int) -> Rows:
    """Rows of the dead points from the ``first`` on."""
    n_dim = len(run["u"][0])
    u = np.array(run["u"][first:], dtype=float).reshape(-1, n_dim)  # none where a run was killed after its last commit
    dtype = np.dtype([("u", np.float64, (n_dim,)), *_COLUMNS.values()])
    rows: Rows = np.zeros(len(u), dtype=dtype)
    rows["u"] = u
    for key, (name, _) in _COLUMNS.items():
        if len(run[key]) == len(run["u"]):
            rows[name] = run[key][first:]
    return rows


def _live_rows(sampler: Any, dtype: Any) -> Rows:
    """The live points as samples, each with its share of the volume that is left. In a batch of a dynamic run there
    are none: the first run has accounted for all of the volume."""
    if getattr(sampler, "batch_sampler", None) is not None or is_done(sampler):
        return np.zeros(0, dtype=dtype)
    one = _samplers(sampler)[-1]
    rows: Rows = np.zeros(len(one.live_logl), dtype=dtype)
    rows["u"], rows["log_likelihood"] = one.live_u, one.live_logl
    rows["log_weight"] = one.live_logl + (one.saved_run["logvol"][-1] - np.log(len(rows)))
    return rows


def _refill(run: RunRecord, rows: Rows | None) -> None:
    if rows is None:
        return
    run["u"] = list(rows["u"])
    run["v"] = list(rows["u"].copy())
    for key, (name, _) in _COLUMNS.items():
        run[key] = list(rows[name])
    for key in _EMPTY:
        run[key] = [None] * len(rows)
