"""Purging: one interviewee's words and identity taken out of the private store for good, history and log included."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import erasing
from ..engagement import Engagement
from ..errors import WorkshopError
from ..kinds import AnswerForm, Interview, Offer, Quote, Reply, WayBack
from . import editions
from .voices import same_person

DRAFTS = "private-drafts"
"""The folder of interviews that are still being written down."""
_GONE = object()
_FILE_OF_A_FORM = "responses"


@dataclass(frozen=True)
class Purged:
    """What a purge came to: interviews and suggestions that lost their words, and where the name still stands.

    `named_by_others` counts records of other people's words in which the name stands: those are theirs.
    """

    interviews: int
    words: int
    drafts: int
    named_by_others: int


def count(engagement: Engagement, name: str) -> int:
    """How many interviews, taken back or changed ones included, are recorded of somebody by this name."""
    return len(_theirs(_versions(engagement), name))


def purge(engagement: Engagement, name: str) -> Purged:
    """Take one interviewee's identity and words out of the private store, all versions of them, and out of its bytes.

    Their suggestions stay as they were listed, without quote, person or team; they count for nobody. Nobody can undo
    this. A purge that was killed is finished by calling it again. Refused where nobody by this name was interviewed.
    """
    versions = _versions(engagement)
    interviews = _theirs(versions, name)
    if not interviews:
        if erasing.is_wiped(engagement.private):
            raise WorkshopError(f"Nobody by the name '{name}' was interviewed. Give the name as it was recorded.")
        erasing.wipe(engagement.private)
        return Purged(0, 0, _forget_drafts(engagement, name, set()), 0)
    links = _links(versions, interviews)
    forms = _forms_left(versions, links)
    words = sum(kind == Quote.kind and key in links for kind, key, _ in {(k, key, "") for k, key, _ in versions})
    drafts = _forget_drafts(engagement, name, interviews)
    clear_cache(engagement)

    def change(kind: str, key: str, content: Any) -> Any:
        if kind == WayBack.kind:  # what was sorted together would tell what was said together
            return None
        if key in links or any(key.startswith(f"{link}|") for link in links):
            return None
        if kind == AnswerForm.kind:
            return _form(content, forms[key], name) if key in forms else None
        kept = _without(content, links, same_person(name))
        return None if kept is _GONE or _names_in_key(key, name) else kept

    # Left first: a purge that is killed then tells too little, never too much.
    erasing.note(engagement.private, f"{editions.PURGED}{dt.datetime.now(dt.UTC).isoformat()}")
    erasing.rewrite(engagement.private, change)
    mentions = sum(_mentions(content, name) for _, _, content in _versions(engagement))
    return Purged(len(interviews), words, drafts, mentions)


def clear_cache(engagement: Engagement) -> None:
    """Empty the cache, which may be made again at any time."""
    for inside in engagement.cache.glob("*") if engagement.cache.is_dir() else ():
        if inside.is_dir() and not inside.is_symlink():
            shutil.rmtree(inside, ignore_errors=True)
        else:
            inside.unlink(missing_ok=True)


def _versions(engagement: Engagement) -> list[tuple[str, str, Any]]:
    return [(version["kind"], version["key"], version["data"]) for version in engagement.private.export()]


def _theirs(versions: list[tuple[str, str, Any]], name: str) -> set[str]:
    person = same_person(name)
    return {
        key for kind, key, data in versions if kind == Interview.kind and same_person(data["interviewee"]) == person
    }


def _links(versions: list[tuple[str, str, Any]], interviews: set[str]) -> set[str]:
    """The keys of their interviews, of the replies and quotes of these, and of what was decided about the replies."""
    found = set(interviews)
    for kind, key, data in versions:
        if kind in (Reply.kind, Quote.kind) and data["interview"] in interviews:
            found.add(key)
    decided = {key for kind, key, _ in versions if kind == Offer.kind and key.rsplit("|", 2)[0] in found}
    return found | decided


def _forms_left(versions: list[tuple[str, str, Any]], links: set[str]) -> dict[str, set[str]]:
    """The forms that somebody else answered too, each with the words in the others' cells."""
    left: dict[str, set[str]] = {}
    for kind, key, data in versions:
        if kind == Reply.kind and key not in links:
            left.setdefault(data["form"], set()).update(words for _, words in data["cells"])
    return left


def _form(content: dict[str, Any], answers: set[str], name: str) -> dict[str, Any]:
    """A form without the options that only they chose, and without their name in the name of its file."""
    columns = [
        column | {"options": [option for option in column["options"] if any(option in words for words in answers)]}
        for column in content["columns"]
    ]
    file = _FILE_OF_A_FORM if _mentions(content["file"], name) else content["file"]
    return content | {"columns": columns, "file": file}


def _without(content: Any, links: set[str], person: str) -> Any:
    """The content without what points to them: items of lists go, and with any other mention the whole record."""
    if isinstance(content, str):
        return _GONE if content in links or same_person(content) == person else content
    if isinstance(content, Mapping):
        kept = {name: _without(value, links, person) for name, value in content.items()}
        return _GONE if any(value is _GONE for value in kept.values()) else kept
    if isinstance(content, list):
        return [value for item in content if (value := _without(item, links, person)) is not _GONE]
    return content


def _names_in_key(key: str, name: str) -> bool:
    return any(same_person(part) == same_person(name) for part in key.split("|"))


def _mentions(content: Any, name: str) -> bool:
    return same_person(name) in same_person(json.dumps(content, ensure_ascii=False))


def _forget_drafts(engagement: Engagement, name: str, interviews: set[str]) -> int:
    """Remove drafts of theirs, and those in which the name stands anywhere; how many."""
    count = 0
    folder = engagement.folder / DRAFTS
    for file in folder.glob("*") if folder.is_dir() else ():
        text = file.read_text(encoding="utf-8", errors="replace")
        try:
            named = _mentions(json.loads(text), name)
        except ValueError:
            named = same_person(name) in same_person(text)
        if named or file.stem in interviews:
            file.unlink(missing_ok=True)
            count += 1
    return count
