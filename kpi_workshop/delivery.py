"""Delivery: the files of a day's report to the readers of each edition, and a word to the owner where there is none."""

from __future__ import annotations

import datetime as dt
import json
import logging
import mimetypes
import os
import re
import smtplib
import ssl
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from . import reporting, runs
from .engagement import SETTINGS_FILE, Engagement
from .errors import WorkshopError, listed
from .steps import past_reports

SECONDS = 60.0
"""How long a mail server or a webhook may take to answer."""
LARGEST = 20_000_000
"""Bytes of attachments that most mail servers take."""
NOTICE = "notice"
SENT = "sent.json"
"""In the folder of a run: who was sent its report."""
_WHY = {
    reporting.OUR_FAULT: "The fault is ours: the log of the run says more.",
    reporting.BAD_INPUT: "Something given was not right: the log of the run says what.",
    reporting.GATE_FAILED: "The data did not pass the gate: the page of the run says why.",
}


@dataclass(frozen=True)
class Message:
    """One message: who gets it, by mail or on a channel (the name of a variable), its subject, words and files."""

    to: str
    edition: str
    subject: str
    body: str
    files: tuple[Path, ...] = ()
    is_mail: bool = True

    @property
    def key(self) -> list[str]:
        """What tells one message of a report from another."""
        return [self.to, self.edition, *(file.name for file in self.files)]

    def says(self) -> str:
        """One line for a dry run."""
        way = "" if self.is_mail else "channel "
        names = ", ".join(file.name for file in self.files) or "a message without files"
        return f"{way}{self.to} gets {self.edition}: {names}"


def check(engagement: Engagement) -> None:
    """Raise WorkshopError where the settings name nobody to send to."""
    if not engagement.settings.delivery.is_given:
        raise WorkshopError(
            f"{engagement.folder / SETTINGS_FILE} has no section [delivery], so nothing is sent. "
            "README.md says what stands in it."
        )


def messages(
    engagement: Engagement, *, as_of: dt.date, exit_code: int | None = None, again: bool = False
) -> tuple[list[Message], list[str]]:
    """What is to be sent for a day, and a sentence for each reader who gets nothing.

    `exit_code` is what `report` left with; without it, what the day's finished run says. Only on 0 do readers get
    their edition; on 1, 2 and 3 the owner alone is told, without numbers; on 4 nobody gets anything. Who was sent this
    very report before gets it `again` only where that is asked for: a daily schedule repeats nothing.
    """
    told = engagement.settings.delivery
    found = _exit_code(engagement, as_of)
    code = (
        found if exit_code is None or (exit_code == reporting.SENDABLE and found != reporting.SENDABLE) else exit_code
    )
    if code == reporting.NOTHING_DUE:
        return [], []
    name = engagement.settings.name
    if code != reporting.SENDABLE:
        subject = f"No report of {name} as of {as_of}"
        body = f"There is no report of {name} as of {as_of}, and no reader was sent anything.\n{_WHY[code]}\n"
        to_owner = [Message(told.owner, NOTICE, subject, body)] if told.owner and told.smtp else []
        return [*to_owner, *(Message(v, NOTICE, subject, body, is_mail=False) for v in told.owner_channels)], []
    made: list[Message] = []
    left: list[str] = []
    folder = engagement.run_folder(as_of.isoformat())
    subject = f"{name}: the report as of {as_of}"
    for edition, to, files, why in _readers(engagement, folder):
        if not files:
            left.append(f"{to} gets nothing: {why}")
            continue
        body, attached = _body(files, f"The report of {name} as of {as_of} is attached.\n")
        made.append(Message(to, edition, subject, body, attached))
    for variable in told.channels:
        texts = sorted((folder / "public").glob("*.txt"))
        body = _body(texts, f"The report of {name} as of {as_of} is ready.\n")[0]
        made.append(Message(variable, "public", subject, body, is_mail=False))
    had = [] if again else _sent(engagement, as_of)
    left += [f"{one.to} gets nothing: this report was sent there before (--again repeats it)."
             for one in made if one.key in had]  # fmt: skip
    return [one for one in made if one.key not in had], left


