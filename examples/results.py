"""What today's data say about both models: the runs, tables and pictures of docs/results.md.

Samples runs/common-mirror.yaml and runs/common-twin.yaml with nautilus (three seeds), dynesty and emcee, and their
priors, draws the pictures and fills the tables of a page, between the comments <!-- NAME --> and <!-- end -->. Runs
that are there already are kept.

python examples/results.py                                    # an hour on two cores; rewrites docs/results.md
python examples/results.py --quick --page try/results.md      # some minutes, with large errors, to try
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import twinsector

ROOT = Path(__file__).parents[1]
MODELS = ("mirror", "twin")
SAMPLED = ("nautilus", "dynesty", "emcee")
SAMPLERS: dict[str, dict[str, dict[str, Any]]] = {
    "nautilus": {},  # the settings of the run files
    "dynesty": {
        "mirror": {"name": "dynesty", "nlive": 400, "dlogz": 0.1, "sample": "rslice", "slices": 39},
        "twin": {"name": "dynesty", "nlive": 400, "dlogz": 0.1, "sample": "rslice", "slices": 24},
    },
    "emcee": {
        "mirror": {"name": "emcee", "ensembles": 2, "walkers": 30, "max_steps": 60000},
        "twin": {"name": "emcee", "ensembles": 2, "walkers": 20, "max_steps": 40000},
    },
    "prior": {model: {"name": "prior", "n": 20000} for model in MODELS},
}
SEEDS = (1, 2, 3)
"""Seeds of the runs by nautilus; the first is that of the run files and makes all tables but those of ln Z."""
VARIANTS = {
    "resonance": (
        "g_BL and m_Zhat sampled (log-uniform, 1e-3 to 1 and 100 GeV to 30 TeV)",
        {"g_BL": {"log_uniform": [1e-3, 1.0]}, "m_Zhat": {"log_uniform": [100.0, 3e4]}},
    )
}
REWEIGHTED = {
    "eta_b counted, which the twin model does not address": ROOT / "runs" / "common-mirror-eta.yaml",
    "p(v') ~ 1/v'^3 (prior set `mirror-natural`) instead of 1/v'": {"priors": "mirror-natural"},
}
"""Other choices for the mirror model: by a run of its own, and by reweighting that by nautilus."""
QUICK = {
    "prior": {"n": 200},
    "nautilus": {"n_live": 100, "n_eff": 100, "n_shell": 1, "n_networks": 0},
    "dynesty": {"nlive": 50, "dlogz": 1.0, "slices": 3},
    "emcee": {"max_steps": 50},
}
SHOWN = {
    "mirror": ("v_dark", "m_R", "beta_R_ev", "delta_alpha_s", "m_dark_neutron", "delta_neff", "xi"),
    "twin": ("m_nu", "r", "delta", "theta_1", "e_hat", "epsilon", "f_over_v", "omega_dm_h2", "m_dark_photon"),
}
CORNERS = {"mirror": ["v_dark", "m_R", "beta_R_ev", "delta_neff"], "twin": ["m_nu", "r", "delta", "theta_1", "e_hat"]}
RANGES = {"mirror": "beta_R_ev", "twin": "theta_1"}
"""The parameter of each model whose prior range changes ln Z most."""
STAR = {"v_dark": 1000.0, "m_R": 700.0, "beta_R_ev": 10.0}
"""Benchmark of arXiv:2401.12286."""
WIDTHS = {"full": {}, "paper": {"widths": "paper"}}
TWIN_MASSES = (0.1, 10.0)
"""Range of m_nu that arXiv:1805.12139 studies, in GeV."""
S4_SENSITIVITY = 0.06
"""Delta N_eff that CMB-S4 was planned to exclude at 95% (arXiv:1610.02743)."""

RUN, BELIEVED = "nautilus", "conditioned"
"""The runs of which most tables are, and the priors with the conditions of consistency for weights."""


class Chains(dict[tuple[str, str], twinsector.Chain]):
    """By model and by sampler (and seed): ("mirror", "nautilus"), ("mirror", "nautilus-seed2"), ("twin", "prior")."""

    def __init__(self, chains: Mapping[tuple[str, str], twinsector.Chain], draws: int) -> None:
        super().__init__(chains)
        self.draws = draws  # of pseudo-data
        self._summaries: dict[tuple[str, str], twinsector.Summary] = {}

    def summary(self, model: str, name: str) -> twinsector.Summary:
        """The summary of one of them, made once."""
        if (model, name) not in self._summaries:
            self._summaries[model, name] = twinsector.summarize(self[model, name])
        return self._summaries[model, name]


def runs_needed(seeds: tuple[int, ...]) -> list[tuple[str, str, dict[str, Any]]]:
    """Model, name and changes of the run file for every run of the page."""
    runs: list[tuple[str, str, dict[str, Any]]] = []
    for model in MODELS:
        runs += [(model, sampler, {"sampler": own[model]} if own else {}) for sampler, own in SAMPLERS.items()]
        runs += [(model, f"nautilus-seed{seed}", {"seed": seed}) for seed in seeds[1:]]
    return runs + [("mirror", name, {"parameters": changed}) for name, (_, changed) in VARIANTS.items()]


def sampled(model: str, name: str, changes: dict[str, Any], folder: Path, quick: bool) -> twinsector.Chain:
    """One run, made if it is not there."""
    config = yaml.safe_load((ROOT / "runs" / f"common-{model}.yaml").read_text(encoding="utf-8")) | changes
    if quick:
        config["sampler"] |= QUICK[config["sampler"]["name"]]
    output = folder / f"{model}-{name}"
    config |= {"name": output.name, "output": str(output)}
    if not (output / "chain.h5").exists():
        twinsector.run(config, resume=True)
    return twinsector.read_chain(output)


def conditioned(prior: twinsector.Chain) -> twinsector.Chain:
    """Draws from the prior with the conditions of consistency for weights: what is believed before any data."""
    names = prior.info.conditions["likelihoods"]
    log_weight = prior.log_weight + sum(prior.log_likelihoods[name] for name in names)
    return replace(prior, log_weight=log_weight - np.logaddexp.reduce(log_weight))


def table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def with_error(value: float, error: float) -> str:
    """``value +- error`` with the digits that the error deserves."""
    if not 0.0 < error < math.inf:
        return f"{value:.3g}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:z.{digits}f} +- {error:.{digits}f}"


def percent(value: float, error: float) -> str:
    """A share and its error in per cent."""
    return f"{100 * value:.1f} +- {100 * error:.1f}%"


def central(chain: twinsector.Chain, name: str) -> str:
    """Median and central 95% interval."""
    low, median, high = (chain.quantile(name, level) for level in (0.025, 0.5, 0.975))
    return f"{median:.3g} [{low:.3g}, {high:.3g}]"


def log_evidence(found: twinsector.Summary, *, prior: bool) -> tuple[float, float]:
    """ln Z and its error, with conditions of consistency as prior or as likelihood."""
    both = found.conditions
    if both is None or both.as_prior_error is None or both.as_likelihood_error is None:
        raise ValueError("the common runs have an evidence and conditions of consistency")
    return (both.as_prior, both.as_prior_error) if prior else (both.as_likelihood, both.as_likelihood_error)


def mean_of_seeds(chains: Chains, model: str, *, prior: bool) -> tuple[float, float]:
    """Mean ln Z of the runs by nautilus; as error that of one run, by its own account or by their scatter."""
    names = [name for one, name in chains if one == model and name.startswith("nautilus")]
    values, errors = zip(*(log_evidence(chains.summary(model, name), prior=prior) for name in names), strict=True)
    return float(np.mean(values)), max(*errors, float(np.std(values, ddof=1)))


def log_bayes_factor(chains: Chains, *, prior: bool, mirror: twinsector.Summary | None = None) -> tuple[float, float]:
    """ln B(twin : mirror) by nautilus, of one run of the mirror model or of all its seeds."""
    twin, error = mean_of_seeds(chains, "twin", prior=prior)
    other, spread = (
        mean_of_seeds(chains, "mirror", prior=prior) if mirror is None else log_evidence(mirror, prior=prior)
    )
    return twin - other, math.hypot(error, spread)


def headline(chains: Chains) -> str:
    """The answer in one sentence."""
    parts = []
    for prior, words in ((False, "as likelihood"), (True, "as prior")):
        value, error = log_bayes_factor(chains, prior=prior)
        odds = f"{math.exp(abs(value)):.2g} to 1 for the {'twin' if value > 0.0 else 'mirror'} model"
        parts.append(
            f"**ln B(twin : mirror) = {with_error(value, error)}** with conditions of consistency {words} ({odds})"
        )
    return f"With the same data for both models, {parts[0]}, and {parts[1]}."


def evidences(chains: Chains) -> str:
    """ln Z of every nested run in both conventions, with its cost and the test of its insertion ranks."""
    rows = []
    for model, name in chains:
        if not name.startswith(("nautilus", "dynesty")):
            continue
        found = chains.summary(model, name)
        rank = "" if found.insertion is None else f"{found.insertion.p_value:.2f}"
        values = [with_error(*log_evidence(found, prior=prior)) for prior in (False, True)]
        rows.append([model, name, f"{found.n_evaluations:,}", f"{found.ess:,.0f}", *values, rank])
    header = ["model", "sampler", "calls", "ESS", "ln Z, conditions as likelihood", "as prior", "p of insertion ranks"]
    return table(header, rows)


def bayes_factors(chains: Chains) -> str:
    """ln B of the twin to the mirror model by each nested sampler."""
    rows = [["nautilus, mean of seeds", *(with_error(*log_bayes_factor(chains, prior=p)) for p in (False, True))]]
    values = []
    for prior in (False, True):
        (twin, error), (mirror, spread) = (
            log_evidence(chains.summary(one, "dynesty"), prior=prior) for one in ("twin", "mirror")
        )
        values.append(with_error(twin - mirror, math.hypot(error, spread)))
    return table(
        ["sampler", "ln B(twin : mirror), conditions as likelihood", "as prior"], [*rows, ["dynesty", *values]]
    )


def parts(chains: Chains) -> str:
    """ln B as the sum of differences of <ln L> and of information, that of the conditions apart."""
    pair = [chains[model, RUN] for model in ("twin", "mirror")]
    compared = twinsector.compare(pair)
    means = {row.name: [row.means[one.info.name] for one in pair] for row in compared.likelihoods}
    rows = [[f"mean ln L of {name}", *values] for name, values in means.items() if abs(values[0] - values[1]) > 0.05]
    rest = [values for values in means.values() if abs(values[0] - values[1]) <= 0.05]
    rows.append(["mean ln L of all others", *np.sum(rest, axis=0).tolist()])
    shares = [one.info.conditions["log_fraction"] for one in pair]
    information = [one.information or 0.0 for one in compared.gains]
    rows.append(["ln of the share of the prior that conditions leave", *shares])
    rows.append(["minus the information that remains", *(-d - f for d, f in zip(information, shares, strict=True))])
    rows.append(["**sum: ln Z**", *(sum(row[i] for row in rows) for i in (1, 2))])
    cells = [[name, f"{twin:z.2f}", f"{mirror:z.2f}", f"{twin - mirror:+.2f}"] for name, twin, mirror in rows]
    return table(["", "twin", "mirror", "twin - mirror"], cells)


def gains(chains: Chains) -> str:
    """Information, dimensionality and best sample of the runs by nautilus."""
    compared = twinsector.compare([chains[model, RUN] for model in MODELS])
    rows = [
        [
            one.name.partition("-")[0],
            with_error(one.information or 0.0, one.information_error or math.inf),
            f"{one.dimensionality:.2f}",
            f"{one.best:z.2f}",
        ]
        for one in compared.gains
    ]
    return table(["model", "information (nats)", "Bayesian dimensionality", "largest ln L of a sample"], rows)


def choices(chains: Chains) -> str:
    """ln B with other choices for the mirror model."""
    chain = chains["mirror", RUN]
    rows: list[tuple[str, twinsector.Summary | None]] = [("as in the run files", None)]
    rows += [(words, chains.summary("mirror", name)) for name, (words, _) in VARIANTS.items()]
    rows += [
        (words, twinsector.summarize(twinsector.reweight(chain, changes, force=True)))
        for words, changes in REWEIGHTED.items()
    ]
    cells = [
        [words, *(with_error(*log_bayes_factor(chains, prior=prior, mirror=one)) for prior in (False, True))]
        for words, one in rows
    ]
    return table(["mirror model", "ln B(twin : mirror), conditions as likelihood", "as prior"], cells)


def fits(chains: Chains) -> str:
    """Posterior predictive p-values of every likelihood that has some below 0.9, and of all together."""
    found = {
        model: {one.name: one for one in twinsector.predictive_checks(chains[model, RUN], model, n=chains.draws)}
        for model in MODELS
    }
    rows = []
    for name in found["mirror"]:
        both = [found[model][name].probability for model in MODELS]
        if any(p is not None and p < 0.9 for p in both):
            rows.append([name, *("" if p is None else f"{p:.2f}" for p in both)])
    return table(["likelihood", *(f"p, {model}" for model in MODELS)], rows)


def marginals(chains: Chains, model: str) -> str:
    """Prior and posterior of the shown quantities, and their means by every sampler with the differences."""
    found = {sampler: chains.summary(model, sampler) for sampler in SAMPLED}
    rows = []
    for name in SHOWN[model]:
        first, *others = (
            next(row for row in (*one.rows, *one.predictions) if row.name == name) for one in found.values()
        )
        label = f"{name} [{first.unit}]" if first.unit not in ("", "1", "-") else name
        before, after = (central(chains[model, one], name) for one in (BELIEVED, RUN))
        means = [with_error(row.mean, row.mean_error or math.inf) for row in (first, *others)]
        rows.append([label, before, after, *means, *(f"{(row.mean - first.mean) / first.std:+.2f}" for row in others)])
    differences = [f"{sampler} - nautilus, in std" for sampler in SAMPLED[1:]]
    means = [f"mean, {one}" for one in SAMPLED]
    return table(["", "prior: median [95%]", "posterior: median [95%]", *means, *differences], rows)


def regions(chains: Chains, model: str) -> str:
    """Shares of windows and phases: of the prior, and of the posterior by every sampler."""
    names = [BELIEVED, *SAMPLED]
    found = {name: chains.summary(model, name).regions for name in names}
    rows = [
        [
            every[0].group,
            every[0].name,
            *(percent(one.probability, one.error) if one.limit_95 is None else one.text for one in every),
        ]
        for every in zip(*found.values(), strict=True)
        if max(one.probability for one in every[1:]) > 5e-4
    ]
    return table(["", "", "prior", *SAMPLED], rows)


def contributions(chains: Chains, model: str) -> str:
    """What each likelihood adds to the posterior, the largest first, and those of which the samples cannot tell."""
    found = chains.summary(model, RUN).contributions
    rows = []
    for one in sorted((one for one in found if not one.reason), key=lambda one: -one.information):
        name, shift = max(one.shifts.items(), key=lambda item: abs(item[1]))
        if one.information > 0.005:
            ratio = with_error(one.log_evidence_ratio, one.log_evidence_ratio_error)
            rows.append([one.name, f"{one.information:.2f}", ratio, f"{name} by {shift:+.2f}"])
    unknown = [one for one in found if one.reason and math.isfinite(one.ess)]
    rows += [[one.name, "", f"no number: {one.reason}", ""] for one in unknown]
    return table(["likelihood", "KL (nats)", "ln(Z/Z without it)", "moves most (in std)"], rows)


def dark_radiation(chains: Chains) -> str:
    """Quantiles of Delta N_eff and the probability that CMB-S4 would see it."""
    rows = []
    for model in MODELS:
        chain = chains[model, RUN]
        seen = float(chain.weight[np.abs(chain.predictions["delta_neff"]) > S4_SENSITIVITY].sum())
        least = chain.quantile("delta_neff", 0.001)
        rows.append([model, f"{least:z.3f}", central(chain, "delta_neff"), f"{100 * seen:.0f}%"])
    header = ["model", "0.1% quantile", "median [95%]", f"probability of more than {S4_SENSITIVITY} (either sign)"]
    return table(header, rows)


def statements(chains: Chains) -> str:
    """What the papers say, and what is found here."""
    mirror = chains["mirror", RUN]
    star = {name: twinsector.predict("mirror", options, **STAR)["delta_neff"] for name, options in WIDTHS.items()}
    shares = {
        one.name: f"{one.name}: " + (f"{100 * one.probability:.1f}%" if one.limit_95 is None else one.text)
        for model in MODELS
        for one in chains.summary(model, RUN).regions
        if one.group in ("m_R", "phase")
    }
    phases = ("coannihilation", "mixed", "coscattering")
    low, high = TWIN_MASSES
    inside, before = (100 * weight_between(chains["twin", name], "m_nu", low, high) for name in (RUN, BELIEVED))
    v_dark, v_before = (
        [chains["mirror", name].quantile("v_dark", level) for level in (0.025, 0.975)] for name in (RUN, BELIEVED)
    )
    rows = [
        [
            "mirror: the benchmark v' = 1 TeV, m_R = 700 GeV, beta_R = 10 eV is allowed",
            f"excluded: Delta N_eff = {star['full']:.2f} with decays to W'W' and Z'Z' ({star['paper']:.2f} without)",
        ],
        [
            "mirror: Delta N_eff < 0.284 is imposed",
            f"the posterior has Delta N_eff < {mirror.quantile('delta_neff', 0.95):.3f} (95%, one-sided)",
        ],
        [
            "mirror: v' is a few times v",
            f"v' = {v_dark[0]:.0f} to {v_dark[1]:.0f} GeV (95%); conditions of consistency alone, without data:"
            f" {v_before[0]:.0f} to {v_before[1]:.0f} GeV",
        ],
        [
            "mirror: an O(1) fraction of m_R between 2 m_h and 2 m_h' is open",
            "posterior: " + "; ".join(text for name, text in shares.items() if name not in phases),
        ],
        [
            f"twin: dark matter of {low:g} to {high:g} GeV",
            f"P({low:g} < m_nu < {high:g}) = {inside:.0f}%, of the prior {before:.0f}%",
        ],
        [
            "twin: coannihilation, coscattering and the mixed phase all give the density",
            "; ".join(shares[name] for name in phases),
        ],
    ]
    return table(["the papers", "today"], rows)


def weight_between(chain: twinsector.Chain, name: str, low: float, high: float) -> float:
    """Share of a chain with low < x < high."""
    values = chain[name]
    return float(chain.weight[(values > low) & (values < high)].sum())


TABLES: dict[str, Callable[[Chains], str]] = {
    "headline": headline,
    "evidences": evidences,
    "bayes-factors": bayes_factors,
    "parts": parts,
    "gains": gains,
    "choices": choices,
    "fits": fits,
    "statements": statements,
    "mirror-marginals": lambda chains: marginals(chains, "mirror"),
    "mirror-regions": lambda chains: regions(chains, "mirror"),
    "mirror-contributions": lambda chains: contributions(chains, "mirror"),
    "twin-marginals": lambda chains: marginals(chains, "twin"),
    "twin-regions": lambda chains: regions(chains, "twin"),
    "twin-contributions": lambda chains: contributions(chains, "twin"),
    "delta-neff": dark_radiation,
}


def filled(page: str, chains: Chains) -> str:
    """The page with every table replaced; raises ``KeyError`` for a table that is not in ``TABLES``."""

    def one(found: re.Match[str]) -> str:
        return f"<!-- {found[1]} -->\n{TABLES[found[1]](chains)}\n<!-- end -->"

    return re.sub(r"<!-- ([\w-]+) -->\n.*?<!-- end -->", one, page, flags=re.DOTALL)


def draw(chains: Chains, images: Path) -> None:
    """The pictures of the page."""
    runs = [chains[model, RUN] for model in ("twin", "mirror")]
    named = [replace(one, info=replace(one.info, name=one.info.name.partition("-")[0])) for one in runs]
    twinsector.range_plot(named, [RANGES[one.info.name] for one in named], path=images / "results-priors.png")
    for model in MODELS:
        shown = [chains[model, sampler] for sampler in SAMPLED]
        twinsector.corner_plot(shown, CORNERS[model], path=images / f"results-{model}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("results/common"), help="where the runs are kept")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "results.md", help="page that is written")
    parser.add_argument("--quick", action="store_true", help="few live points and steps")
    arguments = parser.parse_args()
    runs = {
        (model, name): sampled(model, name, changes, arguments.folder, arguments.quick)
        for model, name, changes in runs_needed(SEEDS[:2] if arguments.quick else SEEDS)
    }
    chains = Chains(
        runs | {(model, BELIEVED): conditioned(runs[model, "prior"]) for model in MODELS},
        draws=20 if arguments.quick else 200,
    )
    text = filled((ROOT / "docs" / "results.md").read_text(encoding="utf-8"), chains)
    images = arguments.page.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    draw(chains, images)
    arguments.page.write_text(text, encoding="utf-8")
    print(f"written: {arguments.page}")


if __name__ == "__main__":
    main()
