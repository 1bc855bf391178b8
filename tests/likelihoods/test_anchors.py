"""Packaged tables against numbers that the experiments state in their own texts."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from twinsector.inference.catalogue import catalogue
from twinsector.likelihoods import likelihood_datasets
from twinsector.likelihoods.anchors import AGREEMENT, Anchor, compared
from twinsector.likelihoods.tables import DATA_FOLDER

ANCHORS = compared()


@pytest.mark.parametrize("anchor", ANCHORS, ids=lambda a: f"{a.dataset}-{a.kind}-{a.value:g}")
def test_each_anchor_agrees_or_has_its_reason(anchor: Anchor) -> None:
    assert (abs(anchor.deviation) <= AGREEMENT) == (anchor.reason == ""), anchor
    assert anchor.reference and anchor.status and anchor.dataset in likelihood_datasets(anchor.likelihood)


def test_the_table_is_read_whole_and_deviations_are_noticed() -> None:
    lines = (DATA_FOLDER / "anchors.csv").read_text().splitlines()
    rows = list(csv.DictReader(line for line in lines if line[0] != "#"))
    assert len(ANCHORS) == len(rows) >= 35
    assert [anchor.value for anchor in ANCHORS] == [float(row["value"]) for row in rows]
    assert max(abs(anchor.deviation) for anchor in ANCHORS if not anchor.reason) > 0.01  # found, not copied
    first = ANCHORS[0]
    assert replace(first, found=1.06 * first.value).deviation == pytest.approx(0.06)
    assert replace(first, kind="at_most", found=0.5 * first.value).deviation == 0.0


def test_list_limits_holds_the_anchors() -> None:
    head, *rows = catalogue("limits")
    cells = {row[head.index("dataset")]: row[head.index("anchors")] for row in rows}
    assert "observed 2.2e-48 cm^2 at 40: -0.8%" in cells["lz_2024"] and "+12.0%" in cells["pandax2_2017"]
    assert cells["cdmslite"] == "-"
    head, *rows = catalogue("anchors")
    assert len(rows) == len(ANCHORS) and {row[head.index("reason")] for row in rows} > {"-"}
