"""Taking back: one action at a time, from the records alone, whoever opens them and after whatever end."""

import pytest

from kpi_workshop import changes
from kpi_workshop.errors import WorkshopError
from kpi_workshop.kinds import Seat, Team
from kpi_workshop.records import Store


def teams(store):
    return {key: team.purpose for key, team in store.current(Team).items()}


def add(store, *names, **more):
    store.save_all([(name, Team(name=name, **more)) for name in names])


def test_actions_are_taken_back_one_after_another_by_whoever_opens_the_store(engagement):
    store = engagement.records
    add(store, "Inside", "Field")
    add(store, "Inside", purpose="Sells by telephone")
    store.save_all([], without=[(Team, "Field")])
    seen = [teams(store)]
    for _ in range(3):
        again = Store(store.file)
        changes.take_back(again, Team)
        seen.append(teams(again))
    assert seen == [
        {"Inside": "Sells by telephone"},
        {"Inside": "Sells by telephone", "Field": ""},
        {"Inside": "", "Field": ""},
        {},
    ]
    assert changes.last(store, Team) is None
    with pytest.raises(WorkshopError, match="nothing to undo"):
        changes.take_back(store, Team)


def test_after_taking_back_a_new_action_is_the_next_to_be_taken_back(engagement):
    store = engagement.records
    add(store, "Inside")
    add(store, "Field")
    changes.take_back(store, Team)
    add(store, "Key Accounts")
    changes.take_back(store, Team)
    assert list(teams(store)) == ["Inside"]
    changes.take_back(store, Team)
    assert teams(store) == {}


def test_an_action_on_several_kinds_is_taken_back_whole(engagement):
    store = engagement.records
    add(store, "Inside")
    store.save(Seat(person="Ann", team="Inside"), "a")
    renamed = [("Inside Sales", Team(name="Inside Sales")), ("a", Seat(person="Ann", team="Inside Sales"))]
    store.save_all(renamed, without=[(Team, "Inside")])
    changes.take_back(store, Team)
    assert list(teams(store)) == ["Inside"] and store.get(Seat, "a").team == "Inside"


def test_what_was_changed_again_by_another_action_is_not_overwritten(engagement):
    store = engagement.records
    store.save_all([("Inside", Team(name="Inside")), ("a", Seat(person="Ann", team="Inside"))])
    store.save(Seat(person="Ann", team="Inside", role="manager"), "a")
    with pytest.raises(WorkshopError, match="'a' was changed again after that"):
        changes.take_back(store, Team)
    assert store.get(Seat, "a").role == "manager" and list(teams(store)) == ["Inside"]


def test_what_an_import_brought_is_no_action_of_a_person(engagement):
    store = engagement.records
    add(store, "Before")
    store.save_all([("Inside", Team(name="Inside"))], by="CRM import")
    assert changes.last(store, Team) is None
    add(store, "Inside", purpose="Sells by telephone")
    changes.take_back(store, Team)
    assert teams(store) == {"Before": "", "Inside": ""} and changes.last(store, Team) is None


def test_only_the_records_asked_for_are_looked_at(engagement):
    store = engagement.records
    add(store, "Inside")
    add(store, "Field")
    changes.take_back(store, Team, keys={"Inside"})
    assert list(teams(store)) == ["Field"]
    assert changes.last(store, Team, keys={"Inside"}) is None
