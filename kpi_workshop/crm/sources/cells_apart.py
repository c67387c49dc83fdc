"""A process of its own that reads the cells of one workbook: a file that breaks the reader ends this process alone.

The reader is not written in Python. Where a damaged or hostile file makes it ask for more memory than there is, no
exception comes of it: the process ends. Requests come as lines of JSON, answers go as pickles of plain values. Nothing
of the package is imported, so that it starts at once.
"""

from __future__ import annotations

import json
import pickle
import sys
from typing import Any

MOST_MEMORY = 4 * 2**30
ROWS_AT_ONCE = 500


def main(path: str) -> None:
    """Answer requests about the workbook until there are no more.

    First answer: for each sheet its name and whether it is shown. ["rows", title, most] is answered by lists of rows
    (all rows where `most` is 0) and then None; ["spans", title] by the sheet's merged cells, None where they are not
    told.
    """
    _keep_within(MOST_MEMORY)
    import python_calamine

    out = sys.stdout.buffer

    def answer(what: Any) -> None:
        pickle.dump(what, out)
        out.flush()

    with open(path, "rb") as file:  # noqa: PTH123
        # By its content and not by its ending: the name of the file may be another one than a workbook's.
        book = python_calamine.CalamineWorkbook.from_filelike(file)
        kind, shown = python_calamine.SheetTypeEnum.WorkSheet, python_calamine.SheetVisibleEnum.Visible
        answer([(one.name, one.visible == shown) for one in book.sheets_metadata if one.typ == kind])
        for line in sys.stdin:
            what, title, *more = json.loads(line)
            sheet = book.get_sheet_by_name(title)
            if what == "spans":
                answer(sheet.merged_cell_ranges)
            else:
                for rows in _rows(sheet, more[0]):
                    answer(rows)
                answer(None)


def _rows(sheet: Any, most: int) -> Any:
    """Lists of rows from the first one on, each up to its last filled cell, empty cells as None."""
    before = [None] * (sheet.start[1] if sheet.start else 0)
    rows: list[list[Any]] = []
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        while cells and cells[-1] == "":
            cells.pop()
        rows.append([*before, *(None if cell == "" else cell for cell in cells)])
        if number == most:
            break
        if len(rows) == ROWS_AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows


def _keep_within(memory: int) -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    except (ImportError, ValueError, OSError):
        # Not every system limits a process; there it ends when the memory does.
        pass


if __name__ == "__main__":
    main(sys.argv[1])
