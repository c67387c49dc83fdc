"""Who keeps what: a pack to hand on without anything private, a backup of everything, and the way back from it."""

from __future__ import annotations

import contextlib
import datetime as dt
import html
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import __version__, archives, catalogue, database, engagement, erasing, logos
from .engagement import SETTINGS_FILE, Engagement
from .errors import WorkshopError
from .kinds import Hypothesis, Interview, Quote, Reply
from .numbers import counted
from .steps import purging
from .steps.voices import same_person

RECORDS, PRIVATE = "records.db", "private.db"
STORES = (RECORDS, PRIVATE)
_BACKUP = "backup "
"""How the private store marks where backups were put, so that a purge can name them."""
LEFT_OUT = {
    PRIVATE: "the hypothesis, who was interviewed, and their words",
    "private-drafts": "interviews that are being written down",
    "cache": "can be made again",
    "runs/editions.jsonl": "when runs were made, for this copy alone",
    "crm/quality.html": "the page on the quality of the data is the leader's",
}
_RUN_FILES = (".ipynb", ".html", ".json", ".csv", ".xlsx", ".pptx", ".pdf", ".svg", ".png", ".md", ".txt")
_CRM_FILES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsb", ".ods", ".parquet", ".toml", ".json", ".jsonl")
_SEARCHED = (".ipynb", ".html", ".json", ".csv", ".tsv", ".toml", ".svg", ".md", ".txt", ".jsonl")
FEWEST_SIGNS = 16
"""Words as spoken are looked for in what is packed where they are at least so long: shorter ones stand anywhere."""


@dataclass(frozen=True)
class Packed:
    """A written pack: its file, how many files are in it, and what was left out, each with the reason."""

    file: Path
    files: int
    left_out: list[tuple[str, str]]


