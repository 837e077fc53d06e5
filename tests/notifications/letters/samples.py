"""A complete letter of every kind, as an office would write it."""

from __future__ import annotations

from datetime import date
from typing import Any

from notifications.letters import Letter
from process.vocabulary import LetterKind as Kind

HEADING = "重庆市人民政府教育督导室"
ROUND = "2022年对区县政府履行教育职责评价"
DISTRICT = "武隆区"
GOVERNMENT = ("武隆区人民政府",)
CONTACT = "李明，联系电话：023-60390000"

FINDINGS: list[dict[str, Any]] = [
    {
        "number": 1,
        "level": "district",
        "description": "学前教育普惠性资源供给不足，城区公办幼儿园在园幼儿占比为47.6%，低于50%的目标要求",
        "requirement": "制定公办幼儿园建设计划，增加公办学位不少于900个",
        "due_on": "2022-08-31",
    },
    {
        "number": 2,
        "level": "district",
        "description": "义务教育教师平均工资收入水平动态监测机制不健全，2021年第四季度未按月比对",
        "requirement": "健全监测和联动增长机制，按月比对并留存记录",
        "due_on": "2022-08-31",
    },
    {
        "number": 3,
        "level": "school",
        "school": "武隆区实验小学",
        "description": "作业公示制度落实不到位，四年级部分班级书面作业超过规定时长",
        "requirement": "严格执行作业公示和审核制度，由年级组每周统筹",
        "due_on": "2022-06-30",
    },
    {
        "number": 4,
        "level": "school",
        "school": "武隆区江口中学校",
        "description": "课后服务未做到有需要的学生全覆盖，课程以集体作业为主，体育、艺术类课程偏少",
        "requirement": "完善课后服务课程，每周开设体育、艺术类课程不少于2次",
        "due_on": "2022-06-30",
    },
]
LOOKED_BACK = [
    {**FINDINGS[0], "measure": "新建公办幼儿园2所，改扩建1所", "result": "已新增学位930个，巩固"},
    {**FINDINGS[2], "measure": "建立作业统筹台账，每周公示", "result": "抽查6个班级，1个班级未公示，反弹"},
]
FIGURES = [
    {"label": "参评区县数", "value": 41},
    {"label": "实地督查区县数", "value": 8},
    {"label": "优秀等次", "value": "12个"},
    {"label": "督导发现问题", "value": "683个"},
]
EVALUATION = (
    "武隆区委、区政府重视教育工作，坚持教育优先发展，党对教育工作的全面领导得到加强，“双减”工作稳步推进，"
    "义务教育教师平均工资收入水平不低于当地公务员平均工资收入水平。\n"
    "同时，学前教育普惠性资源供给、教育督导机构建设等方面还有差距。综合评价为良好等次。"
)
REASON = "“整改”环节应于2022年8月31日前办结，经提醒、催办、督办，至今逾期20个工作日仍未报送整改情况报告"

