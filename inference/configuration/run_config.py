"""Run files: allowed keys and defaults, with one-line errors for invalid ones.

``load_config("run.yaml")`` returns a frozen :class:`RunConfig`; ``config.to_yaml()`` writes it back with
every default spelled out. Names that depend on the model (parameters, options, likelihoods) are checked
when the posterior is built (``build_posterior``), with the same kind of error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from ...common.core_yaml import dump
from ...common.words import did_you_mean
from ..errors import InputError
from .yaml_with_lines import KeyPath, Source, read_yaml


class _Strict(BaseModel):
    """Unknown keys and values of the wrong type are errors; nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _whole_numbers(cls, data: Any) -> Any:
        """``1e3`` and ``1000.0`` are the integer 1000 where an integer is wanted; 2^53 ends what is exact."""
        if not isinstance(data, Mapping):
            return data
        wanted = {
            name for name, one in cls.model_fields.items() if int in (get_args(one.annotation) or (one.annotation,))
        }
        return {
            key: int(value)
            if key in wanted and isinstance(value, float) and value.is_integer() and abs(value) <= 2**53
            else value
            for key, value in data.items()
        }


class DynestySettings(_Strict):
    """Nested sampling with dynesty (``inference/samplers/dynesty.py``)."""

    name: Literal["dynesty"] = "dynesty"
    dynamic: bool = Field(default=False, description="dynamic nested sampling: adds live points where the posterior is")
    nlive: int = Field(
        default=500, ge=20, le=100_000, description="live points; the error of log Z falls as 1/sqrt(nlive)"
    )
    dlogz: float = Field(default=0.1, gt=0, description="stop when the rest can add no more than this to log Z")
    bound: Literal["multi", "single", "none"] = Field(default="multi", description="bounding ellipsoids")
    sample: Literal["rwalk", "rslice", "unif"] = Field(default="rwalk", description="how a live point is replaced")
    walks: int | None = Field(
        default=None, ge=2, description="rwalk steps of each replacement (default 8 x dimensions + 20)"
    )
    slices: int | None = Field(
        default=None, ge=1, description="rslice steps of each replacement (default dimensions + 3)"
    )
    queue_size: int = Field(
        default=64, ge=2, le=4096, description="replacements proposed at a time, whatever the workers"
    )
    n_effective: int = Field(default=5000, ge=1, description="effective samples at which a dynamic run ends")
    max_calls: int | None = Field(default=None, ge=1, description="stop, not converged, after so many likelihood calls")


class EmceeSettings(_Strict):
    """Ensembles of walkers with emcee (``inference/samplers/emcee.py``)."""

    name: Literal["emcee"] = "emcee"
    ensembles: int = Field(default=4, ge=2, le=256, description="independent ensembles, compared by split R-hat")
    walkers: int | None = Field(default=None, ge=4, description="walkers of each ensemble (default 4 x dimensions + 4)")
    max_steps: int = Field(default=50_000, ge=10, description="stop, not converged, after so many steps")
    check_every: int = Field(default=200, ge=10, description="steps between two looks at convergence")
    autocorr_times: float = Field(default=50, gt=0, description="steps wanted, in autocorrelation times")
    rhat: float = Field(default=1.02, gt=1, description="largest split R-hat of any sampled parameter")
    burn_in: float = Field(default=0.3, ge=0, lt=1, description="first part of each ensemble that is dropped")
    max_samples: int = Field(default=40_000, ge=100, description="samples kept at most, thinned evenly")


class NautilusSettings(_Strict):
    """Importance nested sampling with nautilus (``inference/samplers/nautilus.py``; needs the extra ``nautilus``)."""

    name: Literal["nautilus"] = "nautilus"
    n_live: int = Field(
        default=1000, ge=52, le=100_000, description="points that bound a shell; more where there are several windows"
    )
    n_networks: int = Field(default=1, ge=0, le=64, description="networks that bound each shell (0: ellipsoids only)")
    n_batch: int = Field(default=256, ge=16, le=65_536, description="likelihood calls in one go, whatever the workers")
    f_live: float = Field(default=0.01, gt=0, lt=1, description="exploration ends at this part of Z in the live points")
    n_eff: int = Field(
        default=10_000, ge=100, description="effective samples at which the run ends; the error of log Z is 1/sqrt"
    )
    discard_exploration: bool = Field(
        default=True, description="keep only what is drawn after exploration: more calls, without its bias in log Z"
    )
    max_calls: int | None = Field(default=None, ge=1, description="stop, not converged, after so many likelihood calls")


SamplerSettings = Annotated[DynestySettings | EmceeSettings | NautilusSettings, Field(discriminator="name")]
SAMPLERS: dict[str, type[DynestySettings] | type[EmceeSettings] | type[NautilusSettings]] = {
    "dynesty": DynestySettings,
    "emcee": EmceeSettings,
    "nautilus": NautilusSettings,
}


