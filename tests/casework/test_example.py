"""The example office: everybody the items need, once."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text

from casework.example import install_example
from db.queries.registry import expiring
from db.queries.rows import Window
from db.queries.sight import Sight
from db.session import unit_of_work
from process.errors import Conflict


def test_the_example_office_has_whom_the_items_are_about(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        made = install_example(session, date(2022, 3, 1), "example-2022")
        kinds = dict(session.execute(text("SELECT kind, count(*) FROM subjects GROUP BY kind")).all())
        assert {"district", "authority", "city", "school", "kindergarten", "college", "university"} < set(kinds)
        assert kinds["principal"] == len(made.districts)
        names = session.execute(text("SELECT name FROM subjects WHERE kind = 'university'")).scalars().all()
        assert {"重庆人文科技学院", "重庆工程学院"} <= set(names), "要点第17项 names them"
        ending = expiring(
            session, sight=Sight(), first=date(2022, 1, 1), last=date(2022, 12, 31), window=Window(50), principals=True
        )
        assert ending.total == 6
        assert all("校长" in row.person for row in ending.items), "also where a person has no short name"
    with pytest.raises(Conflict), unit_of_work(engine) as session:
        install_example(session, date(2022, 3, 1), "example-2022")
