"""What today's data say about both models: the runs, tables and pictures of docs/results.md.

Samples runs/common-mirror.yaml and runs/common-twin.yaml with nautilus, dynesty and emcee, draws the pictures and fills
the tables of a page, between the comments <!-- NAME --> and <!-- end -->. Runs that are there already are kept.

python examples/results.py                                    # 20 minutes on two cores; rewrites docs/results.md
python examples/results.py --quick --page try/results.md      # some minutes, with large errors, to try
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml

import twinsector

ROOT = Path(__file__).parents[1]
MODELS = ("mirror", "twin")
SAMPLERS = {
    "nautilus": {"mirror": {}, "twin": {}},  # the settings of the run files
    "dynesty": {
        "mirror": {"name": "dynesty", "nlive": 400, "dlogz": 0.1, "sample": "rslice", "slices": 39},
        "twin": {"name": "dynesty", "nlive": 400, "dlogz": 0.1, "sample": "rslice", "slices": 24},
    },
    "emcee": {
        "mirror": {"name": "emcee", "ensembles": 2, "walkers": 30, "max_steps": 60000},
        "twin": {"name": "emcee", "ensembles": 2, "walkers": 20, "max_steps": 40000},
    },
}
QUICK = {
    "nautilus": {"n_live": 200, "n_eff": 200, "n_shell": 1},
    "dynesty": {"nlive": 50, "dlogz": 1.0},
    "emcee": {"max_steps": 50},
}
SHOWN = {
    "mirror": ("v_dark", "m_R", "beta_R_ev", "delta_alpha_s", "m_dark_neutron", "delta_neff", "xi", "sin2_theta_higgs"),
    "twin": ("m_nu", "r", "delta", "theta_1", "e_hat", "f_over_v", "omega_dm_h2", "delta_neff", "m_dark_photon"),
}
CORNERS = {"mirror": ["v_dark", "m_R", "beta_R_ev", "delta_neff"], "twin": ["m_nu", "r", "delta", "theta_1", "e_hat"]}
RANGES = {"mirror": "beta_R_ev", "twin": "theta_1"}
"""The parameter of each model with the widest prior that nothing but taste sets."""
STAR = {"v_dark": 1000.0, "m_R": 700.0, "beta_R_ev": 10.0}
"""Benchmark of arXiv:2401.12286."""
WIDTHS = {"full": {}, "paper": {"widths": "paper"}}
TWIN_MASSES = (0.1, 10.0)
"""Range of m_nu that arXiv:1805.12139 studies, in GeV."""
S4_SENSITIVITY = 0.06
"""Delta N_eff that CMB-S4 was planned to exclude at 95% (arXiv:1610.02743)."""

Chains = dict[tuple[str, str], twinsector.Chain]


def sampled(model: str, sampler: str, folder: Path, quick: bool) -> twinsector.Chain:
    """The run of one model with one sampler, made if it is not there."""
    config = yaml.safe_load((ROOT / "runs" / f"common-{model}.yaml").read_text(encoding="utf-8"))
    settings = (SAMPLERS[sampler][model] or config["sampler"]) | (QUICK[sampler] if quick else {})
    if quick:
        settings.pop("n_eff" if sampler == "dynesty" else "ensembles", None)
    name = f"{model}-{sampler}"
    output = folder / name
    config |= {"name": name, "sampler": settings, "output": str(output)}
    if not (output / "chain.h5").exists():
        twinsector.run(config, resume=True)
    return twinsector.read_chain(output)


def table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def with_error(value: float | None, error: float | None) -> str:
    """``value +- error`` with the digits that the error deserves."""
    if value is None:
        return ""
    if error is None or not math.isfinite(error) or error <= 0.0:
        return f"{value:.3g}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    if digits > 4 or abs(value) >= 1e5:
        return f"{value:.3g} +- {error:.1g}"
    return f"{value:z.{digits}f} +- {error:.{digits}f}"


def evidences(chains: Chains) -> str:
    """ln Z of every nested run in both conventions, with its cost and the test of its insertion ranks."""
    rows = []
    for (model, sampler), chain in chains.items():
        found = twinsector.summarize(chain)
        if found.log_evidence is None or found.conditions is None:
            continue
        rank = "" if found.insertion is None else f"{found.insertion.p_value:.2f}"
        rows.append(
            [
                model,
                sampler,
                f"{found.n_evaluations:,}",
                f"{found.ess:,.0f}",
                with_error(found.log_evidence, found.log_evidence_error),
                with_error(found.conditions.as_prior, found.conditions.as_prior_error),
                rank,
            ]
        )
    header = ["model", "sampler", "calls", "ESS", "ln Z, conditions as likelihood", "as prior", "p of insertion ranks"]
    return table(header, rows)


def bayes_factors(chains: Chains) -> str:
    """ln B of the twin to the mirror model by each nested sampler."""
    rows = []
    for sampler in ("nautilus", "dynesty"):
        twin, mirror = (twinsector.summarize(chains[model, sampler]) for model in ("twin", "mirror"))
        rows.append([sampler, *(with_error(*difference(twin, mirror, prior=prior)) for prior in (False, True))])
    return table(["sampler", "ln B(twin : mirror), conditions as likelihood", "as prior"], rows)


def difference(first: twinsector.Summary, second: twinsector.Summary, *, prior: bool) -> tuple[float, float]:
    """ln Z of one run less that of another and its error, with conditions of consistency as likelihood or as prior."""
    found = []
    for one in (first, second):
        if one.conditions is None:
            raise ValueError("the common runs have conditions of consistency")
        both = one.conditions
        found.append((both.as_prior, both.as_prior_error) if prior else (one.log_evidence, one.log_evidence_error))
    (value, error), (other, spread) = found
    return (value or 0.0) - (other or 0.0), math.hypot(error or 0.0, spread or 0.0)


def marginals(chains: Chains, model: str) -> str:
    """Mean and error of the shown quantities by every sampler, the width of the posterior, and the worst difference."""
    names = [sampler for one, sampler in chains if one == model]
    found = {sampler: twinsector.summarize(chains[model, sampler]) for sampler in names}
    rows = []
    for name in SHOWN[model]:
        every = {
            sampler: next(row for row in (*one.rows, *one.predictions) if row.name == name)
            for sampler, one in found.items()
        }
        first = every["nautilus"]
        label = f"{name} [{first.unit}]" if first.unit not in ("", "1", "-") else name
        rows.append(
            [
                label,
                *(with_error(row.mean, row.mean_error) for row in every.values()),
                f"{first.median:.3g} [{first.interval_95[0]:.3g}, {first.interval_95[1]:.3g}]",
                *(
                    f"{(row.mean - first.mean) / first.std:+.2f}"
                    for sampler, row in every.items()
                    if sampler != "nautilus"
                ),
            ]
        )
    differences = [f"{sampler} - nautilus, in std" for sampler in names if sampler != "nautilus"]
    return table(["", *(f"mean, {one}" for one in names), "median [95%], nautilus", *differences], rows)


def deciders(chains: Chains) -> str:
    """Likelihoods whose posterior means differ most between the models."""
    compared = twinsector.compare([chains[model, "nautilus"] for model in MODELS])
    rows = [
        [row.name, *(f"{row.means[chains[model, 'nautilus'].info.name]:z.2f}" for model in MODELS), f"{row.spread:.2f}"]
        for row in compared.likelihoods
        if row.spread > 0.05
    ]
    return table(["likelihood", *(f"mean ln L, {model}" for model in MODELS), "difference"], rows)


def gains(chains: Chains) -> str:
    """Information, dimensionality and best fit of the runs by nautilus."""
    compared = twinsector.compare([chains[model, "nautilus"] for model in MODELS])
    rows = [
        [
            one.name.partition("-")[0],
            with_error(one.information, one.information_error),
            with_error(one.dimensionality, one.dimensionality_error),
            f"{one.best:z.2f}",
        ]
        for one in compared.gains
    ]
    return table(["model", "information (nats)", "Bayesian dimensionality", "best ln L"], rows)


def contributions(chains: Chains, model: str) -> str:
    """What each likelihood adds to the posterior, where the samples can tell; the largest first."""
    found = [one for one in twinsector.summarize(chains[model, "nautilus"]).contributions if not one.reason]
    rows = []
    for one in sorted(found, key=lambda one: -one.information):
        name, shift = max(one.shifts.items(), key=lambda item: abs(item[1]))
        if one.information > 0.005:
            ratio = with_error(one.log_evidence_ratio, one.log_evidence_ratio_error)
            rows.append([one.name, f"{one.information:.2f}", ratio, f"{name} by {shift:+.2f}"])
    return table(["likelihood", "KL (nats)", "ln Z/Z without it", "moves most (in std)"], rows)


def regions(chains: Chains, model: str) -> str:
    """Posterior fractions of windows and phases by every sampler."""
    samplers = [sampler for one, sampler in chains if one == model]
    found = {sampler: twinsector.summarize(chains[model, sampler]).regions for sampler in samplers}
    rows = [
        [region.group, region.name, *(f"{100 * one.probability:.1f} +- {100 * one.error:.1f}%" for one in others)]
        for region, *others in zip(found["nautilus"], *found.values(), strict=True)
        if max(one.probability for one in others) > 5e-4
    ]
    return table(["", "", *samplers], rows)


def floor(chains: Chains) -> str:
    """Quantiles of Delta N_eff and the probability that CMB-S4 would see it."""
    rows = []
    for model in MODELS:
        chain = chains[model, "nautilus"]
        values = chain.predictions["delta_neff"]
        low, median, high = (chain.quantile("delta_neff", level) for level in (0.025, 0.5, 0.975))
        seen = float(chain.weight[np.abs(values) > S4_SENSITIVITY].sum())
        used = chain.weight > 1e-3 * chain.weight.max()
        rows.append([model, f"{values[used].min():.3g}", f"{median:.3g} [{low:.3g}, {high:.3g}]", f"{100 * seen:.0f}%"])
    header = ["model", "smallest Delta N_eff of a sample", "median [95%]", f"P(|Delta N_eff| > {S4_SENSITIVITY})"]
    return table(header, rows)


def headline(chains: Chains) -> str:
    """The answer in two sentences."""
    twin, mirror = (twinsector.summarize(chains[model, "nautilus"]) for model in ("twin", "mirror"))
    parts = []
    for prior, words in ((False, "as likelihood"), (True, "as prior")):
        value, error = difference(twin, mirror, prior=prior)
        better = "twin" if value > 0.0 else "mirror"
        odds = math.exp(abs(value))
        parts.append(
            f"**ln B(twin : mirror) = {with_error(value, error)}** with conditions of consistency {words}"
            f" ({odds:.3g} to 1 for the {better} model)"
        )
    return f"With the same data for both models, {parts[0]}, and {parts[1]}."


def statements(chains: Chains) -> str:
    """What the papers say, and what the runs say."""
    mirror, twin = chains["mirror", "nautilus"], chains["twin", "nautilus"]
    star = {name: twinsector.predict("mirror", options, **STAR)["delta_neff"] for name, options in WIDTHS.items()}
    upper = mirror.quantile("delta_neff", 0.95)
    windows = {one.name: one.probability for one in twinsector.summarize(mirror).regions if one.group == "m_R"}
    phases = {one.name: one.probability for one in twinsector.summarize(twin).regions if one.group == "phase"}
    mass = twin.parameters["m_nu"]
    inside = float(twin.weight[(mass > TWIN_MASSES[0]) & (mass < TWIN_MASSES[1])].sum())
    v_dark = [mirror.quantile("v_dark", level) for level in (0.025, 0.975)]
    rows = [
        [
            "mirror: the benchmark v' = 1 TeV, m_R = 700 GeV, beta_R = 10 eV is allowed",
            f"Delta N_eff = {star['paper']:.2f} with the paper's widths, {star['full']:.2f} with off-shell W'W', Z'Z':"
            " excluded",
        ],
        ["mirror: Delta N_eff < 0.284", f"Delta N_eff < {upper:.3f} (95%)"],
        ["mirror: v' is a few times v", f"v' = {v_dark[0]:.0f} to {v_dark[1]:.0f} GeV (95%)"],
        [
            "mirror: an O(1) fraction of m_R between 2 m_h and 2 m_h' is open",
            "; ".join(f"{name}: {100 * share:.1f}%" for name, share in windows.items()),
        ],
        [
            f"twin: dark matter of {TWIN_MASSES[0]:g} to {TWIN_MASSES[1]:g} GeV",
            f"P({TWIN_MASSES[0]:g} < m_nu < {TWIN_MASSES[1]:g}) = {100 * inside:.0f}%; the rest is heavier or lighter",
        ],
        [
            "twin: coannihilation, coscattering and the mixed phase all give the density",
            "; ".join(f"{name}: {100 * share:.0f}%" for name, share in phases.items()),
        ],
    ]
    return table(["the papers", "today (posterior of the common runs)"], rows)


TABLES: dict[str, Callable[[Chains], str]] = {
    "headline": headline,
    "statements": statements,
    "evidences": evidences,
    "bayes-factors": bayes_factors,
    "gains": gains,
    "deciders": deciders,
    "mirror-marginals": lambda chains: marginals(chains, "mirror"),
    "mirror-regions": lambda chains: regions(chains, "mirror"),
    "mirror-contributions": lambda chains: contributions(chains, "mirror"),
    "twin-marginals": lambda chains: marginals(chains, "twin"),
    "twin-regions": lambda chains: regions(chains, "twin"),
    "twin-contributions": lambda chains: contributions(chains, "twin"),
    "delta-neff": floor,
}


def filled(page: str, chains: Chains) -> str:
    """The page with every table replaced; raises ``KeyError`` for a table that is not in ``TABLES``."""

    def one(found: re.Match[str]) -> str:
        return f"<!-- {found[1]} -->\n{TABLES[found[1]](chains)}\n<!-- end -->"

    return re.sub(r"<!-- ([\w-]+) -->\n.*?<!-- end -->", one, page, flags=re.DOTALL)


def draw(chains: Chains, images: Path) -> None:
    """The pictures of the page."""
    runs = [chains[model, "nautilus"] for model in MODELS]
    twinsector.range_plot(runs, [RANGES[model] for model in MODELS], path=images / "results-priors.png")
    for model in MODELS:
        twinsector.corner_plot(
            [chains[model, sampler] for sampler in SAMPLERS], CORNERS[model], path=images / f"results-{model}.png"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("results/common"), help="where the runs are kept")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "results.md", help="page that is written")
    parser.add_argument("--quick", action="store_true", help="few live points and steps")
    arguments = parser.parse_args()
    chains = {
        (model, sampler): sampled(model, sampler, arguments.folder, arguments.quick)
        for model in MODELS
        for sampler in SAMPLERS
    }
    text = filled((ROOT / "docs" / "results.md").read_text(encoding="utf-8"), chains)
    images = arguments.page.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    draw(chains, images)
    arguments.page.write_text(text, encoding="utf-8")
    print(f"written: {arguments.page}")


if __name__ == "__main__":
    main()
