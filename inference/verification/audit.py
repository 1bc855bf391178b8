"""Audit of a chain against its own run file: samples are recomputed, and everything stored with them is checked."""

from __future__ import annotations

import importlib.metadata
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...chains import Chain, log_sum
from ...chains.chain import refuse_other_than_chains
from ...common.arrays import FloatArray
from ...common.chain_kinds import NESTED
from ...common.tolerances import RARE_DIFFERENCE, changed, scaled_difference
from ..configuration.build import build_posterior
from ..configuration.run_config import RunConfig, make_config
from ..configuration.yaml_with_lines import parse_yaml
from ..errors import InputError
from ..posterior import Evaluation, Posterior
from ..provenance.fingerprint import Fingerprint, changes_since
from ..provenance.user_tables import write_user_tables
from ..samplers.registry import find_sampler

SAMPLES = 200
"""Default number of samples to recompute."""

VOLUME_STEP = 2.0
"""Largest change of ln(prior volume) between neighbouring samples of a nested run: a factor of 2 from the trapezoidal
rule, and changes in the number of live points in a dynamic run."""


class Finding(NamedTuple):
    """One check: its name, whether it holds (None: for information only), and the result."""

    check: str
    holds: bool | None
    text: str

    def __str__(self) -> str:
        return f"{ {True: 'ok', False: 'FAILED', None: 'note'}[self.holds]:<8}{self.check}: {self.text}"


@dataclass(frozen=True)
class Audit:
    """Findings of an audit, in order; it ``passed`` if no check failed."""

    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether all checks hold."""
        return all(finding.holds is not False for finding in self.findings)

    def __str__(self) -> str:
        failed = sum(finding.holds is False for finding in self.findings)
        end = f"{failed} of {len(self.findings)} checks failed" if failed else "the chain is what its run file says"
        return "\n".join([*map(str, self.findings), end])


def audit(chain: Chain, *, n: int | None = SAMPLES, seed: int = 0, checksum: str | None = "") -> Audit:
    """Check a chain against its own run file, recomputing ``n`` random samples (None: all).

    ``checksum`` is that of the file from which the chain was read (None: it has none), for the report.

    Raises :class:`InputError` if the chain has no run file that can be read by this version.
    """
    refuse_other_than_chains(chain)
    config = config_of(chain)
    posterior = posterior_of(chain)
    # New weights keep neither the order of log L nor the prior volumes of the run they came from.
    nested = find_sampler(config.sampler.name).kind == NESTED and not chain.info.reweighted
    rows = np.arange(chain.n_samples)
    if n is not None and n < chain.n_samples:
        rows = np.sort(np.random.default_rng(seed).choice(chain.n_samples, n, replace=False))
    return Audit(
        (
            *_file(checksum),
            *_columns(chain, posterior),
            *_versions(chain),
            *_data(chain, posterior),
            *_fingerprint(chain, config, posterior),
            *_recomputed(chain, posterior, rows),
            *_weights(chain),
            *_volumes(chain, nested),
            *_order(chain, nested),
            *_evidence(chain),
        )
    )


def _file(checksum: str | None) -> Iterator[Finding]:
    if checksum is None:
        yield Finding("file", None, "it has no checksum (written by an earlier version)")
    elif checksum:
        yield Finding("file", True, f"content as it was written, SHA-256 {checksum[:16]}...")


def config_of(chain: Chain) -> RunConfig:
    """Load the run file stored in a chain. Raises :class:`InputError` if there is none."""
    if not chain.info.run_file:
        raise InputError(f"chain '{chain.info.name}' contains no run file: it cannot be checked or repeated")
    return make_config(*parse_yaml(chain.info.run_file, f"the run file in chain '{chain.info.name}'"))


def posterior_of(chain: Chain) -> Posterior:
    """The posterior of the run file stored in a chain, with its user's tables. Errors as by `config_of`."""
    with tempfile.TemporaryDirectory() as folder:
        return build_posterior(write_user_tables(config_of(chain), chain.info.user_tables, Path(folder)))


