"""What an agreed charter is handed on as: a workbook, a file for other programs, definitions for a data team."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from .. import files
from ..engagement import Engagement
from ..errors import WorkshopError
from ..numbers import counted, joined

ENDINGS = (".xlsx", ".json", ".yml")


def write(engagement: Engagement, out: Path, *, as_of: dt.date, team: str = "", version: str = "") -> str:
    """Write the charters that held on `as_of` to `out`, in the form that its ending names; a sentence comes back.

    Raises WorkshopError for another ending, an unknown team or version, and where there is no charter.
    """
    from . import charter

    ending = out.suffix.lower().replace(".yaml", ".yml")
    if ending not in ENDINGS:
        raise WorkshopError(f"'{out.name}' tells no form. Let it end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}.")
    held = charter.held(engagement, as_of=as_of, team=team, version=version)
    said = f"{counted(len(held.teams), 'charter')} in {out}"
    if ending == ".json":
        data = charter.as_json(held).encode()
    elif ending == ".xlsx":
        from .. import brand, locales
        from . import workbook

        settings = engagement.settings
        branded = brand.facts(settings.brand, engagement.folder)
        with locales.writing(settings.locale):
            latest = charter.latest(engagement, held)
            data = workbook.written(held, latest=latest, brand=branded, paper=settings.paper_size)
    else:
        from .. import catalogue
        from . import metricflow

        told = metricflow.written(held)
        data = told.yaml.encode()
        if told.left_out:
            names = joined([catalogue.name_of(measure) for measure in told.left_out])
            said += f". MetricFlow cannot say these as they are meant, so they are left out: {names}"
    files.write(out, data)
    return f"{said}."