def send(engagement: Engagement, messages: Sequence[Message], *, as_of: dt.date) -> list[str]:
    """Send these messages; a sentence for each that could not be sent. One failure does not stop the others.

    Mail goes over TLS or not at all; the server's certificate is checked. Secrets come from the environment and stand
    in no sentence. Raises WorkshopError where a variable that is named is not set, before anything is sent.
    """
    mails = [message for message in messages if message.is_mail]
    channels = [message for message in messages if not message.is_mail]
    missing = sorted({name for m in channels for name in [m.to] if not os.environ.get(name)})
    if mails:
        missing += [name for name in _variables(engagement.settings.delivery.smtp) if name not in os.environ]
    if missing:
        raise WorkshopError(
            listed([f"The environment variable {name} is not set. Nothing was sent." for name in missing])
        )
    sent: list[Message] = []
    failed = _mailed(engagement, mails, sent) if mails else []
    for message in channels:
        said = _posted(message)
        failed += said
        sent += [] if said else [message]
    _note(engagement, as_of, [one.key for one in sent if one.edition != NOTICE])
    return failed


def _sent(engagement: Engagement, as_of: dt.date) -> list[list[str]]:
    """The keys of the messages that took this very report to their readers."""
    folder = engagement.run_folder(as_of.isoformat())
    try:
        kept = json.loads((folder / SENT).read_text(encoding="utf-8"))
        same = kept["facts_sha256"] == runs.sha256((folder / "facts.json").read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return kept["sent"] if same else []


def _note(engagement: Engagement, as_of: dt.date, keys: list[list[str]]) -> None:
    if not keys:
        return
    folder = engagement.run_folder(as_of.isoformat())
    kept = {
        "facts_sha256": runs.sha256((folder / "facts.json").read_bytes()),
        "sent": _sent(engagement, as_of) + keys,
    }
    draft = folder / f".{SENT}.part"
    draft.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    draft.replace(folder / SENT)


def _exit_code(engagement: Engagement, as_of: dt.date) -> int:
    facts = past_reports.finished(engagement, as_of=as_of)
    if facts is None:
        return reporting.BAD_INPUT
    if runs.refused(facts):
        return reporting.GATE_FAILED
    return reporting.SENDABLE if facts["is_due"] else reporting.NOTHING_DUE


def _readers(engagement: Engagement, folder: Path) -> Iterator[tuple[str, str, list[Path], str]]:
    """Each reader by mail: edition, address, files, and why there are none."""
    from .kinds import Seat, Team

    told = engagement.settings.delivery
    for edition, addresses in (("executive", told.executive), ("public", told.public)):
        files = _files(folder / edition, "")
        for address in addresses:
            yield edition, address, files, f"there is no {edition} edition of this day."
    teams = {kept.name for kept in engagement.records.current(Team).values()}
    for team, addresses in told.manager.items():
        files, why = _own(folder / "manager", "report", team, teams, "team")
        for address in addresses:
            yield "manager", address, files, why
    people = {kept.person for kept in engagement.records.current(Seat).values()}
    for person, address in told.seller.items():
        files, why = _own(folder / "seller", "seller", person, people, "seller")
        yield "seller", address, files, why


def _own(folder: Path, first: str, name: str, known: set[str], what: str) -> tuple[list[Path], str]:
    """The files of one team or seller alone, and none where it is not certain that they are theirs."""
    from .pages.editions import names_of

    if name not in known:
        return [], f"the {what} '{name}' is not in the org chart."
    (stem,) = names_of([name], first)
    alike = [other for other in known if names_of([other], first) == [stem]]
    if len(alike) > 1 or stem == first:
        return [], f"the file of the {what} '{name}' cannot be told from another's. Hand it over yourself."
    return _files(folder, stem), f"there is no {what} edition of '{name}' on this day."


def _files(folder: Path, stem: str) -> list[Path]:
    """The finished files of an edition: all, or those with this name before the ending."""
    if not folder.is_dir():
        return []
    files = (file for file in sorted(folder.iterdir()) if file.is_file() and not file.name.startswith("."))
    return [file for file in files if not stem or file.stem == stem]


def _body(files: Sequence[Path], otherwise: str) -> tuple[str, tuple[Path, ...]]:
    """The words of the text format where it is there, and the other files."""
    texts = [file for file in files if file.suffix == ".txt"]
    others = tuple(file for file in files if file.suffix != ".txt")
    return "\n\n".join(file.read_text(encoding="utf-8") for file in texts) or otherwise, others


def _variables(text: str) -> list[str]:
    return re.findall(r"\$\{(\w+)\}", text)


def _mailed(engagement: Engagement, mails: Sequence[Message], sent: list[Message]) -> list[str]:
    """Send mails; what went out is added to `sent`; a sentence for each that did not."""
    told = engagement.settings.delivery
    url = urllib.parse.urlsplit(told.smtp)
    try:
        with _server(url) as server:
            if url.username:
                user, password = (_secret(part or "") for part in (url.username, url.password))
                server.login(user, password)
            failed = []
            for mail in mails:
                said = _one_mail(server, told.sender, mail)
                failed += said
                sent += [] if said else [mail]
            return failed
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError):
        why = "it did not accept the user and the password, or does not offer TLS"
    except ssl.SSLError as error:
        why = f"its certificate is not accepted ({error.verify_message or error.reason})" if isinstance(
            error, ssl.SSLCertVerificationError
        ) else "no TLS connection could be made"  # fmt: skip
    except (OSError, smtplib.SMTPException) as error:
        why = type(error).__name__ if not isinstance(error, TimeoutError) else "it did not answer in time"
    rest = "No mail was sent" if not sent else f"{len(mails) - len(sent)} of {len(mails)} mails were not sent"
    return [f"{rest}: the mail server {url.hostname} could not be used: {why}."]


