"""What is remarked about inspectors and their terms."""

from __future__ import annotations

from datetime import date

import pytest

from process.careers import qualification_remarks, school_remarks, term_remarks


@pytest.mark.parametrize(
    ("education", "years", "remarks"),
    [
        ("本科", 10, 0),
        ("教育学硕士", 30, 0),
        ("大专", 10, 1),
        ("本科", 9, 1),
        ("", None, 2),
    ],
)
def test_qualifications(education: str, years: int | None, remarks: int) -> None:
    assert len(qualification_remarks(education, years)) == remarks


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "ordinal", "full_time", "remarks"),
    [
        (date(2021, 7, 1), date(2024, 6, 30), 3, False, 0),
        (date(2021, 7, 1), date(2024, 7, 1), 1, False, 1),
        (date(2021, 7, 1), date(2024, 6, 30), 4, False, 1),
        (date(2020, 2, 29), date(2023, 2, 28), 1, False, 0),
        (date(2021, 7, 1), date(2031, 6, 30), 9, True, 0),
    ],
)
def test_terms(starts_on: date, ends_on: date, ordinal: int, full_time: bool, remarks: int) -> None:
    assert len(term_remarks(starts_on, ends_on, ordinal, full_time=full_time)) == remarks


@pytest.mark.parametrize(("schools", "remarks"), [(0, 0), (2, 1), (3, 0), (5, 0), (6, 1)])
def test_schools(schools: int, remarks: int) -> None:
    assert len(school_remarks(schools)) == remarks
