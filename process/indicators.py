"""An indicator set as data: what is measured of a district or its schools, against which standard, by which article.

An :class:`IndicatorSet` is frozen, checked when it is built and published in immutable versions, like a
:class:`process.definition.Process`, which names the set it is measured by. Values are numbers; what is judged rather
than counted is 1 (达到要求) or 0. Nothing here knows of the database: the same rules as sets of rows are in
:mod:`db.queries.indicators`.
"""

from __future__ import annotations

import math
from typing import Self

from pydantic import Field, model_validator

from process.definition import Part
from process.vocabulary import SchoolStage, Titled

YES_NO = "是/否"
"""The unit of what is judged: 1 or 0, written 是 or 否."""
UNVERIFIED = "待核实"
"""How what has no source yet is marked; it is never cited as law."""
_YES = ("是", "达到", "达标", "合格", "1")
_NO = ("否", "未达到", "未达标", "不达标", "不合格", "0")


class Level(Titled):
    """Of whom an indicator is asked."""

    DISTRICT = "district", "区县"
    SCHOOL = "school", "学校"


class Direction(Titled):
    """On which side of its standard a value is good."""

    AT_LEAST = "at_least", "不低于"
    ABOVE = "above", "高于"
    AT_MOST = "at_most", "不高于"

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return -1 if self is Direction.AT_MOST else 1


class Verdict(Titled):
    """What the values say of one requirement, a school or a district; the worst first."""

    VETOED = "vetoed", "一票否决"
    SHORT = "short", "未达标"
    MISSING = "missing", "缺数据"
    MET = "met", "达标"

    @property
    def unmet(self) -> bool:
        """Whether it speaks against the district."""
        return self in (Verdict.VETOED, Verdict.SHORT)


class Requires(Titled):
    """What kind of thing is required."""

    INDICATOR = "indicator", "区县指标"
    REPORTED = "reported", "各校填报"
    """Every school of the district has its value; how good it is, the next two judge."""
    DIFFERENCE = "difference", "校际差异系数"
    SCHOOLS = "schools", "每所学校达标"


class StageValue(Part):
    """A number that depends on what a school teaches."""

    stage: SchoolStage
    value: float


class CountedStage(Part):
    """A kind of school that is asked, and with which it is compared."""

    stage: SchoolStage
    counted_as: SchoolStage


class Indicator(Part):
    """One thing that is measured.

    ``threshold`` is in ``unit``; ``by_stage`` stands in its place where 小学 and 初中 differ. ``lowest`` and
    ``highest`` bound what can be true at all. ``jump`` is the share of last year's value beyond which a change must be
    explained. ``weight`` is its full score in a scored set.
    """

    key: str = Field(pattern=r"^[A-Z]\d{1,2}$")
    title: str
    group: str
    level: Level = Level.DISTRICT
    unit: str
    direction: Direction = Direction.AT_LEAST
    threshold: float | None = None
    by_stage: tuple[StageValue, ...] = ()
    lowest: float = 0
    highest: float | None = None
    jump: float | None = Field(default=0.5, gt=0)
    veto: bool = False
    """Falling short of it decides against the district by itself (一票否决)."""
    weight: float = Field(default=0, ge=0)
    source: str
    verified: bool = False
    """Whether text and number were read in the source; otherwise they are shown as 待核实."""
    note: str = ""

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if (self.threshold is None) == (not self.by_stage):
            raise ValueError(f"指标 {self.key} 须写明一个标准，或按学段各写一个")
        if self.by_stage and self.level is not Level.SCHOOL:
            raise ValueError(f"指标 {self.key} 按区县填报，不分学段")
        if self.highest is not None and self.highest <= self.lowest:
            raise ValueError(f"指标 {self.key} 的合理范围有误")
        if any(not self.in_range(standard) for standard in self.standards):
            raise ValueError(f"指标 {self.key} 的标准在合理范围之外")
        return self

    @property
    def standards(self) -> tuple[float, ...]:
        """Every standard it has."""
        return tuple(one.value for one in self.by_stage) or ((self.threshold,) if self.threshold is not None else ())

    @property
    def yes_no(self) -> bool:
        """Whether it is judged rather than counted."""
        return self.unit == YES_NO

    def in_range(self, value: float) -> bool:
        """Whether a value can be true at all."""
        return self.lowest <= value and (self.highest is None or value <= self.highest)

    def standard(self, counted_as: SchoolStage | None = None) -> float | None:
        """The standard for a kind of school; ``None`` where it has none."""
        if not self.by_stage:
            return self.threshold
        return next((one.value for one in self.by_stage if one.stage is counted_as), None)

    def met_by(self, value: float, standard: float) -> bool:
        """Whether a value reaches a standard."""
        if self.direction is Direction.ABOVE:
            return value > standard
        return value >= standard if self.direction is Direction.AT_LEAST else value <= standard

    def read(self, cell: str) -> float:
        """The number in a cell. Raises :class:`ValueError` saying in Chinese what it should have been."""
        text = cell.strip()
        if self.yes_no:
            if text in _YES or text in _NO:
                return float(text in _YES)
            raise ValueError(f"「{text}」应为「是」或「否」")
        try:
            value = float(text.removesuffix("%").replace(",", "").replace("，", ""))
        except ValueError as error:
            raise ValueError(f"「{text}」不是数字") from error
        if not math.isfinite(value):
            raise ValueError(f"「{text}」不是数字")
        return value

    def written(self, value: float) -> str:
        """A value as people read it."""
        if self.yes_no:
            return "达到" if value else "未达到"
        return f"{number(value)}{self.unit}"

    def standard_text(self, counted_as: SchoolStage | None = None) -> str:
        """The standard in words."""
        if self.yes_no:
            return "达到要求"
        if self.by_stage and counted_as is None:
            said = self.direction.title_zh
            return "；".join(f"{one.stage.title_zh}{said}{self.written(one.value)}" for one in self.by_stage)
        standard = self.standard(counted_as)
        return f"{self.direction.title_zh}{self.written(standard)}" if standard is not None else ""

    def range_text(self) -> str:
        """What can be true, in words."""
        if self.yes_no:
            return ""
        least = number(self.lowest)
        return f"{least}以上" if self.highest is None else f"{least}至{number(self.highest)}"

    def jumped(self, value: float, before: float) -> bool:
        """Whether the change against last year must be explained."""
        if self.jump is None:
            return False
        return value != before if self.yes_no else abs(value - before) > self.jump * abs(before)


