"""What a rehearsal found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlmodel import Session

from process.vocabulary import CaseOutcome, ClimbStatus, ExtensionStatus, LetterKind, RungKind


@dataclass(frozen=True)
class Report:
    """The figures of a rehearsal; ``holds`` only if every invariant does and every case is closed."""

    round: str
    seed: int
    days: int
    seconds: float
    cases: dict[str, Any]
    findings: dict[str, int]
    rungs: dict[str, int]
    talks: dict[str, int]
    notices: dict[str, int]
    letters: dict[str, int]
    measures: dict[str, int]
    extensions: dict[str, int]
    flow_runs: int
    invariants: dict[str, bool]

    @property
    def holds(self) -> bool:
        """Whether the rehearsal passed."""
        return all(self.invariants.values()) and self.cases["closed"] == self.cases["total"]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON says it."""
        return asdict(self)

    def show(self, console: Console) -> None:
        """The report as a table."""
        table = Table(title=f"{self.round}（种子{self.seed}）", show_header=False)
        outcomes = ";".join(f"{CaseOutcome(key).title_zh}{n}" for key, n in self.cases["by_outcome"].items())
        rungs = ";".join(f"{RungKind(key).title_zh}{n}" for key, n in self.rungs.items())
        table.add_row("模拟天数", f"{self.days}天（用时{self.seconds:.0f}秒，Prefect 运行{self.flow_runs}次）")
        table.add_row("任务", f"{self.cases['total']}个，办结{self.cases['closed']}个：{outcomes}")
        table.add_row("问题", f"登记{self.findings['raised']}个，销号{self.findings['closed']}个")
        table.add_row("阶梯", rungs)
        talks = self.talks
        ended = f"已约谈{talks['held']}，承诺落实{talks['followed_up']}"
        table.add_row("约谈", f"建议{talks['proposed']}，批准{talks['approved']}，不予{talks['waived']}，{ended}")
        notices = self.notices
        table.add_row(
            "邮件",
            f"排队{notices['queued']}，发出{notices['sent']}，取消{notices['cancelled']}，对方收到{notices['received']}",
        )
        told = f"汇总{notices['digests']}封，签收{notices['signed']}件，催签{notices['chased']}件"
        table.add_row("签收", f"{told}，离岗委托{notices['delegations']}次")
        letters = "；".join(f"{LetterKind(kind).title_zh}{n}" for kind, n in self.letters.items())
        table.add_row("文书", letters)
        measures = (key.split(":") for key in self.measures)
        said = [f"{RungKind(kind).title_zh}{ClimbStatus(status).title_zh}" for kind, status in measures]
        table.add_row("措施", "；".join(f"{words}{n}" for words, n in zip(said, self.measures.values(), strict=True)))
        extended = "；".join(f"{ExtensionStatus(key).title_zh}{n}" for key, n in self.extensions.items())
        table.add_row("延期", extended)
        for name, holds in self.invariants.items():
            table.add_row(INVARIANTS.get(name, name), "[green]成立[/green]" if holds else "[red]不成立[/red]")
        console.print(table)


INVARIANTS = {
    "one_stage_at_a_time": "每个任务任何时候恰在一个环节",
    "every_transition_has_its_event": "每次流转都有留痕",
    "history_matches_state": "按留痕重放得到现状",
    "no_notice_lost": "没有通知丢失",
    "no_notice_twice": "没有通知重复",
    "nothing_undelivered": "没有未了结的投递",
    "rungs_once": "阶梯每级每次只登一次",
    "rungs_in_order": "阶梯逐级、按时间登",
    "warned_before_formal": "正式问责措施之前都有送达的警示",
    "rungs_on_working_days": "催督办只在工作日",
    "reminded_only_while_open": "办结之后不再催办",
    "accepted_work_unchanged": "已接收的报送没有变动",
    "everything_was_shown": "每一级措施、每种决定、约谈到承诺落实、延期的准与不准、委托、周报和汇总都有",
    "definition_unchanged": "轮次的定义没有变动",
    "numbers_without_gaps": "文号连续不缺、不重",
    "every_letter_rendered": "签发的文书都已生成",
    "every_letter_once_of_its_kind": "每种文书都发过",
    "formal_decided_by_a_person": "正式措施都由人决定",
    "promises_followed": "约谈承诺都在跟踪",
    "quiet_hours_kept": "非紧急通知只在工作时间发出",
    "districts_see_only_their_own": "区县只看到自己的任务",
}

