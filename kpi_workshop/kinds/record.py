"""What every record is: a typed model, and where and how the store keeps its kind."""

from __future__ import annotations

from typing import Annotated, ClassVar

import pydantic

Name = Annotated[str, pydantic.StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, pydantic.StringConstraints(strip_whitespace=True, max_length=20_000)]


class Record(pydantic.BaseModel):
    """A thing that was entered or decided; `kind` names it in the store, `private` says which store keeps it.

    Of an `undated` kind the store keeps neither when nor by whom nor in which order: together they would tell which
    suggestions were made in one interview. Such records hold from the beginning, and what is taken out is gone.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[str] = ""
    private: ClassVar[bool] = False
    undated: ClassVar[bool] = False
