"""The measures of charters as dbt MetricFlow YAML, for a data team that keeps its definitions in dbt.

The YAML expects models named like the canonical tables (opportunities, activities, leads) with their columns, and a
time spine. What MetricFlow cannot say the same way is left out and named in a comment, never said another way.
"""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .. import bundle, catalogue
from ..errors import WorkshopError
from ..numbers import joined
from .charter import CharterOut

_KEYS = {"opportunities": "opportunity_id", "activities": "activity_id", "leads": "lead_id"}
_QUOTED = {"at": "'\"at\"'"}
"""A column whose name is a word of SQL in some engines."""


@dataclass(frozen=True)
class Said:
    """The YAML, the measures in it, and those that MetricFlow cannot say."""

    yaml: str
    measures: tuple[str, ...]
    left_out: tuple[str, ...]


def written(charters: CharterOut) -> Said:
    """The measures of all these charters as one YAML file.

    Raises WorkshopError where none of them can be said.
    """
    asked = list(dict.fromkeys(measure.id for team in charters.teams for measure in team.measures))
    guards = [measure.guardrail for team in charters.teams for measure in team.measures if measure.guardrail]
    return of_measures(list(dict.fromkeys([*asked, *guards])), title=charters.engagement)


def of_measures(measures: Iterable[str], *, title: str) -> Said:
    """The same for measure ids of the catalogue."""
    known = expressible()
    asked = list(measures)
    told = [measure for measure in asked if measure in known]
    left_out = [measure for measure in asked if measure not in known]
    if not told:
        names = joined([catalogue.name_of(measure) for measure in left_out])
        raise WorkshopError(f"MetricFlow can express none of these measures: {names or 'there are none'}.")
    facts = _facts()
    sums: dict[str, None] = {}
    for measure in told:
        parts = facts["ratios"].get(measure)
        for name in (parts["numerator"], parts["denominator"]) if parts else (measure,):
            sums[name] = None
    lines = [f"# Charters of {_comment(title)}, for dbt's semantic layer (MetricFlow)."]
    lines += ["# Numbers are those of everybody. Teams need seats over time: join them before, in a model of your own."]
    if left_out:
        lines.append(f"# Not expressible here: {_comment(joined([catalogue.name_of(m) for m in left_out]))}.")
    lines += ["semantic_models:"]
    for table in _KEYS:
        mine = [name for name in sums if facts["sums"][name]["table"] == table]
        if mine:
            lines += _model(table, mine, facts["sums"])
    lines += ["metrics:"]
    for name in sums:
        lines += _metric(name, "simple", {"measure": name})
    for measure in told:
        if measure in facts["ratios"]:
            parts = facts["ratios"][measure]
            lines += _metric(measure, "ratio", {"numerator": parts["numerator"], "denominator": parts["denominator"]})
    return Said("\n".join(lines) + "\n", tuple(told), tuple(left_out))


def expressible() -> set[str]:
    """The measures of the catalogue that MetricFlow can say as we do."""
    facts = _facts()
    return {name for name, said in facts["sums"].items() if not said.get("part")} | set(facts["ratios"])


@functools.cache
def _facts() -> dict[str, Any]:
    with (bundle.folder("data") / "exports" / "metricflow.toml").open("rb") as file:
        return tomllib.load(file)


def _model(table: str, names: list[str], sums: dict[str, Any]) -> list[str]:
    times = list(dict.fromkeys(sums[name]["time"] for name in names))
    lines = [
        f"  - name: {table}",
        f"    model: ref('{table}')",
        "    defaults:",
        f"      agg_time_dimension: {times[0]}",
        "    entities:",
        f"      - name: {_KEYS[table].removesuffix('_id')}",
        "        type: primary",
        f"        expr: {_KEYS[table]}",
        "      - name: seller",
        "        type: foreign",
        "        expr: seller",
        "    dimensions:",
    ]
    for time in times:
        lines += [
            f"      - name: {time}",
            "        type: time",
            "        type_params:",
            "          time_granularity: day",
        ]
        if time in _QUOTED:
            lines.append(f"        expr: {_QUOTED[time]}")
    lines += ["    measures:"]
    for name in names:
        said = sums[name]
        lines += [f"      - name: {name}", "        agg: sum", f"        expr: {json.dumps(said['expr'])}"]
        if said["time"] != times[0]:
            lines.append(f"        agg_time_dimension: {said['time']}")
    return lines


def _metric(name: str, kind: str, parameters: dict[str, str]) -> list[str]:
    known = catalogue.find(name)
    label = known.name if known else name.replace("_", " ").capitalize()
    lines = [f"  - name: {name}", f"    label: {json.dumps(label)}"]
    if known:
        lines.append(f"    description: {json.dumps(known.sentence, ensure_ascii=False)}")
    lines += [f"    type: {kind}", "    type_params:"]
    return lines + [f"      {key}: {value}" for key, value in parameters.items()]


def _comment(text: str) -> str:
    """Text of people for a comment: one line, whatever it holds."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())
