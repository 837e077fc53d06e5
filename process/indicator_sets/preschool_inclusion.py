"""县域学前教育普及普惠 (要点第6项): 3 of reach, 11 of government, 5 of care and teaching, recognition.

《县域学前教育普及普惠督导评估办法》(教督〔2020〕1号). The three of reach and the recognition were read on public
pages; the other items only in part, and are shown as 待核实.
"""

from __future__ import annotations

from process.indicators import YES_NO, Direction, Indicator, IndicatorSet

_DOCUMENT = "《县域学前教育普及普惠督导评估办法》（教督〔2020〕1号）"
_REACH, _GOVERNMENT, _CARE, _PUBLIC = "普及普惠水平", "政府保障情况", "保教质量保障情况", "社会认可度"
_FROM_MEMORY = "条文文字和数值尚未与原件核对"


def _share(
    key: str,
    title: str,
    group: str,
    threshold: float,
    *,
    highest: float = 100,
    unit: str = "%",
    verified: bool = False,
    direction: Direction = Direction.AT_LEAST,
    note: str = "",
) -> Indicator:
    return Indicator(
        key=key,
        title=title,
        group=group,
        unit=unit,
        direction=direction,
        threshold=threshold,
        highest=highest,
        jump=0.2,
        source=_DOCUMENT,
        verified=verified,
        note="" if verified else note or _FROM_MEMORY,
    )


def _judged(key: str, title: str, group: str) -> Indicator:
    return Indicator(
        key=key,
        title=title,
        group=group,
        unit=YES_NO,
        threshold=1,
        highest=1,
        source=_DOCUMENT,
        note=_FROM_MEMORY,
    )


SET = IndicatorSet(
    name="preschool-inclusion",
    version=1,
    title="学前教育普及普惠指标",
    source=_DOCUMENT,
    note="全部按区县填报；各项指标均须达到要求。",
    indicators=(
        # Repeaters and children of other ages can bring a gross rate above 100.
        _share("A1", "学前三年毛入园率", _REACH, 85, highest=200, verified=True),
        _share("A2", "普惠性幼儿园覆盖率", _REACH, 80, verified=True),
        _share("A3", "公办园在园幼儿占比", _REACH, 50, verified=True),
        _judged("B1", "党的领导坚强有力", _GOVERNMENT),
        _judged("B2", "发展规划科学合理", _GOVERNMENT),
        _judged("B3", "公共服务网络基本完善", _GOVERNMENT),
        _judged("B4", "小区配套幼儿园管理规范", _GOVERNMENT),
        _judged("B5", "财政投入到位", _GOVERNMENT),
        _judged("B6", "收费合理", _GOVERNMENT),
        _judged("B7", "教师工资待遇有保障", _GOVERNMENT),
        _judged("B8", "安全风险防控机制健全", _GOVERNMENT),
        _judged("B9", "监管制度比较完善", _GOVERNMENT),
        _judged("B10", "办园条件改善", _GOVERNMENT),
        _judged("B11", "没有重大安全责任事故", _GOVERNMENT),
        _judged("C1", "办园条件合格", _CARE),
        _share("C2", "班额达标率", _CARE, 85),
        _share(
            "C3",
            "在园幼儿总数与专任教师总数之比",
            _CARE,
            15,
            unit="人",
            direction=Direction.AT_MOST,
            note="每名专任教师的在园幼儿数，即专任教师与在园幼儿之比不低于1∶15；尚未与原件核对",
        ),
        _judged("C4", "教师管理制度严格", _CARE),
        _judged("C5", "落实科学保教要求，没有“小学化”现象", _CARE),
        _share("D1", "社会认可度", _PUBLIC, 85, direction=Direction.ABOVE, verified=True),
    ),
)
