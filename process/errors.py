"""Business errors: each a named class with a stable code, an HTTP status and a Chinese message.

The docstring's first line is the message; ``detail`` adds the particulars of one occurrence. ``field`` names the
input that broke the rule, where there is one.
"""

from __future__ import annotations

from typing import Any, ClassVar


class DudaoError(Exception):
    """操作未能完成"""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, detail: str | None = None, *, field: str | None = None, **context: Any) -> None:
        self.message = (type(self).__doc__ or "").strip().splitlines()[0]
        self.detail = detail
        self.field = field
        self.context = context
        super().__init__(f"{self.message}：{detail}" if detail else self.message)


class InvalidDefinition(DudaoError):
    """督导事项定义有误"""

    code = "invalid_definition"
    status = 422


class InvalidInput(DudaoError):
    """填写的内容不符合要求"""

    code = "invalid_input"
    status = 422


class NotFound(DudaoError):
    """没有找到"""

    code = "not_found"
    status = 404


class NotAllowed(DudaoError):
    """您的岗位不能办理此事"""

    code = "not_allowed"
    status = 403


class NotSignedIn(DudaoError):
    """请先登录"""

    code = "not_signed_in"
    status = 401


class WrongCredentials(DudaoError):
    """用户名或密码不对"""

    code = "wrong_credentials"
    status = 401


class StaleVersion(DudaoError):
    """此任务刚被他人办理过，请看过最新情况再办"""

    code = "stale_version"
    status = 409


class Conflict(DudaoError):
    """与现有记录冲突"""

    code = "conflict"
    status = 409


class WindowClosed(DudaoError):
    """已过法定期限"""

    code = "window_closed"
    status = 409


class NotSuspendable(DudaoError):
    """此事项不得中止"""

    code = "not_suspendable"
    status = 409


class HigherSignature(DudaoError):
    """须由上一级审批"""

    code = "higher_signature"
    status = 403


class LinkUsed(DudaoError):
    """此链接已经使用过"""

    code = "link_used"
    status = 410


class LinkInvalid(DudaoError):
    """链接无效或已过期"""

    code = "link_invalid"
    status = 404


class NotRendered(DudaoError):
    """文书还在生成，请稍候"""

    code = "not_rendered"
    status = 409


class RosterRefused(DudaoError):
    """名册中有不符合要求的行，没有写入"""

    code = "roster_refused"
    status = 422


class NoSubjects(DudaoError):
    """没有选定督导对象"""

    code = "no_subjects"
    status = 422


class ExpiredSubject(DudaoError):
    """督导对象在启动之日无效"""

    code = "expired_subject"
    status = 422


class CaseNotOpen(DudaoError):
    """任务已办结、撤回或中止，不能再办"""

    code = "case_not_open"
    status = 409


class WrongStage(DudaoError):
    """任务不在这个环节"""

    code = "wrong_stage"
    status = 409


class UnknownOutcome(DudaoError):
    """这个环节没有此种办理结果"""

    code = "unknown_outcome"
    status = 422


class MissingDeliverable(DudaoError):
    """缺少必须报送的材料"""

    code = "missing_deliverable"
    status = 422


class RequirementUnmet(DudaoError):
    """办理条件尚未具备"""

    code = "requirement_unmet"
    status = 409


class SampleTooLarge(DudaoError):
    """抽取数量超过可抽取的督导对象数"""

    code = "sample_too_large"
    status = 422


class SampleAlreadyDrawn(DudaoError):
    """本轮次已经抽取过实地督查对象"""

    code = "sample_already_drawn"
    status = 409


class TeamTooSmall(DudaoError):
    """督导小组须由3名以上督学组成（《教育督导条例》第十六条）"""

    code = "team_too_small"
    status = 422


class RecusalRequired(DudaoError):
    """督学有应当回避的情形（《重庆市教育督导条例》第十二条）"""

    code = "recusal_required"
    status = 422


class ExtensionTooLate(DudaoError):
    """延期须在到期日之前申请"""

    code = "extension_too_late"
    status = 409


class InvalidExtension(DudaoError):
    """申请的延期日期不合要求"""

    code = "invalid_extension"
    status = 422


class SecondPersonRequired(DudaoError):
    """销号核查须由申请销号以外的人办理"""

    code = "second_person_required"
    status = 409


class WrongFindingState(DudaoError):
    """问题当前的状态不能这样办理"""

    code = "wrong_finding_state"
    status = 409


class WrongTalkState(DudaoError):
    """约谈当前的状态不能这样办理"""

    code = "wrong_talk_state"
    status = 409


class RungAlreadyDecided(DudaoError):
    """此项建议已经有人决定"""

    code = "rung_already_decided"
    status = 409


class FileTooLarge(DudaoError):
    """文件过大"""

    code = "file_too_large"
    status = 413


class ForbiddenFileType(DudaoError):
    """不接受这种类型的文件"""

    code = "forbidden_file_type"
    status = 415


class InvalidMailAddress(DudaoError):
    """电子邮件地址无效"""

    code = "invalid_mail_address"
    status = 422


class LaunchedDefinitionChanged(DudaoError):
    """已发布的督导事项或指标体系不得改动，请另立新版本"""

    code = "launched_definition_changed"
    status = 409


class InvalidCalendar(DudaoError):
    """放假通知数据有误"""

    code = "invalid_calendar"
    status = 422


class LetterIncomplete(DudaoError):
    """文书缺少必须载明的内容，不能签发"""

    code = "letter_incomplete"
    status = 422


class InvalidDelegation(DudaoError):
    """离岗委托的填写不合要求"""

    code = "invalid_delegation"
    status = 422


class UnfitDeputy(DudaoError):
    """此人不能作为受托人"""

    code = "unfit_deputy"
    status = 422


class DelegationOverlaps(DudaoError):
    """离岗者在这段时间已有委托"""

    code = "delegation_overlaps"
    status = 409


class DeputyAway(DudaoError):
    """受托人在这段时间自己离岗"""

    code = "deputy_away"
    status = 409


class StandsInAlready(DudaoError):
    """离岗者在这段时间正受他人委托，请先改由别人受托"""

    code = "stands_in_already"
    status = 409


class DelegationOver(DudaoError):
    """此委托已经结束"""

    code = "delegation_over"
    status = 409


class MandatoryNotice(DudaoError):
    """这类通知一律单独发送，不能选择方式"""

    code = "mandatory_notice"
    status = 422


class VisitInFuture(DudaoError):
    """到校督导的日期还没有到"""

    code = "visit_in_future"
    status = 422


class NotASchoolDay(DudaoError):
    """这一天不是教学日，不能登记到校督导"""

    code = "not_a_school_day"
    status = 422


class VisitRecorded(DudaoError):
    """这次到校督导已经登记过"""

    code = "visit_recorded"
    status = 409


class MonthNotCounted(DudaoError):
    """这个月不要求到校督导"""

    code = "month_not_counted"
    status = 422


class ValuesRefused(DudaoError):
    """数据有须改正之处，全部没有写入"""

    code = "values_refused"
    status = 422