FIELDS: dict[Kind, dict[str, Any]] = {
    Kind.SUPERVISION_NOTICE: {
        "basis": "《教育督导条例》和《2022年教育督导工作要点》",
        "matters": [
            "学前教育普及普惠和义务教育优质均衡发展情况",
            "“双减”工作推进情况",
            "落实义务教育教师平均工资收入水平“不低于”要求情况",
        ],
        "team": "网络监测评价由市教育评估院组织专家实施。需要实地督查的，由不少于3名督学组成督导小组，成员另行书面告知",
        "period": "2022年3月至9月",
        "method": "网络监测评价全覆盖，抽取8个区县开展实地督查",
        "self_evaluation": "对照评价指标体系逐项自查自评，如实填报数据，形成5000字以内的自评报告，并在政府网站公示",
        "self_evaluation_due_on": "2022-05-13",
        "materials": ["自评报告", "指标自评表", "佐证材料目录"],
        "recusal": "申请应在督导小组成员告知后书面提出，写明申请回避的人员和事由",
        "acknowledgement_due_on": "2022-03-25",
        "supervision_phone": "023-60390001",
        "contact": CONTACT,
    },
    Kind.ACKNOWLEDGEMENT: {
        "unit": "武隆区人民政府教育督导室",
        "received_at": "2022-03-22T09:30:00+08:00",
        "notice_number": "渝府教督发〔2022〕5号",
        "contact": "张华",
        "post": "督导室主任",
        "phone": "023-77700000",
    },
    Kind.PRELIMINARY_OPINION: {
        "period": "2022年6月6日至10日",
        "matters": "2022年履行教育职责情况",
        "evaluation": EVALUATION,
        "findings": FINDINGS,
        "defence_days": 5,
        "team_leader": "王建国",
        "contact": CONTACT,
    },
    Kind.OPINION: {
        "period": "2022年6月6日至10日",
        "team": [
            {"name": "王建国", "role": "leader", "post": "市政府督学"},
            {"name": "刘芳", "role": "member"},
            {"name": "陈志强", "role": "member"},
            {"name": "周敏", "role": "expert", "post": "市教育评估院"},
        ],
        "evaluation": EVALUATION,
        "defence": "你区于2022年6月23日提出书面申辩意见1条，经核实予以采纳，已对第2项问题的表述作出修改",
        "findings": FINDINGS,
        "plan_due_on": "2022-07-20",
        "due_on": "2022-08-31",
        "report_days": 10,
    },
    Kind.RESULT_FEEDBACK: {
        "evaluation": "你区网络监测评价得分为91.35分，列全市第9位，评价为优秀等次",
        "figures": [
            {"label": "综合得分", "value": 91.35},
            {"label": "全市位次", "value": 9},
            {"label": "群众满意度", "value": "93.2%"},
            {"label": "评价等次", "value": "优秀"},
        ],
        "suggestions": ["进一步增加普惠性学前教育资源", "配齐配强专职督学"],
    },
    Kind.SUPERVISION_REPORT: {
        "period": "2022年6月6日至10日",
        "method": "听取汇报、查阅资料、实地走访学校20所、问卷调查",
        "evaluation": EVALUATION,
        "findings": FINDINGS[:2],
        "rectification": "武隆区已完成全部4项问题的整改，经核查予以销号",
        "suggestions": ["将评价结果作为对区县政府考核奖惩的依据"],
        "published_at_url": "https://jw.cq.gov.cn/dudao/2022/wulong",
    },
    Kind.RECTIFICATION_NOTICE: {
        "unit": "武隆区实验小学",
        "inspected_on": "2022-06-08",
        "findings": FINDINGS[2:3],
        "requirement": "严格执行作业公示和审核制度，控制书面作业总量，并在家长会上说明",
        "due_on": "2022-06-30",
        "revisit_on": "2022-07-05",
        "inspectors": "刘芳、陈志强",
    },
    Kind.URGE: {"stage": "自查自评", "due_on": "2022-05-13", "late": 3},
    Kind.SUPERVISE: {
        "stage": "自查自评",
        "due_on": "2022-05-13",
        "late": 5,
        "basis": "《2022年区县政府履行教育职责评价实施方案》",
        "history": ["2022年5月16日发出催办单，同日送达"],
        "answer_due_on": "2022-05-24",
    },
    Kind.CIRCULAR: {
        "reason": REASON,
        "basis": "《教育督导条例》第二十五条、《重庆市教育督导条例》第三十七条",
        "history": ["2022年9月1日发出催办单", "2022年9月9日发出督办单"],
        "requirement": "责令武隆区人民政府立即完成整改，补报整改情况报告，并对未按期整改的责任作出书面说明",
        "due_on": "2022-10-31",
    },
    Kind.EXPOSURE: {
        "reason": "武隆区江口中学校课后服务流于形式，以集体补课代替，违规收取费用，至今未全部退还",
        "basis": "《2022年教育督导工作要点》第8项",
        "media": "市教委门户网站和重庆教育督导公众号",
        "reviewed_by": "赵敏",
        "publish_on": "2022-10-24",
    },
    Kind.TALK_NOTICE: {
        "persons": [{"name": "孙伟", "post": "武隆区人民政府副区长"}, {"name": "何静", "post": "武隆区教委主任"}],
        "reason": REASON,
        "basis": "《重庆市教育督导条例》第三十一条",
        "scheduled_for": "2022-10-28T15:00:00+08:00",
        "place": "重庆市教育委员会201会议室",
        "talkers": [{"name": "王建国", "post": "重庆市人民政府教育督导室主任"}],
        "filed_with": "中共重庆市武隆区委、武隆区人民政府和市政府教育督导委员会",
        "contact": CONTACT,
    },
    Kind.TALK_RECORD: {
        "notice_number": "渝府教督函〔2022〕18号",
        "held_at": "2022-10-28T15:00:00+08:00",
        "place": "重庆市教育委员会201会议室",
        "attended": "约谈人王建国；被约谈人孙伟、何静；记录人李明",
        "reason": REASON,
        "minutes": "约谈人通报了整改逾期的事实和依据，要求压实责任、限期整改；被约谈人对事实无异议，作了表态发言",
        "commitments": [
            {"text": "补报整改情况报告", "due_on": "2022-11-04"},
            {"text": "完成2所公办幼儿园的开办手续", "due_on": "2022-11-30"},
        ],
        "filed_with": "中共重庆市武隆区委、武隆区人民政府",
        "recorder": "李明",
    },
    Kind.LOOK_BACK_SHEET: {
        "opinion_number": "渝府教督发〔2021〕12号",
        "inspected_on": "2022-11-15",
        "statement": "问题均已整改到位，并建立长效机制",
        "findings": LOOKED_BACK,
        "new_findings": ["新开办幼儿园专任教师配备不足"],
        "conclusion": "第1项巩固，第3项反弹，退回重新整改",
    },
    Kind.EXTENSION_REPLY: {
        "stage": "自查自评",
        "applied_on": "2022-05-09",
        "granted": True,
        "due_on": "2022-05-13",
        "requested_due_on": "2022-05-20",
        "reason": "受疫情影响，部分学校数据尚未核实，申请理由充分",
    },
    Kind.LEADERS_REPORT: {
        "summary": "2022年对41个区县政府履行教育职责的评价已经完成，优秀12个、良好24个、合格5个，总体情况好于上年",
        "figures": FIGURES,
        "problems": "学前教育普惠性资源供给不足，专职督学配备不到位，个别区县整改逾期",
        "suggestions": "将评价结果纳入区县年度考核，对整改不力的区县开展约谈",
    },
    Kind.MEMBERS_CIRCULAR: {
        "summary": "2022年对41个区县政府履行教育职责的评价已经完成，优秀12个、良好24个、合格5个",
        "figures": FIGURES,
        "suggestions": ["对评价中反映的编制、经费问题予以支持", "将评价结果作为资源配置的参考"],
    },
    Kind.ACCOUNTABILITY_NOTICE: {
        "subject": "武隆区教育委员会",
        "facts": "对督导发现的问题整改不力，经通报、约谈后仍未完成第1项问题的整改，且报送的佐证材料与实际不符",
        "proposal": "拟给予督导通报，责令作出书面检查",
        "basis": "《教育督导问责办法》有关规定",
        "defence_days": 10,
        "contact": CONTACT,
    },
    Kind.ACCOUNTABILITY_DECISION: {
        "subject": "武隆区教育委员会，主要负责人何静",
        "facts": "对督导发现的问题整改不力，经通报、约谈后仍未完成第1项问题的整改，且报送的佐证材料与实际不符",
        "basis": "《教育督导问责办法》有关规定",
        "manner": "督导通报，责令作出书面检查",
        "effective_on": "2022-12-20",
        "remedy": {"review_days": 30, "appeal_days": 15, "appeal_to": "国务院教育督导委员会办公室"},
    },
    Kind.REVIEW_DECISION: {
        "applicant": "武隆区教育委员会",
        "decision_number": "渝府教督责〔2022〕1号",
        "applied_on": "2023-01-05",
        "reason": "申请人提出的新证据不足以推翻原决定认定的事实，原决定事实清楚、依据充分、程序合规",
        "decision": "维持原问责决定",
        "appeal_days": 15,
    },
    Kind.APPEAL_DECISION: {
        "applicant": "武隆区教育委员会",
        "decision_number": "渝府教督责〔2022〕1号",
        "applied_on": "2023-02-10",
        "reason": "原决定认定事实清楚，但问责方式与情节不相当",
        "decision": "撤销责令作出书面检查的决定，维持督导通报",
        "correct_by": "2023-03-31",
    },
    Kind.REFERRAL: {
        "reason": "武隆区江口中学校涉嫌违规收取课后服务费用，金额较大",
        "basis": "《重庆市教育督导条例》第三十八条",
        "received_by": "重庆市教育委员会",
        "facts": "2021年9月至2022年6月，该校以课后服务名义收取费用，部分款项未入学校账户",
        "materials": ["现场检查笔录3份", "收费票据复印件46张"],
        "contact": CONTACT,
    },
    Kind.WORK_NOTICE: {
        "basis": "《2022年教育督导工作要点》第2项",
        "matters": ["设立总督学、副总督学", "规范教育督导机构设置", "落实教育督导编制和经费保障"],
        "requirement": "对照改革任务台账逐项推进，每季度末报送进展情况和佐证材料",
        "due_on": "2022-12-31",
        "materials": ["改革任务进展表", "任命文件、机构编制文件"],
        "contact": CONTACT,
    },
    Kind.RECOMMENDATION: {
        "recommended": "沙坪坝区申报全国义务教育优质均衡发展区",
        "basis": "《县域义务教育优质均衡发展督导评估办法》有关规定",
        "reason": "沙坪坝区已完成自评、市级过程评估和综合督导评估，各项指标均达到规定要求，没有一票否决情形",
        "materials": ["区级自评报告", "市级综合督导评估报告", "指标数据表"],
        "contact": CONTACT,
    },
    Kind.RESULT_CIRCULAR: {
        "summary": "第四届教育督导典型案例及论文评选共收到359件，经形式审查、专家评审和公示，评出获奖作品3件",
        "published_days": 5,
        "results": [
            {"title": "责任督学挂牌督导的区域实践", "unit": "武隆区教育委员会", "result": "一等奖"},
            {"title": "“双减”背景下课后服务质量的督导观察与改进", "unit": "重庆市教育评估院", "result": "二等奖"},
            {"title": "学前教育普及普惠督导评估的指标研究", "unit": "沙坪坝区教育委员会", "result": "三等奖"},
        ],
        "suggestions": ["做好获奖成果的推广应用", "继续组织督学开展教育督导研究"],
    },
    Kind.MEETING_MINUTES: {
        "held_at": "2022-02-25T15:00:00+08:00",
        "place": "重庆市教育委员会201会议室",
        "chair": "赵刚",
        "present": "市教委王建国、市财政局刘芳、市委编办陈志强",
        "agenda": ["审议2022年教育督导工作要点", "研究教育督导体制机制改革任务"],
        "agreed": ["市委编办牵头研究区县教育督导机构设置", "市财政局落实教育督导工作经费", "市教委起草问责实施细则"],
        "recorder": "李明",
    },
}

