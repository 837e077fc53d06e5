"""The words of the field, each with the Chinese title under which people see it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Titled(StrEnum):
    """A string enum whose members carry a Chinese title."""

    title_zh: str

    def __new__(cls, value: str, title_zh: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.title_zh = title_zh
        return member


class Role(Titled):
    """What an account may do."""

    COORDINATOR = "coordinator", "督导协调员"
    MANAGER = "manager", "督导室负责人"
    INSPECTOR = "inspector", "督学"
    DISTRICT = "district", "区县"
    ADMINISTRATOR = "administrator", "管理员"


class SubjectKind(Titled):
    """Whom a round may be about."""

    DISTRICT = "district", "区县"
    AUTHORITY = "authority", "领导与成员单位"
    """Not supervised: the leaders in charge and the committee's member units, who are told results and given tasks."""
    CITY = "city", "市政府"
    """The city itself, where the nation evaluates it (要点第3项)."""
    SCHOOL = "school", "学校"
    KINDERGARTEN = "kindergarten", "幼儿园"
    COLLEGE = "college", "职业院校"
    UNIVERSITY = "university", "高等学校"
    PRINCIPAL = "principal", "校（园）长"
    """A person: seen only by the office, the district that runs the school, and the person."""
    INSPECTOR = "inspector", "督学"
    """A person whose appointment, yearly review or training is a case; ``Inspector.subject_id`` points here."""

    @property
    def personal(self) -> bool:
        """Whether the subject is a person, whose data only those who need it may see."""
        return self in (SubjectKind.PRINCIPAL, SubjectKind.INSPECTOR)


class SchoolStage(Titled):
    """What a school teaches (学段)."""

    KINDERGARTEN = "kindergarten", "幼儿园"
    PRIMARY = "primary", "小学"
    JUNIOR = "junior", "初中"
    NINE_YEAR = "nine_year", "九年一贯制学校"
    SENIOR = "senior", "普通高中"
    COMPLETE = "complete", "完全中学"
    SPECIAL = "special", "特殊教育学校"
    SECONDARY_VOCATIONAL = "secondary_vocational", "中等职业学校"
    HIGHER_VOCATIONAL = "higher_vocational", "高等职业院校"
    UNDERGRADUATE = "undergraduate", "本科院校"

    @property
    def compulsory(self) -> bool:
        """Whether it gives compulsory education (义务教育)."""
        return self in (SchoolStage.PRIMARY, SchoolStage.JUNIOR, SchoolStage.NINE_YEAR, SchoolStage.COMPLETE)


class Season(Titled):
    """The two terms of a school year, by the season in which they open."""

    SPRING = "spring", "春季"
    AUTUMN = "autumn", "秋季"


class Template(Titled):
    """The nine patterns of the twenty items (DOMAIN §3.2)."""

    ANNUAL_EVALUATION = "annual_evaluation", "年度评价"
    ACCREDITATION = "accreditation", "申报认定"
    SPECIAL = "special", "专项督导"
    RECURRENT = "recurrent", "经常性督导"
    MONITORING = "monitoring", "质量监测"
    UPWARD = "upward", "迎接上级评价"
    TASK = "task", "台账督办"
    ROSTER = "roster", "队伍管理"
    AWARD = "award", "评选"


class Scope(Titled):
    """Which subjects of its kind a process is about, where not all of them."""

    HOLDERS = "holders", "已获称号的区县"
    """Those who hold the title that the process grants."""
    PRIVATE = "private", "民办学校"


class QuotaKind(Titled):
    """What a number of the priorities counts, and so how it is computed."""

    ON_SITE_A_YEAR = "on_site_a_year", "一年内实地督查的区县"
    COVERAGE_CYCLE = "coverage_cycle", "周期内每个对象至少一次"
    RECOGNISED = "recognised", "通过国家认定的区县"
    SCHOOLS_PER_INSPECTOR = "schools_per_inspector", "每名督学负责的学校"
    SCHOOLS_PER_FULL_TIME_INSPECTOR = "schools_per_full_time_inspector", "学校数与专职督学之比"
    INSPECTORS_OF_LARGE_SCHOOLS = "inspectors_of_large_schools", "学生数较多的学校配备的督学"
    SAMPLED_DISTRICTS = "sampled_districts", "抽样监测的区县"
    TEAM_SIZE = "team_size", "督导小组的督学"
    VISITS_A_TERM = "visits_a_term", "每学期到校督导"
    VISITS_A_MONTH = "visits_a_month", "每月到校督导"
    TRAINING_HOURS = "training_hours", "督学每年培训学时"
    REVIEWERS = "reviewers", "每件作品的评审专家"
    SHARE_DRAWN = "share_drawn", "抽检比例"
    DONE_BY = "done_by", "完成时限"


