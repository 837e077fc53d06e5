"""What programs send: the bodies of the JSON operations. The forms of the pages fill the same models."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from casework.findings import Claim, LookBack, Measure, NewFinding, Verdict
from casework.measures import Ruling
from casework.monitoring import Chosen
from casework.talks import Commitment
from process.vocabulary import LetterKind, Position, RecusalGround, Role, RungKind, TeamRole, Trigger


class Body(BaseModel):
    """Unknown fields are refused, so that a misspelt one is not lost in silence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class SignInBody(Body):
    """Who signs in."""

    username: str = Field(min_length=1, max_length=100, description="用户名", examples=["coordinator"])
    password: str = Field(min_length=1, max_length=200, description="密码", examples=["xietiaoyuan-2022"])


class Versioned(Body):
    """Every write on a case says which version it saw; if the case moved since, the answer is 409."""

    version: int = Field(ge=1, description="您看到的任务版本号", examples=[3])


class Submitted(Versioned):
    """Handing in the open stage."""

    stage: str = Field(description="环节", examples=["self_evaluation"])
    outcome: str = Field(default="submitted", description="办理结果", examples=["submitted"])
    note: str = Field(default="", max_length=4000, description="说明", examples=["材料已齐"])


class Accepted(Versioned):
    """Accepting what was handed in."""

    note: str = Field(default="", max_length=4000, description="审查意见", examples=["材料齐全"])


class Reasoned(Versioned):
    """A deed that needs its reason."""

    reason: str = Field(max_length=4000, description="理由", examples=["缺佐证材料目录"])


class CompletedBody(Versioned):
    """Ending the open stage by one of its outcomes."""

    stage: str = Field(description="环节", examples=["monitoring"])
    outcome: str = Field(description="办理结果", examples=["monitored"])
    note: str = Field(default="", max_length=4000, description="说明；退回时为理由，必填", examples=["监测完成"])


class MemberBody(Body):
    """A member of the team."""

    inspector_id: int = Field(description="督学或专家", examples=[1])
    role: TeamRole = Field(description="组内分工", examples=["leader"])


class TeamBody(Versioned):
    """The team of a case."""

    members: list[MemberBody] = Field(max_length=50, description="成员；督学3名以上，组长1名")


class TeamDrawBody(Versioned):
    """A team to be drawn by lot."""

    seed: str = Field(max_length=200, description="随机种子", examples=["20221010"])
    expertise: str = Field(default="", max_length=100, description="只在有此专长的督学中抽取", examples=["学前教育"])
    size: int | None = Field(default=None, ge=1, le=50, description="人数；不填则为定义所定的最少人数")


class FindingsBody(Versioned):
    """One or many findings."""

    findings: list[NewFinding] = Field(max_length=500, description="问题")


class TakeOverBody(Versioned):
    """Problems that the values show, to be written into the problem list."""

    chosen: list[Chosen] | None = Field(default=None, max_length=2000, description="所选的问题；不填为全部")


class MeasuresBody(Versioned):
    """Measures for findings."""

    measures: list[Measure] = Field(max_length=500, description="整改措施")


class ClaimsBody(Versioned):
    """Findings said to be put right."""

    claims: list[Claim] = Field(max_length=500, description="申请销号的问题")


class VerdictsBody(Versioned):
    """What the verification found."""

    verdicts: list[Verdict] = Field(max_length=500, description="核查结论")


class LookBacksBody(Versioned):
    """What the look-back found."""

    results: list[LookBack] = Field(max_length=500, description="回头看结论")


class LetterBody(Versioned):
    """An official letter. The register gives its number."""

    kind: LetterKind = Field(description="文书种类", examples=["opinion"])
    content: str = Field(default="", max_length=100_000, description="评价（或决定）正文")
    sets_due_on: date | None = Field(default=None, description="督导意见书所定的整改期限", examples=["2023-03-01"])
    published_at_url: str = Field(default="", max_length=2000, description="督导报告公开的网址")
    particulars: dict[str, str] = Field(default_factory=dict, description="该种文书须载明的其他内容，按名称")
    outcome: str = Field(default="", description="本环节有两种结果都发此文书时，选其一", examples=["upheld"])