_NUMBERS = {
    Kind.PRELIMINARY_OPINION: "渝府教督函〔2022〕9号",
    Kind.RESULT_FEEDBACK: "渝府教督函〔2022〕15号",
    Kind.RECTIFICATION_NOTICE: "渝府教督改〔2022〕31号",
    Kind.URGE: "渝府教督催〔2022〕3号",
    Kind.SUPERVISE: "渝府教督督〔2022〕1号",
    Kind.EXPOSURE: "渝府教督函〔2022〕17号",
    Kind.TALK_NOTICE: "渝府教督函〔2022〕18号",
    Kind.EXTENSION_REPLY: "渝府教督函〔2022〕7号",
    Kind.ACCOUNTABILITY_NOTICE: "渝府教督函〔2022〕21号",
    Kind.REFERRAL: "渝府教督函〔2022〕22号",
    Kind.ACKNOWLEDGEMENT: "",
    Kind.TALK_RECORD: "",
    Kind.LOOK_BACK_SHEET: "",
    Kind.MEETING_MINUTES: "",
    Kind.RECOMMENDATION: "渝府教督函〔2022〕25号",
}
_ADDRESSEES = {
    Kind.SUPERVISION_NOTICE: ("各区县（自治县）人民政府，两江新区、西部科学城重庆高新区、万盛经开区管委会",),
    Kind.SUPERVISION_REPORT: ("重庆市人民政府",),
    Kind.CIRCULAR: ("各区县（自治县）人民政府",),
    Kind.EXPOSURE: ("市教委新闻宣传处",),
    Kind.LEADERS_REPORT: ("市委、市政府分管领导同志",),
    Kind.MEMBERS_CIRCULAR: ("市政府教育督导委员会各成员单位",),
    Kind.ACCOUNTABILITY_NOTICE: ("武隆区教育委员会",),
    Kind.ACCOUNTABILITY_DECISION: ("武隆区教育委员会",),
    Kind.REVIEW_DECISION: ("武隆区教育委员会",),
    Kind.APPEAL_DECISION: ("武隆区教育委员会",),
    Kind.REFERRAL: ("重庆市教育委员会",),
    Kind.WORK_NOTICE: ("各区县（自治县）人民政府、有关开发区管委会",),
    Kind.RECOMMENDATION: ("国务院教育督导委员会办公室",),
    Kind.RESULT_CIRCULAR: ("各区县（自治县）教委（教育局、公共服务局），各有关单位",),
}
_COPIES = {
    Kind.OPINION: ("市委教育工委", "市教委", "武隆区教委"),
    Kind.CIRCULAR: ("市委、市政府分管领导", "市政府教育督导委员会各成员单位"),
    Kind.TALK_NOTICE: ("中共重庆市武隆区委", "武隆区教委"),
    Kind.SUPERVISE: ("武隆区人民政府办公室", "武隆区教委"),
}


_ABOUT_ALL = (
    Kind.SUPERVISION_NOTICE, Kind.LEADERS_REPORT, Kind.MEMBERS_CIRCULAR, Kind.WORK_NOTICE, Kind.RESULT_CIRCULAR,
)  # fmt: skip


def sample(kind: Kind) -> Letter:
    """A complete letter of the kind."""
    about_all = kind in _ABOUT_ALL
    return Letter(
        kind=kind,
        heading=HEADING,
        issuer=HEADING,
        number=_NUMBERS.get(kind, "渝府教督发〔2022〕5号"),
        issued_on=date(2022, 2, 19),
        addressees=_ADDRESSEES.get(kind, GOVERNMENT),
        subject="" if about_all else DISTRICT,
        round_title=ROUND,
        fields=FIELDS[kind],
        copies=_COPIES.get(kind, ()),
        note="此件不公开" if kind in (Kind.SUPERVISION_NOTICE, Kind.OPINION, Kind.TALK_NOTICE) else "",
        signer="王建国",
        printed_by=f"{HEADING}办公室" if kind is Kind.CIRCULAR else "",
        attachments=("区县政府履行教育职责评价指标体系",) if kind is Kind.SUPERVISION_NOTICE else (),
    )