class Cadence(Titled):
    """How often a process begins anew."""

    YEARLY = "yearly", "每年"
    TERMLY = "termly", "春秋两季"
    SCHOOL_MONTHLY = "school_monthly", "每个教学月"
    HALF_MONTHLY = "half_monthly", "每月15日和月末"
    CYCLE = "cycle", "按届（轮）"
    TERM_END = "term_end", "任期届满前"
    ON_DEMAND = "on_demand", "按需"


class PlanStatus(Titled):
    """The life of a launch that the calendar foresees."""

    PLANNED = "planned", "已排期"
    PROPOSED = "proposed", "已预告"
    LAUNCHED = "launched", "已启动"
    STOPPED = "stopped", "已停止"


class Position(Titled):
    """An office held at a subject; notices go to positions, not to persons."""

    OPERATOR = "operator", "经办人"
    OFFICE_HEAD = "office_head", "督导室主任"
    COMMISSION_HEAD = "commission_head", "教委主任"
    GOVERNMENT_OFFICE = "government_office", "政府办公室"
    DEPUTY_HEAD = "deputy_head", "分管区（县）长"
    PARTY_OFFICE = "party_office", "党委办公室"
    LEADER = "leader", "分管领导"
    LIAISON = "liaison", "成员单位联络员"
    HEAD = "head", "主要负责人"
    """The head of a school, college or university; a principal or an inspector in person."""


DISTRICT_POSITIONS = tuple(p for p in Position if p not in (Position.LEADER, Position.LIAISON, Position.HEAD))
"""The positions of a district; the others are those of the authorities above and beside it."""


class CaseStatus(Titled):
    """Whether a case is under way."""

    OPEN = "open", "在办"
    SUSPENDED = "suspended", "中止"
    CLOSED = "closed", "办结"
    WITHDRAWN = "withdrawn", "撤回"


class CaseOutcome(Titled):
    """How a case ended."""

    EVALUATED = "evaluated", "评价完成"
    RECTIFIED = "rectified", "整改完成"
    CONFIRMED = "confirmed", "回头看巩固"
    CLOSED_BY_HAND = "closed_by_hand", "人工办结"
    WITHDRAWN = "withdrawn", "撤回"
    KEPT = "kept", "承诺落实"
    HELD_ACCOUNTABLE = "held_accountable", "已问责"
    NOT_ACCOUNTABLE = "not_accountable", "不予问责"
    SUPPORTED = "supported", "指导完成"
    DONE = "done", "办结销号"
    MONITORED = "monitored", "监测完成"
    RECOGNISED = "recognised", "认定通过"
    NOT_RECOGNISED = "not_recognised", "未通过认定"
    NOT_DECLARED = "not_declared", "本年未申报"
    REVOKED = "revoked", "取消称号"
    AWARDED = "awarded", "获奖"
    NOT_AWARDED = "not_awarded", "未获奖"
    APPOINTED = "appointed", "聘任"
    NOT_APPOINTED = "not_appointed", "未聘任"
    DISMISSED = "dismissed", "解聘"


class ItemStatus(Titled):
    """Whether a work item waits on somebody."""

    OPEN = "open", "待办"
    DONE = "done", "已办"
    CANCELLED = "cancelled", "取消"


class SubmissionStatus(Titled):
    """What became of what was handed in."""

    SUBMITTED = "submitted", "已报送"
    RETURNED = "returned", "退回补正"
    ACCEPTED = "accepted", "已接收"


class FindingLevel(Titled):
    """Whose problem a finding is."""

    DISTRICT = "district", "区县问题"
    SCHOOL = "school", "学校问题"


class FindingSource(Titled):
    """Where a finding came from."""

    ON_SITE = "on_site", "实地督查"
    MONITORING = "monitoring", "网络监测"
    SELF_CHECK = "self_check", "自查"
    REPORT = "report", "举报"


class FindingStatus(Titled):
    """The life of a finding: from open to verified or long-term; reopened when a look-back finds it again."""

    OPEN = "open", "待整改"
    PLANNED = "planned", "整改中"
    CLAIMED = "claimed", "申请销号"
    RETURNED = "returned", "核查退回"
    VERIFIED = "verified", "已销号"
    LONG_TERM = "long_term", "长期坚持"
    REOPENED = "reopened", "反弹重开"


