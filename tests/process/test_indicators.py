"""The indicator sets say what their documents say, and a set that contradicts itself cannot be built."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from process.indicator_sets import BALANCED_EDUCATION, DISTRICT_EVALUATION, PRESCHOOL_INCLUSION, SETS
from process.indicators import YES_NO, Direction, Indicator, IndicatorSet, Level
from process.vocabulary import SchoolStage


def numbers(wanted: IndicatorSet) -> list[int]:
    return [len(wanted.of_group(group)) for group in wanted.groups]


def test_balanced_education_is_seven_fifteen_nine_and_recognition() -> None:
    assert numbers(BALANCED_EDUCATION)[:4] == [7, 15, 9, 1]
    assert {one.key for one in BALANCED_EDUCATION.at(Level.SCHOOL)} == {f"A{n}" for n in range(1, 8)}
    rule = BALANCED_EDUCATION.schools
    assert rule is not None
    assert rule.at_least == 6, "每所学校至少6项"
    assert {one.stage: one.value for one in rule.differences} == {SchoolStage.PRIMARY: 0.50, SchoolStage.JUNIOR: 0.45}
    recognition = BALANCED_EDUCATION.indicator("D1")
    assert recognition is not None
    assert (recognition.title, recognition.threshold, recognition.direction, recognition.veto) == (
        "社会认可度", 85, Direction.AT_LEAST, True,
    )  # fmt: skip
    vetoes = {one.title for one in BALANCED_EDUCATION.indicators if one.veto and one.verified}
    assert vetoes == {"社会认可度", "不存在以考试方式招生", "不存在违规择校行为", "不存在重点学校或重点班"}


@pytest.mark.parametrize(
    ("key", "primary", "junior"),
    [
        ("A1", 4.2, 5.3), ("A2", 1, 1), ("A3", 0.9, 0.9), ("A4", 4.5, 5.8), ("A5", 7.5, 10.2), ("A6", 2000, 2500),
        ("A7", 2.3, 2.4),
    ],
)  # fmt: skip
def test_the_seven_of_resources(key: str, primary: float, junior: float) -> None:
    one = BALANCED_EDUCATION.indicator(key)
    assert one is not None
    assert one.verified
    assert (one.standard(SchoolStage.PRIMARY), one.standard(SchoolStage.JUNIOR)) == (primary, junior)
    assert BALANCED_EDUCATION.counted_as(SchoolStage.NINE_YEAR) is SchoolStage.JUNIOR
    assert BALANCED_EDUCATION.counted_as(SchoolStage.KINDERGARTEN) is None


def test_preschool_inclusion_is_three_eleven_five_and_recognition() -> None:
    assert numbers(PRESCHOOL_INCLUSION) == [3, 11, 5, 1]
    reach = {one.title: one.threshold for one in PRESCHOOL_INCLUSION.of_group("普及普惠水平")}
    assert reach == {"学前三年毛入园率": 85, "普惠性幼儿园覆盖率": 80, "公办园在园幼儿占比": 50}
    recognition = PRESCHOOL_INCLUSION.indicator("D1")
    assert recognition is not None
    assert (recognition.direction, recognition.threshold) == (Direction.ABOVE, 85)


def test_the_evaluation_looks_at_the_four_of_the_item_and_gives_a_hundred() -> None:
    assert DISTRICT_EVALUATION.groups == (
        "“双减”", "教师工资收入“不低于”", "学前教育普及普惠", "义务教育优质均衡",
    )  # fmt: skip
    assert DISTRICT_EVALUATION.full_score == 100
    assert not any(one.verified for one in DISTRICT_EVALUATION.indicators), "weights are the office's own"


@pytest.mark.parametrize("wanted", SETS, ids=lambda one: one.name)
def test_what_has_no_source_says_so(wanted: IndicatorSet) -> None:
    assert IndicatorSet.model_validate_json(wanted.model_dump_json()) == wanted
    for one in wanted.indicators:
        assert one.source
        assert one.verified or one.note, one.key


def indicator(**changed: object) -> Indicator:
    return Indicator.model_validate({"key": "A1", "title": "甲", "group": "乙", "unit": "%", "threshold": 85,
                                     "source": "丙", **changed})  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"threshold": None},
        {"by_stage": [{"stage": "primary", "value": 1}]},
        {"threshold": None, "by_stage": [{"stage": "primary", "value": 1}]},
        {"highest": 80},
        {"lowest": 100, "highest": 90},
        {"key": "甲1"},
        {"unknown": 1},
    ],
)
def test_an_indicator_that_contradicts_itself(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        indicator(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"indicators": [indicator(), indicator()]},
        {"indicators": [indicator(level="school")]},
        {"indicators": [indicator(level="school")], "stages": [{"stage": "primary", "counted_as": "primary"}]},
        {"schools": {"group": "乙", "at_least": 1, "source": "丙"}},
        {
            "indicators": [indicator(level="school")],
            "stages": [{"stage": "primary", "counted_as": "primary"}],
            "schools": {"group": "乙", "at_least": 2, "source": "丙"},
        },
        {
            "indicators": [
                indicator(level="school", threshold=None, by_stage=[{"stage": "primary", "value": 1}]),
            ],
            "stages": [{"stage": "junior", "counted_as": "junior"}],
            "schools": {"group": "乙", "at_least": 1, "source": "丙"},
        },
    ],
)
def test_a_set_that_contradicts_itself(changed: dict[str, object]) -> None:
    sound = {"name": "some", "version": 1, "title": "某", "source": "丙", "indicators": [indicator()]}
    IndicatorSet.model_validate(sound)
    with pytest.raises(ValidationError):
        IndicatorSet.model_validate({**sound, **changed})


def test_cells_are_read_as_people_write_them() -> None:
    counted, judged = indicator(), indicator(unit=YES_NO, threshold=1, highest=1)
    assert [counted.read(cell) for cell in ("85", " 85.5% ", "2,000")] == [85, 85.5, 2000]
    assert [judged.read(cell) for cell in ("是", "不达标", "1", "0")] == [1, 0, 1, 0]
    for one, cell in ((counted, "约85"), (counted, "nan"), (counted, "inf"), (judged, "2"), (judged, "部分")):
        with pytest.raises(ValueError):
            one.read(cell)
    assert (counted.written(85.10), judged.written(0)) == ("85.1%", "未达到")
    assert counted.jumped(130, 80) is True
    assert counted.jumped(100, 80) is False
    assert judged.jumped(0, 1) is True
    assert indicator(jump=None).jumped(1, 99) is False
