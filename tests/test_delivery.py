"""Delivery: readers get their own edition and only of a report that can be sent; else the owner alone hears of it."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import http.server
import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kpi_workshop import cli, delivery, reporting, runs
from kpi_workshop import engagement as engagements
from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Seat, Team
from kpi_workshop.steps import past_reports

DAY = dt.date(2026, 6, 30)
SETTINGS = """
name = "Acme"
[delivery]
owner = "owner@acme.example"
sender = "kpi@acme.example"
smtp = "{smtp}"
executive = ["ceo@acme.example"]
public = ["all@acme.example"]
{channels}
[delivery.manager]
"Field Sales" = ["mia@acme.example"]
[delivery.seller]
"Ann Lee" = "ann@acme.example"
"Bo" = "bo@acme.example"
"Zoë" = "zoe@acme.example"
"""
FILES = {
    "executive/report.html": "executive page", "executive/report.txt": "Executive words.",
    "executive/report.pdf": "%PDF",
    "public/report.html": "public page", "public/report.txt": "Public words.",
    "manager/report-field-sales.html": "field", "manager/report-inside-sales.html": "inside",
    "seller/seller-ann-lee.html": "Ann's numbers", "seller/seller-bo.html": "Bo's numbers",
    "seller/seller-bo-2.html": "another's numbers",
}  # fmt: skip


def _engagement(folder: Path, *, smtp: str, channels: str = "", due: bool = True, passes: bool = True) -> Engagement:
    opened = engagements.create(folder)
    (folder / engagements.SETTINGS_FILE).write_text(SETTINGS.format(smtp=smtp, channels=channels), encoding="utf-8")
    opened.records.save_all([("Field Sales", Team(name="Field Sales"))])
    people = ("Ann Lee", "Bo", "bo.")
    opened.records.save_all([(p, Seat(person=p, team="Field Sales")) for p in people])
    run = opened.run_folder(DAY.isoformat())
    for name, text in FILES.items():
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text(text, encoding="utf-8")
    gate = {"passes": passes, "fresh_to": "2026-06-30", "says": "The data end on 2 March."}
    facts = json.dumps({"schema": past_reports.SCHEMA, "gate": gate, "is_due": due}).encode()
    (run / "facts.json").write_bytes(facts)
    (run / "manifest.json").write_text(json.dumps({"outputs_sha256": {"facts.json": runs.sha256(facts)}}))
    return engagements.load(folder)


class Post:
    """A mail server with TLS and a password, which keeps what it takes and refuses one address."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], email.message.EmailMessage]] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("all@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        assert server.transport.get_extra_info("sslcontext") and session.authenticated
        self.taken.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that nobody else signed, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine")
    folder = tmp_path_factory.mktemp("tls")
    made, key = folder / "cert.pem", folder / "key.pem"
    asked = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([*asked.split(), "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key


@pytest.fixture(params=["smtps", "smtp"])
def post(
    request: pytest.FixtureRequest, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Post, str]]:
    """A running mail server, with TLS from the first byte or after STARTTLS, and its URL."""
    controller = pytest.importorskip("aiosmtpd.controller")
    from aiosmtpd.smtp import AuthResult

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    taken = Post()
    ways: dict[str, Any] = {"ssl_context": context} if request.param == "smtps" else {"tls_context": context}

    def known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"us@er", b"p:a/s s%"))

    after = request.param == "smtp"
    server = controller.Controller(
        taken, hostname="localhost", port=0, authenticator=known, auth_required=True, auth_require_tls=after,
        require_starttls=after, **ways,
    )  # fmt: skip
    server.port = _free_port()
    server.start()
    monkeypatch.setenv("ACME_USER", "us@er")
    monkeypatch.setenv("ACME_PASSWORD", "p:a/s s%")
    try:
        yield taken, f"{request.param}://${{ACME_USER}}:${{ACME_PASSWORD}}@localhost:{server.port}"
    finally:
        server.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("localhost", 0))
        return int(found.getsockname()[1])