class SchoolRule(Part):
    """What is asked of every school over a group's indicators, and of the differences between schools.

    Each school reaches the standard in ``at_least`` of them, and in the others ``floor`` of it. ``differences`` are the
    limits of the difference coefficient (校际差异系数) by kind of school: the standard deviation, weighted by
    students, over the mean weighted likewise.
    """

    group: str
    at_least: int = Field(ge=1)
    floor: float = Field(default=0, ge=0, le=1)
    differences: tuple[StageValue, ...] = ()
    source: str
    verified: bool = False
    note: str = ""


class IndicatorSet(Part):
    """What a process measures, whole and versioned."""

    name: str = Field(pattern=r"^[a-z][a-z-]*$")
    version: int = Field(ge=1)
    title: str
    source: str
    note: str = ""
    stages: tuple[CountedStage, ...] = ()
    """The kinds of school that are asked; empty where only districts are."""
    schools: SchoolRule | None = None
    indicators: tuple[Indicator, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        keys = [one.key for one in self.indicators]
        doubled = sorted({key for key in keys if keys.count(key) > 1})
        if doubled:
            raise ValueError(f"指标 {'、'.join(doubled)} 重复")
        asked = self.at(Level.SCHOOL)
        if bool(asked) != bool(self.stages) or bool(asked) != (self.schools is not None):
            raise ValueError("按学校填报的指标、学校类别和学校达标要求须同时写明")
        compared = {one.counted_as for one in self.stages}
        for indicator in asked:
            lacking = [stage.title_zh for stage in compared if indicator.standard(stage) is None]
            if lacking:
                raise ValueError(f"指标 {indicator.key} 没有{'、'.join(lacking)}的标准")
        if self.schools is not None:
            if self.schools.at_least > len(asked) or {one.group for one in asked} != {self.schools.group}:
                raise ValueError("学校达标要求与按学校填报的指标不符")
            if {one.stage for one in self.schools.differences} - compared:
                raise ValueError("差异系数的学段没有学校")
        return self

    def at(self, level: Level) -> tuple[Indicator, ...]:
        """The indicators asked of districts, or of schools."""
        return tuple(one for one in self.indicators if one.level is level)

    def indicator(self, key: str) -> Indicator | None:
        """The indicator of that key."""
        return next((one for one in self.indicators if one.key == key), None)

    def counted_as(self, stage: SchoolStage) -> SchoolStage | None:
        """With which schools one of that kind is compared; ``None`` where it is not asked."""
        return next((one.counted_as for one in self.stages if one.stage is stage), None)

    @property
    def full_score(self) -> float:
        """The sum of the weights; 0 where the set is not scored."""
        return sum(one.weight for one in self.indicators)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups in their order."""
        return tuple(dict.fromkeys(one.group for one in self.indicators))

    def of_group(self, group: str) -> tuple[Indicator, ...]:
        """The indicators of a group."""
        return tuple(one for one in self.indicators if one.group == group)


def number(value: float) -> str:
    """A number without needless digits."""
    return f"{value:.4f}".rstrip("0").rstrip(".")
