"""Migrations go forward over what was written before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from db.embedded import EmbeddedPostgres
from db.migrate import current, head, upgrade
from db.session import make_engine, unit_of_work

# As the first version wrote them: a round, a closed and an open case, letters numbered by hand, a mail sent, a talk.
FIRST = """
INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office)
    VALUES ('D1', 'district', '', '渝中区', '', '区', ''), ('D2', 'district', '', '江北区', '', '区', '');
INSERT INTO users (username, name, role, password_hash, active)
    VALUES ('c', '协调员', 'coordinator', '-', true), ('m', '主任', 'manager', '-', true);
INSERT INTO contacts (subject_id, position, name, email, phone) VALUES ('D1', 'operator', '张三', 'a@b.example', '');
INSERT INTO process_definitions (name, version, title, definition, published_at) VALUES ('p', 1, 'P', '{}', now());
INSERT INTO rounds (process_name, process_version, title, year, definition, status, coordinator_id, launched_at,
    launched_by) VALUES ('p', 1, '轮次', 2022, '{}', 'open', 1, now(), 1);
INSERT INTO cases (id, round_id, subject_id, year, status, stage, work_item_id, version, opened_at)
    VALUES (1, 1, 'D1', 2022, 'open', 's', 1, 1, now());
INSERT INTO work_items (id, case_id, stage, owner, visit, attempt, status, opened_at, due_on, due_since, provisional)
    VALUES (1, 1, 's', 'district', 1, 1, 'open', now(), '2022-09-09', now(), false);
INSERT INTO cases (id, round_id, subject_id, year, status, outcome, version, opened_at, closed_at)
    VALUES (2, 1, 'D2', 2022, 'closed', 'evaluated', 1, now(), now());
INSERT INTO events (round_id, case_id, case_version, ordinal, kind, actor_name, at, data)
    VALUES (1, 1, 1, 0, 'launched', '', now(), '{}'), (1, 2, 1, 0, 'launched', '', now(), '{}');
INSERT INTO letters (case_id, kind, number, issued_on, content, published_at_url, issued_by, issued_at)
    VALUES (1, 'opinion', '渝府教督发〔2022〕9号', '2022-09-01', '正文', '', 1, now()),
           (2, 'result_feedback', '渝府教督发〔2022〕9号', '2022-09-01', '', '', 1, now()),
           (2, 'supervision_report', '报告甲', '2022-09-01', '', '', 1, now());
INSERT INTO climbs (case_id, work_item_id, attempt, rung, kind, due_on, status, reason, at, decision_note)
    VALUES (1, 1, 1, 'talk', 'talk', '2022-09-09', 'proposed', '逾期', now(), '');
INSERT INTO talks (case_id, climb_id, work_item_id, trigger, reason, evidence, status, proposed_at, decision_note,
    place, persons, attended, minutes, commitments, follow_up_note)
    VALUES (1, 1, 1, 'overdue', '逾期', '[]', 'proposed', now(), '', '', '', '', '', '[]', '');
INSERT INTO notices (key, kind, round_id, case_id, work_item_id, attempt, due_on, subject_id, contact_id, position,
    data, created_at) VALUES ('k', 'urge', 1, 1, 1, 1, '2022-09-09', 'D1', 1, 'operator', '{}', now());
INSERT INTO deliveries (notice_id, channel, status, next_attempt_at, attempts, message_id, answer)
    VALUES (1, 'email', 'sent', now(), 1, 'abc', '250');
"""


@pytest.fixture
def first(postgres: EmbeddedPostgres) -> Iterator[str]:
    postgres.create_database("from_first")
    url = postgres.url("from_first")
    upgrade(url, "0001")
    engine = make_engine(url)
    with unit_of_work(engine) as session:
        session.connection().exec_driver_sql(FIRST)
    engine.dispose()
    yield url
    postgres.drop_database("from_first")


def test_the_first_version_goes_forward_with_its_data(first: str) -> None:
    upgrade(first)
    assert current(first) == head()
    engine = make_engine(first)
    with unit_of_work(engine) as session:
        letters = session.execute(text("SELECT number, round_id, trouble <> '' AS told FROM letters ORDER BY id")).all()
        assert [row.round_id for row in letters] == [1, 1, 1]
        assert letters[0].number == "渝府教督发〔2022〕9号"
        assert len({row.number for row in letters}) == 3, "a number is now unique over all kinds"
        assert all(row.told for row in letters), "what went out on paper is not rendered again"
        assert session.execute(text("SELECT prefix, year, last FROM letter_registers")).all() == [
            ("渝府教督发", 2022, 9)
        ], "the register goes on after the numbers written by hand"
        assert session.execute(text("SELECT mail_id FROM deliveries")).scalars().all() == ["abc"]
        assert session.execute(text("SELECT trigger FROM climbs")).scalars().all() == ["overdue"]
        assert session.execute(text("SELECT matter FROM cases ORDER BY id")).scalars().all() == ["", ""]
        assert session.execute(text("SELECT count(*) FROM letterheads")).scalar() == 26
    engine.dispose()
