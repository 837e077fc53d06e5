"""What the fields of a form mean, in Chinese: shown by editors, in the documentation and on the pages."""

from __future__ import annotations

from enum import Enum

from pydantic import BaseModel

from process import definition as d
from process.vocabulary import Titled

CAPTIONS: dict[type[BaseModel], dict[str, str]] = {
    d.Process: {
        "name": "事项的标识，小写英文字母开头，用连字符连接；各版本相同，不与本系统自带的事项同名",
        "version": "版本，从1起；发布后不可更改，改动就另立新版本",
        "title": "事项的名称",
        "source": "依据：文件、条款或要点的第几项",
        "item": "要点的第几项；不属于要点的不写",
        "sentence": "要点原文",
        "template": "类型",
        "evaluated_year": "评价哪一年的情况：0为当年，-1为上一年",
        "nested_in": "并入要点第几项的轮次开展",
        "subjects": "督导对象的种类",
        "scope": "只对其中哪一类；不写则不限",
        "only": "只对哪些对象（名称）；不写则不限",
        "quotas": "须达到的数量指标",
        "recurrence": "多久开展一次；不写则按需启动",
        "indicators": "所用监测指标体系的名称",
        "reviewers": "每件作品至少由几名专家评审",
        "more_reviewers": "有1名专家存疑时，再由几名专家评审",
        "pass_score": "评审的及格分",
        "grants": "认定后授予的称号",
        "first": "起始环节；不写则为第一个",
        "stages": "各环节",
        "ladders": "自定的催督办阶梯；用通用阶梯的不写",
        "talk": "约谈的规则",
        "triggers": "逾期以外，按情形提出措施的规则",
        "extensions": "延期审批的规则",
        "suspendable": "可否中止",
        "launch_letter": "启动时签发的文书：督导通知，或不属于督导的工作通知",
        "sample_size": "抽取几个对象实地督查",
        "team_minimum": "督导小组至少几名督学",
    },
    d.Stage: {
        "key": "环节的标识，小写英文字母开头",
        "title": "环节的名称",
        "owner": "由谁办理；「区县」指督导对象自己",
        "period": "期限",
        "rework": "退回后重办的期限；不写则与期限相同",
        "asks": "请对方做什么，一两句话，通知中照录",
        "deliverables": "须报送的材料",
        "outcomes": "可能的办理结果",
        "ladder": "催督办阶梯：通用的（见 docs/processes.md）或自定的；不写则按督导对象和办理人取",
        "tells": "进入环节时告知对象的哪些岗位；不写则为经办人和负责人",
        "on_lapse": "期满未办时自动认定的结果（权利的放弃）",
        "on_site_days": "督导小组在现场几天",
        "records_findings": "在此环节可否登记问题",
        "gate": "条件具备即自动选定的结果，每条为［条件, 结果］",
    },
    d.Outcome: {
        "key": "结果的标识；审查材料的须用 accepted（通过）和 returned（退回）",
        "title": "结果的名称",
        "routes": "依条件分几个去向时，逐条写；只有一个去向的写 to 或 closes_as",
        "requires": "选此结果须具备的条件",
        "letter": "选此结果须先发出的文书",
        "notice": "另发给对象的通知",
        "needs_deliverables": "是否须先报齐材料",
        "by": "由环节办理人以外的谁选定",
        "within": "进入环节后多久内才可选",
        "states": "选此结果即认定的情形；按该情形的规则提出措施",
    },
    d.Route: {
        "to": "去哪个环节",
        "closes_as": "以何种结果办结",
        "when": "条件",
        "again": "退回：重办那个环节，而不是新开一次",
    },
    d.Period: {
        "n": "数量",
        "unit": "怎样计算",
        "month": "固定日期的月",
        "day": "固定日期的日",
        "year_offset": "固定日期在轮次年度之后几年",
        "anchor": "从哪个环节办结之日起算；不写则从进入本环节之日起算",
        "set_by_letter": "以哪种文书所定的日期为准",
        "at_least": "进入环节后至少留几个工作日",
        "from_receipt": "从收到之日起算，没有收到则不会期满",
        "external": "日期由上级确定，每轮登记一次",
        "buffer": "上级日期之前须留几个工作日",
        "basis": "依据",
    },
    d.Deliverable: {
        "key": "材料的标识",
        "title": "材料的名称",
        "required": "是否必须报送",
        "max_characters": "至多多少字（不计空白）；0为不限",
        "blind": "是否匿名材料：评审专家只看标明匿名的材料（没有标明的则看单位报送的全部材料）",
    },
    d.Ladder: {
        "key": "阶梯的标识",
        "rungs": "各级，由低到高",
        "dwell": "警示送达后满几个工作日，才可提出须由负责人决定的措施",
        "hour": "每天几点升级",
    },
    d.Rung: {
        "key": "这一级的标识",
        "kind": "这一级是什么",
        "offset": "到期日之后几个工作日（负数为之前）",
        "to": "告知对象的哪些岗位",
        "to_office": "告知督导室的哪些人",
        "basis": "依据",
    },
    d.TriggerRule: {
        "trigger": "情形",
        "proposes": "提出什么措施",
        "threshold": "达到几个（次）",
        "stage": "只看哪个环节",
        "basis": "依据",
    },
    d.ExtensionRules: {
        "coordinator_days": "协调员可批几个工作日以内；不写则不限",
        "limit": "一次办理至多延期几次；不写则不限",
        "higher_from": "从第几次起须由负责人审批",
    },
    d.TalkRules: {
        "many_findings": "一个对象的问题达到几个，提出约谈",
        "grave_findings": "严重问题达到几个，提出约谈",
        "notice_days": "约谈前几个工作日通知",
        "relapse": "回头看反弹时是否提出约谈",
    },
    d.Quota: {
        "kind": "指标的种类",
        "minimum": "下限（比例为0至1）",
        "maximum": "上限",
        "years": "几年内",
        "rolls_over": "未达到的是否结转下期",
        "by_month": "完成时限的月",
        "by_day": "完成时限的日",
        "quote": "依据的原文",
        "basis": "依据",
    },
    d.Recurrence: {
        "cadence": "周期",
        "month": "启动的月",
        "day": "启动的日",
        "every_years": "几年一个周期",
        "since": "从哪年起",
        "until": "到哪年止；不写则一直",
        "offset": "与起算日相差几天",
        "ordinal": "起始年是第几届（轮）",
        "counted": "称「届」还是「轮」",
    },
}
"""By model and field. A test holds that every field has its words, and every word its title."""

