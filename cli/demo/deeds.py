"""What the people of the rehearsal do when a case waits on them, stage by stage."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cli.demo.people import Cast, Person, temper
from process.calendar import WorkCalendar

Deed = Callable[["Turn"], None]


@dataclass
class Turn:
    """One case waiting on somebody: all a deed needs to know."""

    cast: Cast
    seed: int
    calendar: WorkCalendar
    today: date
    case_id: int
    subject_id: str
    subject: str
    stage: str
    visit: int
    attempt: int
    version: int | None = None

    @property
    def mood(self) -> random.Random:
        """How the people concerned feel about this turn."""
        return temper(self.seed, self.subject_id, self.stage, self.visit, self.attempt)

    @property
    def coordinator(self) -> Person:
        """The coordinator."""
        return self.cast.office("coordinator")

    @property
    def manager(self) -> Person:
        """The manager."""
        return self.cast.office("manager")

    @property
    def inspector(self) -> Person:
        """The inspector."""
        return self.cast.office("inspector")

    @property
    def unit(self) -> Person:
        """Whoever acts for the subject."""
        return self.cast.unit(self.subject_id)

    def case(self, person: Person) -> Any:
        """The case as that person sees it now; its version is the one the next operation names."""
        seen = person.get(f"/cases/{self.case_id}")
        self.version = seen["case"]["version"]
        return seen

    def do(self, person: Person, what: str, **body: Any) -> Any:
        """An operation on the case, knowing the version last seen."""
        if self.version is None:
            self.case(person)
        answer = person.post(f"/cases/{self.case_id}/{what}", {"version": self.version, **body})
        self.version = answer.get("version", self.version)
        return answer

    def complete(self, person: Person, outcome: str, note: str = "") -> None:
        """End the stage."""
        self.do(person, "complete", stage=self.stage, outcome=outcome, note=note)

    def hand_in(self, person: Person, *deliverables: str) -> None:
        """Upload what is asked."""
        for key in deliverables:
            person.upload(self.case_id, key, f"{key}.txt", f"{self.subject} {self.stage} 第{self.attempt}次 {key}")


def acknowledge(turn: Turn) -> None:
    """签收."""
    turn.do(turn.unit, "acknowledge")


def self_evaluation(turn: Turn) -> None:
    """自查自评."""
    turn.hand_in(turn.unit, "self_evaluation_report", "evidence_index")
    turn.do(turn.unit, "submit", stage=turn.stage)


def formal_review(turn: Turn) -> None:
    """形式审查: some first submissions are sent back."""
    submitted = turn.case(turn.coordinator)["submissions"]
    if len(submitted) == 1 and turn.mood.random() < 0.15:
        turn.do(turn.coordinator, "send-back", reason="佐证材料目录不全")
    else:
        turn.do(turn.coordinator, "accept")


def monitoring(turn: Turn) -> None:
    """网络监测: some districts fall short of an indicator."""
    if turn.mood.random() < 0.25:
        findings = [{"description": "监测指标未达标", "source": "monitoring", "indicator": "3.2"}]
        turn.do(turn.coordinator, "findings", findings=findings)
    turn.hand_in(turn.coordinator, "monitoring_report")
    turn.complete(turn.coordinator, "monitored")


def team(turn: Turn) -> None:
    """组队: whoever must recuse is replaced."""
    people = [p["id"] for p in turn.coordinator.get("/inspectors", limit=200)["items"] if p["is_inspector"]]
    turn.mood.shuffle(people)
    version = turn.case(turn.coordinator)["case"]["version"]
    for first in range(0, len(people), 4):
        chosen = people[first : first + 4]
        members = [{"inspector_id": p, "role": "member" if n else "leader"} for n, p in enumerate(chosen)]
        answer = turn.coordinator.try_post(f"/cases/{turn.case_id}/team", {"version": version, "members": members})
        if answer.is_success:
            return
        if answer.json()["code"] != "recusal_required":
            raise RuntimeError(answer.text)
    raise RuntimeError("no team without a conflict")


def on_site(turn: Turn) -> None:
    """实地督查: one finding by hand, the rest pasted."""
    mood = turn.mood
    turn.do(
        turn.inspector, "findings", findings=[{"description": "义务教育教师工资待遇落实不到位", "category": "经费"}]
    )
    many = [
        {
            "description": f"学校管理问题{n}",
            "level": "school",
            "school": f"{turn.subject}第{n}小学",
            "severity": "grave" if mood.random() < 0.04 else "ordinary",
        }
        for n in range(1, mood.randint(7, 13))
    ]
    turn.do(turn.inspector, "findings", findings=many)
    turn.hand_in(turn.inspector, "consultation_record")
    turn.complete(turn.inspector, "inspected")


def preliminary_opinion(turn: Turn) -> None:
    """初步督导意见."""
    letter(turn, turn.inspector, "preliminary_opinion", "总体较好，存在下列问题。")


def defence(turn: Turn) -> None:
    """申辩, or none; those who say nothing let the right lapse."""
    roll = turn.mood.random()
    if roll < 0.35:
        turn.hand_in(turn.unit, "defence_statement")
        turn.do(turn.unit, "submit", stage=turn.stage, outcome="defended")
    elif roll < 0.65:
        turn.do(turn.unit, "submit", stage=turn.stage, outcome="no_objection")


def opinion(turn: Turn) -> None:
    """督导意见书: rectification within three months."""
    due = turn.calendar.roll(turn.today + timedelta(days=90))
    letter(turn, turn.coordinator, "opinion", "履行教育职责总体较好。", sets_due_on=due.isoformat())


def result_feedback(turn: Turn) -> None:
    """评价结果反馈函."""
    letter(turn, turn.coordinator, "result_feedback", "监测评价结果良好。")


def reporting(turn: Turn) -> None:
    """专报、通报."""
    turn.hand_in(turn.coordinator, "leaders_report")
    turn.complete(turn.coordinator, "reported")


def plan_measures(turn: Turn) -> None:
    """A measure for every finding that needs one."""
    open_findings = [f for f in turn.case(turn.unit)["findings"] if f["status"] in ("open", "returned", "reopened")]
    due = turn.calendar.roll(turn.today + timedelta(days=60))
    plans = [
        {
            "finding_id": finding["id"],
            "measure": "制定方案，补齐短板，专项检查",
            "responsible_unit": "区教委",
            "responsible_person": "分管负责人",
            "due_on": due.isoformat(),
        }
        for finding in open_findings
    ]
    if plans:
        turn.do(turn.unit, "findings/plan", measures=plans)


def rectification_plan(turn: Turn) -> None:
    """整改方案."""
    plan_measures(turn)
    turn.hand_in(turn.unit, "rectification_plan")
    turn.do(turn.unit, "submit", stage=turn.stage)


def claim_all(turn: Turn) -> None:
    """Every finding claimed done."""
    waiting = [f for f in turn.case(turn.unit)["findings"] if f["status"] in ("planned", "returned", "reopened")]
    claims = [{"finding_id": finding["id"], "evidence": "已整改到位，附照片和文件"} for finding in waiting]
    if claims:
        turn.do(turn.unit, "findings/claim", claims=claims)


def rectification(turn: Turn) -> None:
    """整改."""
    claim_all(turn)
    turn.complete(turn.unit, "completed")


def rectification_report(turn: Turn) -> None:
    """整改情况报告."""
    turn.hand_in(turn.unit, "rectification_report")
    turn.do(turn.unit, "submit", stage=turn.stage)


def verify_all(turn: Turn, *, failing: bool) -> None:
    """A verdict on every claim; the first does not hold where it is failing."""
    mood = turn.mood
    claimed = [f for f in turn.case(turn.coordinator)["findings"] if f["status"] == "claimed"]
    verdicts = [
        {
            "finding_id": finding["id"],
            "verdict": "returned" if failing and n == 0 else "long_term" if mood.random() < 0.05 else "verified",
            "note": "现场核查",
        }
        for n, finding in enumerate(claimed)
    ]
    if verdicts:
        turn.do(turn.coordinator, "findings/verify", verdicts=verdicts)


def verification(turn: Turn) -> None:
    """核查: some claims do not hold the first time."""
    failing = turn.visit == 1 and temper(turn.seed, turn.subject_id, "failing", turn.attempt).random() < 0.3
    verify_all(turn, failing=failing)
    turn.complete(turn.coordinator, "returned" if failing else "verified", "一个问题整改不到位" if failing else "")


def supervision_report(turn: Turn) -> None:
    """督导报告公开."""
    url = f"https://office.example/reports/{turn.case_id}-{turn.visit}"
    letter(turn, turn.coordinator, "supervision_report", "督导结果总体良好，问题均已整改。", published_at_url=url)


def look_back_on_all(turn: Turn, *, relapsed: bool) -> None:
    """Every finding looked at again; the first is back where one relapsed."""
    findings = turn.case(turn.inspector)["findings"]
    results = [
        {"finding_id": finding["id"], "held": not (relapsed and n == 0), "note": "现场复核"}
        for n, finding in enumerate(findings)
    ]
    turn.do(turn.inspector, "findings/look-back", results=results)


def look_back(turn: Turn) -> None:
    """回头看: in some districts a problem is back."""
    relapsed = turn.visit == 1 and turn.mood.random() < 0.3
    look_back_on_all(turn, relapsed=relapsed)
    turn.complete(turn.inspector, "relapsed" if relapsed else "confirmed")


def letter(turn: Turn, person: Person, kind: str, content: str, **more: Any) -> None:
    """A letter that ends the stage."""
    turn.do(person, "letters", kind=kind, content=content, **more)


def fulfilment(turn: Turn) -> None:
    """落实约谈承诺."""
    turn.hand_in(turn.unit, "fulfilment_report")
    turn.do(turn.unit, "submit", stage=turn.stage, outcome="reported")


def commitment_check(turn: Turn) -> None:
    """核实承诺."""
    turn.complete(turn.coordinator, "kept")


def fact_finding(turn: Turn) -> None:
    """问责：调查认定."""
    turn.hand_in(turn.coordinator, "fact_file")
    turn.complete(turn.coordinator, "established")


def accountability_notice(turn: Turn) -> None:
    """问责：告知."""
    letter(turn, turn.coordinator, "accountability_notice", "拟给予通报批评")


def accountability_defence(turn: Turn) -> None:
    """问责：陈述申辩."""
    turn.hand_in(turn.unit, "defence_statement")
    turn.do(turn.unit, "submit", stage=turn.stage, outcome="defended")


def members_opinion(turn: Turn) -> None:
    """问责：征求成员单位意见."""
    turn.complete(turn.coordinator, "consulted")


def decision(turn: Turn) -> None:
    """问责：决定."""
    letter(turn, turn.manager, "accountability_decision", "通报批评，责令改正")


def review_window(turn: Turn) -> None:
    """问责：申请复核."""
    turn.hand_in(turn.unit, "review_request")
    turn.do(turn.unit, "submit", stage=turn.stage, outcome="review_requested")


def review(turn: Turn) -> None:
    """问责：复核."""
    letter(turn, turn.manager, "review_decision", "维持原问责决定", outcome="upheld")


def appeal_window(turn: Turn) -> None:
    """问责：申诉."""
    turn.hand_in(turn.unit, "appeal_request")
    turn.do(turn.unit, "submit", stage=turn.stage, outcome="appealed")


def appeal(turn: Turn) -> None:
    """问责：申诉处理."""
    letter(turn, turn.manager, "appeal_decision", "维持原问责决定", outcome="upheld")


def archiving(turn: Turn) -> None:
    """问责：归档."""
    turn.complete(turn.coordinator, "archived")


def guidance_plan(turn: Turn) -> None:
    """加强指导：方案."""
    turn.hand_in(turn.coordinator, "guidance_plan")
    turn.complete(turn.coordinator, "planned")


def guidance(turn: Turn) -> None:
    """加强指导."""
    turn.hand_in(turn.inspector, "guidance_record")
    turn.complete(turn.inspector, "guided")


@dataclass(frozen=True)
class Habit:
    """Who does what at a stage, and how many working days after it opens (districts: relative to the due date)."""

    deed: Deed
    after: tuple[int, int] | None
    """Working days after opening for the office; ``None`` for districts, who go by the due date."""
    may_extend: bool = False
    punctual: bool = False
    """Whether it cannot wait for the next desk day, because a right would lapse."""


HABITS: dict[str, Habit] = {
    "acknowledgement": Habit(acknowledge, None),
    "self_evaluation": Habit(self_evaluation, None, may_extend=True),
    "formal_review": Habit(formal_review, (1, 1)),
    "monitoring": Habit(monitoring, (7, 9)),
    "team": Habit(team, (1, 1)),
    "on_site": Habit(on_site, (5, 5)),
    "preliminary_opinion": Habit(preliminary_opinion, (2, 2)),
    "defence": Habit(defence, (1, 2), punctual=True),
    "opinion": Habit(opinion, (6, 8)),
    "result_feedback": Habit(result_feedback, (5, 7)),
    "reporting": Habit(reporting, (1, 1)),
    "rectification_plan": Habit(rectification_plan, None),
    "rectification": Habit(rectification, None, may_extend=True),
    "rectification_report": Habit(rectification_report, None),
    "verification": Habit(verification, (5, 7)),
    "supervision_report": Habit(supervision_report, (5, 5)),
    "look_back": Habit(look_back, (20, 20)),
    "fulfilment": Habit(fulfilment, None),
    "commitment_check": Habit(commitment_check, (1, 2)),
    "fact_finding": Habit(fact_finding, (15, 20)),
    "accountability_notice": Habit(accountability_notice, (3, 5)),
    "accountability_defence": Habit(accountability_defence, (2, 3), punctual=True),
    "members_opinion": Habit(members_opinion, (3, 5)),
    "decision": Habit(decision, (3, 5)),
    "review_window": Habit(review_window, (5, 8), punctual=True),
    "review": Habit(review, (8, 10)),
    "appeal_window": Habit(appeal_window, (3, 5), punctual=True),
    "appeal": Habit(appeal, (15, 20)),
    "archiving": Habit(archiving, (5, 8)),
    "guidance_plan": Habit(guidance_plan, (3, 5)),
    "guidance": Habit(guidance, (10, 15)),
}
