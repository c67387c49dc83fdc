"""Exports in other languages and of unknown products: told by headings and values, unsure where only values speak."""
# ruff: noqa: E501  (a header row is as wide as the product makes it)

from __future__ import annotations

import datetime as dt

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from kpi_workshop import cli
from kpi_workshop.crm.sources import drafting, import_crm
from kpi_workshop.errors import WorkshopError

D = dt.date

# German headings of Pipedrive as an import script on GitHub names them (Deal - Titel, Deal - Wert, Deal - Besitzer ...).
PIPEDRIVE_GERMAN = """Deal - ID,Deal - Titel,Deal - Organisation,Deal - Besitzer,Deal - Status,Deal - Phase,Deal - Wert,Deal - Gewichteter Wert,Deal - Deal erstellt,Deal - Datum des gewonnenen Deals,Deal - Datum des verlorenen Deals,Deal - Deal abgeschlossen am,Deal - Letzte Phasenänderung,Deal - Datum nächste Aktivität
A,Acme,Acme GmbH,Ann Lee,Gewonnen,Angebot,10000.5,1,2023-12-20 10:00:00,2024-01-15 11:00:00,,2024-01-15 11:00:00,2024-01-10 09:00:00,
B,Beta,Beta,Bob Ray,Offen,Kontakt,5000,2500,2024-02-14 10:00:00,,,,2024-02-14 10:00:00,2024-05-03
C,Gamma,Beta,Bob Ray,Verloren,Kontakt,,0,2024-02-04 10:00:00,,2024-03-03 08:00:00,2024-03-03 08:00:00,2024-02-04 10:00:00,
"""
# French headings of a Salesforce report as scripts on GitHub name them (Propriétaire de l'opportunité, Date de clôture, Etape).
SALESFORCE_FRENCH = """Propriétaire de l'opportunité;Nom du compte;Nom de l'opportunité;Étape;Montant;Probabilité (%);Date de clôture;Date de création;Date de la dernière activité;Numéro
Ann Lee;Acme;Acme;Fermée/Gagnée;10 000,50;100;15/01/2024;20/12/2023;12/01/2024;A
Bob Ray;Beta;Beta;Prospection;5 000,00;10;03/05/2024;14/02/2024;;B
Bob Ray;Beta;Gamma;Fermée/Perdue;;0;03/03/2024;04/02/2024;;C
"""
SPANISH = """id,nombre del negocio,empresa,etapa,importe (€),responsable,ultima actividad,fecha de cierre,fecha de creación
A,Acme,Acme,Cierre ganado,"10.000,50",Ann Lee,2024-06-09,2024-01-15,2023-12-20
B,Beta,Beta,Propuesta enviada,"5.000,00",Bob Ray,2024-06-10,2024-05-03,2024-02-14
C,Gamma,Beta,Cierre perdido,,Bob Ray,2024-06-10,2024-03-03,2024-02-04
"""
HUBSPOT_GERMAN = """Datensatz-ID;Deal-Name;Deal-Phase;Pipeline;Betrag;Zuständiger Mitarbeiter für Deal;Erstellungsdatum;Abschlussdatum
A;Acme;Abgeschlossen und gewonnen;Vertrieb;10000,5;Ann Lee;20.12.2023 10:00;15.01.2024 11:00
B;Beta;Termin vereinbart;Vertrieb;5000;Bob Ray;14.02.2024 10:00;03.05.2024 11:00
C;Gamma;Abgeschlossen und verloren;Vertrieb;;Bob Ray;04.02.2024 10:00;03.03.2024 11:00
"""
EXPORTS = {
    "deals.csv": PIPEDRIVE_GERMAN,
    "rapport.csv": SALESFORCE_FRENCH.encode("cp1252"),
    "negocios.csv": SPANISH.encode("utf-16"),
    "alle-deals.csv": HUBSPOT_GERMAN,
}