def backup(opened: Engagement, out: Path) -> tuple[Path, int]:
    """Write everything but the cache into one archive, checked by reading it back; its path and how many files.

    Both stores are copied as they stand at one moment, whoever else is writing. The archive holds what is private.
    """
    out = _outside(opened, out)
    about = {"name": opened.settings.name, "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
    with _copies(opened, STORES) as copies:
        files = [(name, file) for name, file in _everything(opened) if name not in STORES] + copies
        written = archives.write(out, files, kind="backup", about=about | {"kpi-workshop": __version__})
        for name, file in copies:
            database.check(file, called=name)
    _note(opened, out)
    return out, len(written.files)


def restore(file: Path, folder: Path) -> tuple[Engagement, str]:
    """Make the engagement of a backup or a pack anew in `folder`, which must not exist or be empty; and which it was.

    Everything is checked before `folder` appears: a damaged or hostile archive leaves nothing behind.
    """
    folder = Path(folder).expanduser().absolute()
    if folder.is_dir() and any(folder.iterdir()):
        raise WorkshopError(
            f"'{folder}' is not empty, so nothing was restored into it. Name a folder that is not there."
        )
    with engagement.made_whole(folder) as making:
        contents = archives.unpack(file, making)
        for store in STORES:
            if (making / store).exists():
                database.check(making / store, called=f"{store} in '{Path(file).name}'")
        if not (making / SETTINGS_FILE).is_file():
            raise WorkshopError(f"'{Path(file).name}' holds no engagement: it has no {SETTINGS_FILE}.")
        engagement.load(making)
        for inner in ("crm", "runs", "cache", "notebooks"):
            (making / inner).mkdir(mode=0o700, exist_ok=True)
    return engagement.load(folder), contents.kind


def pack(opened: Engagement, out: Path) -> Packed:
    """Write what may be handed on into one archive: nothing private, and a list of what was left out and why.

    In it are settings, shared records, client data and their mapping, the notebooks without what they last showed, and
    what runs left. Only known files are taken; each is searched for words as spoken and for the hypothesis.
    """
    out = _outside(opened, out)
    left_out: list[tuple[str, str]] = []
    secrets = _secrets(opened)
    with _copies(opened, (RECORDS,)) as copies, _workplace(opened) as place:
        files: list[tuple[str, Path]] = list(copies)
        for name, file in _everything(opened):
            if name == RECORDS:
                continue
            why = _why_not(name)
            if why and name == opened.settings.brand.logo and (bare := _bare_logo(opened, place / "logo")):
                file, why = bare, ""
            if not why and name.startswith("notebooks/"):
                file = _without_outputs(file, place / name.replace("/", "_"))
            if not why and any(secret in _plain_text(file) for secret in secrets):
                why = "words as spoken, or the hypothesis, stand in it"
            if why:
                left_out.append((name, why))
            else:
                files.append((name, file))
        left_out += [(name, why) for name, why in LEFT_OUT.items() if name in ("cache",)]
        reasons = sorted({why for _, why in left_out})  # names of files may name people: reasons do not
        about = {"name": opened.settings.name, "left_out": reasons, "kpi-workshop": __version__}
        written = archives.write(out, files, kind="pack", about=about)
    return Packed(out, len(written.files), _by_folder(left_out))


def purge(opened: Engagement, name: str) -> list[str]:
    """Purge one interviewee, and say in sentences what is gone and where their words still are."""
    words = _spoken(opened, name)
    done = purging.purge(opened, name)
    lines = [
        f"Gone for good: {counted(done.interviews, 'interview')} and the words behind "
        f"{counted(done.words, 'suggestion')}. The suggestions stay listed, and nobody can tell whose they were."
        if done.interviews
        else "An earlier purge that had been stopped is finished."
    ]
    if done.named_by_others:
        lines.append(f"The name still stands in {counted(done.named_by_others, 'record')} of other people's words.")
    left = [file for label, file in _everything(opened) if label not in STORES and words & _found_in(file, words)]
    left += [file for file in backups_known(opened) if file.is_file()]
    left += [book.parent for book in sorted(opened.folder.glob("runs/*/manifest.json"))] if done.interviews else []
    kinds = {
        "Their words still stand in these files. Delete them yourself:": [f for f in left if f.is_file()],
        "Runs made before still count them. Run them again, or delete them:": [f for f in left if f.is_dir()],
    }
    for says, files in kinds.items():
        lines += [says, *(f"  {file}" for file in dict.fromkeys(files))] if files else []
    return lines


def backups_known(opened: Engagement) -> list[Path]:
    """The backups that were made of this engagement and are still where they were put."""
    found = [Path(mark.removeprefix(_BACKUP)) for mark in erasing.notes(opened.private, _BACKUP)]
    return [file for file in sorted(found) if file.is_file()]


def _outside(opened: Engagement, out: Path) -> Path:
    out = Path(out).expanduser().absolute()
    if opened.folder.resolve() in [out.parent.resolve(), *out.parent.resolve().parents]:
        raise WorkshopError(f"'{out}' lies within the engagement. Put it elsewhere, on another disk if you can.")
    return out


def _everything(opened: Engagement) -> Iterator[tuple[str, Path]]:
    """Every file of the engagement but the cache, by name within; links and what stores make beside them are not."""
    for root, folders, files in os.walk(opened.folder):
        here = Path(root)
        folders[:] = sorted(
            f for f in folders if not (here / f).is_symlink() and (here != opened.folder or f != "cache")
        )
        for name in sorted(files):
            file = here / name
            is_beside_a_store = here == opened.folder and name.startswith(tuple(f"{store}-" for store in STORES))
            if file.is_file() and not file.is_symlink() and not is_beside_a_store and not name.endswith(".lock"):
                yield file.relative_to(opened.folder).as_posix(), file


@contextlib.contextmanager
def _copies(opened: Engagement, names: tuple[str, ...]) -> Iterator[list[tuple[str, Path]]]:
    """Copies of the stores at one moment: nobody can write to either while they are made."""
    stores = {RECORDS: opened.records, PRIVATE: opened.private}
    there = [name for name in names if stores[name].file.is_file()]
    with _workplace(opened) as place:
        with contextlib.ExitStack() as held:
            for name in there:
                held.enter_context(stores[name]._writing())
            for name in there:
                database.copy(stores[name].file, place / name)
        yield [(name, place / name) for name in there]


@contextlib.contextmanager
def _workplace(opened: Engagement) -> Iterator[Path]:
    """A folder in the cache for as long as the block runs: what a kill leaves there goes with the next purge."""
    opened.cache.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="archive-", dir=opened.cache) as place:
        yield Path(place)


