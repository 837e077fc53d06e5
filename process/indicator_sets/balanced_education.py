"""县域义务教育优质均衡发展 (要点第5项): 7 of resources, 15 of government, 9 of quality, recognition, vetoes.

《县域义务教育优质均衡发展督导评估办法》(教督〔2017〕6号). ``verified`` marks what was read on a public page that quotes
the text; the rest is written down from memory of it and shown as 待核实.
"""

from __future__ import annotations

from process.indicators import (
    YES_NO,
    CountedStage,
    Indicator,
    IndicatorSet,
    Level,
    SchoolRule,
    StageValue,
)
from process.vocabulary import SchoolStage

_DOCUMENT = "《县域义务教育优质均衡发展督导评估办法》（教督〔2017〕6号）"
_RESOURCES, _GOVERNMENT, _QUALITY, _PUBLIC, _VETO = (
    "资源配置", "政府保障程度", "教育质量", "社会认可度", "一票否决",
)  # fmt: skip
_FROM_MEMORY = "条文文字和数值尚未与原件核对"


def _resource(key: str, title: str, unit: str, primary: float, junior: float, highest: float) -> Indicator:
    return Indicator(
        key=key,
        title=title,
        group=_RESOURCES,
        level=Level.SCHOOL,
        unit=unit,
        by_stage=(
            StageValue(stage=SchoolStage.PRIMARY, value=primary),
            StageValue(stage=SchoolStage.JUNIOR, value=junior),
        ),
        highest=highest,
        source=f"{_DOCUMENT}第六条",
        verified=True,
    )


def _share(key: str, title: str, group: str, threshold: float, article: str, *, verified: bool = False) -> Indicator:
    return Indicator(
        key=key,
        title=title,
        group=group,
        unit="%",
        threshold=threshold,
        highest=100,
        jump=0.2,
        source=f"{_DOCUMENT}{article}",
        verified=verified,
        note="" if verified else _FROM_MEMORY,
    )


def _judged(key: str, title: str, group: str, article: str, *, verified: bool = False, veto: bool = False) -> Indicator:
    return Indicator(
        key=key,
        title=title,
        group=group,
        unit=YES_NO,
        threshold=1,
        highest=1,
        veto=veto,
        source=f"{_DOCUMENT}{article}",
        verified=verified,
        note="" if verified else _FROM_MEMORY,
    )


