"""What values say: of a district's indicators, of each school, of the differences between schools; and what follows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from casework.definitions import publish, publish_sets
from casework.indicator_values import take_values
from casework.launch import launch
from casework.load import load_case
from casework.monitoring import Chosen, proposed_findings, take_over
from casework.steps import complete
from db.queries.indicators import Counts, counts, required, schools, set_in_force, standings
from db.queries.rows import Window
from flows.district_evaluation import PROCESS
from process.definition import Process, Requirement
from process.errors import (
    InvalidDefinition,
    InvalidInput,
    LaunchedDefinitionChanged,
    NotAllowed,
    NotFound,
    RequirementUnmet,
    WrongStage,
)
from process.indicator_sets import BALANCED_EDUCATION, DISTRICT_EVALUATION, PRESCHOOL_INCLUSION
from process.indicators import IndicatorSet, Level, Requires, Verdict
from process.vocabulary import FindingLevel, SchoolStage, Severity, Template
from tests.schooled import DISTRICT, OTHER, add_school, good, table
from tests.world import World

PRIMARY = good(BALANCED_EDUCATION, Level.SCHOOL, SchoolStage.PRIMARY)
JUNIOR = good(BALANCED_EDUCATION, Level.SCHOOL, SchoolStage.JUNIOR)
OWN = good(BALANCED_EDUCATION, Level.DISTRICT)


def fill(
    world: World, rows: dict[str, dict[str, float]], wanted: IndicatorSet = BALANCED_EDUCATION, year: int = 2022
) -> None:
    content = table(rows, wanted)
    world.do(take_values, world.coordinator, wanted.name, year, filename="a.xlsx", content=content)


def verdicts(world: World, wanted: IndicatorSet = BALANCED_EDUCATION) -> dict[tuple[str, str, str], Verdict]:
    with world.unit() as session:
        rows = required(session, wanted, 2022, DISTRICT)
        # The gate's two numbers are those of the page.
        counted = counts(session, wanted, 2022, [DISTRICT, OTHER])[DISTRICT]
    assert counted.unmet == sum(row.verdict.unmet for row in rows)
    reported = (Requires.INDICATOR, Requires.REPORTED)
    assert counted.missing == sum(row.verdict is Verdict.MISSING and row.requires in reported for row in rows)
    return {(row.requires, row.key, row.counted_as or ""): row.verdict for row in rows}


@pytest.fixture
def schooled(world: World) -> World:
    with world.unit() as session:
        add_school(session, "P1", students=45)
        add_school(session, "P2", students=37)
        add_school(session, "J1", SchoolStage.JUNIOR, students=500)
        add_school(session, "J2", SchoolStage.NINE_YEAR, students=900)
    return world


def test_a_district_without_values_lacks_every_indicator_once(schooled: World) -> None:
    with schooled.unit() as session:
        found = counts(session, BALANCED_EDUCATION, 2022, [DISTRICT, OTHER])
    assert found == {DISTRICT: Counts(0, 38), OTHER: Counts(0, 38)}, "also where no school is registered"


def test_everything_reached_is_met(schooled: World) -> None:
    fill(schooled, {DISTRICT: OWN, "P1": PRIMARY, "P2": PRIMARY, "J1": JUNIOR, "J2": JUNIOR})
    found = verdicts(schooled)
    assert set(found.values()) == {Verdict.MET}
    assert len(found) == 31 + 7 + 14 + 1


def test_short_vetoed_missing_and_the_wrong_side(schooled: World) -> None:
    own = {**OWN, "C1": 94.9, "V1": 0, "D1": 84.99}
    del own["B8"]
    fill(schooled, {DISTRICT: own, "P1": PRIMARY, "P2": PRIMARY, "J1": JUNIOR, "J2": JUNIOR})
    found = {key[1]: verdict for key, verdict in verdicts(schooled).items() if verdict is not Verdict.MET}
    assert found == {"C1": "short", "V1": "vetoed", "D1": "vetoed", "B8": "missing"}
    preschool = {**good(PRESCHOOL_INCLUSION, Level.DISTRICT), "D1": 85, "C3": 15.1}
    fill(schooled, {DISTRICT: preschool}, PRESCHOOL_INCLUSION)
    found = {key[1]: v for key, v in verdicts(schooled, PRESCHOOL_INCLUSION).items() if v is not Verdict.MET}
    assert found == {"D1": "short", "C3": "short"}, "高于 is not 不低于, and too many children are too many"


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, Verdict.MET),
        ({"A1": 0.85 * 4.2}, Verdict.MET),  # six of seven, the other at 85%
        ({"A1": 0.84 * 4.2}, Verdict.SHORT),  # the other below 85%
        ({"A1": 4.1, "A2": 0.9}, Verdict.SHORT),  # five of seven
        ({"A1": None}, Verdict.MISSING),
        ({"A1": None, "A2": 0.9, "A3": 0.8}, Verdict.SHORT),  # whatever A1 will be
    ],
)
def test_a_school_must_reach_six_of_seven(schooled: World, changed: dict[str, float | None], verdict: Verdict) -> None:
    values = {key: value for key, value in {**PRIMARY, **changed}.items() if value is not None}
    fill(schooled, {"P1": values})
    with schooled.unit() as session:
        found = {row.id: row for row in schools(session, BALANCED_EDUCATION, 2022, DISTRICT, Window(50)).items}
    assert found["P1"].verdict is verdict
    assert found["P1"].missing == sum(value is None for value in changed.values())
    assert found["J1"].verdict is Verdict.MISSING
    assert verdicts(schooled)["schools", "", ""] is (Verdict.SHORT if verdict is Verdict.SHORT else Verdict.MISSING)


def test_the_difference_coefficient_of_the_published_example(world: World) -> None:
    """生均图书册数 of five schools: 全县生均 6.33, 差异系数 0.52 as printed (义务教育校际均衡指标计算方法)."""
    books = {"K1": (45, 279), "K2": (37, 137), "K3": (89, 935), "K4": (76, 160), "K5": (55, 402)}
    with world.unit() as session:
        for id_, (students, _) in books.items():
            add_school(session, id_, students=students)
    fill(world, {id_: {"A1": volumes / students} for id_, (students, volumes) in books.items()})
    with world.unit() as session:
        rows = required(session, BALANCED_EDUCATION, 2022, DISTRICT)
    row = next(row for row in rows if row.requires is Requires.DIFFERENCE and row.key == "A1")
    assert (row.mean, row.schools, row.counted_as) == (pytest.approx(1913 / 302), 5, SchoolStage.PRIMARY)
    assert row.value == pytest.approx(0.5155, abs=0.005)
    assert row.verdict is Verdict.SHORT


def coefficient(schools_: Sequence[tuple[int, float]]) -> float | None:
    """The same, written independently: exact sums, no SQL."""
    students = sum(n for n, _ in schools_)
    if not students:
        return None
    mean = math.fsum(n * x for n, x in schools_) / students
    if mean == 0:
        return None
    return math.sqrt(math.fsum(n * (x - mean) ** 2 for n, x in schools_) / students) / mean


def test_any_districts_difference_coefficient(world: World) -> None:
    with world.unit() as session:
        for n in range(6):
            add_school(session, f"H{n}")

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.tuples(st.integers(0, 3000), st.floats(0, 50, allow_nan=False, allow_subnormal=False)),
            min_size=1,
            max_size=6,
        )
    )
    def check(drawn: list[tuple[int, float]]) -> None:
        drawn = [(n, round(x, 3)) for n, x in drawn]
        with world.engine.connect() as connection, connection.begin() as transaction:
            connection.execute(
                text(
                    "INSERT INTO indicator_uploads VALUES (1, 'balanced-education', 1, 2022, '', 1, '[]', 1, now()) "
                    "ON CONFLICT DO NOTHING"
                )
            )
            for n, (students, value) in enumerate(drawn):
                connection.execute(
                    text("UPDATE schools SET students = :s WHERE subject_id = :id"), {"s": students, "id": f"H{n}"}
                )
                connection.execute(
                    text(
                        "INSERT INTO indicator_values (set_name, year, subject_id, key, value, upload_id) "
                        "VALUES ('balanced-education', 2022, :id, 'A2', :v, 1)"
                    ),
                    {"id": f"H{n}", "v": value},
                )
            rows = required(Session(connection), BALANCED_EDUCATION, 2022, DISTRICT)
            transaction.rollback()
        row = next(row for row in rows if row.requires is Requires.DIFFERENCE)
        expected = coefficient(drawn)
        assert row.value == (None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-9))
        if expected is not None and abs(expected - 0.5) > 1e-9:
            assert row.verdict is (Verdict.SHORT if expected > 0.5 else Verdict.MET)

    check()


def test_scores_rank_districts(world: World) -> None:
    full = good(DISTRICT_EVALUATION, Level.DISTRICT)
    fill(world, {DISTRICT: full, OTHER: {**full, "A1": 50, "D2": 1.0, "D4": 3}}, DISTRICT_EVALUATION)
    with world.unit() as session:
        page = standings(session, DISTRICT_EVALUATION, 2022, [OTHER, DISTRICT, "CQ-500101"], Window(50))
        found = page.items
        assert page.total == 3
        unranked = standings(session, BALANCED_EDUCATION, 2022, [DISTRICT], Window(50)).items[0]
    assert unranked.score is None
    assert [(row.subject_id, row.rank, row.verdict) for row in found] == [
        (DISTRICT, 1, Verdict.MET), (OTHER, 2, Verdict.SHORT), ("CQ-500101", 3, Verdict.MISSING),
    ]  # fmt: skip
    assert [row.score for row in found] == [100, pytest.approx(100 - 4 - 2.5 - 5), None]


def test_a_round_keeps_the_set_it_was_launched_under(world: World) -> None:
    stricter = BALANCED_EDUCATION.model_copy(update={"version": 2, "title": "修订"})
    later = world.now + timedelta(days=30)
    with world.unit() as session:
        publish_sets(session, [stricter], later)
        assert set_in_force(session, stricter.name, world.now).version == 1
        assert set_in_force(session, stricter.name, later).version == 2
        assert set_in_force(session, stricter.name, world.now - timedelta(days=900)).version == 1
        with pytest.raises(LaunchedDefinitionChanged):
            publish_sets(session, [stricter.model_copy(update={"title": "又改"})], later)
        with pytest.raises(NotFound):
            set_in_force(session, "nothing", later)


# A process of two stages, the second open to those whose indicators allow it.
def gated(name: str = "gated", indicators: str = BALANCED_EDUCATION.name) -> Process:
    document = PROCESS.model_dump(mode="json")
    monitoring = next(stage for stage in document["stages"] if stage["key"] == "monitoring")
    outcome = monitoring["outcomes"][0]
    outcome["requires"] = [Requirement.INDICATORS_MET]
    outcome["routes"] = [{"closes_as": "recognised"}]
    outcome["needs_deliverables"] = False
    monitoring["outcomes"] = [outcome]
    document |= {"name": name, "indicators": indicators, "stages": [monitoring], "first": "monitoring", "triggers": []}
    return Process.model_validate(document)


@pytest.fixture
def monitored(schooled: World) -> World:
    with schooled.unit() as session:
        publish(session, [gated()], schooled.now)
        made = launch(
            session,
            schooled.coordinator,
            schooled.now,
            process_name="gated",
            title="监测",
            year=2022,
            subject_ids=[DISTRICT, OTHER],
        )
        schooled.round_id = made.id or 0
    return schooled


def end(world: World) -> None:
    case = world.case(DISTRICT)
    stage = gated().stages[0]
    world.do(complete, world.coordinator, case.id, case.version, stage=stage.key, outcome=stage.outcomes[0].key)


def test_the_gate_opens_when_nothing_is_missing_or_short(monitored: World) -> None:
    with pytest.raises(RequirementUnmet, match="还有38项指标没有数据"):
        end(monitored)
    fill(monitored, {DISTRICT: {**OWN, "C1": 90}, "P1": PRIMARY, "P2": PRIMARY, "J1": JUNIOR, "J2": JUNIOR})
    with pytest.raises(RequirementUnmet, match="有1项指标没有达标"):
        end(monitored)
    said = monitored.rows("SELECT kind, actor_name, data FROM events WHERE case_id = :c ORDER BY id DESC LIMIT 1",
                          c=monitored.case(DISTRICT).id)[0]  # fmt: skip
    assert (said["kind"], said["data"]["filename"]) == ("values_uploaded", "a.xlsx")
    fill(monitored, {DISTRICT: {"C1": 95}})
    end(monitored)
    assert monitored.case(DISTRICT).outcome == "recognised"


def test_a_recognition_goes_by_the_newest_values(schooled: World) -> None:
    process = gated().model_copy(update={"template": Template.ACCREDITATION})
    with schooled.unit() as session:
        publish(session, [process], schooled.now)
        launch(session, schooled.coordinator, schooled.now, process_name="gated", title="创建", year=2022,
               subject_ids=[DISTRICT])  # fmt: skip
        schooled.round_id = schooled.round_id or 1
    case = schooled.case(DISTRICT)
    rows = {DISTRICT: OWN, "P1": PRIMARY, "P2": PRIMARY, "J1": JUNIOR, "J2": JUNIOR}
    fill(schooled, rows | {DISTRICT: {**OWN, "C1": 90}})
    with schooled.unit() as session:
        assert load_case(session, schooled.coordinator, case.id or 0, None).indicators_unmet == 1
    schooled.now += timedelta(days=400)
    fill(schooled, rows, year=2023)
    with schooled.unit() as session:
        loaded = load_case(session, schooled.coordinator, case.id or 0, None)
        assert (loaded.indicators_unmet, loaded.indicators_missing) == (0, 0)
    assert not monitored_findings(schooled)


def test_a_set_nobody_published_cannot_measure(world: World) -> None:
    with world.unit() as session, pytest.raises(InvalidDefinition, match="没有指标体系"):
        publish(session, [gated("other", "no-such-set")], world.now)


def test_what_falls_short_is_proposed_and_taken_over_once(monitored: World) -> None:
    short = {**PRIMARY, "A1": 3, "A2": 0.5}
    fill(monitored, {DISTRICT: {**OWN, "C1": 90, "B11": 8, "V1": 0}, "P1": short, "P2": PRIMARY, "J1": JUNIOR})
    fill(monitored, {"P2": {"A7": 12}})
    case = monitored.case(DISTRICT)
    shown = monitored_findings(monitored)
    assert {key: (one.level, one.severity) for key, one in shown.items()} == {
        ("C1", ""): (FindingLevel.DISTRICT, Severity.ORDINARY),
        ("B11", ""): (FindingLevel.DISTRICT, Severity.ORDINARY),
        ("V1", ""): (FindingLevel.DISTRICT, Severity.GRAVE),
        ("A7 小学差异系数", ""): (FindingLevel.DISTRICT, Severity.ORDINARY),
        ("A1", "P1学校"): (FindingLevel.SCHOOL, Severity.ORDINARY),
        ("A2", "P1学校"): (FindingLevel.SCHOOL, Severity.ORDINARY),
    }
    assert shown["C1", ""].description == "「初中三年巩固率」为90%，标准为不低于95%"
    assert shown["B11", ""].description.endswith("（标准待核实）"), "what has no source is not put as law"
    assert "为3人，标准为不低于4.2人" in shown["A1", "P1学校"].description

    take = [Chosen(indicator="C1", description="初中流失较多"), Chosen(indicator="A1", school="P1学校")]
    taken = monitored.do(take_over, monitored.coordinator, case.id, case.version, take)
    assert [(row.number, row.indicator, row.school, row.source) for row in taken] == [
        (1, "C1", "", "monitoring"), (2, "A1", "P1学校", "monitoring"),
    ]  # fmt: skip
    assert taken[0].description == "初中流失较多"
    assert {key for key, one in monitored_findings(monitored).items() if one.recorded} == {
        ("C1", ""), ("A1", "P1学校"),
    }  # fmt: skip
    rest = monitored.do(take_over, monitored.inspector, case.id, case.version, None)
    assert len(rest) == 4
    for again in (None, take):
        with pytest.raises(InvalidInput, match="都已登记"):
            monitored.do(take_over, monitored.coordinator, case.id, case.version, again)
    with pytest.raises(NotFound):
        monitored.do(take_over, monitored.coordinator, case.id, case.version, [Chosen(indicator="C2")])
    with pytest.raises(NotAllowed):
        monitored.do(take_over, monitored.districts[DISTRICT], case.id, case.version, None)


def monitored_findings(world: World) -> dict:
    with world.unit() as session:
        found = proposed_findings(session, world.coordinator, world.case(DISTRICT).id or 0)
    return {(one.indicator, one.school): one for one in found}


def test_nothing_is_proposed_where_nothing_is_measured(world: World) -> None:
    world.launch(DISTRICT)
    case = world.case(DISTRICT)
    with world.unit() as session:
        assert load_case(session, world.coordinator, case.id or 0, None).indicators_missing == 0
    if not monitored_findings(world):
        with pytest.raises((InvalidInput, WrongStage)):
            world.do(take_over, world.coordinator, case.id, case.version, None)
