"""Who looks at the pages: the leader, or everyone who was given the address of the app."""

from __future__ import annotations

import os

VARIABLE = "KPI_WORKSHOP_AUDIENCE"
"""Set by `kpi-workshop serve` for the kernels of the app; elsewhere a notebook is opened by the leader."""
EVERYONE = "everyone"
LEADER = "leader"

FOR_THE_LEADER = "This part is for the leader alone and is not shown here."


def is_leader() -> bool:
    """Whether what is private may be shown: not in an app that is served to everyone."""
    return os.environ.get(VARIABLE, LEADER) != EVERYONE
