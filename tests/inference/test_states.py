"""Saved states: plain data only, exact, and closed to everything that a sampler is not made of."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from toys import toy_posterior

from twinsector.chains import read_chain
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.errors import Interrupted
from twinsector.inference.persistence.object_graph import Known, flatten, rebuild
from twinsector.inference.persistence.plain_data import StateError, from_bytes, to_bytes
from twinsector.inference.runs.run import run


class Box:
    """Something with attributes."""

    def __init__(self, **parts: object) -> None:
        vars(self).update(parts)


KNOWN = Known.of((Box,), functions=(len,))


def there_and_back(value: object) -> object:
    return from_bytes(to_bytes(value))


def test_plain_data_comes_back_to_the_bit() -> None:
    value = {
        "none": None,
        "numbers": [True, 1, -(10**30), 0.1, float("inf"), np.float64(0.3), np.int64(7)],
        "text": "déjà\n",
        "pair": (1, (2.5, "x")),
        3: b"\x00\xff",
        "scalars": [np.float64(x) for x in np.random.default_rng(1).random(9)],
        "rows": [np.arange(3) * i for i in range(5)],
        "empty": np.empty((0, 4)),
        "words": np.array(["ab", "c"]),
    }
    again = there_and_back(value)
    assert list(again) == list(value)
    assert repr(again) == repr(value)
    assert np.isnan(there_and_back(float("nan")))


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_keep_their_layout(order: str) -> None:
    array = np.asarray(np.random.default_rng(1).random((3, 4, 2)), order=order)
    again = there_and_back(array)
    assert again.flags.f_contiguous == array.flags.f_contiguous
    np.testing.assert_array_equal(again, array)


@pytest.mark.parametrize("value", [object(), len, {1, 2}, partial(len), np.array([None]), Box()])
def test_what_is_no_plain_data_is_refused_when_it_is_saved(value: object) -> None:
    with pytest.raises(StateError):
        to_bytes({"state": [value]})


def test_objects_come_back_with_what_they_share() -> None:
    random = np.random.default_rng(np.random.SeedSequence(3).spawn(2)[1])
    legacy = np.random.RandomState(4)
    array = np.arange(4.0)
    box = Box(a=array, b=[array], random=random, inner=Box(random=random, legacy=legacy, call=len))
    box.inner.outer = box
    again = rebuild(there_and_back(flatten(box, KNOWN)), KNOWN)
    assert again.a is again.b[0] and again.random is again.inner.random and again.inner.outer is again
    assert again.inner.call is len
    assert again.random.random() == random.random()
    assert again.random.spawn(1)[0].random() == random.spawn(1)[0].random()
    assert again.inner.legacy.standard_normal() == legacy.standard_normal()


@pytest.mark.parametrize(
    "hostile",
    [
        {"tree": {"@object": ["Popen", {"args": "true"}]}, "shared": []},
        {"tree": {"@function": "system"}, "shared": []},
        {"tree": {"@object": [["Box"], {}]}, "shared": []},
        {"tree": {"@tuple": ["Box", [1]]}, "shared": []},
        {"tree": {"@shared": 7}, "shared": []},
        {"tree": {"@shared": 0}, "shared": [{"@shared": 0}]},
        {"tree": {"@generator": {"kind": "Generator", "state": {"bit_generator": "eval"}}}, "shared": []},
        {
            "tree": {
                "@generator": {
                    "kind": "RandomState",
                    "state": {
                        "bit_generator": "MT19937",
                        "state": {"key": np.zeros(624, np.uint32), "pos": 10**6},
                        "has_gauss": 0,
                        "gauss": 0.0,
                    },
                }
            },
            "shared": [],
        },
        {"tree": 1},
        [],
        7,
    ],
)
def test_a_state_that_names_anything_else_is_refused(hostile: object) -> None:
    with pytest.raises(StateError):
        rebuild(there_and_back(hostile), KNOWN)


def test_bytes_that_are_no_state_are_refused() -> None:
    good = to_bytes({"x": np.arange(100.0), "y": [1, 2]})
    head = good.index(b"{")
    huge = good.replace(b"[100]", b"[9999999999]")
    huge = huge[: head - 8] + (int.from_bytes(good[head - 8 : head], "little") + 7).to_bytes(8, "little") + huge[head:]
    deep = b'{"tree": ' + b"[" * 100_000 + b"]" * 100_000 + b', "arrays": []}'
    deep = good[: head - 8] + len(deep).to_bytes(8, "little") + deep
    objects = good.replace(b"<f8", b"|O8")
    empty = good.replace(b'"<f8"', b'"|S0"')
    assert empty != good
    for content in (b"", good[:-8], good[: head + 5], huge, deep, objects, empty, pickle.dumps(OrderedDict)):
        with pytest.raises(StateError):
            from_bytes(content)


SAMPLERS = [
    {"name": "dynesty", "nlive": 60, "walks": 10},
    {"name": "dynesty", "nlive": 60, "sample": "rslice"},
    {"name": "dynesty", "nlive": 60, "sample": "unif", "bound": "single"},
    {"name": "dynesty", "nlive": 60, "walks": 10, "dynamic": True, "n_effective": 300, "dlogz": 1.0},
    {"name": "emcee", "walkers": 16, "check_every": 50, "max_steps": 100},
    {"name": "nautilus", "n_live": 100, "n_eff": 500, "n_batch": 64, "n_shell": 1},
]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda s: "-".join(str(v) for v in s.values() if isinstance(v, str)))
def test_every_sampler_goes_on_exactly_from_its_stored_state(tmp_path: Path, sampler: dict[str, object]) -> None:
    def config(name: str) -> object:
        content = {"name": "toy", "model": "line", "likelihoods": {"gauss": {}}, "sampler": sampler}
        return load_config({**content, "output": str(tmp_path / name)})

    whole = read_chain(run(config("whole"), posterior=toy_posterior()))
    for part in range(100):
        try:
            cut = read_chain(
                run(
                    config("cut"),
                    posterior=toy_posterior(),
                    resume=True,
                    time_limit=0.03 * 1.5**part,
                    checkpoint_every=0.1,
                )
            )
            break
        except Interrupted:
            continue
    assert part > 0
    for (name, a), (_, b) in zip(whole._columns(), cut._columns(), strict=True):
        assert a.tobytes() == b.tobytes(), name
    assert whole.log_weight.tobytes() == cut.log_weight.tobytes()
    assert whole.info.log_evidence == cut.info.log_evidence
    assert whole.info.log_evidence_error == cut.info.log_evidence_error
    assert whole.info.n_evaluations == cut.info.n_evaluations
