"""What the law asks of inspectors and their terms, as remarks: whether somebody is fit is decided by people."""

from __future__ import annotations

import re
from datetime import date

YEARS_IN_EDUCATION = 10
"""《教育督导条例》第七条."""
TERM_YEARS = 3
MOST_TERMS = 3
"""《教育督导条例》第六条、《重庆市教育督导条例》第九条: of part-time inspectors."""
FEWEST_SCHOOLS, MOST_SCHOOLS = 3, 5
"""《重庆市教育督导条例》第十八条."""
WARNED_AHEAD = 180
"""Days before the end of a term from which it is listed (市政府教育督导室工作安排)."""

_DEGREE = re.compile("本科|学士|硕士|博士|研究生")


def qualification_remarks(education: str, years: int | None) -> list[str]:
    """What of 《教育督导条例》第七条 is not shown by the roster."""
    remarks = []
    if not education:
        remarks.append("未登记学历")
    elif not _DEGREE.search(education):
        remarks.append("学历须为大学本科以上（《教育督导条例》第七条）")
    if years is None:
        remarks.append("未登记教育工作年限")
    elif years < YEARS_IN_EDUCATION:
        remarks.append(f"从事教育工作须满{YEARS_IN_EDUCATION}年（《教育督导条例》第七条）")
    return remarks


def term_remarks(starts_on: date, ends_on: date, ordinal: int, *, full_time: bool) -> list[str]:
    """What of the rules about part-time inspectors' terms a term departs from."""
    if full_time:
        return []
    remarks = []
    if ends_on >= _years_later(starts_on, TERM_YEARS):
        remarks.append(f"兼职督学任期为{TERM_YEARS}年（《重庆市教育督导条例》第九条）")
    if ordinal > MOST_TERMS:
        remarks.append(f"兼职督学连续任职不得超过{MOST_TERMS}个任期（《重庆市教育督导条例》第九条）")
    return remarks


def school_remarks(schools: int) -> list[str]:
    """Whether somebody who answers for schools answers for as many as one should."""
    if schools == 0 or FEWEST_SCHOOLS <= schools <= MOST_SCHOOLS:
        return []
    return [f"一名督学负责{FEWEST_SCHOOLS}至{MOST_SCHOOLS}所学校（《重庆市教育督导条例》第十八条），现为{schools}所"]


def _years_later(day: date, years: int) -> date:
    """The same day, years later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
