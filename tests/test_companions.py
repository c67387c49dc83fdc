"""Exports with headings in seven languages: not only the deals, also what lies beside them."""
# ruff: noqa: E501  (a header row is as wide as the product makes it)

from __future__ import annotations

import csv
import datetime as dt
import io

import pyarrow.parquet as pq
import pytest

from kpi_workshop.crm.sources import companions, drafting, import_crm
from kpi_workshop.kinds import Person, Seat

D, M = dt.date, dt.datetime

# For each table its headings, and the words that stand in for KIND, DONE and the state of a deal. Pipedrive's names in
# Spanish and Portuguese are those of public scripts for its exports (Negocio - Negocio creado el, Actividad - Asignada al
# usuario, Negócio - Ganho em); the others are the words a person of that language writes.
LANGUAGES: dict[str, dict[str, list[str]]] = {
    "German": {
        "deals": ["Deal-ID", "Deal-Name", "Firma", "Zuständiger Mitarbeiter", "Phase", "Status", "Betrag", "Erstellt am", "Abschlussdatum"],
        "activities": ["Aktivitätstyp", "Betreff", "Zugewiesen an", "Datum", "Dauer (Minuten)", "Deal-ID", "Richtung"],
        "leads": ["Lead-ID", "Firma", "Lead-Inhaber", "Eingang", "Quelle", "Leadstatus"],
        "accounts": ["Unternehmensname", "Branche", "Mitarbeiterzahl", "Land"],
        "users": ["Name", "E-Mail", "Rolle", "Team", "Vorgesetzte"],
        "moves": ["Deal-ID", "Von Phase", "Nach Phase", "Geändert am"],
        "words": ["gewonnen", "verloren", "offen", "Anruf", "Besprechung", "E-Mail", "ausgehend", "eingehend"],
    },
    "French": {
        "deals": ["ID affaire", "Nom de l'affaire", "Société", "Propriétaire", "Étape", "Statut", "Montant", "Date de création", "Date de clôture"],
        "activities": ["Type d'activité", "Objet", "Assigné à", "Date", "Durée (minutes)", "ID affaire", "Sens"],
        "leads": ["ID piste", "Société", "Propriétaire", "Créé le - Date de création", "Origine", "Statut"],
        "accounts": ["Nom de l'entreprise", "Secteur", "Effectif", "Pays"],
        "users": ["Nom", "E-mail", "Fonction", "Équipe", "Responsable hiérarchique"],
        "moves": ["ID affaire", "Ancienne étape", "Nouvelle étape", "Modifié le"],
        "words": ["gagnée", "perdue", "ouverte", "Appel", "Rendez-vous", "Courriel", "sortant", "entrant"],
    },
    "Spanish": {
        "deals": ["Negocio - ID", "Negocio - Título", "Negocio - Organización", "Negocio - Propietario", "Negocio - Etapa", "Negocio - Estado", "Negocio - Valor", "Negocio - Negocio creado el", "Negocio - Fecha de cierre"],
        "activities": ["Actividad - Tipo", "Actividad - Asunto", "Actividad - Asignada al usuario", "Actividad - Fecha de vencimiento", "Actividad - Duración (min)", "Negocio - ID", "Actividad - Dirección"],
        "leads": ["Prospecto - ID", "Empresa", "Propietario", "Fecha de creación", "Origen", "Estado"],
        "accounts": ["Nombre de la empresa", "Sector", "Empleados", "País"],
        "users": ["Nombre", "Correo", "Cargo", "Equipo", "Jefe"],
        "moves": ["Negocio - ID", "Etapa anterior", "Nueva etapa", "Fecha del cambio"],
        "words": ["Ganado", "Perdido", "Abierto", "Llamada", "Reunión", "Correo electrónico", "saliente", "entrante"],
    },
    "Italian": {
        "deals": ["ID trattativa", "Nome trattativa", "Azienda", "Proprietario", "Fase", "Stato", "Importo", "Data di creazione", "Data di chiusura"],
        "activities": ["Tipo di attività", "Oggetto", "Assegnato a", "Data", "Durata (minuti)", "ID trattativa", "Direzione"],
        "leads": ["ID lead", "Azienda", "Proprietario", "Data di creazione", "Fonte", "Stato"],
        "accounts": ["Nome azienda", "Settore", "Dipendenti", "Paese"],
        "users": ["Nome", "E-mail", "Ruolo", "Squadra", "Responsabile"],
        "moves": ["ID trattativa", "Fase precedente", "Nuova fase", "Data di modifica"],
        "words": ["vinta", "persa", "aperta", "Chiamata", "Riunione", "E-mail", "in uscita", "in entrata"],
    },
    "Portuguese": {
        "deals": ["Negócio - ID", "Negócio - Título", "Negócio - Organização", "Negócio - Proprietário", "Negócio - Etapa", "Negócio - Status", "Negócio - Valor", "Negócio - Negócio criado em", "Negócio - Negócio fechado em"],
        "activities": ["Atividade - Tipo", "Atividade - Assunto", "Atividade - Usuário responsável", "Atividade - Data de vencimento", "Atividade - Duração (min)", "Negócio - ID", "Atividade - Direção"],
        "leads": ["ID do lead", "Empresa", "Responsável", "Data de criação", "Origem", "Estado"],
        "accounts": ["Nome da empresa", "Setor", "Funcionários", "País"],
        "users": ["Nome", "E-mail", "Cargo", "Equipe", "Gestor"],
        "moves": ["Negócio - ID", "Etapa anterior", "Nova etapa", "Data da mudança"],
        "words": ["Ganho", "Perdido", "Aberto", "Ligação", "Reunião", "E-mail", "efetuada", "recebida"],
    },
    "Dutch": {
        "deals": ["Deal-ID", "Dealnaam", "Bedrijf", "Eigenaar", "Fase", "Status", "Bedrag", "Aangemaakt op", "Sluitingsdatum"],
        "activities": ["Activiteitstype", "Onderwerp", "Toegewezen aan", "Datum", "Duur (minuten)", "Deal-ID", "Richting"],
        "leads": ["Lead-ID", "Bedrijf", "Eigenaar", "Aangemaakt op", "Bron", "Status"],
        "accounts": ["Bedrijfsnaam", "Branche", "Medewerkers", "Land"],
        "users": ["Naam", "E-mail", "Functie", "Team", "Leidinggevende"],
        "moves": ["Deal-ID", "Vorige fase", "Nieuwe fase", "Gewijzigd op"],
        "words": ["gewonnen", "verloren", "open", "Telefoongesprek", "Afspraak", "E-mail", "uitgaand", "inkomend"],
    },
}  # fmt: skip