class RunConfig(_Strict):
    """One run: model, priors, likelihoods and sampler."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", description="output goes to results/<name>")
    model: str = Field(description="the model's name")
    options: dict[str, Any] = Field(default_factory=dict, description="the model's options")
    priors: str | None = Field(default=None, description="a named prior set (default: the one called like the model)")
    parameters: dict[str, Any] = Field(default_factory=dict, description="changes to the prior set, one a parameter")
    likelihoods: dict[str, dict[str, Any]] = Field(min_length=1, description="likelihoods and their settings")
    sampler: SamplerSettings = Field(default_factory=DynestySettings)
    seed: int = Field(default=1, ge=0, lt=2**63, description="everything random follows from this")
    workers: int | None = Field(
        default=None, ge=1, le=4096, description="workers (default: one, or all that MPI or a Dask scheduler offers)"
    )
    executor: Literal["serial", "processes", "mpi", "dask"] | None = Field(
        default=None, description="where the work is done (default: processes when there are several workers)"
    )
    scheduler: str | None = Field(
        default=None, min_length=1, description="a Dask scheduler: tcp://host:port, or its JSON file"
    )
    output: str | None = Field(default=None, min_length=1, description="output folder (default results/<name>)")

    _source: Source = PrivateAttr(default_factory=Source)

    @model_validator(mode="before")
    @classmethod
    def _default_sampler(cls, data: Any) -> Any:
        """``sampler: emcee`` stands for ``sampler: {name: emcee}``, and settings without a name are dynesty's."""
        given = data.get("sampler") if isinstance(data, Mapping) else None
        if isinstance(given, str):
            return {**data, "sampler": {"name": given}}
        if isinstance(given, Mapping) and "name" not in given:
            return {**data, "sampler": {"name": "dynesty", **given}}
        return data

    @field_validator("likelihoods", mode="before")
    @classmethod
    def _empty_settings(cls, value: Any) -> Any:
        """``planck_neff:`` without settings selects the defaults of the likelihood."""
        if isinstance(value, Mapping):
            return {name: {} if settings is None else settings for name, settings in value.items()}
        return value

    @property
    def folder(self) -> Path:
        """The output folder; ``~`` and ``$VAR`` in ``output`` stand for what the shell makes of them."""
        return Path("results") / self.name if self.output is None else Path(expanded(self.output))

    def where(self, *path: str) -> str:
        """``"file:line"`` of a key, for messages."""
        return self._source.where(*path)

    def to_dict(self) -> dict[str, Any]:
        """Plain data with every default spelled out."""
        return self.model_dump(mode="json")

    def to_yaml(self) -> str:
        """YAML text that ``load_config`` reads back into the same configuration."""
        return dump(self.to_dict())


def load_config(source: str | Path | Mapping[str, Any]) -> RunConfig:
    """Read a run file (or the same as a mapping).

    Raises :class:`InputError`, one line with file, line and how to fix it, for unknown or duplicate keys, wrong types
    and values out of range.
    """
    if isinstance(source, Mapping):
        return make_config(dict(source), Source())
    data, lines = read_yaml(source)
    config = make_config(data, lines)
    likelihoods = _tables_beside(config, Path(source).parent)
    return with_changes(config, likelihoods=likelihoods) if likelihoods != config.likelihoods else config


def expanded(path: str) -> str:
    """``path`` with ``~`` and ``$VAR`` replaced. Raises :class:`InputError` for a variable that is not set."""
    text = os.path.expandvars(os.path.expanduser(path))
    if text.startswith("~") or re.search(r"\$(\w+|\{\w+\})", text):
        raise InputError(f"path '{path}': its '{text[:1] if text.startswith('~') else '$'}' stands for nothing here; "
                         "set the variable, or write the path out")  # fmt: skip
    return text


def _tables_beside(config: RunConfig, folder: Path) -> dict[str, dict[str, Any]]:
    """The likelihoods' settings with the paths of tables, which are relative to the run file, made absolute."""
    return {
        name: {
            key: os.path.abspath(folder / expanded(value)) if is_path(key) and isinstance(value, str) else value
            for key, value in settings.items()
        }
        for name, settings in config.likelihoods.items()
    }


def is_path(key: str) -> bool:
    """Whether a setting of a likelihood names a table of the user's."""
    return key == "path" or key.endswith("_path")


def make_config(data: Any, source: Source) -> RunConfig:
    """Validate plain ``data`` (from ``source``) and convert it to a frozen :class:`RunConfig`."""
    if not isinstance(data, Mapping):
        found = "empty" if data is None else f"a {type(data).__name__}"
        raise InputError(
            f"{source.file}: a run file is a mapping (name:, model:, likelihoods:, ...), this one is {found}"
        )
    try:
        config = RunConfig.model_validate(data)
    except ValidationError as error:
        raise InputError(_one_line(error, data, source)) from None
    config._source = source
    _refuse_unused(config)
    return config


