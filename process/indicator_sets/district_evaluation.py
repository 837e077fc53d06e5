"""What the yearly evaluation of district governments looks at first (要点第4项), scored.

The item names four: 「双减」, teachers' pay 「不低于」, preschool, balanced education. That these are the focus is the
item's own word; weights and standards are the office's proposal for one year, not law.
"""

from __future__ import annotations

from process.indicators import YES_NO, Direction, Indicator, IndicatorSet

_SOURCE = "市政府教育督导室工作安排（要点第4项）"
_BURDEN, _PAY, _PRESCHOOL, _BALANCE = (
    "“双减”", "教师工资收入“不低于”", "学前教育普及普惠", "义务教育优质均衡",
)  # fmt: skip


def _scored(
    key: str,
    title: str,
    group: str,
    weight: float,
    threshold: float,
    *,
    unit: str = "%",
    highest: float = 100,
    direction: Direction = Direction.AT_LEAST,
) -> Indicator:
    return Indicator(
        key=key,
        title=title,
        group=group,
        unit=unit,
        direction=direction,
        threshold=threshold,
        highest=highest,
        jump=None if unit == YES_NO else 0.3,
        weight=weight,
        source=_SOURCE,
        note="标准和分值由当年实施方案确定",
    )


SET = IndicatorSet(
    name="district-evaluation",
    version=1,
    title="区县政府履行教育职责年度重点指标",
    source=_SOURCE,
    note="四个方面为要点第4项所列的年度评价重点；标准和分值待当年实施方案确定，可另立新版本。",
    indicators=(
        _scored("A1", "作业时间达标学校占比", _BURDEN, 8, 100),
        _scored("A2", "课后服务时间达标学校占比", _BURDEN, 8, 100),
        _scored("A3", "学科类校外培训机构压减率", _BURDEN, 8, 90),
        _scored("A4", "违规广告查处率", _BURDEN, 3, 100),
        _scored("A5", "举报线索核查办结率", _BURDEN, 3, 100),
        _scored("B1", "义务教育教师平均工资收入与公务员平均工资收入之比", _PAY, 20, 100, highest=300),
        _scored("B2", "教师工资收入“不低于”长效联动机制已建立", _PAY, 5, 1, unit=YES_NO, highest=1),
        _scored("C1", "学前三年毛入园率", _PRESCHOOL, 8, 85, highest=200),
        _scored("C2", "普惠性幼儿园覆盖率", _PRESCHOOL, 7, 80),
        _scored("C3", "公办园在园幼儿占比", _PRESCHOOL, 5, 50),
        _scored("D1", "资源配置达标学校占比", _BALANCE, 10, 100),
        _scored("D2", "小学校际差异系数最高值", _BALANCE, 5, 0.5, unit="", highest=5, direction=Direction.AT_MOST),
        _scored("D3", "初中校际差异系数最高值", _BALANCE, 5, 0.45, unit="", highest=5, direction=Direction.AT_MOST),
        _scored("D4", "大班额占比", _BALANCE, 5, 0, direction=Direction.AT_MOST),
    ),
)