class Severity(Titled):
    """How grave a finding is."""

    ORDINARY = "ordinary", "一般"
    GRAVE = "grave", "严重"


class RungKind(Titled):
    """The rungs of the ladder, lowest first. The formal ones are only proposed by time and decided by a person.

    加强指导 stands beside the ladder: help for units with heavy tasks, many difficulties, weak foundations (要点第8项).
    """

    REMINDER = "reminder", "提醒"
    URGE = "urge", "催办"
    SUPERVISE = "supervise", "督办"
    CIRCULAR = "circular", "通报"
    EXPOSURE = "exposure", "曝光"
    TALK = "talk", "约谈"
    ACCOUNTABILITY = "accountability", "问责"
    REFERRAL = "referral", "移送"
    SUPPORT = "support", "加强指导"

    @property
    def formal(self) -> bool:
        """Whether a person must decide before anything is said."""
        return self not in (RungKind.REMINDER, RungKind.URGE, RungKind.SUPERVISE)


class ClimbStatus(Titled):
    """What became of a rung that fell due."""

    CLIMBED = "climbed", "已发出"
    COLLAPSED = "collapsed", "并入上一级"
    PROPOSED = "proposed", "待决定"
    APPROVED = "approved", "已批准"
    WAIVED = "waived", "不予采取"
    CHANGED = "changed", "改用其他措施"
    LAPSED = "lapsed", "事由消失"


class TalkStatus(Titled):
    """The life of a talk."""

    PROPOSED = "proposed", "待决定"
    WAIVED = "waived", "不予约谈"
    APPROVED = "approved", "已批准"
    NOTIFIED = "notified", "已通知"
    HELD = "held", "已约谈"
    MINUTED = "minuted", "已形成记录"
    FOLLOWED_UP = "followed_up", "承诺已落实"
    LAPSED = "lapsed", "事由消失"


class Trigger(Titled):
    """Why a measure of the ladder was taken or proposed."""

    OVERDUE = "overdue", "逾期"
    SECOND_LATE = "second_late", "同一轮次再次逾期"
    RETURNED = "returned", "整改多次退回"
    MANY_FINDINGS = "many_findings", "问题多发"
    GRAVE_FINDINGS = "grave_findings", "严重问题"
    RELAPSE = "relapse", "回头看反弹"
    HARDSHIP = "hardship", "任务重、困难多、基础差"
    FALSIFICATION = "falsification", "弄虚作假"
    BY_HAND = "by_hand", "人工提出"
    SLOW = "slow", "工作进展缓慢"
    TYPICAL = "typical", "典型问题"
    NEGLECT = "neglect", "责任不落实、措施不到位、问题多发"
    HARM = "harm", "问题严重、造成恶劣影响"
    DECLINE = "decline", "水平下降"
    YEAR_AFTER_YEAR = "year_after_year", "连续年度存在问题"

    @property
    def of_lateness(self) -> bool:
        """Whether handing in takes the ground away."""
        return self in (Trigger.OVERDUE, Trigger.SECOND_LATE)

    @property
    def stated(self) -> bool:
        """Whether it is for a person to say that it is so, by the outcome they choose (要点第8项)."""
        return self in (
            Trigger.SLOW,
            Trigger.TYPICAL,
            Trigger.NEGLECT,
            Trigger.HARM,
            Trigger.DECLINE,
            Trigger.HARDSHIP,
        )


class Aggravation(Titled):
    """从重 circumstances that the record itself shows (《教育督导问责办法》)."""

    REPEATED = "repeated", "一年内被问责两次及以上"
    UNCORRECTED = "uncorrected", "被问责后仍不纠正或不落实整改"


class ExtensionStatus(Titled):
    """What became of a request for more time."""

    REQUESTED = "requested", "待审批"
    GRANTED = "granted", "同意"
    REFUSED = "refused", "不同意"
    LAPSED = "lapsed", "失效"