def test_each_reader_gets_their_own_edition_over_tls(
    post: tuple[Post, str], certificate: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, url = post
    opened = _engagement(tmp_path / "acme", smtp=url)
    made, left = delivery.messages(opened, as_of=DAY)
    (refused,) = delivery.send(opened, made[:1], as_of=DAY)
    assert "certificate is not accepted" in refused and "p:a" not in refused
    assert server.taken == []  # nothing goes to a server that is not who it says
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    assert delivery.send(opened, made, as_of=DAY) == [
        "all@acme.example was sent nothing: the mail server refuses this address."
    ]
    assert [one.to for one in delivery.messages(opened, as_of=DAY)[0]] == ["all@acme.example"]  # nobody gets it twice
    assert delivery.messages(opened, as_of=DAY, again=True)[0] == made
    got = {to: mail for (to,), mail in server.taken}
    names = {to: [part.get_filename() for part in mail.iter_attachments()] for to, mail in got.items()}
    assert names == {
        "ceo@acme.example": ["report.html", "report.pdf"],
        "mia@acme.example": ["report-field-sales.html"],
        "ann@acme.example": ["seller-ann-lee.html"],
    }
    assert got["ceo@acme.example"].get_body(("plain",)).get_content().strip() == "Executive words."  # type: ignore[union-attr]
    assert got["ann@acme.example"]["Subject"] == "Acme: the report as of 2026-06-30"
    (page,) = got["ann@acme.example"].iter_attachments()
    assert page.get_content().strip() == "Ann's numbers"
    assert len(left) == 2  # Bo's file cannot be told from that of "bo.", and nobody knows Zoë
    assert "bo@acme.example gets nothing" in left[0] and "cannot be told from another's" in left[0]
    assert "'Zoë' is not in the org chart" in left[1]


@pytest.mark.parametrize("code", [reporting.OUR_FAULT, reporting.BAD_INPUT, reporting.GATE_FAILED])
def test_where_there_is_no_report_the_owner_alone_is_told_and_no_number(code: int, tmp_path: Path) -> None:
    channels = 'channels = ["ACME_SLACK"]\nowner_channels = ["ACME_OPS"]'
    opened = _engagement(tmp_path / "acme", smtp="smtps://mail.acme.example", channels=channels)
    made, _ = delivery.messages(opened, as_of=DAY, exit_code=code)
    assert [(message.to, message.files) for message in made] == [("owner@acme.example", ()), ("ACME_OPS", ())]
    assert not any(sign.isdigit() for sign in made[0].body.replace("2026-06-30", ""))


def test_what_the_run_says_holds_where_no_exit_code_or_a_wrong_one_is_given(tmp_path: Path) -> None:
    for name, said, to in (
        ("refused", {"passes": False}, ["owner@acme.example"]),
        ("nothing due", {"due": False}, []),
    ):
        opened = _engagement(tmp_path / name, smtp="smtps://mail.acme.example", **said)
        for code in (None, 0):
            assert [m.to for m in delivery.messages(opened, as_of=DAY, exit_code=code)[0]] == to
    (never_ran,) = delivery.messages(opened, as_of=dt.date(2026, 7, 1))[0]
    assert never_ran.to == "owner@acme.example"


class _Webhook(http.server.BaseHTTPRequestHandler):
    taken: list[dict[str, Any]] = []  # noqa: RUF012

    def do_POST(self) -> None:
        self.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(500 if self.path.endswith("/down") else 200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *words: object) -> None:
        pass


def test_channels_get_the_public_words_and_no_url_is_ever_shown(
    tmp_path: Path,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pytest.importorskip("apprise", reason="Apprise comes with the extra 'delivery'")
    from apprise.plugins.slack import NotifySlack

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    server = http.server.ThreadingHTTPServer(("localhost", 0), _Webhook)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"localhost:{server.server_port}"
    channels = ["ACME_SLACK", "ACME_TEAMS", "ACME_DOWN", "ACME_ODD"]
    opened = _engagement(tmp_path / "acme", smtp="smtps://mail.acme.example", channels=f"channels = {channels}")
    made = [message for message in delivery.messages(opened, as_of=DAY)[0] if not message.is_mail]
    with pytest.raises(WorkshopError, match="environment variable ACME_SLACK is not set"):
        delivery.send(opened, made, as_of=DAY)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    monkeypatch.setattr(NotifySlack, "webhook_url", f"https://{here}/services")
    monkeypatch.setenv("ACME_SLACK", "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ")
    flow = f"https://{here}/workflows/643e69f83c8944438d68119179a10a64/triggers/manual/paths/invoke"
    monkeypatch.setenv("ACME_TEAMS", f"{flow}?api-version=2016-06-01&sp=%2Ftriggers&sv=1.0&sig=KODuebbbGGGFFFppp")
    monkeypatch.setenv("ACME_DOWN", f"jsons://{here}/down")
    monkeypatch.setenv("ACME_ODD", "what is this secret")
    failed = delivery.send(opened, made, as_of=DAY)
    server.shutdown()
    assert [line.split()[0] for line in failed] == ["ACME_DOWN", "ACME_ODD"]
    told = " ".join(failed) + caplog.text
    assert "secret" not in told and "localhost" not in told
    slack, teams, _ = _Webhook.taken
    assert slack["attachments"][0]["text"] == "Public words."
    assert teams["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert "Public words" in json.dumps(teams) and "Executive" not in json.dumps(_Webhook.taken)


def test_a_dry_run_shows_who_would_get_what_and_nothing_is_sent_without_the_section(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    monkeypatch.setattr(delivery, "send", lambda *given, **named: pytest.fail("a dry run sends nothing"))
    opened = _engagement(tmp_path / "acme", smtp="smtps://mail.acme.example")
    done = CliRunner().invoke(cli.cli, ["send", str(opened.folder), "--as-of", str(DAY), "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "ann@acme.example gets seller: seller-ann-lee.html\n" in done.output
    plain = engagements.create(tmp_path / "plain")
    told = CliRunner().invoke(cli.cli, ["send", str(plain.folder), "--as-of", str(DAY)])
    assert isinstance(told.exception, WorkshopError) and "no section [delivery]" in str(told.exception)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('smtp = "smtps://ann:hunter2@mail.acme.example"', "A secret never stands in this file"),
        ('smtp = "http://mail.acme.example"', "smtp is a URL such as"),
        ('executive = ["ceo@acme.example"]', "To send mail, give smtp, sender and owner"),
        ('executive = ["ceo"]', "delivery.executive"),
        ('excutive = ["ceo@acme.example"]', "Did you mean: executive"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_without_repeating_a_secret(
    line: str, says: str, tmp_path: Path
) -> None:
    opened = engagements.create(tmp_path / "acme")
    (opened.folder / engagements.SETTINGS_FILE).write_text(f'name = "A"\n[delivery]\n{line}\n')
    with pytest.raises(WorkshopError) as told:
        engagements.load(opened.folder)
    assert says in str(told.value)
    assert "hunter2" not in str(told.value)