def _server(url: urllib.parse.SplitResult) -> smtplib.SMTP:
    """A connection that is encrypted, with its certificate checked; plain text is never spoken after the greeting."""
    context = ssl.create_default_context()
    host = url.hostname or ""
    if url.scheme == "smtps":
        return smtplib.SMTP_SSL(host, url.port or 465, timeout=SECONDS, context=context)
    server = smtplib.SMTP(host, url.port or 587, timeout=SECONDS)
    server.starttls(context=context)
    return server


def _secret(part: str) -> str:
    """A part of the URL with its variables put in, or as it is written."""
    return re.sub(r"\$\{(\w+)\}", lambda name: os.environ[name[1]], urllib.parse.unquote(part))


def _one_mail(server: smtplib.SMTP, sender: str, mail: Message) -> list[str]:
    if sum(file.stat().st_size for file in mail.files) > LARGEST:
        return [f"{mail.to} was sent nothing: the files are larger than {LARGEST // 1_000_000} MB."]
    made = EmailMessage()
    made["From"], made["To"] = sender, mail.to
    made["Subject"] = " ".join(mail.subject.split())
    made["Date"], made["Message-ID"] = format_datetime(dt.datetime.now(dt.UTC)), make_msgid(domain="kpi-workshop")
    made.set_content(mail.body)
    for file in mail.files:
        kind, _, form = (mimetypes.guess_type(file.name)[0] or "application/octet-stream").partition("/")
        made.add_attachment(file.read_bytes(), maintype=kind, subtype=form, filename=file.name)
    try:
        server.send_message(made)
    except smtplib.SMTPResponseException as error:
        return [f"{mail.to} was sent nothing: the mail server answered {error.smtp_code}."]
    except smtplib.SMTPRecipientsRefused:
        return [f"{mail.to} was sent nothing: the mail server refuses this address."]
    return []


def _posted(message: Message) -> list[str]:
    """Post to a webhook through Apprise; its URL is a secret and stands in no sentence."""
    try:
        import apprise
    except ImportError:
        raise WorkshopError(
            "Apprise is not installed. Install it with the extra 'delivery': pip install kpi-workshop[delivery]."
        ) from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its warnings repeat what is secret in a URL
    channel = apprise.Apprise()
    if not channel.add(os.environ[message.to]):
        return [f"{message.to} was sent nothing: what it holds is not the URL of a webhook that Apprise knows."]
    if not channel.notify(title=message.subject, body=message.body, body_format=apprise.NotifyFormat.TEXT):
        return [f"{message.to} was sent nothing: the webhook did not take the message."]
    return []