def files(language: str) -> dict[str, list[list[str]]]:
    heads = LANGUAGES[language]
    won, lost, still, call, meeting, email, out, back = heads["words"]
    return {
        "a.csv": [
            heads["deals"],
            ["1", "Acme one", "Acme", "Ann Lee", "Demo", won, "1000", "2025-12-20", "2026-01-31"],
            ["2", "Beta one", "Beta", "Bob Ray", "Demo", still, "2500", "2025-12-21", "2026-05-31"],
            ["3", "Beta two", "Beta", "Bob Ray", "Offer", lost, "70", "2025-12-22", "2026-02-13"],
        ],
        "b.csv": [
            heads["activities"],
            [call, "First call", "Ann Lee", "2026-01-15 10:30", "15", "1", out],
            [meeting, "Show it", "Bob Ray", "2026-01-16 14:00", "60", "2", back],
            [email, "Prices", "Bob Ray", "2026-01-17 09:00", "", "2", out],
        ],
        "c.csv": [
            heads["leads"],
            ["L1", "Acme", "Ann Lee", "2025-11-20", "Web", "x"],
            ["L2", "Beta", "Bob Ray", "2025-11-21", "Fair", "y"],
        ],
        "d.csv": [heads["accounts"], ["Acme", "Steel", "120", "FR"], ["Beta", "Trade", "30", "CH"]],
        "e.csv": [
            heads["users"],
            ["Ann Lee", "a@x.example", "Rep", "North", "Mia Boss"],
            ["Bob Ray", "b@x.example", "Rep", "South", "Mia Boss"],
        ],
        "f.csv": [
            heads["moves"],
            ["1", "Offer", "Demo", "2026-01-20 09:00"],
            ["2", "Offer", "Demo", "2026-01-22 09:00"],
        ],
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_lies_beside_the_deals_arrives_in_every_language(engagement, tmp_path, language):
    export = tmp_path / "export"
    export.mkdir()
    for name, rows in files(language).items():
        out = io.StringIO()
        csv.writer(out, delimiter=";").writerows(rows)
        (export / name).write_text(out.getvalue(), encoding="utf-8-sig")
    draft = drafting.propose(engagement, export)
    assert draft.unsure == () and not any("Not used" in line for line in draft.says), draft.says
    summary = import_crm(engagement, export)
    assert not any("is not in" in note for note in summary.notes), "all links lead somewhere"

    def rows(table: str, *columns: str) -> list[tuple]:
        table = pq.read_table(engagement.tables / f"{table}.parquet").sort_by("source_row")
        return [tuple(row[column] for column in columns) for row in table.to_pylist()]

    assert rows("opportunities", "opportunity_id", "name", "account_id", "seller", "status", "closed_on", "amount") == [
        ("1", "Acme one", "Acme", "Ann Lee", "won", D(2026, 1, 31), 1000),
        ("2", "Beta one", "Beta", "Bob Ray", "open", None, 2500),
        ("3", "Beta two", "Beta", "Bob Ray", "lost", D(2026, 2, 13), 70),
    ]
    assert rows("activities", "seller", "type", "at", "minutes", "opportunity_id", "subject", "direction") == [
        ("Ann Lee", "call", M(2026, 1, 15, 10, 30), 15, "1", "First call", "outbound"),
        ("Bob Ray", "meeting", M(2026, 1, 16, 14), 60, "2", "Show it", "inbound"),
        ("Bob Ray", "email", M(2026, 1, 17, 9), None, "2", "Prices", "outbound"),
    ]
    assert rows("leads", "lead_id", "seller", "created_at", "source", "status", "account_id") == [
        ("L1", "Ann Lee", M(2025, 11, 20), "Web", "x", "Acme"),
        ("L2", "Bob Ray", M(2025, 11, 21), "Fair", "y", "Beta"),
    ]
    assert rows("accounts", "account_id", "industry", "employees", "country") == [
        ("Acme", "Steel", 120, "FR"),
        ("Beta", "Trade", 30, "CH"),
    ]
    assert rows("stage_changes", "opportunity_id", "from_stage", "to_stage", "changed_at") == [
        ("1", "Offer", "Demo", M(2026, 1, 20, 9)),
        ("2", "Offer", "Demo", M(2026, 1, 22, 9)),
    ]
    people = engagement.records.current(Person)
    assert {people[name].title for name in ("Ann Lee", "Bob Ray")} == {"Rep"}
    seats = {seat.person: (seat.team, seat.manager) for seat in engagement.records.current(Seat).values()}
    assert seats["Ann Lee"] == ("North", "Mia Boss") and seats["Bob Ray"] == ("South", "Mia Boss")


@pytest.mark.parametrize(
    "rows",
    [
        [["Produkt", "Preis", "Datum"], ["A", "1,50", "2026-01-15"], ["B", "2,50", "2026-01-16"]],
        [["Name", "Land"], ["Ann", "FR"], ["Bob", "CH"]],
        [["Typ", "Menge"], ["Anruf", "3"], ["E-Mail", "4"]],
        [
            ["Rechnung", "Kunde", "Betrag", "Datum"],
            ["R1", "Acme", "100", "2026-01-15"],
            ["R2", "Beta", "5", "2026-01-16"],
        ],
    ],
)
def test_other_tables_are_no_companions(tmp_path, rows):
    from kpi_workshop.crm.sources import headings, reading
    from kpi_workshop.crm.sources.exports import ExportFolder

    (tmp_path / "x.csv").write_text("\n".join(";".join(row) for row in rows), encoding="utf-8")
    head = reading.heads(tmp_path / "x.csv", "x.csv")[0]
    assert companions.beside(head, headings.columns(head, ExportFolder.at(tmp_path)), None) == []
