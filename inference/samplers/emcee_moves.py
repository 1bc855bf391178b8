"""Moves of the walkers.

emcee's own ``DESnookerMove`` (3.1.6) steps along the right line but with a step proportional to the distance from
the anchor and with the square root of the volume factor, so it does not leave the target invariant: alone or mixed
half-and-half with differential evolution it gives an 11-d Gaussian variances that are 7% too small. The
move below is the published one and is tested for it.
"""

from __future__ import annotations

import emcee
import numpy as np
from emcee.moves.red_blue import RedBlueMove

from ...common.arrays import FloatArray


class SnookerMove(RedBlueMove):
    """Snooker update of ter Braak & Vrugt (2008), Statistics and Computing 18, 435, eqs 3-4.

    A walker x moves along the line to another walker z by gamma times the difference of two more walkers
    projected on that line; the acceptance carries (|x' - z| / |x - z|)^(d - 1).
    """

    def __init__(self, gamma: float = 1.7) -> None:
        self.gamma = gamma
        super().__init__()

    def get_proposal(
        self, sample: FloatArray, complement: list[FloatArray], random: np.random.RandomState
    ) -> tuple[FloatArray, FloatArray]:
        """Proposals (n, d) for the walkers ``sample`` (n, d), and the log of the volume factor (n,)."""
        others = np.concatenate(complement, axis=0)
        n, n_dim = sample.shape
        chosen = np.argsort(random.rand(n, len(others)), axis=1)[:, :3]
        anchor, first, second = (others[chosen[:, k]] for k in range(3))
        away = sample - anchor
        distance = np.linalg.norm(away, axis=1)
        along = away / distance[:, np.newaxis]
        step = self.gamma * np.sum(along * (first - second), axis=1, keepdims=True)
        proposal = sample + step * along
        return proposal, (n_dim - 1) * np.log(np.linalg.norm(proposal - anchor, axis=1) / distance)


def default_moves() -> list[tuple[RedBlueMove, float]]:
    """Differential evolution, some of it with gamma = 1 (jumps between windows), and snooker updates."""
    return [
        (emcee.moves.DEMove(), 0.7),
        (emcee.moves.DEMove(gamma0=1.0), 0.1),
        (SnookerMove(), 0.2),
    ]