def _columns(chain: Chain, posterior: Posterior) -> Iterator[Finding]:
    for what, there, wanted in (
        ("parameters", tuple(chain.parameters), tuple(p.name for p in posterior.parameters)),
        ("sampled parameters", chain.sampled, posterior.prior.sampled),
        ("predictions", tuple(chain.predictions), posterior.prediction_names),
        ("likelihoods", tuple(chain.log_likelihoods), posterior.likelihood_names),
    ):
        odd = sorted(set(there) ^ set(wanted))
        text = f"{len(wanted)} as in the run file" if not odd else f"only on one side: {', '.join(odd)}"
        yield Finding(what, not odd, text)


def _versions(chain: Chain) -> Iterator[Finding]:
    differing = []
    for package, version in chain.info.versions.items():
        try:
            here = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
        if here != version:
            differing.append(f"{package} {version}, here {here}")
    text = ", ".join(differing) if differing else "as here"
    yield Finding("versions", None if differing else True, text)


def _data(chain: Chain, posterior: Posterior) -> Iterator[Finding]:
    here = {file.name: file.sha256 for likelihood in posterior.likelihoods for file in likelihood.data_files}
    kept = chain.info.data_checksums
    odd = sorted(name for name in {*here, *kept} if here.get(name) != kept.get(name))
    text = f"{len(kept)} with the checksums of the run" if not odd else f"not those of the run: {', '.join(odd)}"
    yield Finding("data tables", not odd, text)


def _fingerprint(chain: Chain, config: RunConfig, posterior: Posterior) -> Iterator[Finding]:
    if not chain.info.fingerprint:
        yield Finding("fingerprint", None, "the chain has none (written by an earlier version)")
        return
    try:
        kept = Fingerprint.from_dict(chain.info.fingerprint)
    except KeyError as error:
        yield Finding("fingerprint", False, f"it has no {error}")
        return
    found = [one for one in changes_since(kept, config, posterior) if not one.what.startswith("version of")]
    text = f"{kept.digest}, log L at {len(kept.points)} probes as it was" if not found else "; ".join(map(str, found))
    yield Finding("fingerprint", not found, text)


def _recomputed(chain: Chain, posterior: Posterior, rows: np.ndarray) -> Iterator[Finding]:
    """Compare parameters, log prior, log L and predictions of some rows with recomputed values."""
    if set(chain.sampled) != set(posterior.prior.sampled):
        return
    x = np.column_stack([chain.parameters[name][rows] for name in posterior.prior.sampled])
    points = posterior.evaluate(x)
    expanded = posterior.prior.expand(x)
    yield _compared("fixed and tied parameters", rows, {n: (chain.parameters[n], v) for n, v in expanded.items()})
    yield _compared("log prior", rows, {"log prior": (chain.log_prior, points.log_prior)}, absolute=True)
    yield _compared(
        "log L",
        rows,
        _log_l_columns(chain, points, posterior),
        absolute=True,
        rare=RARE_DIFFERENCE if posterior.has_adaptive_steps else None,
    )
    columns = {n: (chain.predictions[n], points.predictions[:, i]) for i, n in enumerate(posterior.prediction_names)
               if n in chain.predictions}  # fmt: skip
    yield _compared("predictions", rows, columns, rare=math.inf if posterior.has_adaptive_steps else None)


def _log_l_columns(chain: Chain, points: Evaluation, posterior: Posterior) -> dict[str, tuple[FloatArray, FloatArray]]:
    columns = {"log L": (chain.log_likelihood, points.log_likelihood)}
    for i, name in enumerate(posterior.likelihood_names):
        if name in chain.log_likelihoods:
            columns[name] = (chain.log_likelihoods[name], points.log_likelihoods[:, i])
    return columns


