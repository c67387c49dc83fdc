"""Files a person asks for by name: whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kpi_workshop import files
from kpi_workshop.errors import WorkshopError


def test_a_file_is_replaced_whole_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    out = tmp_path / "é.csv"
    out.write_text("before", encoding="utf-8")
    files.write(out, "ä\r\nb\n")
    assert out.read_bytes() == "ä\r\nb\n".encode() and [f.name for f in tmp_path.iterdir()] == ["é.csv"]
    assert stat.S_IMODE(out.stat().st_mode) in (0o600, 0o666)
    with pytest.raises(WorkshopError, match=r"There is no folder '.*none' to put 'x.csv' in. Make it first."):
        files.write(tmp_path / "none" / "x.csv", "x")


def test_what_was_there_stays_where_the_disk_is_full(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    out = tmp_path / "charters.json"
    out.write_text("before", encoding="utf-8")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
    try:
        with pytest.raises(WorkshopError, match=r"A file may not grow that large here: '.*charters.json'"):
            files.write(out, b"x" * 2_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [(f.name, f.read_text(encoding="utf-8")) for f in tmp_path.iterdir()] == [("charters.json", "before")]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_device_is_said() -> None:
    with pytest.raises(WorkshopError, match=r"The disk is full: '/dev/full'. Make room and try again."):
        files.write(Path("/dev/full"), "x")