SET = IndicatorSet(
    name="balanced-education",
    version=1,
    title="义务教育优质均衡发展指标",
    source=_DOCUMENT,
    note="资源配置7项按学校填报，九年一贯制学校和完全中学按初中标准计，初中部如何拆分待核实；其余按区县填报。",
    stages=(
        CountedStage(stage=SchoolStage.PRIMARY, counted_as=SchoolStage.PRIMARY),
        CountedStage(stage=SchoolStage.JUNIOR, counted_as=SchoolStage.JUNIOR),
        CountedStage(stage=SchoolStage.NINE_YEAR, counted_as=SchoolStage.JUNIOR),
        CountedStage(stage=SchoolStage.COMPLETE, counted_as=SchoolStage.JUNIOR),
    ),
    schools=SchoolRule(
        group=_RESOURCES,
        at_least=6,
        floor=0.85,
        differences=(
            StageValue(stage=SchoolStage.PRIMARY, value=0.50),
            StageValue(stage=SchoolStage.JUNIOR, value=0.45),
        ),
        source=f"{_DOCUMENT}第六条",
        verified=True,
        note="差异系数为以学生数加权的标准差与以学生数加权的均值之比；加权口径据义务教育均衡发展的测算说明，待核实。",
    ),
    indicators=(
        _resource("A1", "每百名学生拥有高于规定学历教师数", "人", 4.2, 5.3, 50),
        _resource("A2", "每百名学生拥有县级以上骨干教师数", "人", 1, 1, 50),
        _resource("A3", "每百名学生拥有体育、艺术（美术、音乐）专任教师数", "人", 0.9, 0.9, 50),
        _resource("A4", "生均教学及辅助用房面积", "平方米", 4.5, 5.8, 200),
        _resource("A5", "生均体育运动场馆面积", "平方米", 7.5, 10.2, 500),
        _resource("A6", "生均教学仪器设备值", "元", 2000, 2500, 200_000),
        _resource("A7", "每百名学生拥有网络多媒体教室数", "间", 2.3, 2.4, 50),
        _judged("B1", "县域内义务教育学校规划布局合理，符合国家规定要求", _GOVERNMENT, "第七条"),
        _judged(
            "B2",
            "城乡义务教育学校建设标准、教师编制标准、生均公用经费基准定额、基本装备配置标准统一",
            _GOVERNMENT,
            "第七条",
        ),
        _judged("B3", "所有小学、初中每12个班级配备音乐、美术专用教室1间以上，面积达到要求", _GOVERNMENT, "第七条"),
        _judged(
            "B4",
            "所有小学、初中规模不超过2000人，九年一贯制、十二年一贯制学校义务教育阶段规模不超过2500人",
            _GOVERNMENT,
            "第七条",
        ),
        _judged("B5", "小学、初中所有班级学生数分别不超过45人、50人", _GOVERNMENT, "第七条"),
        _judged("B6", "不足100名学生的村小学和教学点按100名学生核定公用经费", _GOVERNMENT, "第七条"),
        Indicator(
            key="B7",
            title="特殊教育学校生均公用经费",
            group=_GOVERNMENT,
            unit="元",
            threshold=6000,
            highest=200_000,
            source=f"{_DOCUMENT}第七条",
            note=_FROM_MEMORY,
        ),
        Indicator(
            key="B8",
            title="义务教育学校教师平均工资收入与当地公务员平均工资收入之比",
            group=_GOVERNMENT,
            unit="%",
            threshold=100,
            highest=300,
            jump=0.2,
            source=f"{_DOCUMENT}第七条",
            note=_FROM_MEMORY,
        ),
        _share("B9", "教师5年360学时培训完成率", _GOVERNMENT, 100, "第七条"),
        _judged("B10", "县级教育行政部门在核定的编制总额和岗位总量内统筹分配各校编制和岗位", _GOVERNMENT, "第七条"),
        _share("B11", "每年交流轮岗教师占符合交流条件教师的比例", _GOVERNMENT, 10, "第七条"),
        _share("B12", "专任教师持有教师资格证上岗率", _GOVERNMENT, 100, "第七条"),
        _judged("B13", "城区和镇区公办小学、初中就近划片入学比例分别达到100%、95%以上", _GOVERNMENT, "第七条"),
        _share("B14", "优质高中招生名额分配比例", _GOVERNMENT, 50, "第七条"),
        _share("B15", "符合条件的随迁子女在公办学校和政府购买服务的民办学校就读比例", _GOVERNMENT, 85, "第七条"),
        _share("C1", "初中三年巩固率", _QUALITY, 95, "第八条", verified=True),
        _share("C2", "残疾儿童少年入学率", _QUALITY, 95, "第八条", verified=True),
        _judged("C3", "所有学校制定章程，实现学校管理与教学信息化", _QUALITY, "第八条", verified=True),
        _share("C4", "教师培训经费占学校年度公用经费预算总额的比例（各校最低）", _QUALITY, 5, "第八条", verified=True),
        _judged("C5", "教师能熟练运用信息化手段组织教学，设施设备利用率达到较高水平", _QUALITY, "第八条"),
        _judged("C6", "所有学校德育工作、校园文化建设水平达到良好以上", _QUALITY, "第八条"),
        _judged("C7", "课程开齐开足，教学秩序规范，综合实践活动有效开展", _QUALITY, "第八条"),
        _judged("C8", "无过重课业负担", _QUALITY, "第八条"),
        _judged(
            "C9",
            "国家义务教育质量监测中相关科目学生学业水平达到Ⅲ级以上，且校际差异率低于0.15",
            _QUALITY,
            "第八条",
        ),
        Indicator(
            key="D1",
            title="社会认可度",
            group=_PUBLIC,
            unit="%",
            threshold=85,
            highest=100,
            jump=0.2,
            veto=True,
            source=f"{_DOCUMENT}第九条",
            verified=True,
        ),
        _judged("V1", "不存在以考试方式招生", _VETO, "", verified=True, veto=True),
        _judged("V2", "不存在违规择校行为", _VETO, "", verified=True, veto=True),
        _judged("V3", "不存在重点学校或重点班", _VETO, "", verified=True, veto=True),
        _judged("V4", "不存在“有编不补”或长期聘用编外教师的情况", _VETO, "", veto=True),
        _judged("V5", "教育系统没有重大安全责任事故和严重违纪违规事件", _VETO, "", veto=True),
        _judged("V6", "没有弄虚作假行为", _VETO, "", veto=True),
    ),
)