def with_changes(config: RunConfig, **changes: Any) -> RunConfig:
    """Copy of the configuration with some fields replaced and validated again."""
    return make_config({**config.to_dict(), **changes}, config._source)


def with_flags(config: RunConfig, **given: Any) -> RunConfig:
    """The same with what flags of the command line gave (None: not given); a complaint then names the flag."""
    given = {key: value for key, value in given.items() if value is not None}
    source = replace(config._source, flags={**config._source.flags, **{key: f"--{key}" for key in given}})
    return make_config({**config.to_dict(), **given}, source)


def with_workers(config: RunConfig, workers: int | None, executor: str | None, scheduler: str | None) -> RunConfig:
    """Configuration with the workers requested on the command line; other settings are unchanged.

    The number in the run file does not apply to MPI or Dask if these are selected on the command line.
    """
    if executor is not None and executor != config.executor:
        kept = workers if workers is not None or executor in ("mpi", "dask") else config.workers
        return with_flags(with_changes(config, executor=None, workers=None, scheduler=None), executor=executor,
                          workers=kept, scheduler=scheduler)  # fmt: skip
    return with_flags(config, workers=workers, scheduler=scheduler)


def with_seed_index(config: RunConfig, index: int) -> RunConfig:
    """Run ``index`` of an array of independent runs: derived seed, and ``-seed0007`` appended to name and folder.

    The seed depends only on the seed in the run file and the index, so a job array needs no list of seeds.
    """
    if index < 0:
        raise InputError(f"--seed-index {index}: give 0 or more")
    sequence = np.random.SeedSequence(config.seed, spawn_key=(index,))
    seed = int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))
    tail = f"-seed{index:04d}"
    output = None if config.output is None else config.output.rstrip("/") + tail
    return with_changes(config, seed=seed, name=config.name + tail, output=output)


def _refuse_unused(config: RunConfig) -> None:
    """Refuse keys in the run file that would have no effect."""
    sampler = config.sampler
    unused: list[tuple[str, str, str]] = []
    if config.scheduler is not None and config.executor != "dask":
        unused.append(("scheduler", "", "only `executor: dask` has one"))
    if config.executor == "serial" and (config.workers or 1) > 1:
        unused.append(("workers", "", "`executor: serial` has one worker; use processes, or leave it out"))
    if isinstance(sampler, DynestySettings):
        if sampler.walks is not None and sampler.sample != "rwalk":
            unused.append(("sampler", "walks", "only `sample: rwalk` walks"))
        if sampler.slices is not None and sampler.sample != "rslice":
            unused.append(("sampler", "slices", "only `sample: rslice` cuts slices"))
        if not sampler.dynamic and sampler.n_effective != DynestySettings().n_effective:
            unused.append(("sampler", "n_effective", "only `dynamic: true` looks at it"))
    for key, below, why in unused:
        name = f"{key}.{below}" if below else key
        raise InputError(f"{config.where(key, *filter(None, [below]))}: '{name}' is not used: {why}")


def _one_line(error: ValidationError, data: Mapping[str, Any], source: Source) -> str:
    """First validation error of pydantic as one line."""
    first = error.errors(include_url=False)[0]
    path: KeyPath = tuple(part for part in first["loc"] if part not in SAMPLERS or len(first["loc"]) == 1)
    name = ".".join(str(part) for part in path)
    kind, given = first["type"], first.get("input")
    if kind == "extra_forbidden":
        what = f"unknown key '{name}'{did_you_mean(str(path[-1]), _known_keys(path, data))}"
    elif kind == "missing":
        return f"{source.where(*path)}: '{name}' is missing: {_description(name)}"
    elif path == ("sampler",) and not isinstance(given, Mapping):
        what = f"'sampler' is a name or a mapping (got {given!r})"
    elif kind.startswith("union_tag"):
        path = (*path, "name")
        what = f"unknown sampler '{_sampler_name(data)}'{did_you_mean(_sampler_name(data), SAMPLERS)}"
    else:
        message = first["msg"][0].lower() + first["msg"][1:]
        quoted = kind in ("int_type", "float_type") and isinstance(given, str)
        hint = "; what stands in quotes is text, and numbers take the forms of YAML 1.2" if quoted else ""
        what = f"'{name}' is wrong: {message} (got {given!r:.80}){hint}"
    return f"{source.where(*path)}: {what}"


def _sampler_name(data: Mapping[str, Any]) -> str:
    sampler = data["sampler"]
    return str(sampler.get("name", "dynesty")) if isinstance(sampler, Mapping) else str(sampler)


def _known_keys(path: KeyPath, data: Mapping[str, Any]) -> list[str]:
    settings = RunConfig if len(path) == 1 else SAMPLERS[_sampler_name(data)]
    return list(settings.model_fields)


def _description(name: str) -> str:
    field = RunConfig.model_fields.get(name)
    return field.description or "required" if field else "required"
