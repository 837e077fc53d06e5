"""When something may be said."""

from __future__ import annotations

from datetime import datetime

import pytest

from process.calendar import SHANGHAI, WorkCalendar
from process.quiet import release
from process.vocabulary import NoticeKind, Urgency


def moment(day: int, hour: int, minute: int = 0, month: int = 9) -> datetime:
    return datetime(2022, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("urgency", "said", "sent"),
    [
        (Urgency.URGENT, moment(10, 23), moment(10, 23)),
        (Urgency.PROMPT, moment(8, 10), moment(8, 10)),
        (Urgency.PROMPT, moment(8, 7), moment(8, 8, 30)),
        (Urgency.PROMPT, moment(8, 18), moment(9, 8, 30)),
        (Urgency.PROMPT, moment(9, 18), moment(13, 8, 30)),  # 中秋 10..12
        (Urgency.PROMPT, moment(8, 10, month=10), moment(8, 10, month=10)),  # a Saturday that works
        (Urgency.ROUTINE, moment(8, 9), moment(8, 9, 30)),
        (Urgency.ROUTINE, moment(8, 9, 30), moment(9, 9, 30)),
        (Urgency.ROUTINE, moment(9, 12), moment(13, 9, 30)),
    ],
)
def test_release(calendar: WorkCalendar, urgency: Urgency, said: datetime, sent: datetime) -> None:
    assert release(urgency, said, calendar) == sent


def test_what_has_legal_effect_is_never_left_to_preference() -> None:
    for kind in (NoticeKind.LETTER, NoticeKind.CIRCULAR, NoticeKind.TALK_NOTICE, NoticeKind.SUPERVISE):
        assert kind.mandatory
    assert not NoticeKind.REMINDER.mandatory
