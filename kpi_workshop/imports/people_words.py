"""What lists of people call their columns: in English, as HR systems do, and in German, French and Spanish."""

from __future__ import annotations

HEADINGS: dict[str, tuple[str, ...]] = {
    "id": (
        "employee id", "employee number", "employee no", "emp id", "emp no", "staff id", "person id", "worker id",
        "associate id", "personnel number", "person number", "payroll number", "user id", "id", "personalnummer",
        "mitarbeiternummer", "matricule", "id de empleado", "número de empleado", "legajo",
    ),
    "first": (
        "first name", "firstname", "given name", "forename", "legal first name", "vorname", "prénom", "prenom",
        "nombre", "nombres",
    ),
    "last": (
        "last name", "lastname", "surname", "family name", "legal last name", "nachname", "familienname", "apellido",
        "apellidos", "nom de famille", "nom",
    ),
    "known_as": ("preferred name", "preferred first name", "known as", "nickname", "rufname"),
    "name": (
        "name", "full name", "employee name", "display name", "employee", "worker", "worker name", "payroll name",
        "legal name", "person", "people", "last name first name", "name last first", "seller", "team member",
        "mitarbeiter", "nom complet", "nombre completo", "empleado", "collaborateur",
    ),
    "title": (
        "job title", "title", "position title", "business title", "job title description", "position", "position level",
        "designation", "stellenbezeichnung", "funktion", "poste", "fonction", "intitulé du poste", "puesto", "cargo",
    ),
    "team": (
        "team", "sales team", "team name", "main team", "primary team", "department", "department name",
        "home department description", "home department", "supervisory organization", "org unit", "organisation unit",
        "organization unit", "business unit", "business unit description", "division", "unit", "group", "abteilung",
        "équipe", "equipe", "service", "département", "departamento", "equipo", "área",
    ),
    "email": (
        "email", "e mail", "email address", "e mail address", "work email", "business email", "work contact work email",
        "mail", "e mail adresse", "adresse e mail", "correo electrónico", "correo",
    ),
    "first_day": (
        "hire date", "start date", "date of hire", "date of joining", "joining date", "hired on", "hired", "start",
        "employment start date", "original hire date", "valid from", "eintrittsdatum", "eintritt", "date d embauche",
        "date dembauche", "date d entrée", "date dentrée", "fecha de ingreso", "fecha de contratación", "fecha de alta",
    ),
    "last_day": (
        "termination date", "end date", "leaving date", "last day", "exit date", "terminated on",
        "employment end date", "valid to", "austrittsdatum", "austritt", "date de sortie", "date de départ",
        "fecha de baja", "fecha de salida",
    ),
    "time_zone": (
        "time zone", "timezone", "time zone name", "timezone name", "zeitzone", "fuseau horaire", "zona horaria",
    ),
}  # fmt: skip
MANAGER_HEADINGS = (
    "manager id", "manager employee id", "manager number", "manager employee number", "supervisor id", "reports to id",
    "reports to associate id", "manager", "manager name", "reports to", "reports to name", "reports to legal name",
    "reporting to", "reporting manager", "line manager", "direct manager", "supervisor", "supervisor name",
    "manager full name", "manager email", "managers name", "workers manager", "workers managers", "vorgesetzter",
    "vorgesetzte", "führungskraft", "responsable", "supérieur hiérarchique", "responsable hiérarchique", "jefe",
    "jefe directo", "supervisor directo",
)  # fmt: skip