def put(folder, name, text):
    folder.mkdir()
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.mark.parametrize("name", EXPORTS)
def test_deals_with_german_french_and_spanish_headings_arrive(engagement, tmp_path, name):
    export = put(tmp_path / "export", name, EXPORTS[name])
    draft = drafting.propose(engagement, export)
    assert draft.says[0].startswith("Not recognised as the export of a product")
    assert draft.unsure == ()
    import_crm(engagement, export)
    rows = pq.read_table(engagement.tables / "opportunities.parquet").to_pylist()
    columns = ("opportunity_id", "name", "seller", "status", "opened_on", "closed_on", "amount")
    assert [tuple(row[column] for column in columns) for row in rows] == [
        ("A", "Acme", "Ann Lee", "won", D(2023, 12, 20), D(2024, 1, 15), 10000.5),
        ("B", "Beta", "Bob Ray", "open", D(2024, 2, 14), None, 5000),
        ("C", "Gamma", "Bob Ray", "lost", D(2024, 2, 4), D(2024, 3, 3), None),
    ]


UNSURE = """Nr,Vorgang,Person,Zahl,Datum Abschluss,Ergebnis
11,A,Ann Lee,1000.5,2024-01-15,gewonnen
12,B,Bob Ray,500.25,2024-05-15,offen
13,C,Bob Ray,700,2024-02-15,verloren
14,C,Bob Ray,700,2024-02-16,verloren
15,C,Ann Lee,800,2024-02-17,verloren
16,C,Ann Lee,900,2024-02-18,verloren
"""


def test_what_rests_on_values_alone_is_said_and_no_scheduled_import_goes_by_it(engagement, tmp_path):
    export = put(tmp_path / "export", "liste.csv", UNSURE)
    says = "\n".join(drafting.propose(engagement, export).says)
    assert "Unsure: the amount is taken from 'Zahl', because of what stands in it." in says
    assert "Unsure: who owns a deal is taken from 'Person', because of what stands in it." in says
    ran = CliRunner().invoke(cli.cli, ["import", str(engagement.folder), "crm", str(export), "--yes"])
    assert isinstance(ran.exception, WorkshopError) and "are not certain" in str(ran.exception)
    assert not list(engagement.tables.glob("*.parquet"))
    import_crm(engagement, export, mapping=engagement.crm / drafting.DRAFT_FILE)
    assert pq.read_table(engagement.tables / "opportunities.parquet").num_rows == 6


@pytest.mark.parametrize(
    "text",
    [
        "Name,Abteilung,Eintritt\nAnn Lee,West,2020-01-01\nBob Ray,Ost,2021-01-01\n",
        "Kunde,Betrag,Datum\nAcme,100,2024-01-01\nBeta,200,2024-01-02\n",
        "Zeit,Antwort\n2024-01-01,Wir haben gewonnen und das ist gut so\n",
        "x\n\n",
    ],
)
def test_a_table_that_says_of_no_deal_whether_and_when_it_was_won_is_refused(engagement, tmp_path, text):
    export = put(tmp_path / "export", "liste.csv", text)
    with pytest.raises(WorkshopError, match="not recognised as the export of a product"):
        drafting.propose(engagement, export)


WIDE = {
    "tracker.csv": "Sales activity,,,,\nRep,Activity,2026-W02,2026-W03,2026-W04\nAnn Lee,Calls,25,30,28\nBob Ray,Calls,5,3,2\n",
    "kw.csv": "Name;KW 2;KW 3;KW 4\nAnn Lee;25;30;28\nBob Ray;5;3;2\n",
    "months.csv": "Rep,Jan 2026,Feb 2026,Mar 2026\nAnn Lee,25,30,28\nBob Ray,5,3,2\n",
}


@pytest.mark.parametrize("name", WIDE)
def test_a_sheet_with_a_column_for_each_period_is_refused_for_what_it_is(engagement, tmp_path, name):
    export = put(tmp_path / "export", name, WIDE[name])
    row = 2 if name == "tracker.csv" else 1
    with pytest.raises(
        WorkshopError, match=f"{name}, row {row}, has a column for each period .* one row for each deal"
    ):
        import_crm(engagement, export)
    assert not list(engagement.tables.glob("*.parquet"))
