"""The forms of a case page, each read into the body of the deed it does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from api import bodies, deeds
from api.context import Desk
from api.pages.forms import Filled
from api.pages.more_forms import MORE_FORMS
from casework import talks
from casework.extensions import decide_extension
from casework.measures import decide_measure
from process.errors import InvalidInput

Deed = Callable[[Desk, int, Filled], Any]


def _complete(at: Desk, case_id: int, form: Filled) -> None:
    given = form.given("version", "stage", "outcome", "note")
    deeds.complete(at, case_id, bodies.CompletedBody.model_validate(given))


def _upload(at: Desk, case_id: int, form: Filled) -> None:
    if form.file is None or not form.file.filename:
        raise InvalidInput("请选择文件", field="file")
    content = form.file.file.read(at.settings.max_upload_mb * 1024 * 1024 + 1)
    deeds.upload(at, case_id, form.get("deliverable"), form.file.filename, content)


def _team(at: Desk, case_id: int, form: Filled) -> None:
    members = [{"inspector_id": id_, "role": role} for id_, role in form.rows("role")]
    deeds.team(at, case_id, bodies.TeamBody.model_validate({**form.given("version"), "members": members}))


_COLUMNS = ("description", "school", "severity", "indicator", "category")
_SEVERITIES = {"": "ordinary", "一般": "ordinary", "严重": "grave"}


def pasted(text: str, source: str) -> list[dict[str, str]]:
    """Findings from lines ``描述|学校|严重程度|指标|类别`` (tab or |); only the description is needed."""
    found = []
    for number, line in enumerate((line for line in text.splitlines() if line.strip()), start=1):
        cells = [cell.strip() for cell in re.split(r"[\t|｜]", line)]
        if len(cells) > len(_COLUMNS):
            raise InvalidInput(f"第{number}行多于{len(_COLUMNS)}栏", field="lines")
        row = dict(zip(_COLUMNS, cells + [""] * (len(_COLUMNS) - len(cells)), strict=True))
        if row["severity"] not in _SEVERITIES:
            raise InvalidInput(f"第{number}行的严重程度应为「一般」或「严重」", field="lines")
        row["severity"] = _SEVERITIES[row["severity"]]
        row["level"] = "school" if row["school"] else "district"
        found.append({**row, **({"source": source} if source else {})})
    return found


def _findings(at: Desk, case_id: int, form: Filled) -> None:
    found = pasted(form.get("lines"), form.get("source"))
    deeds.record(at, case_id, bodies.FindingsBody.model_validate({**form.given("version"), "findings": found}))


def _take_over(at: Desk, case_id: int, form: Filled) -> None:
    chosen = [
        {
            "indicator": form.get(f"indicator_{n}"),
            "school": form.get(f"school_{n}"),
            "description": form.get(f"description_{n}"),
        }
        for n, ticked in form.rows("take")
        if ticked
    ]
    if not chosen and form.get("which") != "all":
        raise InvalidInput("没有选定问题", field="chosen")
    body = {**form.given("version"), "chosen": None if form.get("which") == "all" else chosen}
    deeds.take_over(at, case_id, bodies.TakeOverBody.model_validate(body))


def _plan(at: Desk, case_id: int, form: Filled) -> None:
    measures = [
        {
            "finding_id": id_,
            "measure": measure,
            "responsible_unit": form.get(f"unit_{id_}").strip(),
            "responsible_person": form.get(f"person_{id_}").strip(),
            "due_on": form.get(f"due_{id_}"),
        }
        for id_, measure in form.rows("measure")
    ]
    deeds.plan(at, case_id, bodies.MeasuresBody.model_validate({**form.given("version"), "measures": measures}))


def _claim(at: Desk, case_id: int, form: Filled) -> None:
    claims = [{"finding_id": id_, "evidence": evidence} for id_, evidence in form.rows("evidence")]
    deeds.claim(at, case_id, bodies.ClaimsBody.model_validate({**form.given("version"), "claims": claims}))


def _verify(at: Desk, case_id: int, form: Filled) -> None:
    verdicts = [
        {"finding_id": id_, "verdict": verdict, "note": form.get(f"note_{id_}")}
        for id_, verdict in form.rows("verdict")
    ]
    deeds.verify(at, case_id, bodies.VerdictsBody.model_validate({**form.given("version"), "verdicts": verdicts}))


def _look_back(at: Desk, case_id: int, form: Filled) -> None:
    results = [
        {"finding_id": id_, "held": held == "yes", "note": form.get(f"note_{id_}")} for id_, held in form.rows("held")
    ]
    deeds.look_back(at, case_id, bodies.LookBacksBody.model_validate({**form.given("version"), "results": results}))


def _letter(at: Desk, case_id: int, form: Filled) -> None:
    given = form.given("version", "kind", "content", "sets_due_on", "published_at_url", "outcome")
    particulars = {
        name.removeprefix("particular_"): value
        for name, value in form.values.items()
        if name.startswith("particular_") and value.strip()
    }
    deeds.letter(at, case_id, bodies.LetterBody.model_validate({**given, "particulars": particulars}))


def _rectification_notice(at: Desk, case_id: int, form: Filled) -> None:
    ids = [id_ for id_, chosen in form.rows("school") if chosen]
    given = {**form.given("version", "requirement", "due_on"), "finding_ids": ids}
    deeds.rectification_notice(at, case_id, bodies.RectificationNoticeBody.model_validate(given))


def _extend(at: Desk, case_id: int, form: Filled) -> None:
    given = {**form.given("version"), "due_on": form.get("due_on"), "reason": form.get("reason")}
    deeds.ask_extension(at, case_id, bodies.ExtensionBody.model_validate(given))


def _decide_extension(at: Desk, case_id: int, form: Filled) -> None:
    grant = form.get("grant") == "yes"
    decide_extension(at.session, at.actor, at.now, form.number("extension_id"), grant=grant, note=form.get("note"))


def decide(at: Desk, form: Filled) -> None:
    """Approve, change or waive a proposed measure."""
    if not form.get("id") or form.get("id") == "0":
        # A talk proposed before measures were written down as such.
        approve = form.get("ruling") == "approve"
        talks.decide_talk(at.session, at.actor, at.now, form.number("talk_id"), approve=approve, note=form.get("note"))
        return
    given = form.given("ruling", "note", "instead")
    particulars = {name: form.get(name) for name in ("reviewed_by", "received_by") if form.get(name).strip()}
    body = bodies.MeasureDecision.model_validate({**given, "particulars": particulars})
    decide_measure(
        at.session,
        at.actor,
        at.now,
        form.number("id"),
        ruling=body.ruling,
        note=body.note,
        instead=body.instead,
        particulars=body.particulars,
    )


def _decide(at: Desk, case_id: int, form: Filled) -> None:
    decide(at, form)


def _notify(at: Desk, case_id: int, form: Filled) -> None:
    talks.notify_talk(
        at.session,
        at.actor,
        at.now,
        form.number("talk_id"),
        scheduled_for=form.moment("scheduled_for"),
        place=form.get("place"),
        persons=form.get("persons"),
        talkers=form.get("talkers"),
    )


def _hold(at: Desk, case_id: int, form: Filled) -> None:
    held_at, attended = form.moment("held_at"), form.get("attended")
    talks.hold_talk(at.session, at.actor, at.now, form.number("talk_id"), held_at=held_at, attended=attended)


_COMMITMENT = re.compile(r"^\s*(\d{4}-\d{2}-\d{2})[\s,，：：|｜]+(.+?)\s*$")


def commitments(text: str) -> list[dict[str, str]]:
    """Promises from lines ``2022-12-31 做什么``."""
    found = []
    for number, line in enumerate((line for line in text.splitlines() if line.strip()), start=1):
        match = _COMMITMENT.match(line)
        if match is None:
            raise InvalidInput(f"第{number}行应为「日期 承诺事项」，如「2022-12-31 报送报告」", field="commitments")
        found.append({"due_on": match[1], "text": match[2]})
    return found


def _minutes(at: Desk, case_id: int, form: Filled) -> None:
    promised = commitments(form.get("commitments"))
    body = bodies.TalkMinuted.model_validate({"minutes": form.get("minutes"), "commitments": promised})
    talks.minute_talk(
        at.session, at.actor, at.now, form.number("talk_id"), minutes=body.minutes, commitments=body.commitments
    )


def _follow_up(at: Desk, case_id: int, form: Filled) -> None:
    talks.follow_up_talk(at.session, at.actor, at.now, form.number("talk_id"), note=form.get("note"))


def _reasoned(deed: Callable[[Desk, int, bodies.Reasoned], Any]) -> Deed:
    def do(at: Desk, case_id: int, form: Filled) -> None:
        given = {**form.given("version"), "reason": form.get("reason")}
        deed(at, case_id, bodies.Reasoned.model_validate(given))

    return do


def _measure(at: Desk, case_id: int, form: Filled) -> None:
    given = form.given("version", "kind", "reason", "trigger")
    deeds.propose_measure(at, case_id, bodies.MeasureBody.model_validate(given))


FORMS: dict[str, tuple[Deed, str]] = {
    "complete": (_complete, "已办结本环节"),
    "documents": (_upload, "材料已上传"),
    "team": (_team, "督导小组已组成"),
    "findings": (_findings, "问题已登记"),
    "take-over": (_take_over, "监测显示的问题已登记"),
    "plan": (_plan, "整改措施已保存"),
    "claim": (_claim, "已申请销号"),
    "verify": (_verify, "核查结论已登记"),
    "look-back": (_look_back, "回头看结论已登记"),
    "letters": (_letter, "文书已发出"),
    "extensions": (_extend, "延期申请已提交"),
    "decide-extension": (_decide_extension, "延期申请已审批"),
    "decide": (_decide, "决定已登记"),
    "suspend": (_reasoned(deeds.suspend), "任务已中止"),
    "resume": (_reasoned(deeds.resume), "任务已恢复"),
    "withdraw": (_reasoned(deeds.withdraw), "任务已撤回"),
    "close": (_reasoned(deeds.close), "任务已办结"),
    "measures": (_measure, "建议已提出，待负责人决定"),
    "rectification-notices": (_rectification_notice, "整改通知书已发出"),
    "talk-notify": (_notify, "约谈通知已发出"),
    "talk-hold": (_hold, "约谈情况已登记"),
    "talk-minutes": (_minutes, "约谈记录已形成"),
    "talk-follow-up": (_follow_up, "约谈已办结"),
    **MORE_FORMS,
}
"""By the last part of the address: what is done, and what is said afterwards."""