_LETTERS = "SELECT kind, count(*) FROM letters GROUP BY kind ORDER BY kind"
_MEASURES = """
SELECT kind || ':' || status, count(*) FROM climbs WHERE kind NOT IN ('reminder', 'urge', 'supervise')
GROUP BY 1 ORDER BY 1
"""
_EXTENSIONS = "SELECT status, count(*) FROM extensions GROUP BY status ORDER BY status"
_CASES = "SELECT outcome, count(*) FROM cases WHERE status = 'closed' GROUP BY outcome ORDER BY outcome"
_RUNGS = """
SELECT kind, count(*) FROM climbs WHERE status <> 'collapsed' GROUP BY kind ORDER BY min(id)
"""
_NUMBERS = """
SELECT (SELECT count(*) FROM cases) AS cases,
       (SELECT count(*) FROM findings) AS raised,
       (SELECT count(*) FROM findings WHERE status IN ('verified', 'long_term')) AS settled,
       (SELECT count(*) FROM talks) AS proposed,
       (SELECT count(*) FROM talks WHERE decided_at IS NOT NULL AND status <> 'waived') AS approved,
       (SELECT count(*) FROM talks WHERE status = 'waived') AS waived,
       (SELECT count(*) FROM talks WHERE held_at IS NOT NULL) AS held,
       (SELECT count(*) FROM talks WHERE followed_up_at IS NOT NULL) AS followed_up,
       (SELECT count(*) FROM deliveries) AS queued,
       (SELECT count(*) FROM deliveries WHERE status = 'sent') AS sent,
       (SELECT count(*) FROM deliveries WHERE status = 'cancelled') AS cancelled,
       (SELECT count(*) FROM (SELECT FROM deliveries WHERE status = 'sent' GROUP BY mail_id HAVING count(*) > 1) d)
           AS digests,
       (SELECT count(*) FROM notices WHERE signed_at IS NOT NULL) AS signed,
       (SELECT count(*) FROM notices WHERE kind = 'receipt_reminder') AS chased,
       (SELECT count(*) FROM delegations) AS delegations
"""


def make_report(
    session: Session,
    *,
    title: str,
    seed: int,
    days: int,
    seconds: float,
    received: int,
    flow_runs: int,
    invariants: dict[str, bool],
) -> Report:
    """The figures, read from the database where it knows them."""
    number = session.execute(text(_NUMBERS)).mappings().one()
    outcomes = {row[0]: row[1] for row in session.execute(text(_CASES))}
    return Report(
        round=title,
        seed=seed,
        days=days,
        seconds=round(seconds, 1),
        cases={"total": number["cases"], "closed": sum(outcomes.values()), "by_outcome": outcomes},
        findings={"raised": number["raised"], "closed": number["settled"]},
        rungs={row[0]: row[1] for row in session.execute(text(_RUNGS))},
        talks={name: number[name] for name in ("proposed", "approved", "waived", "held", "followed_up")},
        notices={
            **{n: number[n] for n in ("queued", "sent", "cancelled", "digests", "signed", "chased", "delegations")},
            "received": received,
        },
        letters=_counted(session, _LETTERS),
        measures=_counted(session, _MEASURES),
        extensions=_counted(session, _EXTENSIONS),
        flow_runs=flow_runs,
        invariants=invariants,
    )


def _counted(session: Session, query: str) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(text(query))}