class RectificationNoticeBody(Versioned):
    """A 整改通知书 to one school."""

    finding_ids: list[int] = Field(min_length=1, max_length=200, description="同一学校的问题")
    requirement: str = Field(max_length=4000, description="整改要求")
    due_on: date = Field(description="整改期限", examples=["2022-12-30"])


class MeasureBody(Versioned):
    """A measure put before the managers."""

    kind: RungKind = Field(description="措施：通报、曝光、约谈、问责、移送或加强指导", examples=["talk"])
    reason: str = Field(max_length=2000, description="事由", examples=["佐证材料系伪造"])
    trigger: Trigger = Field(default=Trigger.BY_HAND, description="人工提出，或弄虚作假")


class MeasureDecision(Body):
    """What a manager makes of a proposed measure."""

    ruling: Ruling = Field(description="批准、改用其他措施、不予采取", examples=["approve"])
    note: str = Field(default="", max_length=2000, description="理由；改用或不予采取时必填")
    instead: RungKind | None = Field(default=None, description="改用的措施", examples=["circular"])
    particulars: dict[str, str] = Field(
        default_factory=dict, description="文书须载明的内容：曝光须有 reviewed_by（法务审签人），移送须有 received_by"
    )


class ResultsBody(Body):
    """The results of a round, in words."""

    summary: str = Field(max_length=4000, description="结果概述，写入专报和通报")


class CircularBody(Body):
    """One circular of results for a whole round."""

    summary: str = Field(max_length=4000, description="总体情况", examples=["共收到作品359件，评出获奖作品115件"])
    grades: dict[int, str] = Field(
        default_factory=dict,
        description="个别任务的结果，按任务编号，如「一等奖」；不填的依定义",
        examples=[{"12": "一等奖"}],
    )


class AuthorityBody(Body):
    """A leader or a member unit that is told results."""

    name: str = Field(max_length=100, description="领导或成员单位", examples=["市财政局"])
    position: Position = Field(description="岗位：leader 分管领导，liaison 成员单位联络员", examples=["liaison"])
    contact: str = Field(max_length=100, description="收件人", examples=["王五"])
    email: str | None = Field(default=None, max_length=320, description="电子邮件")


class ServedBody(Body):
    """How a notice was handed over besides the mail."""

    how: str = Field(max_length=100, description="送达方式", examples=["当面送达，经办人签字"])


class VoidBody(Body):
    """Why a letter is void."""

    reason: str = Field(max_length=2000, description="作废理由")


class ExtensionBody(Versioned):
    """A request for more time."""

    due_on: date = Field(description="希望延至", examples=["2022-11-18"])
    reason: str = Field(max_length=4000, description="理由", examples=["数据核对需要时间"])


class ExtensionDecision(Body):
    """What the office says to a request for more time."""

    grant: bool = Field(description="是否同意", examples=[True])
    note: str = Field(default="", max_length=4000, description="意见；不同意须写明理由", examples=["同意"])


class Decided(Body):
    """A manager's decision on a proposal."""

    approve: bool = Field(description="批准或不予采取", examples=[True])
    note: str = Field(default="", max_length=4000, description="意见；不予采取须写明理由", examples=["同意通报"])


class TalkNotified(Body):
    """The notice of a talk."""

    scheduled_for: AwareDatetime = Field(description="约谈时间", examples=["2022-12-01T15:00:00+08:00"])
    place: str = Field(max_length=500, description="地点", examples=["市教委301会议室"])
    persons: str = Field(max_length=1000, description="被约谈人", examples=["分管副区长"])
    talkers: str = Field(default="", max_length=1000, description="约谈人；不填为督导室负责人")


