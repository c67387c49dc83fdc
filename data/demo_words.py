"""What people of the demo company said and decided in the workshop: interviews, charters, reviews."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from demo_world import AM, CHIEF_EXECUTIVE, FIELD, INSIDE, SDR, TEAMS


@dataclass(frozen=True)
class Said:
    """A suggestion in a few words, the quote behind it, the measure it was sorted as, and what became of it."""

    text: str
    quote: str
    measure: str
    disposition: str
    reason: str


@dataclass(frozen=True)
class Talk:
    """One interview."""

    person: str
    role: str
    teams: tuple[str, ...]
    day: dt.date
    notes: str
    said: tuple[Said, ...]


CHOSEN, MERGED, PARKED, DROPPED = "chosen", "merged", "parked", "dropped"


def _may(day: int) -> dt.date:
    return dt.date(2025, 5, day)


TALKS = (
    Talk("Bram Yestervale", "top", (INSIDE, SDR), _may(5), "Sits in every vendor's inbox of his buyers; very direct.", (
        Said("Senior conversations", "If I have not spoken to whoever signs, I do not have a deal, I have a chat.",
             "senior_conversations", CHOSEN, "Named by top sellers, managers and executives alike"),
        Said("Ask for the budget holder by name", "On the second call I always ask who owns the money, by name.",
             "senior_conversations", MERGED, "Another wording of senior-level conversations"),
        Said("Deals won", "In the end the only thing on my wall is how many I signed this month.",
             "deals_closed", CHOSEN, "The result both closing teams are measured on"),
    )),
    Talk("Ansel Drovecote", "top", (FIELD, AM), _may(6), "Prepares every visit in writing the evening before.", (
        Said("VP-level conversations", "My week is good when I sat across from three vice presidents.",
             "senior_conversations", CHOSEN, "Named by top sellers, managers and executives alike"),
        Said("Customer meetings", "I drive out there. Nobody expands a contract with a voice on the phone.",
             "meetings_held", CHOSEN, "Account Management can do more of it, and it opens expansions"),
        Said("Return on investment discussions", "I bring the sheet with their numbers, and we fill it in together.",
             "roi_discussions", PARKED, "Nothing in the CRM shows it yet"),
    )),
    Talk("Tobiah Quernmoor", "middle", (SDR, INSIDE), _may(7), "Loses about an hour a day to list cleaning.", (
        Said("Dials", "I wish I could just dial from nine to eleven without anybody pinging me.",
             "calls_made", CHOSEN, "Sales Development can do more of it, and it comes first"),
        Said("Follow-up emails", "The good ones seem to send a mail after every single call.",
             "emails_sent", CHOSEN, "Easy to raise and asked for by several; to be tested"),
        Said("Answer new leads within the hour", "If I ring back the same hour they still remember us.",
             "lead_response_time", CHOSEN, "Sales Development watches how long a buyer waits for us"),
    )),
    Talk("Tamsin Verelaugh", "middle", (AM, FIELD), _may(8), "Half of her accounts have not been visited this year.", (
        Said("Visits", "I would visit more if reporting did not eat my Thursdays.",
             "meetings_held", MERGED, "Another wording of meetings held"),
        Said("New opportunities", "We notice far too late that nothing new is in the works at an account.",
             "opportunities_opened", CHOSEN, "Account Management is asked to open expansions"),
        Said("Time on calls", "The people who do well here talk with their customers longer, I think.",
             "talk_time", CHOSEN, "Logged by the telephone system and in the seller's hands"),
    )),
    Talk("Nerys Collumbrook", "low", (INSIDE, SDR), _may(9), "Feels left alone with pricing questions.", (
        Said("Emails sent", "I send a lot of mails, at least that shows I am busy.",
             "emails_sent", MERGED, "The same as follow-up emails"),
        Said("A colleague who listens in on calls", "If somebody sat in once a week I would learn faster.",
             "coaching_sessions", PARKED, "A task of the managers, kept for the next round"),
    )),
    Talk("Isaura Thornquell", "low", (FIELD, AM), _may(12), "New to the region since a year; large white spots.", (
        Said("Getting past the gatekeeper to the decision maker", "I get stuck with people who decide nothing.",
             "senior_conversations", MERGED, "Another wording of senior-level conversations"),
        Said("Product demos", "Once they have seen it running they stop asking about the price.",
             "demos_held", PARKED, "The demo team has no capacity to do more before next year"),
    )),
    Talk("Noor Bellasander", "manager", (SDR, INSIDE), _may(13), "Wants one board for the whole floor.", (
        Said("Live conversations", "Dials are cheap. I look at how many people picked up and talked.",
             "conversations", CHOSEN, "Counts people reached, not numbers dialled"),
        Said("Opportunities created", "My team exists to open deals for the floor, so count those.",
             "opportunities_opened", CHOSEN, "What the company expects of Sales Development"),
        Said("Fresh leads per head", "Without leads from marketing my people have nothing to call.",
             "leads_received", PARKED, "Comes before the result but no seller can do more of it"),
    )),
    Talk("Matthis Orchardine", "manager", (FIELD, INSIDE), _may(14), "Keeps his own spreadsheet of visits.", (
        Said("Conversations with decision makers", "Besides closing, the one task is to sit with people who decide.",
             "senior_conversations", MERGED, "Another wording of senior-level conversations"),
        Said("Share of deals won", "Of ten we fight for I want to know how many we bring home.",
             "win_rate", PARKED, "Shown beside the charter; two metrics were enough to start"),
    )),
    Talk("Saskia Penhallam", "manager", (AM, FIELD), _may(15), "Doubts that her team has the time for more visits.", (
        Said("Face-to-face meetings with existing customers", "They should see each customer twice a year.",
             "meetings_held", MERGED, "Another wording of meetings held"),
        Said("Total sales", "My number is revenue, everything else is a means.",
             "revenue", CHOSEN, "The result Account Management is measured on"),
        Said("How happy customers are after a project", "We only hear from them when something has gone wrong.",
             "customer_satisfaction", PARKED, "No survey is sent yet"),
    )),
    Talk("Rainer Collingbosk", "executive", TEAMS, _may(16), "Sponsor of the project; wants to keep it simple.", (
        Said("Talking to people above the user", "Productive teams I have led sold to the floor above the user.",
             "senior_conversations", MERGED, "Another wording of senior-level conversations"),
        Said("Closed deals", "For the weekly call I need signed deals per team, nothing else.",
             "deals_closed", MERGED, "The same as deals won"),
    )),
    Talk(CHIEF_EXECUTIVE, "executive", TEAMS, _may(19), "Reports to the board each quarter.", (
        Said("Sales growth", "The board asks one thing first: how much more than last year.",
             "sales_growth", PARKED, "A goal of the company, no measure of one team"),
        Said("Share of sellers at quota", "I would like to show that most of our people make their number.",
             "quota_attainment_share", PARKED, "Shown to the board beside the charters"),
        Said("Likes on our company page", "My friends in other firms say their sellers are visible everywhere.",
             "", DROPPED, "No stage of our sales process depends on it"),
    )),
)  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """A measure of a charter; `raise_by` is the share by which the target lies over the baseline."""

    measure: str
    raise_by: float
    moves: tuple[str, ...] = ()
    guardrail: str = ""
    sentence: str = ""
    why: str = ""


DEALS = Chosen("deals_closed", 0.08)
WHY_A_METRIC = "Whether a buyer opens a deal with us is not in the seller's hands, so the team reads it as a result."
OPENED = Chosen("opportunities_opened", 0.08, why=WHY_A_METRIC)
ANSWERED = Chosen("lead_response_time", -0.15, why="What a buyer gets of us: watched as a result, not pushed.")
FOLLOWED_UP = Chosen("follow_ups_made", 0.05, why="What a buyer gets of us: watched as a result, not pushed.")
CHARTERS: dict[str, tuple[Chosen, ...]] = {
    SDR: (
        OPENED,
        DEALS,
        ANSWERED,
        Chosen("calls_made", 0.10, ("opportunities_opened",), "conversations"),
        Chosen("conversations", 0.15, ("opportunities_opened",), "deals_closed"),
        Chosen("emails_sent", 0.20, ("opportunities_opened",), "conversations"),
    ),
    INSIDE: (
        DEALS,
        OPENED,
        FOLLOWED_UP,
        Chosen("senior_conversations", 0.30, ("deals_closed",), "conversations",
               "How often we talk with a vice president or somebody above, so that whoever decides hears us directly."),
        Chosen("emails_sent", 0.30, ("opportunities_opened",), "conversations"),
        Chosen("calls_made", 0.05, ("opportunities_opened",), "conversations"),
    ),
    FIELD: (
        DEALS,
        OPENED,
        FOLLOWED_UP,
        Chosen("senior_conversations", 0.30, ("deals_closed",), "conversations",
               "How often we sit with a vice president or somebody above before the decision is made without us."),
        Chosen("emails_sent", 0.30, ("opportunities_opened",), "conversations"),
        Chosen("meetings_held", 0.10, ("deals_closed",), "average_deal_size"),
    ),
    AM: (
        OPENED,
        Chosen("revenue", 0.06),
        FOLLOWED_UP,
        Chosen("meetings_held", 0.30, ("opportunities_opened",), "average_deal_size",
               "How often we meet existing customers, so that we hear of new needs while they can still be met."),
        Chosen("conversations", 0.15, ("opportunities_opened",), "average_deal_size"),
        Chosen("talk_time", 0.10, ("revenue",), "conversations"),
    ),
}  # fmt: skip

OBJECTIONS = (  # team, question, words, answer
    (
        SDR,
        "initiatives",
        "Marketing sends more leads in autumn, so opened deals will rise whatever we do.",
        "Sales Development starts last, so that its weeks show what the season does without a change.",
    ),
    (
        INSIDE,
        "sales process",
        "Emails are easy to push up, and nobody reads them.",
        "They are held in balance by conversations, and are replaced at a review if they move nothing.",
    ),
    (
        FIELD,
        "sales process",
        "Some buyers let nobody speak to their board in the first month.",
        "It is counted over the week of the whole team, not for each deal.",
    ),
    (
        AM,
        "initiatives",
        "There is no time for more meetings as long as reporting takes a day a week.",
        "Reporting is to be cut in half; if it is not by February, the target comes down.",
    ),
)
"""What was said at the playbacks, one objection a team, and what was answered before the charters were agreed."""

CHANGED = (
    AM,
    "meetings_held",
    0.15,
    dt.date(2026, 2, 9),
    "Account Management, team managers",
    "Reporting still takes a day a week, so a rise by nearly a third is out of reach until it is cut.",
)
"""The one change of a charter: team, measure, how far the new target lies above the baseline, day, who and why."""

HYPOTHESES: dict[str, tuple[tuple[str, ...], tuple[tuple[str, str, float, int], ...]]] = {
    SDR: (("opportunities_opened", "win_rate"), (
        ("calls_made", "opportunities_opened", 0.20, 2), ("conversations", "opportunities_opened", 0.25, 2),
        ("lead_response_time", "opportunities_opened", 0.10, 1),
    )),
    INSIDE: (("deals_closed", "average_deal_size"), (
        ("senior_conversations", "average_deal_size", 0.15, 6), ("talk_time", "deals_closed", 0.10, 4),
        ("demos_held", "deals_closed", 0.15, 4),
    )),
    FIELD: (("deals_closed", "win_rate"), (
        ("senior_conversations", "deals_closed", 0.20, 8), ("meetings_held", "win_rate", 0.05, 8),
        ("roi_discussions", "win_rate", 0.05, 6),
    )),
    AM: (("revenue", "opportunities_opened"), (
        ("meetings_held", "opportunities_opened", 0.20, 4), ("business_reviews", "revenue", 0.10, 12),
        ("conversations", "opportunities_opened", 0.10, 4),
    )),
}  # fmt: skip

PURPOSES = {
    SDR: "Turns leads into first small contracts and passes larger needs to Inside Sales",
    INSIDE: "Sells to small and middle-sized companies by telephone and video",
    FIELD: "Sells to large companies on site",
    AM: "Renews and expands the contracts of existing customers",
}

DECISIONS = (  # team, activity, metric, decision, day, reason
    (INSIDE, "senior_conversations", "deals_closed", "keep", "2025-12-01",
     "The team does visibly more of it; too early to say what it does to deals."),
    (INSIDE, "emails_sent", "opportunities_opened", "watch", "2025-12-01",
     "Many more emails; nothing to see in new deals yet. We give it another quarter."),
    (INSIDE, "calls_made", "opportunities_opened", "watch", "2025-12-01",
     "Calls and new deals swing together, but both follow the campaigns."),
    (AM, "meetings_held", "opportunities_opened", "fix adoption", "2026-02-02",
     "Meetings stand where they stood. Reporting on Thursdays is to be cut in half first."),
    (AM, "conversations", "opportunities_opened", "fix adoption", "2026-02-02", "No change since the start."),
    (AM, "talk_time", "revenue", "watch", "2026-02-02", "Unchanged; the telephone system was replaced in autumn."),
    (FIELD, "senior_conversations", "deals_closed", "keep", "2026-03-02", "Adopted by all; the pipeline feels better."),
    (FIELD, "emails_sent", "opportunities_opened", "watch", "2026-03-02", "More emails, no more new deals so far."),
    (FIELD, "meetings_held", "deals_closed", "watch", "2026-03-02", "About as many as before."),
)  # fmt: skip

ANNOTATIONS = (  # day, text, team, measure
    ("2025-12-22", "Christmas holidays: two short weeks", "", ""),
    ("2026-01-12", "Company kick-off: two days without selling", "", ""),
    ("2025-11-03", "The team is one person short until the new year", INSIDE, ""),
    ("2026-03-09", "Marketing campaign begins: more leads for three weeks", SDR, "leads_received"),
)

CHECK_INS = {1: 3.4, 2: 3.0, 4: 3.6, 8: 4.0}
"""The mean answer at each check-in, in weeks after a team's start."""
