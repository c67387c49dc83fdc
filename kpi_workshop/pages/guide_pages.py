"""The interview guides: on the screen, and as pages to print and to write on."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

from .. import brand, bundle
from ..engagement import Engagement
from ..steps import guides
from . import documents, theme
from .picture import GREY
from .workshop import Workshop

FOLDER = "guides"


@dataclass(frozen=True)
class GuidePage:
    """The guides to read from: that of `guide` open, the others folded beneath, each with its page to print."""

    guide: guides.Guide
    others: tuple[guides.Guide, ...] = ()

    def _repr_html_(self) -> str:
        first = f"<details open><summary>{_e(self.guide.title)}</summary>{_guide(self.guide)}</details>"
        folded = (f"<details><summary>{_e(g.title)}</summary>{_guide(g)}</details>" for g in self.others)
        return f'<div class="guides">{first}{"".join(folded)}</div>'

    def __repr__(self) -> str:
        return "\n".join([self.guide.title, *(f"{n}. {q.ask}" for n, q in enumerate(self.guide.questions, start=1))])


def guide(here: Workshop, *, role: str = "top") -> GuidePage:
    """The guides, that for `role` open: top, middle, low, manager or executive; their pages to print are written."""
    chosen = guides.guide(role)
    write(here.engagement)
    return GuidePage(chosen, tuple(guides.guide(other) for other in guides.ROLES if other != role))


def write(engagement: Engagement) -> list[Path]:
    """Write a page for each role to `cache/guides` of the engagement, to be printed, and return them.

    Raises WorkshopError where the brand's logo cannot be shown.
    """
    branded = brand.facts(engagement.settings.brand, engagement.folder)
    folder = engagement.cache / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    templates = bundle.folder("templates") / "guides"
    template = theme.environment(templates).get_template("guide.html")
    css = theme.css(templates / "guide.css", brand=branded, paper=engagement.settings.paper_size)
    common = {"client": engagement.settings, "brand": branded, "css": css}
    return [
        documents.write_whole(folder / file_name(role), template.render(guide=guides.guide(role), **common))
        for role in guides.ROLES
    ]


def file_name(role: str) -> str:
    """The file of one role's guide.

    >>> file_name("top")
    'guide-top.html'
    """
    return f"guide-{role}.html"


def _guide(guide: guides.Guide) -> str:
    page = f"../cache/{FOLDER}/{file_name(guide.role)}"
    questions = "".join(_question(question) for question in guide.questions)
    return (
        f'<article style="max-width:44em"><p>About {guide.minutes} minutes. '
        f'<a href="{page}" target="_blank">Open this guide as a page to print</a></p>'
        f"<h3>To send beforehand</h3><blockquote>{_e(guide.invitation)}</blockquote>"
        f"<h3>To say first</h3>{_paragraphs(guide.purpose)}"
        f"<h3>What stays between us</h3>{_paragraphs(guide.confidential)}"
        f"<h3>To ask</h3><ol>{questions}</ol>"
        f"<h3>To say at the end</h3><p>{_e(guide.closing)}</p></article>"
    )


def _question(question: guides.Question) -> str:
    probes = "".join(f"<li>{_e(probe)}</li>" for probe in question.probes)
    probing = f"<p>If the answer is thin:</p><ul>{probes}</ul>" if probes else ""
    listen = f'<p style="color:{GREY}">Listen for: {_e(question.listen_for)}</p>' if question.listen_for else ""
    return f"<li><p><strong>{_e(question.ask)}</strong></p>{listen}{probing}</li>"


def _paragraphs(sentences: tuple[str, ...]) -> str:
    return "".join(f"<p>{_e(sentence)}</p>" for sentence in sentences)


def _e(text: str) -> str:
    return html.escape(text)