class TalkHeld(Body):
    """That the talk took place."""

    held_at: AwareDatetime = Field(description="实际时间", examples=["2022-12-01T15:00:00+08:00"])
    attended: str = Field(max_length=2000, description="参加人员", examples=["副区长、教委主任"])


class TalkMinuted(Body):
    """The record of the talk."""

    minutes: str = Field(max_length=100_000, description="约谈记录", examples=["通报了逾期情况，提出了要求。"])
    commitments: list[Commitment] = Field(max_length=100, description="承诺事项及时限")


class TalkFollowedUp(Body):
    """That the promises were kept."""

    note: str = Field(max_length=4000, description="承诺落实情况", examples=["自评报告已报送"])


class MatterBody(Body):
    """A case of its own within a round: an entry, a thesis, a subject that was forgotten."""

    subject_id: str = Field(description="督导对象", examples=["CQ-500103"])
    title: str = Field(default="", max_length=300, description="事由或作品名称", examples=["挂牌督导的渝中实践"])


class MattersBody(Body):
    """Further cases of a round under way."""

    matters: list[MatterBody] = Field(max_length=1000, description="追加的任务")


class LaunchBody(Body):
    """A round to be launched."""

    process_name: str = Field(description="督导事项", examples=["district-evaluation"])
    process_version: int | None = Field(default=None, description="版本；不填为最新")
    title: str = Field(max_length=200, description="轮次名称", examples=["2022年区县政府履行教育职责评价"])
    year: int = Field(description="年度", examples=[2022])
    subject_ids: list[str] = Field(default=[], description="督导对象", examples=[["CQ-500231", "CQ-500103"]])
    matters: list[MatterBody] = Field(default=[], max_length=5000, description="一个对象有几件的，逐件写明")
    days: dict[str, int] = Field(
        default_factory=dict, description="只为本轮次调整的环节期限", examples=[{"self_evaluation": 60}]
    )


class DrawBody(Body):
    """The draw of the on-site sample."""

    seed: str = Field(max_length=200, description="随机种子", examples=["20221012"])
    witness: str = Field(max_length=200, description="监督人", examples=["市纪委监委驻教委纪检组"])
    size: int | None = Field(default=None, description="抽取数量；不填按定义", examples=[8])
    exclude: dict[str, str] = Field(default_factory=dict, description="不参加抽取的对象及理由")
    rested: int = Field(default=0, ge=0, le=10, description="多少年内已实地督查的不参加；0为都参加", examples=[5])


