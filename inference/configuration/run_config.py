"""Run files: allowed keys and defaults, with one-line errors for invalid ones.

``load_config("run.yaml")`` returns a frozen :class:`RunConfig`; ``config.to_yaml()`` writes it back with
every default spelled out. Names that depend on the model (parameters, options, likelihoods) are checked
when the posterior is built (``build_posterior``), with the same kind of error.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, PrivateAttr, SerializeAsAny, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from ...common.core_yaml import dump
from ...common.strict_model import StrictModel
from ...common.words import did_you_mean
from ..errors import InputError
from ..samplers.base import SamplerSettings
from ..samplers.registry import DEFAULT_SAMPLER, default_settings, find_sampler
from .layers import BASE, INCLUDE, WITHOUT, complete_mapping, read_run_file
from .paths import expanded
from .yaml_with_lines import KeyPath, Source

NO_SAMPLER = "no_sampler"
"""An error type of our own among pydantic's."""


class RunConfig(StrictModel):
    """One run: model, priors, likelihoods and sampler."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", description="output goes to results/<name>")
    model: str = Field(description="name of the model")
    options: dict[str, Any] = Field(default_factory=dict, description="options of the model")
    priors: str | None = Field(default=None, description="name of a prior set (default: that of the model)")
    parameters: dict[str, Any] = Field(default_factory=dict, description="changes to the prior set, by parameter")
    derived: dict[str, Any] = Field(
        default_factory=dict, max_length=100, description="expressions of predictions and parameters, by name"
    )
    likelihoods: dict[str, dict[str, Any]] = Field(min_length=1, description="likelihoods and their settings")
    conditions: Literal["likelihood", "prior"] = Field(
        default="likelihood",
        description="count conditions of consistency in ln Z as likelihood, or as part of the prior",
    )
    sampler: SerializeAsAny[SamplerSettings] = Field(default_factory=default_settings)
    seed: int = Field(default=1, ge=0, lt=2**63, description="random seed")
    workers: int | None = Field(
        default=None, ge=1, le=4096, description="number of workers (default: one, or all of MPI or the Dask scheduler)"
    )
    executor: Literal["serial", "processes", "mpi", "dask"] | None = Field(
        default=None, description="how points are evaluated (default: processes if there are several workers)"
    )
    scheduler: str | None = Field(
        default=None, min_length=1, description="Dask scheduler: tcp://host:port, or its JSON file"
    )
    output: str | None = Field(default=None, min_length=1, description="output folder (default results/<name>)")

    _source: Source = PrivateAttr(default_factory=Source)

    @field_validator("sampler", mode="before")
    @classmethod
    def _settings_of_its_sampler(cls, value: Any) -> Any:
        """``sampler: emcee`` stands for ``{name: emcee}``, and settings without a name are the default sampler's."""
        given = {"name": value} if isinstance(value, str) else value
        if not isinstance(given, Mapping):
            return value
        try:
            sampler = find_sampler(str(given.get("name", DEFAULT_SAMPLER)))
        except InputError as error:
            raise PydanticCustomError(NO_SAMPLER, "{reason}", {"reason": str(error)}) from None
        return sampler.settings.model_validate({"name": sampler.name, **given})

    @field_validator("likelihoods", mode="before")
    @classmethod
    def _empty_settings(cls, value: Any) -> Any:
        """``planck_neff:`` without settings selects the defaults of the likelihood."""
        if isinstance(value, Mapping):
            return {name: {} if settings is None else settings for name, settings in value.items()}
        return value

    def kind_of(self, name: str) -> str:
        """The likelihood behind a name in ``likelihoods``: its ``type``, or the name itself."""
        return str(self.likelihoods.get(name, {}).get("type", name))

    def settings_of(self, name: str) -> dict[str, Any]:
        """Settings in the run file of the likelihood with this name, without ``type``; none if it is not there."""
        return {key: value for key, value in self.likelihoods.get(name, {}).items() if key != "type"}

    @property
    def folder(self) -> Path:
        """The output folder; ``~`` and ``$VAR`` in ``output`` stand for what the shell makes of them."""
        return Path("results") / self.name if self.output is None else Path(expanded(self.output))

    def where(self, *path: str) -> str:
        """``"file:line"`` of a key, for messages."""
        return self._source.where(*path)

    def gives(self, *path: str) -> bool:
        """Whether a key itself stands in a file or on the command line."""
        return self._source.gives(*path)

    def to_dict(self) -> dict[str, Any]:
        """Plain data with every default spelled out."""
        return self.model_dump(mode="json")

    def to_yaml(self) -> str:
        """YAML text that ``load_config`` reads back into the same configuration."""
        return dump(self.to_dict())


