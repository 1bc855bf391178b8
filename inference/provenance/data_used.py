"""What the likelihoods of a run do, every default resolved: what makes two runs' evidences comparable."""

from __future__ import annotations

from typing import Any

from ...likelihoods import likelihood_names, likelihood_settings
from ...likelihoods.base import DataFile, Likelihood
from ..configuration.run_config import RunConfig
from ..posterior import Posterior

# Settings that only say which data to load: what they led to stands among the rows and tables.
_CHOOSE_DATA = ("dataset", "path", "yp", "d_over_h", "he3_over_d", "prediction_path", "injection_path")


def data_used(config: RunConfig, posterior: Posterior) -> dict[str, dict[str, Any]]:
    """For each likelihood ``settings`` (defaults filled in) and ``data``, each table's name, rows and checksum.

    ``dataset: default`` and the name that it stands for give the same, and so does a copy of a table elsewhere.
    """
    return {
        likelihood.name: {
            "settings": _settings(config, likelihood),
            "data": [_text(file) for file in likelihood.data_files],
        }
        for likelihood in posterior.likelihoods
    }


def _settings(config: RunConfig, likelihood: Likelihood) -> dict[str, Any]:
    known = likelihood_settings(likelihood.name) if likelihood.name in likelihood_names() else {}
    chosen = {**known, **config.likelihoods.get(likelihood.name, {})}
    # Of a user's table only the choice tells which part of it is used.
    kept = ("dataset",) if chosen.get("path") is not None and chosen.get("dataset") != "default" else ()
    return {key: value for key, value in chosen.items() if key not in _CHOOSE_DATA or key in kept}


def _text(file: DataFile) -> str:
    rows = f" ({', '.join(file.rows)})" if file.rows else ""
    return f"{file.name}{rows} {file.sha256[:12]}"
