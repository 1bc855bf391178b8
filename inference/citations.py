"""BibTeX for a run: the model's paper, the data of its likelihoods, and the sampler."""

from __future__ import annotations

import re
from importlib import resources

from .. import likelihoods
from .config import RunConfig
from .posterior import Posterior

MODEL_KEYS = {"mirror": ("Bodas_2401.12286",)}
SAMPLER_ENTRIES = {
    "dynesty": """@article{dynesty_1904.02180,
  author = {Speagle, Joshua S.},
  title = {dynesty: a dynamic nested sampling package for estimating Bayesian posteriors and evidences},
  journal = {Mon. Not. Roy. Astron. Soc.},
  volume = {493},
  pages = {3132},
  year = {2020},
  eprint = {1904.02180},
  archivePrefix = {arXiv},
}""",
    "emcee": """@article{emcee_1202.3665,
  author = {Foreman-Mackey, Daniel and Hogg, David W. and Lang, Dustin and Goodman, Jonathan},
  title = {emcee: The MCMC Hammer},
  journal = {Publ. Astron. Soc. Pac.},
  volume = {125},
  pages = {306},
  year = {2013},
  eprint = {1202.3665},
  archivePrefix = {arXiv},
}""",
    "nautilus": """@article{nautilus_2306.16923,
  author = {Lange, Johannes U.},
  title = {nautilus: boosting Bayesian importance nested sampling with deep learning},
  journal = {Mon. Not. Roy. Astron. Soc.},
  volume = {525},
  pages = {3181},
  year = {2023},
  eprint = {2306.16923},
  archivePrefix = {arXiv},
}""",
}


def bibliography(config: RunConfig, posterior: Posterior) -> str:
    """BibTeX entries of everything that a run rests on, sorted by key, the sampler last."""
    text = resources.files(likelihoods).joinpath("data", "CITATIONS.bib").read_text(encoding="utf-8")
    entries = {match[2]: match[1].strip() for match in re.finditer(r"(@\w+\{([^,]+),.*?\n\})", text, re.DOTALL)}
    keys = {key for likelihood in posterior.likelihoods for key in likelihood.citations}
    keys.update(MODEL_KEYS.get(config.model, ()))
    found = [entries.get(key, f"% no entry for {key}") for key in sorted(keys)]
    return "\n\n".join([*found, SAMPLER_ENTRIES[config.sampler.name]])