class LetterKind(Titled):
    """Official letters whose date or number the rules depend on."""

    PRELIMINARY_OPINION = "preliminary_opinion", "初步督导意见"
    OPINION = "opinion", "督导意见书"
    RESULT_FEEDBACK = "result_feedback", "评价结果反馈函"
    SUPERVISION_REPORT = "supervision_report", "督导报告"
    SUPERVISION_NOTICE = "supervision_notice", "督导通知"
    ACKNOWLEDGEMENT = "acknowledgement", "回执"
    RECTIFICATION_NOTICE = "rectification_notice", "整改通知书"
    URGE = "urge", "催办单"
    SUPERVISE = "supervise", "督办单"
    CIRCULAR = "circular", "通报"
    EXPOSURE = "exposure", "曝光稿"
    TALK_NOTICE = "talk_notice", "约谈通知书"
    TALK_RECORD = "talk_record", "约谈记录"
    LOOK_BACK_SHEET = "look_back_sheet", "回头看核查表"
    EXTENSION_REPLY = "extension_reply", "延期批复"
    LEADERS_REPORT = "leaders_report", "专报"
    MEMBERS_CIRCULAR = "members_circular", "评价结果通报"
    ACCOUNTABILITY_NOTICE = "accountability_notice", "问责告知书"
    ACCOUNTABILITY_DECISION = "accountability_decision", "问责决定书"
    REVIEW_DECISION = "review_decision", "复核决定书"
    APPEAL_DECISION = "appeal_decision", "申诉处理决定书"
    REFERRAL = "referral", "移送函"
    WORK_NOTICE = "work_notice", "工作通知"
    """The launch letter of what is no supervision: a meeting, a task, a monitoring, a call for entries."""
    RECOMMENDATION = "recommendation", "推荐函"
    RESULT_CIRCULAR = "result_circular", "结果通报"
    MEETING_MINUTES = "meeting_minutes", "会议纪要"


class TeamRole(Titled):
    """A member's part in a supervision team. Experts do not count towards the three inspectors."""

    LEADER = "leader", "组长"
    MEMBER = "member", "督学"
    EXPERT = "expert", "专家"


class RecusalGround(Titled):
    """Grounds of 回避 (《重庆市教育督导条例》第十二条)."""

    RELATIVE_OF_HEAD = "relative_of_head", "系被督导单位主要负责人的近亲属"
    FAMILY_EMPLOYED = "family_employed", "配偶、父母、子女在被督导单位工作"
    STAFF = "staff", "系被督导单位工作人员"
    LEFT_RECENTLY = "left_recently", "离开被督导单位工作不满三年"
    OTHER = "other", "其他可能影响公正的情形"


class DeliveryStatus(Titled):
    """What became of one copy of a notice on its channel."""

    PENDING = "pending", "待发"
    SENDING = "sending", "发送中"
    SENT = "sent", "已交付"
    UNCERTAIN = "uncertain", "结果不明"
    DEAD = "dead", "发送失败"
    CANCELLED = "cancelled", "已取消"


class Channel(Titled):
    """By which way a notice leaves the house; the inbox is the notice itself."""

    EMAIL = "email", "电子邮件"
    BOT = "bot", "办公机器人"
    SMS = "sms", "短信"


class Mode(Titled):
    """How somebody wants to be told of something."""

    AT_ONCE = "at_once", "单独发送"
    DIGEST = "digest", "每日汇总"
    INBOX = "inbox", "仅站内"


class Urgency(Titled):
    """How soon a notice must be on its way."""

    URGENT = "urgent", "紧急：随时发送"
    PROMPT = "prompt", "一般：工作时间单独发送"
    ROUTINE = "routine", "不急：并入每日汇总"


