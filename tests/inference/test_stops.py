"""dynesty stopped at any point, including its final stage, resumes to the same chain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toys import toy_posterior

from twinsector.chains.journal.journal import Journal
from twinsector.inference.errors import Interrupted
from twinsector.inference.executors import SerialExecutor
from twinsector.inference.persistence.checkpoints import Checkpoints
from twinsector.inference.persistence.heartbeat import Heartbeat
from twinsector.inference.samplers.base import Samples
from twinsector.inference.samplers.dynesty import run_dynesty
from twinsector.inference.samplers.dynesty_settings import DynestySettings


class StopAt:
    """A stop flag that is raised at its ``n``-th reading."""

    def __init__(self, n: int | None) -> None:
        self.n, self.read = n, 0

    @property
    def is_set(self) -> bool:
        self.read += 1
        return self.n is not None and self.read >= self.n


def sample(stop: StopAt, folder: Path, settings: DynestySettings, resume: bool = False) -> Samples:
    posterior = toy_posterior()
    executor = SerialExecutor(posterior)
    folder.mkdir(exist_ok=True)
    journal, saved = Journal.resume(folder) if resume else (Journal.create(folder, {}), None)
    checkpoints = Checkpoints(journal, Heartbeat(folder, 1, lambda *_: None), saved=saved)
    return run_dynesty(posterior, settings, 3, executor, lambda *_: None, stop, checkpoints)


@pytest.mark.parametrize("dynamic", [False, True])
def test_a_run_stopped_anywhere_resumes_to_the_same_evidence(tmp_path: Path, dynamic: bool) -> None:
    settings = DynestySettings(nlive=40, walks=10, dlogz=0.5, dynamic=dynamic, n_effective=300)
    counter = StopAt(None)
    whole = sample(counter, tmp_path / "whole", settings)
    for number, n in enumerate(np.linspace(2, counter.read, 9).astype(int)):
        checkpoint = tmp_path / f"cut{number}"
        try:
            result = sample(StopAt(int(n)), checkpoint, settings)
        except Interrupted:
            result = sample(StopAt(None), checkpoint, settings, resume=True)
        assert result.log_evidence == whole.log_evidence
        np.testing.assert_array_equal(result.u, whole.u)
