"""What each addition to the mirror model does to the posterior of runs/mirror.yaml (docs/approximations.md).

Run: python benchmarks/mirror_items.py [ITEM ...] [-o FOLDER]

One run starts from the file with every item switched off (`before`); each following run switches a single item on; the
last is the run file itself (`all`). Prints a Markdown row for each: ln Z, medians with central 95% intervals, 95% upper
limits, and the posterior fraction of each window of m_R (`twinsector summary`). Two pairs of rows have their own
starting point: the B-L boson, whose parameters runs/mirror.yaml keeps fixed, and the cluster data on self-interaction,
which mean little without effective-range scattering.
"""

from __future__ import annotations

import argparse
import copy
from pathlib import Path
from typing import Any

from twinsector import load_config, read_chain, run
from twinsector.chains import Chain, summarize
from twinsector.chains.statistics import quantiles

RUN_FILE = Path(__file__).parents[1] / "runs" / "mirror.yaml"
Run = dict[str, Any]

OFF: Run = {
    "options": {"self_scattering": "paper", "dark_nuclei": "paper", "dark_running": False},
    "parameters": {
        "g_reheaton": 106.75,
        "dineutron_threshold": 0.2,
        "yd_dark": {"log_uniform": [2e-6, 3e-4]},
    },
    "likelihoods": {
        "higgs_couplings": {},
        "higgs_invisible": None,
        "dilepton_resonance": None,
        "self_interaction": {"dataset": "paper"},
        "chi_washout": None,
        "dark_nuclei": None,
        "dark_proton_decay": {},
        "dark_dineutron": {},
    },
}
"""The model before the additions, as changes of the run file; None removes a likelihood or a prior."""

PORTAL: Run = {
    "parameters": {"g_BL": {"log_uniform": [1e-3, 1.0]}, "m_Zhat": {"log_uniform": [100.0, 30000.0]}},
}
"""Priors of the B-L boson in `mirror-portals`."""

RANGE: Run = {
    "options": {"self_scattering": "effective_range"},
    "parameters": {"dineutron_threshold": None},
    "likelihoods": {"dark_dineutron": {"width_scale": 0.3}},
}

ITEMS: dict[str, tuple[Run, ...]] = {
    "before": (OFF,),
    "g_reheaton": (OFF, {"parameters": {"g_reheaton": None}}),
    "h_invisible": (OFF, {"likelihoods": {"higgs_couplings": {"invisible": True}, "higgs_invisible": {}}}),
    "bl_before": (OFF, PORTAL),
    "bl_dilepton": (OFF, PORTAL, {"likelihoods": {"dilepton_resonance": {}}}),
    "effective_range": (OFF, RANGE),
    "self_interaction": (OFF, RANGE, {"likelihoods": {"self_interaction": {}}}),
    "dark_nuclei": (
        OFF,
        {
            "options": {"dark_nuclei": "full"},
            "likelihoods": {"dark_nuclei": {}, "dark_proton_decay": None},
        },
    ),
    "dark_running": (OFF, {"options": {"dark_running": True}}),
    "yd_dark": (OFF, {"parameters": {"yd_dark": None}}),
    "all": (),
}

INTERVALS = ("v_dark", "m_R", "beta_R_ev", "delta_alpha_s", "yd_dark")
UPPER_LIMITS = ("delta_neff", "sin2_theta_higgs")


def run_of(changes: tuple[Run, ...], n_live: int, n_eff: int) -> Run:
    """The run file with ``changes`` applied in order, for nautilus."""
    config = copy.deepcopy(load_config(RUN_FILE).to_dict())
    config["sampler"], config["workers"] = {"name": "nautilus", "n_live": n_live, "n_eff": n_eff, "n_shell": 1}, 1
    for change in changes:
        for section, entries in change.items():
            kept = config.setdefault(section, {})
            for name, entry in entries.items():
                kept.pop(name, None) if entry is None else kept.update({name: entry})
    return config


def cells(chain: Chain) -> list[str]:
    """Numbers of one row of the table."""
    info = chain.info
    found = [f"{info.log_evidence:.2f}"]
    for name in INTERVALS:
        low, median, high = quantiles(chain.column(name), [0.025, 0.5, 0.975], chain.weight)
        found.append(f"{median:.3g} [{low:.2g}, {high:.2g}]")
    for name in UPPER_LIMITS:
        found.append(f"{quantiles(chain.column(name), [0.95], chain.weight)[0]:.2g}")
    return [*found, " / ".join(f"{100.0 * one.probability:.1f}" for one in summarize(chain).regions)]


def main() -> None:
    """Run and print the named items, by default all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("items", nargs="*", metavar="ITEM", help="items to run (default: all)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where chains are kept")
    parser.add_argument("--n-live", type=int, default=500, help="live points (default: 500)")
    parser.add_argument("--n-eff", type=int, default=5000, help="effective samples; 5000: ln Z to 0.02")
    given = parser.parse_args()
    print("| " + " | ".join(("item", "ln Z", *INTERVALS, *UPPER_LIMITS, "windows of m_R (%)")) + " |")
    for name in given.items or ITEMS:
        folder = given.output / name
        if not (folder / "chain.h5").exists():
            run(load_config(run_of(ITEMS[name], given.n_live, given.n_eff) | {"output": str(folder)}))
        print("| " + " | ".join((name, *cells(read_chain(folder)))) + " |", flush=True)


if __name__ == "__main__":
    main()