class NoticeKind(Titled):
    """What can be said."""

    STAGE_OPENED = "stage_opened", "环节通知"
    RECEIVED = "received", "报送收到"
    ACCEPTED = "accepted", "报送通过"
    RETURNED = "returned", "退回补正"
    SAMPLED = "sampled", "实地督查通知"
    NOT_SAMPLED = "not_sampled", "未抽中告知"
    LETTER = "letter", "文书送达"
    FINDINGS_RETURNED = "findings_returned", "整改退回"
    EXTENSION_REQUESTED = "extension_requested", "延期申请"
    EXTENSION_DECIDED = "extension_decided", "延期批复"
    SUSPENDED = "suspended", "中止通知"
    RESUMED = "resumed", "恢复通知"
    WITHDRAWN = "withdrawn", "撤回通知"
    CLOSED = "closed", "办结通知"
    DUE_MOVED = "due_moved", "期限调整"
    REMINDER = "reminder", "到期提醒"
    URGE = "urge", "催办单"
    SUPERVISE = "supervise", "督办单"
    CIRCULAR = "circular", "通报"
    RUNG_PROPOSED = "rung_proposed", "待决定事项"
    TALK_NOTICE = "talk_notice", "约谈通知"
    TALK_MINUTES = "talk_minutes", "约谈记录"
    TALK_CLOSED = "talk_closed", "约谈办结"
    UNDELIVERABLE = "undeliverable", "送达失败"
    EXPOSURE = "exposure", "曝光告知"
    REFERRAL = "referral", "移送告知"
    SUPPORT = "support", "加强指导"
    FILING = "filing", "报送备案"
    MATTER_OPENED = "matter_opened", "事项交办"
    RECEIPT_REMINDER = "receipt_reminder", "请签收"
    RECEIPT_MISSING = "receipt_missing", "逾期未签收"
    DECISION_WAITING = "decision_waiting", "待决定提醒"
    TALK_WAITING = "talk_waiting", "约谈待办提醒"
    BULLETIN = "bulletin", "督导周报"
    LEADERS_DIGEST = "leaders_digest", "领导专报"
    MEMBERS_CIRCULAR = "members_circular", "评价结果通报"
    ROUND_PROPOSED = "round_proposed", "拟启动轮次"
    VISIT_REMINDER = "visit_reminder", "到校督导提醒"
    VISIT_HAZARD = "visit_hazard", "到校督导发现隐患"
    COVERAGE_SHORT = "coverage_short", "到校督导未全覆盖"
    QUOTA_WARNING = "quota_warning", "指标预警"
    REVIEW_ASSIGNED = "review_assigned", "评审任务"
    EXTERNAL_DATE = "external_date", "上级时间节点"

    @property
    def obligation(self) -> bool:
        """Whether losing this notice is worse than repeating it. Reminders are at most once."""
        return self not in (NoticeKind.REMINDER, NoticeKind.RECEIPT_REMINDER, NoticeKind.VISIT_REMINDER)

    @property
    def urgency(self) -> Urgency:
        """How soon it must be on its way."""
        return _URGENCY.get(self, Urgency.PROMPT)

    @property
    def needs_receipt(self) -> bool:
        """Whether somebody must sign for it (签收); who has not is reminded, and the coordinator told."""
        return self in _SIGNED_FOR

    @property
    def for_office(self) -> bool:
        """Whether only the office's own people are told."""
        return self in _FOR_OFFICE

    @property
    def mandatory(self) -> bool:
        """Whether no preference can keep it out of the mail: it has legal effect, or a career hangs on it."""
        return self in _SIGNED_FOR or self.urgency is Urgency.URGENT

    @property
    def must_arrive(self) -> bool:
        """Whether it may not stay in the inbox only: a measure may hang on its having been delivered."""
        return self.mandatory or self is NoticeKind.URGE

    @property
    def lapses_with_item(self) -> bool:
        """Whether this notice says something untrue once its work item is done, moved or extended."""
        return self in (NoticeKind.REMINDER, NoticeKind.URGE, NoticeKind.SUPERVISE)


_URGENCY = {
    NoticeKind.SUPERVISE: Urgency.URGENT,
    NoticeKind.TALK_NOTICE: Urgency.URGENT,
    NoticeKind.VISIT_HAZARD: Urgency.URGENT,
    NoticeKind.SUSPENDED: Urgency.URGENT,
    NoticeKind.WITHDRAWN: Urgency.URGENT,
    NoticeKind.RECEIVED: Urgency.ROUTINE,
    NoticeKind.ACCEPTED: Urgency.ROUTINE,
    NoticeKind.NOT_SAMPLED: Urgency.ROUTINE,
    NoticeKind.CLOSED: Urgency.ROUTINE,
    NoticeKind.TALK_CLOSED: Urgency.ROUTINE,
    NoticeKind.REMINDER: Urgency.ROUTINE,
    NoticeKind.RECEIPT_REMINDER: Urgency.ROUTINE,
    NoticeKind.RECEIPT_MISSING: Urgency.ROUTINE,
    NoticeKind.UNDELIVERABLE: Urgency.ROUTINE,
    NoticeKind.EXTENSION_REQUESTED: Urgency.ROUTINE,
    NoticeKind.DECISION_WAITING: Urgency.ROUTINE,
    NoticeKind.TALK_WAITING: Urgency.ROUTINE,
    NoticeKind.ROUND_PROPOSED: Urgency.ROUTINE,
    NoticeKind.VISIT_REMINDER: Urgency.ROUTINE,
    NoticeKind.QUOTA_WARNING: Urgency.ROUTINE,
}

