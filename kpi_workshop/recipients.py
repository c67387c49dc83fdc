"""Who is sent which edition of the report: the section [delivery] of `engagement.toml`."""

from __future__ import annotations

import re
import urllib.parse
from typing import Annotated

import pydantic

Address = Annotated[
    str, pydantic.StringConstraints(pattern=r"^[A-Za-z0-9.!#$&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")
]
Variable = Annotated[str, pydantic.StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Delivery(pydantic.BaseModel):
    """Recipients of each edition, the owner of the report, and where messages leave.

    `owner` is told where there is no report. `smtp` is the mail server, `smtps://` (TLS) or `smtp://` (STARTTLS), with
    its secrets named as environment variables: `smtps://${ACME_USER}:${ACME_PASSWORD}@mail.acme.example:465`.
    `manager` gives addresses for each team, `seller` one address for each seller. `channels` names environment
    variables, each of which holds the URL of a Slack or Teams webhook (or another that Apprise knows); they get the
    public edition. `owner_channels` are told what the owner is told.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    owner: str = ""
    sender: str = ""
    smtp: str = ""
    executive: tuple[Address, ...] = ()
    public: tuple[Address, ...] = ()
    manager: dict[str, tuple[Address, ...]] = {}
    seller: dict[str, Address] = {}
    channels: tuple[Variable, ...] = ()
    owner_channels: tuple[Variable, ...] = ()

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @property
    def is_given(self) -> bool:
        """True where the section says anything: nothing is sent without it."""
        return any(getattr(self, name) for name in Delivery.model_fields)

    @pydantic.field_validator("owner", "sender")
    @classmethod
    def _one_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+", value):
            raise ValueError("Give one e-mail address, such as ann@acme.example.")
        return value

    @pydantic.model_validator(mode="after")
    def _can_leave(self) -> Delivery:
        literal = re.sub(r"\$\{\w+\}", "", self.smtp)
        url = urllib.parse.urlsplit(literal)
        if self.smtp and (url.scheme not in ("smtp", "smtps") or not url.hostname):
            raise ValueError("smtp is a URL such as smtps://${ACME_USER}:${ACME_PASSWORD}@mail.acme.example:465.")
        if url.password:
            raise ValueError("A secret never stands in this file. Put ${NAME} in its place and the secret into NAME.")
        mailed = self.executive or self.public or self.manager or self.seller
        if mailed and not (self.smtp and self.sender and self.owner):
            raise ValueError("To send mail, give smtp, sender and owner.")
        if self.is_given and not (self.owner and self.smtp and self.sender) and not self.owner_channels:
            raise ValueError("Give an owner with smtp and sender, or owner_channels: somebody must hear of a failure.")
        return self
