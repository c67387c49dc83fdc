"""Lists of people as HR systems export them, rebuilt small: which column is what, and what is no person."""
# ruff: noqa: E501  (a header row is as wide as the product makes it)

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kpi_workshop.engagement import Engagement
from kpi_workshop.errors import WorkshopError
from kpi_workshop.imports import people, people_columns
from kpi_workshop.kinds import Person, Seat

# Headings as HR systems name them in public descriptions of their reports; "(Terminated)" is Workday's.
LISTS = {
    "ADP": """"Position ID","Associate ID","Payroll Name","Job Title Description","Home Department Description","Hire Date","Termination Date","Reports To Name","Reports To Associate ID"
"P1","A1","Hill, Max","VP Sales","Management","01/15/2015","","",""
"P2","A2","Lee, Ann","Account Executive","Field","03/20/2019","","Hill, Max","A1"
"P3","A3","Ray, Bob","Account Executive","Field","03/21/2019","05/31/2023","Hill, Max","A1"
""",
    "Workday": """Report: All Workers,,,,,,
Effective as of 2024-01-31,,,,,,

Employee ID,Worker,Business Title,Supervisory Organization,Worker's Manager,Hire Date,Termination Date
1001,Max Hill,VP Sales,Management,,2015-01-15,
1002,Ann Lee,AE,Field,Max Hill,2019-03-20,
1003,Bob Ray (Terminated),AE,Field,Max Hill,2019-03-21,2023-05-31
""",
    "German": """Personalnummer;Name;Vorname;Position;Abteilung;Vorgesetzter;Eintrittsdatum;Austrittsdatum
1;Hill;Max;Leiter;Management;;15.01.2015;
2;Lee;Ann;Verkäufer;Field;Hill, Max;20.03.2019;
3;Ray;Bob;Verkäufer;Field;Max Hill;21.03.2019;31.05.2023
""",
    "French": """Matricule;Nom;Prénom;Poste;Service;Responsable;Date d'embauche;Date de sortie
1;Hill;Max;Directeur;Management;;15/01/2015;
2;Lee;Ann;Commerciale;Field;Max Hill;20/03/2019;
3;Ray;Bob;Commercial;Field;Max Hill;21/03/2019;31/05/2023
""",
    "Spanish": """Nombre;Puesto;Departamento;Jefe;Fecha de ingreso;Fecha de baja
Max Hill;Director;Management;;15/01/2015;
Ann Lee;Ejecutiva;Field;Max Hill;20/03/2019;
Bob Ray;Ejecutivo;Field;Max Hill;21/03/2019;31/05/2023
Total;3;;;;
""",
}


@pytest.mark.parametrize("system", LISTS)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_the_same_three_people_arrive_from_every_list(
    engagement: Engagement, tmp_path: Path, system: str, encoding: str
) -> None:
    (tmp_path / "staff.csv").write_bytes(LISTS[system].encode(encoding))
    people.save(engagement, people.plan(engagement, people_columns.read(tmp_path / "staff.csv")))
    assert {person.name for person in engagement.records.current(Person).values()} == {"Max Hill", "Ann Lee", "Bob Ray"}
    seats = {seat.person: seat for seat in engagement.records.current(Seat).values()}
    assert {p: (s.team, s.manager, s.role) for p, s in seats.items()} == {
        "Max Hill": ("Management", "", "manager"),
        "Ann Lee": ("Field", "Max Hill", "seller"),
        "Bob Ray": ("Field", "Max Hill", "seller"),
    }
    assert str(seats["Bob Ray"].valid_to) == "2023-05-31"


def test_a_list_without_teams_says_which_columns_it_has_once(engagement: Engagement, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(
        "Full Name,Profile,Manager\nAnn Lee,x,Max Hill\nMax Hill,x,\n", encoding="utf-8"
    )
    with pytest.raises(WorkshopError) as error:
        people.plan(engagement, people_columns.read(tmp_path / "users.csv"))
    assert str(error.value).count("team") == 4 and "There is: Full Name, Profile, Manager." in str(error.value)


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_list_is_read_or_refused_and_nothing_is_recorded_by_halves(
    engagement: Engagement, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    data = bytearray(rng.choice(list(LISTS.values())).encode(rng.choice(["utf-8", "utf-16", "cp1252"])))
    for _ in range(rng.randrange(1, 30)):
        at = rng.randrange(len(data))
        rng.choice([lambda at=at: data.insert(at, rng.choice(b'",;\n\0x')), lambda at=at: data.__setitem__(at, rng.randrange(256)),
                    lambda at=at: data.__delitem__(slice(at, at + 5))])()  # fmt: skip
    (tmp_path / "staff.csv").write_bytes(bytes(data))
    before = engagement.records.fingerprint()
    try:
        planned = people.plan(engagement, people_columns.read(tmp_path / "staff.csv"), accept=["no-team"])
    except WorkshopError as refused:
        assert str(refused).startswith(("staff.csv", "Row", "Nobody")) or "staff.csv" in str(refused)
        assert engagement.records.fingerprint() == before
        return
    people.save(engagement, planned)
    assert len(engagement.records.current(Person)) == len({entry.person for entry in planned.entries})
