"""What a file that a person writes may hold: the strict base of the run file and of the samplers' settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator


class StrictModel(BaseModel):
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