def _compared(
    check: str,
    rows: np.ndarray,
    columns: dict[str, tuple[FloatArray, FloatArray]],
    absolute: bool = False,
    rare: float | None = None,
) -> Finding:
    """Largest difference between stored columns (at ``rows``) and recomputed ones; ``rare`` bounds rare differences."""
    worst, place, holds = 0.0, "", True
    for name, (stored, computed) in columns.items():
        kept = stored[rows]
        difference = scaled_difference(kept, computed, floor=1.0 if absolute else 0.0)
        holds &= not changed(difference, adaptive=rare is not None, largest=rare or 0.0).any()
        if len(difference) and difference.max() > worst:
            row = int(np.argmax(difference))
            worst = float(difference[row])
            place = f" ({name}, sample {rows[row]}: stored {kept[row]:z.10g}, computed {computed[row]:z.10g})"
    kind = "difference" if absolute else "relative difference"
    return Finding(check, holds, f"largest {kind} {worst:.2g} in {len(rows)} samples{place}")


def _weights(chain: Chain) -> Iterator[Finding]:
    total = log_sum(chain.log_weight)
    bad = int(np.sum(np.isnan(chain.log_weight) | (chain.log_weight > 1e-9)))
    good = abs(total) < 1e-9 and not bad
    kind = "unequal" if chain.is_weighted else "equal"
    yield Finding("weights", good, f"{kind}, sum 1 {'+' if total >= 0 else '-'} {abs(total):.1g}, {bad} impossible")


def _volumes(chain: Chain, nested: bool) -> Iterator[Finding]:
    """Check that the prior volume of a sample, weight/L, changes slowly from sample to sample of a nested run."""
    if not nested:
        return
    largest = 0.0
    for rows in _runs(chain):
        rows = rows[np.isfinite(chain.log_weight[rows])]
        # The first sample also represents the volume of the forbidden points before it.
        steps = np.abs(np.diff((chain.log_weight - chain.log_likelihood)[rows[1:]]))
        largest = max(largest, float(steps.max(initial=0.0)))
    text = f"prior volumes of neighbours differ by a factor {math.exp(min(largest, 700.0)):.3g} at most"
    yield Finding("volumes", largest < VOLUME_STEP, text)


def _order(chain: Chain, nested: bool) -> Iterator[Finding]:
    """Check that nested samples are in order of log L, samples of walkers in order of steps, without duplicates."""
    if nested:
        falls = sum(int(np.sum(np.diff(chain.log_likelihood[rows]) < 0.0)) for rows in _runs(chain))
        yield Finding("order", falls == 0, "log L rises" if not falls else f"log L falls {falls} times")
    elif chain.is_mcmc:
        places = np.column_stack([chain.chain_index, chain.walker_index, chain.step_index])
        twice = len(places) - len(np.unique(places, axis=0))
        yield Finding("order", not twice, f"{twice} samples of one walker and step" if twice else "every step once")


def _runs(chain: Chain) -> Iterator[np.ndarray]:
    for number in np.unique(chain.chain_index):
        yield np.flatnonzero(chain.chain_index == number)


def _evidence(chain: Chain) -> Iterator[Finding]:
    """Check that the prior volumes of all samples, from weight = L dX / Z, add up to that of the allowed points."""
    log_z = chain.info.log_evidence
    if log_z is None:
        return
    volume = math.exp(min(700.0, log_sum(chain.log_weight - chain.log_likelihood + log_z)))
    n_tested = max(1, chain.info.n_prior_tested)
    n_allowed = max(1, n_tested - sum(chain.info.invalid.values()))
    error = math.hypot(chain.info.log_evidence_error or 0.0, 1.0 / math.sqrt(n_allowed))
    margin = 5.0 * error + 0.05
    # The trapezoidal rule halves the weight of a sample whose L is far above that of its predecessor.
    good = volume > 0.0 and -math.log(2.0) - margin < math.log(volume * n_tested / n_allowed) < margin
    yield Finding(
        "evidence",
        good,
        f"ln Z = {log_z:z.3f}; the samples cover {volume:.3g} of the prior, {n_allowed / n_tested:.3g} of {n_tested} "
        "prior draws are allowed",
    )