def load_config(source: str | Path | Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> RunConfig:
    """Read a run file (or the same as a mapping), with the files that it stands on (``layers``).

    ``settings`` changes values by dotted path, ``{"sampler.n_live": 1000}``, as ``run --set`` does. Raises
    :class:`InputError`, one line with file, line and how to fix it, for unknown or duplicate keys, wrong types and
    values out of range.
    """
    return _with_tables(make_config(*_read(source, settings)))


def _read(source: str | Path | Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> tuple[Any, Source]:
    if isinstance(source, Mapping):
        return complete_mapping(source, settings)
    return read_run_file(source, settings)


def load_changes(source: str | Path | Mapping[str, Any], base: RunConfig) -> RunConfig:
    """Read a run file, or a part of one (or the same as a mapping): what it leaves out is as in ``base``.

    A file that names a ``model`` stands for itself; one that names a prior set starts from that set.
    """
    data, lines = _read(source)
    if not isinstance(data, Mapping) or "model" in data:
        return load_config(source)
    kept = base.to_dict()
    if "priors" in data:
        kept["parameters"] = {}
    config = make_config({**kept, **data}, lines)
    return _with_tables(config) if "likelihoods" in data else config


def _with_tables(config: RunConfig) -> RunConfig:
    """The same with the paths of tables, which are relative to the file that names each, made absolute."""
    likelihoods = {name: _beside(config, name, settings) for name, settings in config.likelihoods.items()}
    return with_changes(config, likelihoods=likelihoods) if likelihoods != config.likelihoods else config


def _beside(config: RunConfig, name: str, settings: dict[str, Any]) -> dict[str, Any]:
    if not any(isinstance(value, str) for value in settings.values()):
        return settings  # the likelihood need not be imported
    from ...likelihoods import LikelihoodError, table_settings

    try:
        tables = table_settings(config.kind_of(name))
    except LikelihoodError:  # told, with its place, where the likelihood is built
        return settings
    folders = {key: config._source.folders.get(("likelihoods", name, key)) for key in settings}
    return {
        key: os.path.abspath(folder / expanded(value))
        if key in tables and isinstance(value, str) and (folder := folders[key]) is not None
        else value
        for key, value in settings.items()
    }


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
    unused: list[tuple[str, str, str]] = []
    if config.scheduler is not None and config.executor != "dask":
        unused.append(("scheduler", "", "only `executor: dask` has one"))
    if config.executor == "serial" and (config.workers or 1) > 1:
        unused.append(("workers", "", "`executor: serial` has one worker; use processes, or leave it out"))
    unused += [("sampler", name, why) for name, why in config.sampler.unused()]
    for key, below, why in unused:
        name = f"{key}.{below}" if below else key
        raise InputError(f"{config.where(key, *filter(None, [below]))}: '{name}' is not used: {why}")


def _one_line(error: ValidationError, data: Mapping[str, Any], source: Source) -> str:
    """First validation error of pydantic as one line."""
    first = error.errors(include_url=False)[0]
    path: KeyPath = first["loc"]
    name = ".".join(str(part) for part in path)
    kind, given = first["type"], first.get("input")
    if kind == "extra_forbidden":
        hint = did_you_mean(str(path[-1]), _known_keys(path, data))
        if len(path) == 1 and source.where(*path).startswith("--set "):
            hint = _path_hint(name, data, hint)
        what = f"unknown key '{name}'{hint}"
    elif kind == "missing":
        return f"{source.where(*path)}: '{name}' is missing: {_description(name)}"
    elif kind == NO_SAMPLER:
        path, what = (*path, "name"), first["msg"]
    elif path == ("sampler",) and not isinstance(given, Mapping):
        what = f"'sampler' is a name or a mapping (got {given!r})"
    elif kind == "dict_type":
        what = f"'{name}' is wrong: it takes NAME: VALUE in each line, without a dash (got {given!r:.80})"
    else:
        message = first["msg"][0].lower() + first["msg"][1:]
        if kind == "string_pattern_mismatch":
            message = "letters, digits and . _ + - are allowed, a letter or digit first"
        quoted = kind in ("int_type", "float_type") and isinstance(given, str)
        hint = "; what stands in quotes is text, and numbers take the forms of YAML 1.2" if quoted else ""
        what = f"'{name}' is wrong: {message} (got {given!r:.80}){hint}"
    return f"{source.where(*path)}: {what}"


def _path_hint(name: str, data: Mapping[str, Any], hint: str) -> str:
    """The path of a key that is given to --set without it, or the ``hint`` with that of a parameter."""
    sections = {"sampler": _sampler_settings(data), **{key: data.get(key) or () for key in ("options", "likelihoods")}}
    section = next((key for key, names in sections.items() if name in names), None)
    if section is not None:
        return f"; it belongs to '{section}': --set {section}.{name}=VALUE"
    return hint if "did you mean" in hint else f"{hint} (a parameter is changed by --set parameters.{name}=VALUE)"


def _known_keys(path: KeyPath, data: Mapping[str, Any]) -> list[str]:
    return [*RunConfig.model_fields, BASE, INCLUDE, WITHOUT] if len(path) == 1 else _sampler_settings(data)


def _sampler_settings(data: Mapping[str, Any]) -> list[str]:
    given = data.get("sampler", DEFAULT_SAMPLER)
    name = given if isinstance(given, str) else given.get("name", DEFAULT_SAMPLER)
    return list(find_sampler(name).settings.model_fields)


def _description(name: str) -> str:
    field = RunConfig.model_fields.get(name)
    return field.description or "required" if field else "required"
