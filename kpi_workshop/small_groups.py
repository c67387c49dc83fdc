"""What may be shown of few people: the one rule by which numbers of people are told, merged or kept back.

A group of fewer than `least` people is never shown apart, and neither is what a reader could work out by taking one
number from another: a total less the groups shown, one table from another one, an earlier edition from a later one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Cell = TypeVar("Cell", bound=Hashable)
Groups = Mapping[str, frozenset[str]]
"""Names of groups with the people in each."""


def kept_back(counts: Mapping[Cell, int], *, least: int, totals: Iterable[Collection[Cell]] = ()) -> set[Cell]:
    """The cells of one or several tables that may not be shown: small numbers, and those that would give one away.

    `counts` are numbers of people; 0 may be told. `totals` are the cells behind each sum that is shown as well, also
    where it stands in another table. Behind each of them what is kept back is nobody, or at least two cells with
    `least` people together, so that the sum less what is shown tells of no small group (secondary cell suppression).

    >>> sorted(kept_back({"sellers": 6, "managers": 2, "executives": 3}, least=3))
    ['managers']
    >>> sorted(kept_back({"sellers": 6, "managers": 2, "executives": 3}, least=3, totals=[("sellers", "managers",
    ...     "executives")]))
    ['executives', 'managers']
    """
    found = {cell for cell, count in counts.items() if 0 < count < least}
    sums = [list(total) for total in totals]
    changed = True
    while changed:
        changed = False
        for cells in sums:
            hidden = [cell for cell in cells if cell in found]
            if not hidden or (len(hidden) > 1 and sum(counts[cell] for cell in hidden) >= least):
                continue
            # A cell with nobody is taken only where nothing else is left: it hides one number and no person.
            open_ones = sorted(
                (cell for cell in cells if cell not in found), key=lambda cell: (not counts[cell], counts[cell])
            )
            if open_ones:
                found.add(open_ones[0])
                changed = True
    return found


def merged(role_of: Mapping[str, str], partitions: Sequence[Mapping[str, frozenset[str]]], *, least: int) -> Groups:
    """The people by group: the first of the partitions (fine to coarse) that leaves no group with some but too few.

    `role_of` names each person's role, a partition the roles of each group. Empty where all of them are too few.

    >>> roles = {"a": "top", "b": "low", "c": "low", "d": "manager"}
    >>> all_of_them = {"everyone": frozenset({"top", "low", "manager"})}
    >>> by_group = {"sellers": frozenset({"top", "low"}), "managers": frozenset({"manager"})}
    >>> sorted(merged(roles, [by_group, all_of_them], least=3)["everyone"])
    ['a', 'b', 'c', 'd']
    """
    for partition in partitions:
        found = {
            name: frozenset(p for p, role in role_of.items() if role in roles) for name, roles in partition.items()
        }
        if role_of and all(not people or len(people) >= least for people in found.values()):
            return found
    return {}


def sets_told(sets_of: Mapping[str, frozenset[str]], *, least: int) -> dict[str, frozenset[str]]:
    """For each person the sets (such as teams) that may be told of what they said; none where it would single out.

    People who are in the same sets are one cell. A cell of fewer than `least` people is kept back, and so is the
    smallest other one where those kept back would be fewer than `least` together. What is told of one set, of several,
    or of all less some, is then always told of at least so many people.

    >>> told = sets_told({"a": frozenset("F"), "b": frozenset("F"), "c": frozenset("F"), "d": frozenset("I")}, least=3)
    >>> [sorted(told[person]) for person in "abcd"]
    [[], [], [], []]
    """
    cells: dict[frozenset[str], set[str]] = defaultdict(set)
    for person, sets in sets_of.items():
        cells[sets].add(person)
    by_size = sorted(cells, key=lambda sets: (len(cells[sets]), sorted(sets)))
    hidden: set[str] = set()
    for sets in by_size:
        if len(cells[sets]) < least or 0 < len(hidden) < least:
            hidden |= cells[sets]
    return {person: frozenset() if person in hidden else sets for person, sets in sets_of.items()}


def unlike(earlier: Groups, now: Groups, *, least: int) -> bool:
    """Whether two editions differ by so few people that the later less the earlier would tell who came or went.

    Groups that both editions show are compared, and what is left of both as one: there one of them is coarser.

    >>> before = {"sellers": frozenset("abc"), "managers": frozenset("xyz")}
    >>> unlike(before, {"sellers": frozenset("abcd"), "managers": frozenset("xyz")}, least=3)
    True
    >>> unlike(before, {"sellers": frozenset("abcdef"), "managers": frozenset("xyz")}, least=3)
    False
    """
    if not earlier or not now:
        return False
    both = earlier.keys() & now.keys()
    pairs = [(earlier[name], now[name]) for name in both] + [(_rest(earlier, both), _rest(now, both))]
    return any(0 < len(before ^ after) < least for before, after in pairs)


def _rest(groups: Groups, named: Collection[str]) -> frozenset[str]:
    nobody: frozenset[str] = frozenset()
    return nobody.union(*(people for name, people in groups.items() if name not in named))