class DefinitionBody(BaseModel):
    """A definition to be checked: its fields, or its text."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [{"name": "new-process", "version": 1}]})

    yaml: str | None = Field(default=None, max_length=400_000, description="YAML 文本；写明时不看其他各项")

    def form(self) -> str | dict[str, Any]:
        """What was sent."""
        return self.yaml if self.yaml is not None else self.model_extra or {}


class FormBody(Body):
    """A process written as YAML."""

    model_config = ConfigDict(str_strip_whitespace=False)  # a line and its indentation mean something

    yaml: str = Field(max_length=400_000, description="YAML 文本", examples=["name: campus-food-safety\nversion: 1\n"])


class RehearsedBody(FormBody):
    """A process to be rehearsed on paper."""

    start: date | None = Field(default=None, description="启动之日；不填则为今天", examples=["2022-10-10"])


class SubjectsBody(Body):
    """Districts as CSV."""

    csv: str = Field(
        max_length=1_000_000,
        description="CSV 文本，列：id,code,name,alias,kind,valid_from,valid_to,successor,edu_org",
        examples=["id,code,name\nCQ-500103,500103,渝中区"],
    )


class ContactBody(Body):
    """Somebody who holds a position."""

    subject_id: str = Field(description="督导对象", examples=["CQ-500103"])
    position: Position = Field(description="岗位", examples=["operator"])
    name: str = Field(max_length=100, description="姓名", examples=["张三"])
    email: str | None = Field(default=None, max_length=320, description="电子邮件", examples=["zhangsan@yz.example"])
    phone: str = Field(default="", max_length=50, description="电话")
    bot_url: str = Field(default="", max_length=500, description="办公机器人地址（Apprise，如 wecombot://密钥）")
    valid_from: date | None = Field(default=None, description="任职起")
    valid_to: date | None = Field(default=None, description="任职止")


class ContactEnded(Body):
    """The last day on which somebody holds a position."""

    last_day: date = Field(description="最后一天", examples=["2022-12-31"])


class TieBody(Body):
    """A ground of recusal."""

    subject_id: str = Field(description="应回避的督导对象", examples=["CQ-500103"])
    ground: RecusalGround = Field(description="回避情形", examples=["left_recently"])
    left_on: date | None = Field(default=None, description="离开之日")


class InspectorBody(Body):
    """An inspector or expert."""

    name: str = Field(max_length=100, description="姓名", examples=["李四"])
    is_inspector: bool = Field(default=True, description="督学；否则为专家")
    expertise: str = Field(default="", max_length=500, description="专长")
    home_subject_id: str | None = Field(default=None, description="所在区县")
    user_id: int | None = Field(default=None, description="账号")
    ties: list[TieBody] = Field(default_factory=list, max_length=100, description="回避情形")


class UserBody(Body):
    """An account."""

    username: str = Field(max_length=100, description="用户名", examples=["yuzhong"])
    name: str = Field(max_length=100, description="姓名", examples=["渝中区经办人"])
    role: Role = Field(description="岗位", examples=["district"])
    password: str = Field(max_length=200, description="初始密码", examples=["chushi-mima-2022"])
    email: str | None = Field(default=None, max_length=320, description="电子邮件")
    phone: str = Field(default="", max_length=50, description="手机号码，接收紧急短信")
    bot_url: str = Field(default="", max_length=500, description="办公机器人地址（Apprise，如 wecombot://密钥）")
    subject_id: str | None = Field(default=None, description="所属区县，区县账号必填", examples=["CQ-500103"])


class CalendarBody(Body):
    """A yearly notice."""

    csv: str = Field(
        max_length=100_000,
        description="CSV 文本，每行「日期，休」或「日期，班」，全年",
        examples=["2027-01-01,休\n2027-02-20,班"],
    )
    source: str = Field(
        min_length=1, max_length=500, description="依据", examples=["国务院办公厅关于2027年部分节假日安排的通知"]
    )


class Token(BaseModel):
    """A session."""

    token: str = Field(description="放在 Authorization: Bearer 头中")
    name: str
    role: Role
    role_title: str
    subject_id: str | None


class Me(BaseModel):
    """Who is signed in."""

    name: str
    role: Role
    role_title: str
    subject_id: str | None


class Done(BaseModel):
    """Where the case stands after a deed."""

    case_id: int
    version: int = Field(description="新的版本号，下次办理时带回")
    status: str
    status_title: str
    stage: str | None
    stage_title: str
    due_on: date | None
    outcome: str | None
    outcome_title: str
    created: list[int] = Field(default_factory=list, description="新登记的各项的编号")


class Made(BaseModel):
    """What was entered."""

    id: int = Field(description="编号")


class Replanning(BaseModel):
    """A due date an imported notice touched."""

    case_id: int
    subject: str
    from_day: date = Field(description="原到期日")
    to_day: date = Field(description="重算的到期日")
    applied: bool = Field(description="已调整；重算提前的不自动调整，请人工处理")


class ImportResult(BaseModel):
    """What an imported notice did."""

    year: int
    holidays: int
    make_up_days: int
    replanned: list[Replanning]


class Health(BaseModel):
    """Whether the service works."""

    status: str = Field(description="ok 或 unavailable", examples=["ok"])
    database: bool = Field(description="数据库是否应答")
    revision: str | None = Field(description="数据库结构版本")
    expected: str = Field(description="程序要求的结构版本")


class Counted(BaseModel):
    """How much was read."""

    rows: int = Field(description="行数")