_TITLES: dict[type[Enum], dict[str, str]] = {
    d.Unit: {
        "working_day": "工作日",
        "calendar_day": "日历日",
        "calendar_day_roll": "日历日，末日遇假顺延",
        "month_end": "月末",
        "fixed_date": "固定日期",
    },
    d.Condition: {
        "sampled": "抽中",
        "not_sampled": "未抽中",
        "has_findings": "有问题",
        "no_findings": "无问题",
        "scores_sound": "没有专家评为不合格",
        "scores_doubtful": "1名专家评为不合格",
        "scores_fail": "2名以上专家评为不合格",
    },
    d.Requirement: {
        "findings_planned": "问题都有整改措施",
        "findings_claimed": "问题都已申请销号",
        "findings_verified": "问题都已核查销号",
        "finding_rejected": "有核查退回的问题",
        "findings_judged_again": "问题都有回头看结论",
        "finding_relapsed": "有反弹的问题",
        "team_composed": "督导小组已组成",
        "parts_done": "分解的任务都已办结",
        "reviewed": "专家评审已满人数",
        "reviewed_again": "复评专家已满人数",
        "indicators_met": "监测指标都已达标",
        "indicators_complete": "监测指标都有数据",
    },
}


def title_of(member: Enum) -> str:
    """How people call a word of the vocabulary."""
    if isinstance(member, Titled):
        return member.title_zh
    return _TITLES.get(type(member), {}).get(member.value, str(member.value))


def titles(kind: type[Enum]) -> dict[str, str]:
    """Every word of one kind: title to value."""
    return {title_of(member): str(member.value) for member in kind}
