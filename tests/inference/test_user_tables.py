"""A user's tables as they travel in a chain: read once by their path, written beside each other, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinsector.inference.configuration.run_config import RunConfig, load_config
from twinsector.inference.errors import InputError
from twinsector.inference.provenance.user_tables import read_user_tables, write_user_tables

TEXT = "# eigene Tabelle: µ\r\na,b\n1,2\n"


def config(**likelihoods: dict[str, object]) -> RunConfig:
    return load_config({"name": "a", "model": "mirror", "likelihoods": likelihoods})


def with_tables(folder: Path) -> tuple[RunConfig, list[str]]:
    """A run of three likelihoods: two with the same table, one with another of the same file name."""
    paths = [folder / name / "table.csv" for name in ("one", "two")]
    for path in paths:
        path.parent.mkdir(parents=True)
        path.write_bytes(f"{TEXT}{path.parent.name}".encode())
    one, two = map(str, paths)
    return config(
        planck_neff={"path": one, "dataset": "planck18"},
        direct_detection={"path": two},
        fermi_dwarfs={"path": one},
    ), [one, two]


def test_tables_are_read_by_path_and_written_once_each(tmp_path: Path) -> None:
    run, (one, two) = with_tables(tmp_path / "mine")
    tables = read_user_tables(run)
    assert tables == {one: f"{TEXT}one", two: f"{TEXT}two"}
    moved = write_user_tables(run, tables, tmp_path / "new")
    first, second = (str(tmp_path / "new" / number / "table.csv") for number in "12")
    assert {name: settings["path"] for name, settings in moved.likelihoods.items()} == {
        "planck_neff": first,
        "direct_detection": second,
        "fermi_dwarfs": first,
    }
    assert moved.likelihoods["planck_neff"]["dataset"] == "planck18"
    assert run.likelihoods["planck_neff"]["path"] == one  # the configuration given is as it was
    assert read_user_tables(moved) == {first: f"{TEXT}one", second: f"{TEXT}two"}
    assert write_user_tables(run, tables, tmp_path / "new") == moved  # over what is there


def test_a_run_without_tables_is_returned_as_it_is(tmp_path: Path) -> None:
    run = config(planck_neff={"path": None}, direct_detection={"dataset": "lz_2024"}, of_another_package={"path": "x"})
    assert read_user_tables(run) == {}
    assert write_user_tables(run, {}, tmp_path / "new") is run
    assert not (tmp_path / "new").exists()


def test_a_table_that_is_lost_or_cannot_be_written_is_named(tmp_path: Path) -> None:
    run, (one, two) = with_tables(tmp_path / "mine")
    with pytest.raises(InputError) as caught:
        write_user_tables(run, {one: TEXT}, tmp_path / "new")
    assert str(caught.value) == f"likelihood 'direct_detection': the chain does not contain its table '{two}'"
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError) as caught:
        write_user_tables(run, {one: TEXT, two: TEXT}, tmp_path / "file")
    assert str(caught.value) == f"cannot write to {tmp_path / 'file'}: Not a directory; give another output folder"
