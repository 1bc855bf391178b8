"""Samplers by name: the built-in ones are complete, and what is wrong with one from outside is one line."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from twinsector.common.chain_kinds import KINDS, WEIGHTED
from twinsector.inference.configuration.run_config import load_config
from twinsector.inference.errors import InputError
from twinsector.inference.samplers import registry
from twinsector.inference.samplers.dynesty_settings import DynestySettings
from twinsector.inference.samplers.registry import BUILTIN, DEFAULT_SAMPLER, find_sampler, sampler_names

RUN = {"name": "a", "model": "mirror", "likelihoods": {"bbn": {}}}


class Complete:
    """All the members of a sampler."""

    name, settings, kind, packages, bibtex = "outside", DynestySettings, WEIGHTED, (), ""

    def citations(self, settings: Any) -> tuple[str, ...]:
        return ()

    def check(self, n_dim: int, settings: Any) -> None: ...

    def expected_calls(self, *arguments: Any) -> float:
        return 1.0

    def run(self, *arguments: Any) -> None: ...


class WithoutCheck(Complete):
    @property
    def check(self) -> None:
        raise AttributeError


class OtherName(Complete):
    name = "inside"


class OtherKind(Complete):
    kind = "heavy"


class Broken:
    def __init__(self) -> None:
        raise RuntimeError("no licence\nfound")


def offer(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> None:
    found = [EntryPoint(name, value, registry.ENTRY_POINTS) for name, value in points]
    monkeypatch.setattr(registry, "entry_points", lambda group: found if group == registry.ENTRY_POINTS else [])


@pytest.mark.parametrize("name", BUILTIN)
def test_built_in_samplers_say_what_they_are(name: str) -> None:
    sampler = find_sampler(name)
    settings = sampler.settings()
    assert sampler.name == settings.name == name and sampler.kind in KINDS
    assert sampler.packages and sampler.citations(settings)
    assert all(field.description for key, field in sampler.settings.model_fields.items() if key != "name")
    if sampler.kind == "ensembles":  # what the chain of an unfinished run is cut with
        assert {"burn_in", "max_samples"} <= set(sampler.settings.model_fields)


def test_no_library_is_loaded_by_reading_listing_and_checking_settings() -> None:
    code = (
        "import sys; from twinsector.inference.configuration.run_config import load_config as load\n"
        "from twinsector.inference.samplers.registry import find_sampler, sampler_names\n"
        f"run = {RUN}\n"
        "for name in sampler_names(): find_sampler(load({**run, 'sampler': name}).sampler.name)\n"
        "print(*sorted({'dynesty', 'emcee', 'nautilus', 'numba', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_an_outside_sampler_is_listed_after_the_built_in_ones_and_hides_none(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, ("outside", f"{__name__}:Complete"), ("emcee", f"{__name__}:Complete"))
    assert sampler_names() == (*BUILTIN, "outside")
    assert find_sampler("outside").kind == WEIGHTED
    assert type(find_sampler("emcee")).__name__ == "EmceeSampler"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("nowhere_at_all:Sampler", r"cannot be loaded: No module named 'nowhere_at_all'; repair or uninstall"),
        ("{here}:Missing", "cannot be loaded: .*Missing"),
        ("{here}:Broken", "cannot be loaded: no licence found; "),
        ("{here}:WithoutCheck", r"has no 'check': see `Sampler` in"),
        ("{here}:OtherName", "calls itself 'inside', of kind 'weighted': the name must be that of the entry point"),
        ("{here}:OtherKind", "of kind 'heavy': .* one of nested, weighted, ensembles"),
    ],
)
def test_what_is_wrong_with_an_outside_sampler_is_one_line(
    monkeypatch: pytest.MonkeyPatch, value: str, message: str
) -> None:
    offer(monkeypatch, ("outside", value.format(here=__name__)))
    for call in (lambda: find_sampler("outside"), lambda: load_config({**RUN, "sampler": {"name": "outside"}})):
        with pytest.raises(InputError, match=r"^(run file: )?sampler 'outside' \(entry point .*" + message) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_an_unknown_name_is_refused_with_a_hint() -> None:
    with pytest.raises(InputError, match=r"unknown sampler 'dinesty'; did you mean 'dynesty'\?"):
        find_sampler("dinesty")
    assert load_config(RUN).sampler.name == DEFAULT_SAMPLER
