"""Headings in seven languages: what a column of an unknown export is called, and what stands in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from . import dates, periods, reading, values
from .exports import ExportFolder
from .reading import Head

MOST_WORDS = 60
"""A column with more different words than this is no column of stages or types."""

# In English, German, French, Spanish, Italian, Portuguese and Dutch, without accents.
CALLED: dict[str, str] = {
    "expected": r"erwartet|vorauss|prevue|prevu|prevista?|previsto|expected|esperad|verwacht|attendu|forecast",
    "won": r"gewonnen|gagn|ganad|\bwon\b|ganh|vint[oa]",
    "lost": r"verloren|perdu|perdid|\blost\b|pers[oa]\b|\bperda\b",
    "closed": r"schluss|schlos|clotur|fermetur|cierre|closed?\b|closing|chiusur|fecham|fechad|sluit|afgesloten|conclu",
    "opened": r"erstell|angelegt|creation|creacion|\bcree\b|creado|created?|criad|criacao|creazione|aangemaakt|apertura"
    r"|opened|\bcreata?o?\b|eingang|received|recu\b|recib|receb|ricevut|ontvang",
    "amount": r"betrag|\bwert|umsatz|montant|valeur|importe|monto|valor|amount|value|importo|bedrag|waarde|volumen",
    "seller": r"inhaber|besitzer|verantwort|zustandig|mitarbeiter|proprietair|responsa[bv]|propietario|vended|vendeur"
    r"|commercial\b|owner|owned by|sales ?rep|proprietario|eigenaar|verkaufer|vertriebler|account manager|asesor"
    r"|conseiller|zugewiesen|asigna|atribui|assegnat|toegewezen|assign|venditore|verkoper|benutzer|utilisateur|usuario"
    r"|utente|gebruiker",
    "status": r"status\b|\bstatus|statut|estado|\bstato\b|\betat\b",
    "stage": r"phase|stufe|etape|etapa|\bfase|stage|stadio|estagio",
    "account": r"firma|organis|organiz|unternehmen|kunde|societe|entreprise|\bcompte|client|empresa|cuenta|account"
    r"|company|customer|azienda|bedrijf|klant|\bconta\b",
    "name": r"titel|titre|titulo|\bnom\b|nombre|\bname|bezeichnung|\bnome\b|naam\b|title",
    "source": r"quelle|source|origen|fuente|origine|herkunft|\bbron\b|origem|\bfonte\b|kanal|canal",
    "currency": r"wahrung|devise|moneda|currency|valuta|moeda",
    "product": r"produkt|produit|producto|product|prodotto|produto",
    "id": r"\bids?\b|nummer|numero|kennung|\bnr\b|identifi",
    "deal": r"\bdeal|opportun|geschaft|verkaufschance|negoci|transacti|\baffaire|oportun|trattativ|verkoopkans"
    r"|\btrato\b",
    "lead": r"\bleads?\b|interessent|prospect|\bpiste|contatto potenz|kontaktanfrage",
    "converted": r"konvert|umgewandel|convert|qualifi(ziert am|ed on)|omgezet",
    "type": r"\btyp\b|typ$|type\b|\bart\b|art$|\btype\b|\btipo\b|soort",
    "subject": r"betreff|\bsujet|\bobjet\b|asunto|assunto|oggetto|onderwerp|subject",
    "duration": r"dauer|duree|duracion|duracao|durata|\bduur|minut|duration|talk ?time|call length",
    "direction": r"richtung|direction|\bsens\b|direccion|direcao|direzione|richting",
    "happened": r"erledigt|abgeschlossen|realis|completad|conclui|gereed|afgerond|completat|\bdone\b|completed",
    "began": r"beginn|\bstart|debut|inicio|inizio|aanvang",
    "day": r"\bdatum|\bdate|fecha|\bdata\b|zeitpunkt|\bam\b|fallig|echeance|vencimi|vencimento|scadenza|vervald"
    r"|wann|\btag\b",
    "changed": r"geander|anderung|wechsel|modif|chang|cambi|alter|gewijzigd|wijzig|mudan|moved",
    "to": r"\bnach\b|\bneue?\b|\bzu\b|nouvel|\bvers\b|nuev|\bhacia\b|nuov|\bnov[oa]\b|\bpara\b|nieuw|\bnaar\b|\bto\b"
    r"|\bnew\b|\ba\b",
    "from": r"\bvon\b|\balte?\b|vorherig|ancien|precedent|anterior|\bde\b|\bdes?de\b|\bvan\b|\boude?\b|vorig|\bda\b"
    r"|\bfrom\b|\bold\b|previous",
    "industry": r"branche|secteur|\bsector\b|industri|settore|setor|segment",
    "employees": r"mitarbeiter(zahl|anz)|anzahl.*mitarb|effectif|salaries|employes|empleados|funcionarios|dipendenti"
    r"|medewerkers|employees",
    "revenue": r"umsatz|chiffre d affaires|facturacion|ingresos|fatturato|faturamento|receita|omzet|revenue",
    "country": r"\bland\b|\bpays\b|\bpais\b|\bpaese\b|country",
    "team": r"\bteam|abteilung|gruppe|equipe|equipo|squadra|afdeling|departement|department|dipartimento|niederlassung",
    "manager": r"vorgesetz|manager|leiter|\bchef|responsable hierar|superior|leidinggevend|\bcapo\b|gestor|jefe"
    r"|supervisor"
    r"|\bn\+? ?1\b|responsabile",
    "role": r"\brolle|position|funktion|\bposte\b|fonction|\bcargo\b|puesto|ruolo|functie|funcao|job title",
    "zone": r"zeitzone|fuseau|zona horaria|fuso|tijdzone|time ?zone",
    "mail": r"e ?mail|courriel|correo",
    "first name": r"vorname|prenom|voornaam|first name|^nombre$|^nome$",
    "last name": r"nachname|nom de famille|achternaam|last name|apellido|cognome|sobrenome",
}  # fmt: skip

EXPECTED_OR_LAST = (
    r"letzt|dernier|ultim|\blast|nachst|prochain|proxim|\bnext|aktivit|activit|anderung|modif"
    r"|stage|phase|etap|entered|exited"
)
"""Days that are not those on which a deal was over."""
NOT_SELLER = r"erstellt von|created by|cree par|creado por|modif|geandert|team|kontakt|contact|rolle|role|e-?mail"


@dataclass(frozen=True)
class Seen:
    """A column: its heading in plain words, the first of its different words, and what they look like."""

    name: str
    plain: str
    words: tuple[str, ...]
    many: int
    is_date: bool
    is_number: bool
    is_unique: bool

    @property
    def is_text(self) -> bool:
        """Neither days nor numbers."""
        return not (self.is_date or self.is_number)

    def called(self, what: str, *, unless: str = "") -> bool:
        """Whether the heading says so in any of the languages."""
        return bool(re.search(CALLED[what], self.plain)) and not (unless and re.search(unless, self.plain))


def columns(head: Head, export: ExportFolder) -> list[Seen]:
    """The columns of a file as they look; a WorkshopError where it cannot be read."""
    layout = reading.Layout(head.sheet, head.row)
    names = [name for name in head.columns if name and head.columns.count(name) == 1]
    table = reading.read(export.folder / head.file, head.file, wanted=names, layout=layout).table
    return [_seen(name, table[name]) for name in table.column_names]


def bare(heading: str) -> str:
    """A heading without accents and signs: they make no difference to what a column is called.

    >>> bare("Date de clôture")
    'date de cloture'
    """
    apart = pc.utf8_normalize(pa.array([heading.casefold()]), form="NFD")[0].as_py()
    return re.sub(r"[\W_]+", " ", "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f")).strip()


def _seen(name: str, cells: Any) -> Seen:
    plain = values.texts(cells)
    filled = plain.drop_null()
    distinct = pc.unique(filled)
    some_words = distinct.slice(0, 2000)
    count = len(filled)
    is_date = pa.types.is_temporal(cells.type) or (count > 0 and _reads(some_words, as_date=True))
    is_number = not is_date and count > 0 and _reads(some_words, as_date=False)
    return Seen(
        name,
        bare(name),
        tuple(distinct.slice(0, MOST_WORDS + 1).to_pylist()),
        count,
        is_date,
        is_number,
        count > 1 and len(distinct) == count == len(plain),
    )


def _reads(words: Any, *, as_date: bool) -> bool:
    column = values.without_blanks(pa.chunked_array([words]))
    filled = len(column) - column.null_count
    if as_date:
        if (
            periods.asked(column, last=True, share=0.5)[0]
            and not pc.all(pc.match_substring_regex(column, r"^\d{4}$")).as_py()
        ):
            return True
        # Plain numbers may be Excel's days or no days at all: a heading must not be outvoted by them.
        if pc.all(pc.match_substring_regex(column, r"^[\d.,]+$")).as_py() is not False and filled:
            column = column.filter(
                pc.fill_null(pc.match_substring_regex(column, r"^\d{1,2}\.\d{1,2}\.\d{2,4}$"), False)
            )
            if not len(column):
                return False
        read = dates.moments(column, form="", zone="", business_zone="UTC", as_day=True)
    else:
        read = values.numbers(column, decimal="")
    if read.asks:
        return True
    return filled > 0 and len(read.values) - read.values.null_count >= 0.9 * filled
