"""The versions of the charters: what each changed, when, by whom and why; any earlier one unfolds in full."""

from __future__ import annotations

import html
from dataclasses import dataclass

from ..numbers import spoken_day
from ..steps import versions as step
from .charter import CharterPages
from .picture import PALE
from .plain import PlainList
from .workshop import Workshop


@dataclass(frozen=True)
class Versions:
    """Each team's versions, the latest first."""

    versions: dict[str, list[step.Version]]
    currency: str

    def _repr_html_(self) -> str:
        return "".join(
            f"<h4>{html.escape(team)}</h4>{''.join(self._version(one) for one in reversed(held))}"
            for team, held in self.versions.items()
        )

    def __repr__(self) -> str:
        return "\n".join(
            f"{team}, {_title(one)}{''.join(f' {change}' for change in one.changes)}"
            for team, held in self.versions.items()
            for one in reversed(held)
        )

    def _version(self, one: step.Version) -> str:
        listed = "".join(f"<li>{html.escape(change)}</li>" for change in one.changes)
        page = CharterPages((one.charter,), self.currency)._repr_html_()
        return (
            f'<details style="border-top:1px solid {PALE};padding:4px 0"><summary style="cursor:pointer">'
            f"{html.escape(_title(one))}</summary>{f'<ul>{listed}</ul>' if listed else ''}{page}</details>"
        )


def versions(here: Workshop) -> Versions | PlainList:
    """Every version of every charter up to the report date."""
    found = step.versions(here.engagement, as_of=here.as_of)
    if not found:
        return PlainList("", nothing="No team has a charter yet.")
    return Versions(found, here.engagement.settings.currency)


def _title(one: step.Version) -> str:
    held = one.charter
    by = f" by {held.changed_by}" if held.changed_by else ""
    why = f": {held.change_reason}" if held.change_reason else ""
    end = "" if why.endswith((".", "!", "?")) else "."
    return f"Version {held.version} of {spoken_day(held.dated)}{by}{why}{end}"
