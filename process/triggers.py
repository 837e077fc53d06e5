"""What proposes a measure besides a rung's own moment: conditions of the case (DOMAIN §3.3, 要点第8项).

Everything here only *proposes*: a named person decides. The legal bases are defaults for definitions that name none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from process.definition import TriggerRule
from process.ladder import in_force
from process.state import Case
from process.vocabulary import Aggravation, RungKind, Trigger

BASES = {
    RungKind.CIRCULAR: "《教育督导条例》第二十五条、《重庆市教育督导条例》第三十七条",
    RungKind.EXPOSURE: "《教育督导问责办法》",
    RungKind.TALK: "《重庆市教育督导条例》第三十一条",
    RungKind.ACCOUNTABILITY: "《教育督导问责办法》第十三条",
    RungKind.REFERRAL: "《重庆市教育督导条例》第三十八条",
    RungKind.SUPPORT: "2022年教育督导工作要点第8项",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A measure that a condition proposes for the open item."""

    trigger: Trigger
    kind: RungKind
    reason: str
    basis: str

    @property
    def key(self) -> str:
        """Its place among the rungs of an attempt: once for each reason."""
        return f"{self.kind}@{self.trigger}"


def proposal(rule: TriggerRule, reason: str) -> Proposal:
    """What a rule proposes, with its basis or the usual one of the measure."""
    return Proposal(rule.trigger, rule.proposes, reason, rule.basis or BASES.get(rule.proposes, ""))


def on_return(case: Case) -> Iterator[Proposal]:
    """The case was sent back to its open item, not for the first time."""
    rule = case.process.rule(Trigger.RETURNED)
    item = case.item
    if rule is None or item is None or rule.stage not in ("", item.stage):
        return
    times = item.attempt - 1
    if times >= rule.threshold:
        title = case.process.stage(item.stage).title
        yield from _possible(case, rule, f"「{title}」已退回{times}次")


def on_opinion(case: Case) -> Iterator[Proposal]:
    """The problem list is closed: many or grave problems."""
    counts = case.findings
    many, grave = case.process.rule(Trigger.MANY_FINDINGS), case.process.rule(Trigger.GRAVE_FINDINGS)
    reason = f"督导发现问题{counts.total}个，其中严重{counts.grave}个"
    if grave is not None and counts.grave >= grave.threshold:
        yield from _possible(case, grave, reason)
    elif many is not None and counts.total >= many.threshold:
        yield from _possible(case, many, reason)


def on_relapse(case: Case, relapsed: int) -> Iterator[Proposal]:
    """A look-back found problems again."""
    rule = case.process.rule(Trigger.RELAPSE)
    if rule is not None and relapsed >= rule.threshold:
        yield from _possible(case, rule, f"回头看发现{relapsed}个问题反弹")


def on_statement(case: Case, states: Trigger | None, reason: str) -> Iterator[Proposal]:
    """Whoever ended the stage before says that a condition holds (工作进展缓慢, 典型问题 …: 要点第8项)."""
    rule = case.process.rule(states) if states is not None else None
    if states is None or rule is None or (rule.proposes is RungKind.SUPPORT and case.supported):
        return
    yield from _possible(case, rule, f"{states.title_zh}：{reason}")


def on_entry(case: Case) -> Iterator[Proposal]:
    """What the case came to now it came to in the years before as well (教督〔2020〕5号: 连续两年)."""
    rule = case.process.rule(Trigger.YEAR_AFTER_YEAR)
    if rule is None or case.item is None or case.item.stage != rule.stage:
        return
    years = case.earlier_years + 1
    if years >= rule.threshold:
        yield from _possible(case, rule, f"连续{years}年存在问题")


def on_hardship(case: Case) -> Iterator[Proposal]:
    """Help beside the ladder, once per case, when a measure is proposed for a unit for which it is hard.

    Two of three must hold: 任务重 (at least ``threshold`` findings), 困难多 (an extension granted), 基础差 (a grave
    or a relapsed finding). The three are the priorities' (要点第8项); how they are counted is the office's own default.
    """
    rule = case.process.rule(Trigger.HARDSHIP)
    if rule is None or case.supported or case.item is None:
        return
    counts = case.findings
    grounds = [
        (counts.total >= rule.threshold, f"任务重（问题{counts.total}个）"),
        (case.extensions > 0, f"困难多（已延期{case.extensions}次）"),
        (counts.grave + counts.reopened > 0, f"基础差（严重或反弹问题{counts.grave + counts.reopened}个）"),
    ]
    met = [words for holds, words in grounds if holds]
    if len(met) >= 2:
        yield proposal(rule, "、".join(met))


def _possible(case: Case, rule: TriggerRule, reason: str) -> Iterator[Proposal]:
    """Unless one is under way: one talk per case, one measure of a kind per attempt."""
    if case.item is None or (rule.proposes is RungKind.TALK and case.talk_alive):
        return
    found = proposal(rule, reason)
    known = any(climb.rung == found.key for climb in case.item.climbs)
    if not known and not in_force(rule.proposes, case.item.climbs):
        yield found


YEAR = timedelta(days=365)


def aggravations(decided_on: list[date], today: date, *, uncorrected: bool) -> tuple[Aggravation, ...]:
    """从重 circumstances on a day: earlier accountability decisions against the subject, and whether the problems of
    one are still not put right (《教育督导问责办法》; a year is 365 days, both ends counted)."""
    recent = [day for day in decided_on if today - YEAR <= day <= today]
    found = [(Aggravation.REPEATED, len(recent) >= 2), (Aggravation.UNCORRECTED, bool(decided_on) and uncorrected)]
    return tuple(kind for kind, holds in found if holds)
