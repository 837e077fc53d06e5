"""Every kind in all its parts, from realistic rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from jinja2 import UndefinedError
from sqlalchemy import Engine
from sqlmodel import Session

from db.tables import Inspector, Letter, Notice, Talk, TeamMember
from notifications.context import NoticeContext
from notifications.gather import context_of, gather, inbox_contexts
from notifications.render import render, render_inbox
from process.calendar import SHANGHAI, local_day
from process.vocabulary import LetterKind, NoticeKind, Position, TalkStatus, TeamRole, Trigger
from settings import Settings
from tests.notifications.builders import DUE, NOW, PROCESS, World

OFFICE = {
    NoticeKind.RECEIVED,
    NoticeKind.EXTENSION_REQUESTED,
    NoticeKind.RUNG_PROPOSED,
    NoticeKind.UNDELIVERABLE,
    NoticeKind.RECEIPT_MISSING,
    NoticeKind.DECISION_WAITING,
    NoticeKind.TALK_WAITING,
}
GENERAL = {
    NoticeKind.BULLETIN,
    NoticeKind.LEADERS_DIGEST,
    NoticeKind.MEMBERS_CIRCULAR,
    NoticeKind.QUOTA_WARNING,
    NoticeKind.REVIEW_ASSIGNED,
    NoticeKind.ROUND_PROPOSED,
    NoticeKind.VISIT_REMINDER,
    NoticeKind.VISIT_HAZARD,
    NoticeKind.COVERAGE_SHORT,
}
STAGES = {
    NoticeKind.STAGE_OPENED: "sign",
    NoticeKind.ACCEPTED: "review",
    NoticeKind.SAMPLED: "monitoring",
    NoticeKind.NOT_SAMPLED: "monitoring",
    NoticeKind.LETTER: "formal",
    NoticeKind.FINDINGS_RETURNED: "rectification",
}
RUNGS = {
    NoticeKind.REMINDER: "three_before",
    NoticeKind.URGE: "urge",
    NoticeKind.SUPERVISE: "supervise",
    NoticeKind.CIRCULAR: "circular",
    NoticeKind.RUNG_PROPOSED: "circular",
    NoticeKind.EXPOSURE: "circular",
    NoticeKind.REFERRAL: "circular",
    NoticeKind.SUPPORT: "circular",
    NoticeKind.DECISION_WAITING: "circular",
}
DATA = {
    NoticeKind.ROUND_PROPOSED: {"title_of_round": "2022年垫江县专项督导", "process": "专项督导", "source": "要点第11项",
                                "launch_on": "2022-05-23", "subjects": 1, "kind_of_subject": "区县", "to_choose": 8,
                                "trouble": ""},
    NoticeKind.ACCEPTED: {"reason": "材料齐全", "stage": "review", "outcome": "accept"},
    NoticeKind.RETURNED: {"reason": "缺少<佐证>材料目录", "stage": "review", "outcome": "return"},
    NoticeKind.FINDINGS_RETURNED: {"reason": "第3项整改不到位"},
    NoticeKind.LETTER: {"letter": "opinion", "number": "渝府教督发〔2022〕5号", "issued_on": "2022-05-10",
                        "sets_due_on": "2022-08-31", "published_at_url": ""},
    NoticeKind.EXTENSION_REQUESTED: {"from": "2022-05-13", "to": "2022-05-20", "reason": "数据核对未完"},
    NoticeKind.EXTENSION_DECIDED: {"granted": True, "from": "2022-05-13", "to": "2022-05-20", "note": ""},
    NoticeKind.SUSPENDED: {"reason": "疫情防控"},
    NoticeKind.RESUMED: {"reason": "疫情缓解", "from": "2022-05-13", "to": "2022-06-10"},
    NoticeKind.WITHDRAWN: {"outcome": "withdrawn", "reason": "行政区划调整"},
    NoticeKind.CLOSED: {"outcome": "rectified", "reason": ""},
    NoticeKind.DUE_MOVED: {"from": "2022-05-13", "to": "2022-05-20", "reason": "2023年放假安排已公布"},
    NoticeKind.UNDELIVERABLE: {"kind": "urge", "name": "张三", "address": "x@nowhere.example",
                               "position": "office_head", "answer": "550 5.1.1 no such mailbox"},
    NoticeKind.RECEIPT_REMINDER: {"kind": "supervise", "said_on": "2022-05-11", "name": "张三"},
    NoticeKind.RECEIPT_MISSING: {"kind": "supervise", "said_on": "2022-05-11", "name": "张三"},
    NoticeKind.DECISION_WAITING: {"since": "2022-05-11", "waited": 3, "reason": "逾期10个工作日", "kind": "circular"},
    NoticeKind.TALK_WAITING: {"since": "2022-05-11", "waited": 3, "reason": "逾期20个工作日", "status": "held"},
    NoticeKind.BULLETIN: {
        "week": "5月9日至5月13日",
        "total": dict.fromkeys(("open", "late", "urged", "supervised", "proposed", "talked", "closed"), 1),
        "rounds": [{"title": "2022年区县政府履行教育职责评价", "open": 3, "late": 1, "worst": "垫江县逾期5个工作日"}],
        "climbing": ["垫江县：督办"], "talks": ["垫江县：逾期20个工作日"],
    },
    NoticeKind.LEADERS_DIGEST: {"title_of_round": "2022年区县政府履行教育职责评价", "number": "渝府教督报〔2022〕1号",
                                "summary": "垫江县等完成评价。", "figures": [{"label": "完成评价", "value": "41个"}]},
    NoticeKind.MEMBERS_CIRCULAR: {"title_of_round": "2022年区县政府履行教育职责评价", "number": "",
                                  "summary": "垫江县等完成评价。", "figures": []},
    NoticeKind.QUOTA_WARNING: {"year": 2022, "path": "/quotas", "warnings": [
        {"title": "实地督查区县", "said": "已安排垫江县等5个，还差3个", "quote": "重点对8个区县开展实地督查"}]},
    NoticeKind.REVIEW_ASSIGNED: {"title_of_round": "第四届典型案例及论文评选（垫江县）", "entries": 5,
                                 "due_on": "2022-06-10", "path": "/reviews"},
    NoticeKind.EXTERNAL_DATE: {"stage": "self_evaluation", "title": "自查自评", "on": "2022-06-30", "buffer": 5,
                               "source": "教督办函〔2022〕3号", "from": "2022-06-10", "to": "2022-05-30",
                               "earlier": True},
    NoticeKind.VISIT_REMINDER: {"month": "2022-05-01", "until": "2022-05-31", "owed": 12, "nobody": False,
                                "schools": ["垫江县第一小学", "垫江县<实验>小学"], "path": "/visits/mine"},
    NoticeKind.COVERAGE_SHORT: {"month": "2022-04-01", "until": "2022-05-12", "owed": 40, "missing": 2,
                                "schools": ["垫江县第一小学", "垫江县<实验>小学"],
                                "path": "/visits/missing?month=2022-04"},
    NoticeKind.VISIT_HAZARD: {"district": "垫江县", "school": "第一小学", "inspector": "陈督学",
                              "visited_on": "2022-05-12", "note": "围墙有裂缝", "path": "/visits/schools/S1",
                              "problems": [{"title": "收费", "remark": "强制购买教辅"}]},
}  # fmt: skip


def talk_of(world: World, case_id: int) -> Talk:
    talk = Talk(
        case_id=case_id, trigger=Trigger.OVERDUE, reason="「自查自评」逾期20个工作日", status=TalkStatus.NOTIFIED,
        evidence=[{"rung": "urge", "kind": "urge", "at": "2022-05-16T09:00:00+08:00",
                   "delivered_at": "2022-05-16T09:01:00+08:00"}],
        proposed_at=NOW, scheduled_for=datetime(2022, 6, 20, 15, tzinfo=SHANGHAI), place="市教委1号会议室",
        persons="分管副县长、教委主任", held_at=datetime(2022, 6, 20, 15, tzinfo=SHANGHAI), minutes="限期整改",
        commitments=[{"text": "6月底前报送", "due_on": "2022-06-30"}], follow_up_note="已报送",
    )  # fmt: skip
    world.session.add(talk)
    world.session.flush()
    return talk


def notice_of(world: World, kind: NoticeKind) -> Notice:
    case = world.case(stage=STAGES.get(kind, "self_evaluation"))
    session = world.session
    if kind is NoticeKind.SAMPLED:
        inspector = Inspector(name="陈督学")
        session.add(inspector)
        session.flush()
        session.add(TeamMember(case_id=case.id, inspector_id=inspector.id, role=TeamRole.LEADER))
    if kind is NoticeKind.LETTER:
        session.add(Letter(case_id=case.id, round_id=case.round_id, kind=LetterKind.OPINION,
                           number="渝府教督发〔2022〕5号", issued_on=date(2022, 5, 10), sets_due_on=date(2022, 8, 31),
                           issued_by=world.coordinator.id, issued_at=NOW))  # fmt: skip
    climb = world.climb(case, RUNGS[kind]) if kind in RUNGS else None
    talk = talk_of(world, case.id) if kind.value.startswith("talk") or kind is NoticeKind.FILING else None
    to = world.manager if kind in OFFICE else world.contact(case)
    data = DATA.get(kind, {"rung": climb.rung, "kind": climb.kind, "reason": climb.reason} if climb else {})
    return world.notice(case, kind, to=to, climb=climb, talk_id=talk.id if talk else None, data=data)


def context(session: Session, settings: Settings, notice: Notice, now: datetime = NOW) -> NoticeContext:
    session.flush()
    gathered = gather(session, [notice.id])
    return context_of(gathered, gathered.notices[0], settings, local_day(now), current=True)


@pytest.mark.parametrize("kind", sorted(GENERAL))
def test_what_speaks_of_no_single_case(engine: Engine, settings: Settings, kind: NoticeKind) -> None:
    with Session(engine) as session:
        world = World.made(session)
        case = world.case()
        notice = world.notice(case, kind, data=DATA[kind], about_item=False)
        notice.case_id = None
        session.commit()
        said = render(context(session, settings, notice))
        title, fragment = render_inbox(inbox_contexts(session, settings, [notice.id])[notice.id])
    assert title == said.subject
    assert f"https://dudao.example{DATA[kind].get('path', f'/rounds/{notice.round_id}')}" in said.text
    for part in (said.subject, said.text, BeautifulSoup(said.html, "html.parser").get_text(), str(fragment)):
        assert "None" not in part
        assert "{" not in part
    assert "垫江县" in said.text


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind not in GENERAL])
def test_every_kind_in_every_part(engine: Engine, settings: Settings, kind: NoticeKind) -> None:
    with Session(engine) as session:
        world = World.made(session)
        notice = notice_of(world, kind)
        session.commit()
        said = render(context(session, settings, notice))
        title, fragment = render_inbox(inbox_contexts(session, settings, [notice.id])[notice.id])
    page = BeautifulSoup(said.html, "html.parser")
    assert "\n" not in said.subject
    assert said.subject.startswith("【")
    assert "垫江县" in said.subject
    assert "2022年区县政府履行教育职责评价" in said.subject
    link = f"https://dudao.example/cases/{notice.case_id}"
    assert link in said.text
    assert page.find("a", href=link)
    for part in (said.subject, said.text, page.get_text(), title, str(fragment)):
        assert "None" not in part
        assert "{" not in part
    # The same words in mail text, mail HTML and inbox.
    head, _, _ = said.text.partition("\n查看和办理")
    for shown in (page.get_text(), BeautifulSoup(fragment, "html.parser").get_text()):
        squeezed = "".join(shown.split())
        for line in filter(None, (line.strip() for line in head.splitlines())):
            value = line.partition("：")[2] or line
            assert "".join(value.split()) in squeezed
    assert title == said.subject
    assert "，。" not in said.text
    assert "。。" not in said.text


def test_urge_says_who_what_when_why_and_what_next(engine: Engine, settings: Settings) -> None:
    with Session(engine) as session:
        world = World.made(session)
        notice = notice_of(world, NoticeKind.URGE)
        said = render(context(session, settings, notice))
    assert said.subject == "【催办】垫江县：自查自评报告已逾期1个工作日（2022年区县政府履行教育职责评价）"
    for words in (
        "垫江县政府教育督导室主任 张三：", "2022年5月13日（星期五）", "请对照评价指标开展自查自评",
        "期限依据：《重庆市教育督导条例》第二十三条", "催办依据：《教育督导条例》第十九条",
        "仍未办理的，将自5月20日起督办，此后依规提请通报、约谈",
    ):  # fmt: skip
        assert words in said.text


def test_a_circular_for_another_reason_reproaches_nobody_with_lateness(engine: Engine, settings: Settings) -> None:
    with Session(engine) as session:
        world = World.made(session)
        case = world.case()
        climb = world.climb(case, "circular", trigger=Trigger.FALSIFICATION, basis="《教育督导条例》第二十五条")
        notice = world.notice(case, NoticeKind.CIRCULAR, climb=climb, data={"reason": "佐证材料不实", "number": "1号"})
        session.commit()
        said = render(context(session, settings, notice))
    assert said.subject.startswith("【通报】垫江县：有关问题予以通报")
    assert "因佐证材料不实，依据《教育督导条例》第二十五条，现对你县予以通报（1号）。" in said.text
    for reproach in ("未按期", "逾期", "经督办", "限期补办"):
        assert reproach not in said.text


def test_launch_is_the_supervision_notice_of_article_23(engine: Engine, settings: Settings) -> None:
    with Session(engine) as session:
        world = World.made(session)
        said = render(context(session, settings, notice_of(world, NoticeKind.STAGE_OPENED)))
    assert said.subject == "【督导通知】垫江县：2022年区县政府履行教育职责评价"
    for words in ("督导事项", "督导小组", "不少于3名督学", "自评要求和报送时限", "自查自评报告",
                  "进入本环节之日起30个工作日内", "第二十三条", "第十二条"):  # fmt: skip
        assert words in said.text


@pytest.mark.parametrize("kind", [NoticeKind.STAGE_OPENED, NoticeKind.REMINDER, NoticeKind.URGE, NoticeKind.SUPERVISE])
def test_every_stage_reads_well_to_everybody(engine: Engine, settings: Settings, kind: NoticeKind) -> None:
    with Session(engine) as session:
        world = World.made(session)
        for stage in PROCESS.stages:
            case = world.case(stage=stage.key)
            climb = world.climb(case, RUNGS[kind]) if kind in RUNGS else None
            for to in (world.contact(case), world.coordinator):
                said = render(context(session, settings, world.notice(case, kind, to=to, climb=climb)))
                assert stage.title in said.text
                assert stage.asks.rstrip("。") in said.text
                assert "。。" not in said.text
                assert "，。" not in said.text


def test_provisional_day_and_right_that_lapses(engine: Engine, settings: Settings) -> None:
    with Session(engine) as session:
        world = World.made(session)
        case = world.case(stage="defence", provisional=True, due_on=date(2022, 5, 20))
        notice = world.notice(case, NoticeKind.STAGE_OPENED, due_on=date(2022, 5, 20))
        said = render(context(session, settings, notice))
    assert "2022年5月20日（星期五）前（暂定）" in said.text
    assert "暂定，以国务院办公厅当年放假通知为准" in said.text
    assert "按「视为放弃申辩」处理" in said.text
    assert "申请延期" not in said.text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("result_feedback", "反馈的评价结果"),
        ("rectification_notice", "请转交所涉学校"),
        ("accountability_decision", "请按文书载明的要求、权利和期限办理"),
    ],
)
def test_a_delivered_letter_is_spoken_of_as_what_it_is(
    engine: Engine, settings: Settings, kind: str, words: str
) -> None:
    with Session(engine) as session:
        world = World.made(session)
        notice = world.notice(world.case(), NoticeKind.LETTER, data={"letter": kind, "number": "渝府教督函〔2022〕1号"})
        said = render(context(session, settings, notice))
    assert words in said.text
    assert ("评价结果" in said.text) is (kind == "result_feedback")


def test_html_escapes_what_people_wrote(engine: Engine, settings: Settings) -> None:
    with Session(engine) as session:
        said = render(context(session, settings, notice_of(World.made(session), NoticeKind.RETURNED)))
    assert "缺少<佐证>材料目录" in said.text
    assert "缺少&lt;佐证&gt;材料目录" in said.html


def test_line_ends_of_forms_are_lines_like_others(engine: Engine, settings: Settings) -> None:
    with Session(engine) as session:
        world = World.made(session)
        notice = world.notice(world.case(), NoticeKind.SUSPENDED, data={"reason": "疫情防控\r\n\r\n另行通知"})
        said = render(context(session, settings, notice))
    assert "\r" not in said.text
    assert "另行通知" in [part.get_text() for part in BeautifulSoup(said.html, "html.parser").find_all("p")][3]


def test_required_thing_missing_raises(engine: Engine, settings: Settings) -> None:
    with Session(engine) as session:
        world = World.made(session)
        notice = world.notice(world.case(), NoticeKind.TALK_NOTICE)
        with pytest.raises(UndefinedError):
            render(context(session, settings, notice))


def test_inbox_keeps_what_was_said(engine: Engine, settings: Settings) -> None:
    """Weeks later an urge still says that it was one day late when it came."""
    with Session(engine) as session:
        world = World.made(session)
        notice = notice_of(world, NoticeKind.URGE)
        title, _ = render_inbox(inbox_contexts(session, settings, [notice.id])[notice.id])
        later = render(context(session, settings, notice, NOW + timedelta(days=7)))
    assert "已逾期1个工作日" in title
    assert "已逾期6个工作日" in later.subject


@pytest.mark.parametrize(
    ("kind", "position", "more", "words"),
    [
        ("县", Position.OFFICE_HEAD, {}, "垫江县政府教育督导室主任"),
        ("县", Position.COMMISSION_HEAD, {}, "垫江县教委主任"),
        ("县", Position.DEPUTY_HEAD, {}, "垫江县政府分管副县长"),
        ("管委会", Position.COMMISSION_HEAD, {"education_office": "公共服务局"}, "垫江县公共服务局局长"),
        ("管委会", Position.DEPUTY_HEAD, {}, "垫江县管委会分管副主任"),
    ],
)
def test_posts(
    engine: Engine, settings: Settings, kind: str, position: Position, more: dict[str, str], words: str
) -> None:
    with Session(engine) as session:
        world = World.made(session)
        case = world.case(world.subject(region_kind=kind, **more))
        notice = world.notice(case, NoticeKind.REMINDER, to=world.contact(case, position))
        assert context(session, settings, notice).recipient.post == words
        assert notice.due_on == DUE