def _note(opened: Engagement, out: Path) -> None:
    if opened.private.file.is_file():
        erasing.note(opened.private, f"{_BACKUP}{out}")


def _why_not(name: str) -> str:
    """Why a file is not packed, "" where it is: only what is known to hold nothing private is taken."""
    for known, why in LEFT_OUT.items():
        if name == known or name.startswith(f"{known}/"):
            return why
    top, _, rest = name.partition("/")
    suffix = Path(name).suffix.lower()
    is_known = (
        name == SETTINGS_FILE
        or (top == "notebooks" and suffix == ".ipynb" and "/" not in rest)
        or (top == "runs" and suffix in _RUN_FILES)
        or (name.startswith(("crm/tables/", "crm/exports/", "crm/history/")) and suffix in _CRM_FILES)
        or name in ("crm/mapping.toml", "crm/proposed-mapping.toml")
    )
    return "" if is_known else "not a file of the workshop's own, so nobody knows what stands in it"


def _bare_logo(opened: Engagement, to: Path) -> Path | None:
    """The engagement's logo as a report shows it, with nothing else that its file may hold; None where it has none."""
    try:
        to.write_bytes(logos.read(opened.folder, opened.settings.brand.logo).data)
    except WorkshopError:
        return None
    return to


def _without_outputs(file: Path, to: Path) -> Path:
    """A copy of a notebook without what its cells last showed and without what its forms held."""
    try:
        book: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for cell in book["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
            cell.pop("attachments", None)
        book["metadata"].pop("widgets", None)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WorkshopError(f"{file} is no notebook any more. Move it out of the engagement, or mend it.") from None
    to.write_text(json.dumps(book, ensure_ascii=False, indent=1), encoding="utf-8")
    return to


def _secrets(opened: Engagement) -> set[str]:
    """Words as spoken and parts of the hypothesis, folded, that stand in no shared record."""
    found: set[str] = set()
    for version in opened.private.export():
        found.update(_words(version["kind"], version["data"]))
    shared = _folded(json.dumps([v["data"] for v in opened.records.export()], ensure_ascii=False)) + _catalogue()
    return {words for secret in found if len(words := _folded(secret)) >= FEWEST_SIGNS and words not in shared}


def _words(kind: str, data: dict[str, Any]) -> list[str]:
    if kind == Quote.kind:
        return [data["words"]]
    if kind == Interview.kind:
        return str(data["notes"]).splitlines()
    if kind == Reply.kind:
        return [words for _, words in data["cells"]]
    if kind == Hypothesis.kind:
        return [*data["metrics"], *(link["activity"] for link in data["links"])]
    return [data["comment"]] if data.get("comment") else []


def _spoken(opened: Engagement, name: str) -> set[str]:
    """The longer words of one interviewee, folded."""
    versions = list(opened.private.export())
    person = same_person(name)
    mine = {v["key"] for v in versions if v["kind"] == "interview" and same_person(v["data"]["interviewee"]) == person}
    theirs = [v for v in versions if v["key"] in mine or v["data"].get("interview") in mine]
    found = {_folded(words) for v in theirs for words in _words(v["kind"], v["data"])}
    return {words for words in found if len(words) >= FEWEST_SIGNS}


def _found_in(file: Path, words: set[str]) -> set[str]:
    text = _plain_text(file) if words else ""
    return {word for word in words if word in text}


def _catalogue() -> str:
    return _folded(" | ".join(f"{m.id} | {' | '.join(m.names)}" for m in catalogue.measures().values()))


def _plain_text(file: Path) -> str:
    """What stands in a text file, as written and as it would be read: without marks of HTML and JSON."""
    if file.suffix.lower() not in _SEARCHED:
        return ""
    text = file.read_text(encoding="utf-8", errors="replace")
    read = re.sub(r"\\u([0-9a-fA-F]{4})", lambda sign: chr(int(sign[1], 16)), text)
    read = html.unescape(read.replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\"))
    return _folded(f"{text} {read}")


def _folded(words: str) -> str:
    return " ".join(words.casefold().split())


def _by_folder(left_out: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each file once, and those of a folder that is left out whole as one line."""
    found: dict[str, str] = {}
    for name, why in left_out:
        top = name.partition("/")[0]
        found[f"{top}/" if top in LEFT_OUT and top != name else name] = why
    return sorted(found.items())
