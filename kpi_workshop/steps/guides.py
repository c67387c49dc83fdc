"""The interview guides: what to say first, what to ask whom, and what to listen for."""

from __future__ import annotations

import functools
import tomllib
from typing import get_args

import pydantic

from .. import bundle
from ..errors import WorkshopError, did_you_mean
from ..kinds import InterviewRole

ROLES: tuple[InterviewRole, ...] = get_args(InterviewRole)


class Question(pydantic.BaseModel):
    """One question: `id` stays when its words are changed; `probes` are asked when the first answer is thin."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    id: str
    ask: str
    listen_for: str = ""
    probes: tuple[str, ...] = ()


class Guide(pydantic.BaseModel):
    """What an interviewer holds in hand for one role."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    role: InterviewRole
    title: str
    minutes: int
    invitation: str
    purpose: tuple[str, ...]
    confidential: tuple[str, ...]
    questions: tuple[Question, ...]
    closing: str


def guide(role: str) -> Guide:
    """The guide for `role`: top, middle, low, manager or executive.

    Every guide opens with the same purpose and promises, and ends with the question about the customer that
    everyone is asked. The texts are `templates/guides/*.toml`.

    >>> guide("top").questions[0].id
    'daily'
    """
    if role not in ROLES:
        raise WorkshopError(f"There is no interview guide for '{role}'. {did_you_mean(role, ROLES)}".strip())
    return _guides()[role]


@functools.cache
def _guides() -> dict[str, Guide]:
    folder = bundle.folder("templates") / "guides"
    everyone = tomllib.loads((folder / "everyone.toml").read_text(encoding="utf-8"))
    shared_questions = everyone.pop("questions")
    found: dict[str, Guide] = {}
    for role in ROLES:
        own = tomllib.loads((folder / f"{role}.toml").read_text(encoding="utf-8"))
        questions = [*own.pop("questions"), *shared_questions]
        invitation = everyone["invitation"].replace("{minutes}", str(own["minutes"]))
        found[role] = Guide(role=role, questions=questions, **everyone | {"invitation": invitation}, **own)
    return found