_FOR_OFFICE = frozenset(
    {
        NoticeKind.RECEIVED,
        NoticeKind.EXTENSION_REQUESTED,
        NoticeKind.RUNG_PROPOSED,
        NoticeKind.UNDELIVERABLE,
        NoticeKind.RECEIPT_MISSING,
        NoticeKind.DECISION_WAITING,
        NoticeKind.TALK_WAITING,
        NoticeKind.BULLETIN,
        NoticeKind.ROUND_PROPOSED,
        NoticeKind.QUOTA_WARNING,
        NoticeKind.REVIEW_ASSIGNED,
    }
)

_SIGNED_FOR = frozenset(
    {
        NoticeKind.LETTER,
        NoticeKind.SUPERVISE,
        NoticeKind.CIRCULAR,
        NoticeKind.EXPOSURE,
        NoticeKind.REFERRAL,
        NoticeKind.TALK_NOTICE,
        NoticeKind.TALK_MINUTES,
        NoticeKind.MATTER_OPENED,
    }
)


class EventKind(Titled):
    """What the history can say."""

    LAUNCHED = "launched", "启动"
    STAGE_COMPLETED = "stage_completed", "办结环节"
    STAGE_LAPSED = "stage_lapsed", "期满视为放弃"
    STAGE_PASSED = "stage_passed", "径行通过"
    STAGE_ENTERED = "stage_entered", "进入环节"
    STAGE_REOPENED = "stage_reopened", "退回重办"
    CASE_CLOSED = "case_closed", "任务办结"
    SUSPENDED = "suspended", "中止"
    RESUMED = "resumed", "恢复"
    WITHDRAWN = "withdrawn", "撤回"
    DUE_MOVED = "due_moved", "期限调整"
    CLIMBED = "climbed", "催督办升级"
    RUNG_PROPOSED = "rung_proposed", "提出建议"
    RUNG_APPROVED = "rung_approved", "批准"
    RUNG_WAIVED = "rung_waived", "不予采取"
    SAMPLED = "sampled", "抽中实地督查"
    NOT_SAMPLED = "not_sampled", "未抽中"
    TEAM_COMPOSED = "team_composed", "组成督导小组"
    FINDING_RECORDED = "finding_recorded", "登记问题"
    MEASURE_PLANNED = "measure_planned", "制定整改措施"
    FINDING_CLAIMED = "finding_claimed", "申请销号"
    FINDING_VERIFIED = "finding_verified", "核查结论"
    FINDING_RETURNED = "finding_returned", "核查退回"
    LOOKED_BACK = "looked_back", "回头看结论"
    LETTER_ISSUED = "letter_issued", "发出文书"
    EXTENSION_REQUESTED = "extension_requested", "申请延期"
    EXTENSION_DECIDED = "extension_decided", "延期批复"
    TALK_PROPOSED = "talk_proposed", "提出约谈建议"
    TALK_APPROVED = "talk_approved", "批准约谈"
    TALK_WAIVED = "talk_waived", "不予约谈"
    TALK_NOTIFIED = "talk_notified", "发出约谈通知"
    TALK_HELD = "talk_held", "进行约谈"
    TALK_MINUTED = "talk_minuted", "形成约谈记录"
    TALK_FOLLOWED_UP = "talk_followed_up", "约谈承诺落实"
    DOCUMENT_ADDED = "document_added", "上传材料"
    NOTICE_SIGNED = "notice_signed", "签收通知"
    UNDELIVERABLE = "undeliverable", "通知未能送达"
    RUNG_CHANGED = "rung_changed", "改用其他措施"
    LETTER_VOIDED = "letter_voided", "作废文书"
    MATTER_OPENED = "matter_opened", "立项"
    RECEIPT_CHASED = "receipt_chased", "催签"
    PART_ASSIGNED = "part_assigned", "分解交办"
    PART_WITHDRAWN = "part_withdrawn", "撤回分解任务"
    REVIEWER_ASSIGNED = "reviewer_assigned", "分配评审"
    REVIEWER_RECUSED = "reviewer_recused", "评审回避"
    REVIEWED = "reviewed", "评审打分"
    EXTERNAL_DATE_SET = "external_date_set", "登记上级节点"
    VALUES_UPLOADED = "values_uploaded", "上传监测数据"
    TITLE_GRANTED = "title_granted", "授予称号"
    TITLE_REVOKED = "title_revoked", "取消称号"
