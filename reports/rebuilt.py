"""The posterior of a chain, built again from the run file and the tables that the chain contains."""

from __future__ import annotations

from dataclasses import dataclass

from ..chains import Chain
from ..chains.pictures import why
from ..inference.configuration.run_config import RunConfig
from ..inference.posterior import Posterior
from ..inference.verification.audit import config_of, posterior_of


@dataclass(frozen=True)
class Rebuilt:
    """Run file and posterior of a chain, or in one line why this version cannot build them (``reason``)."""

    config: RunConfig | None = None
    posterior: Posterior | None = None
    reason: str = ""


def rebuild(chain: Chain) -> Rebuilt:
    """Build the posterior of a chain as `audit` does; the report of a chain that has none does without it."""
    config: RunConfig | None = None
    try:
        config = config_of(chain)
        return Rebuilt(config, posterior_of(chain))
    except Exception as error:  # another version's run file, a model of a package that is not installed, odd tables
        return Rebuilt(config, None, why(error))
