"""A process as a form: what may be written, what it means, and what is said of a mistake."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from flows.catalogue import definitions
from process.calendar import WorkCalendar
from process.definition import Deliverable, Period, Process, Unit
from process.diagram import mermaid
from process.errors import InvalidDefinition
from process.form import captions
from process.form.check import installable, process_of
from process.form.schema import _enums, form_schema, schema_text
from process.form.short import LADDERS, period, phrase
from process.form.source import MOST_BYTES, read
from process.form.starter import STARTER
from process.form.wording import period_in_words, quota_in_words, recurrence_in_words
from process.form.writing import form_of
from process.rehearsal import main_path, rehearse
from process.standards import OFFICE_PRACTICE
from process.vocabulary import Position, SubjectKind

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.yaml"))

SMALL = """\
name: library-check
version: 1
title: 学校图书馆检查
source: 督导室安排
subjects: 区县
launch_letter: 工作通知
stages:
  - key: report
    title: 报送
    owner: 区县
    period: 10个工作日
    asks: 请报送。
    deliverables: [检查表]
    outcomes:
      - {key: submitted, title: 报送, to: review}
  - key: review
    title: 审查
    owner: 督导协调员
    period: 5日（办公室规定（试行））
    asks: 请审查。
    outcomes:
      - {key: accepted, title: 通过, closes_as: 办结销号, notice: 报送通过}
      - {key: returned, title: 退回, to: report, again: true, notice: 退回补正}
"""


def problems(form: Any, *, install: bool = False) -> list[str]:
    with pytest.raises(InvalidDefinition) as refused:
        (installable if install else process_of)(form)
    assert refused.value.code == "invalid_definition"
    return [str(problem) for problem in refused.value.context["problems"]]


# what may be written


def test_a_small_form_means_a_whole_process() -> None:
    process = installable(SMALL)
    report, review = process.stages
    assert process.first == "report"
    assert report.period == Period(n=10, unit=Unit.WORKING_DAY, basis=OFFICE_PRACTICE)
    assert review.period == Period(n=5, unit=Unit.CALENDAR_DAY_ROLL, basis="办公室规定（试行）")
    assert report.deliverables == (Deliverable(key="检查表", title="检查表"),)
    assert (report.ladder, review.ladder) == ("district", "office"), "by who acts"
    assert {ladder.key: ladder for ladder in process.ladders} == {key: LADDERS[key] for key in ("district", "office")}
    assert review.outcomes[1].routes[0].again


def test_bytes_with_a_mark_are_read_and_json_is_a_form_too() -> None:
    assert process_of(b"\xef\xbb\xbf" + SMALL.encode()) == process_of(SMALL)
    assert process_of(json.dumps(yaml.safe_load(SMALL), ensure_ascii=False)) == process_of(SMALL)
    assert process_of(yaml.safe_load(SMALL)) == process_of(SMALL)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("3个工作日", Period(n=3, unit=Unit.WORKING_DAY)),
        ("45天", Period(n=45, unit=Unit.CALENDAR_DAY_ROLL)),
        ("report办结后10日", Period(n=10, unit=Unit.CALENDAR_DAY_ROLL, anchor="report")),
        ("report办结后3个工作日", Period(n=3, unit=Unit.WORKING_DAY, anchor="report")),
        ("收到之日起5日", Period(n=5, unit=Unit.CALENDAR_DAY_ROLL, from_receipt=True)),
        ("当月末", Period(unit=Unit.MONTH_END)),
        ("2个月后月末", Period(n=2, unit=Unit.MONTH_END)),
        ("12月31日", Period(unit=Unit.FIXED_DATE, month=12, day=31)),
        ("次年6月30日", Period(unit=Unit.FIXED_DATE, month=6, day=30, year_offset=1)),
    ],
)
def test_periods_in_words(written: str, means: Period) -> None:
    said = process_of(SMALL.replace("10个工作日", written)).stages[0].period
    assert said == means.model_copy(update={"basis": OFFICE_PRACTICE})
    assert phrase(said) == written.replace("天", "日")


@pytest.mark.parametrize(
    ("subjects", "tells", "ladder"),
    [
        ("区县", (Position.OPERATOR, Position.OFFICE_HEAD), "district"),
        ("学校", (Position.HEAD, Position.OPERATOR), "unit"),
        ("领导与成员单位", (Position.LIAISON,), "member"),
    ],
)
def test_what_is_left_out_follows_from_the_subjects(subjects: str, tells: tuple[Position, ...], ladder: str) -> None:
    stage = process_of(SMALL.replace("subjects: 区县", f"subjects: {subjects}")).stages[0]
    assert (stage.tells, stage.ladder) == (tells, ladder)


@pytest.mark.parametrize("process", definitions(), ids=lambda process: process.name)
def test_every_definition_can_be_written_as_a_form_and_read_again(process: Process) -> None:
    again = process_of(form_of(process))
    used = {stage.ladder for stage in process.stages}
    assert {one.key: one for one in again.ladders if one.key in used} == {
        one.key: one for one in process.ladders if one.key in used
    }
    assert again.model_copy(update={"ladders": ()}) == process.model_copy(update={"ladders": ()})


def test_a_definition_speaks_in_sentences() -> None:
    evaluation = next(process for process in definitions() if process.name == "district-evaluation")
    said = {stage.key: period_in_words(evaluation, stage.period) for stage in evaluation.stages}
    assert said["acknowledgement"] == "3个工作日"
    assert said["preliminary_opinion"] == "「实地督查」办结后10日"
    assert said["defence"] == "收到之日起5日"
    assert said["rectification"] == "90日，以督导意见书所定日期为准，至少10个工作日"
    assert said["look_back"] == "次年12月31日，至少20个工作日"
    assert any(quota_in_words(quota).startswith("一年内实地督查的区县：8") for quota in evaluation.quotas)
    words = {process.name: recurrence_in_words(process.recurrence) for process in definitions()}
    assert words["commitment"] == "按需"
    assert words["monthly-visits"] == "每个教学月，当月首个教学日"
    assert words["reform-ledger"] == "2022年4月1日", "what the priorities ask for once"
    assert not any("None" in sentence for sentence in words.values())


# what is said of mistakes


def test_every_mistake_is_told_at_once_with_its_line_and_rule() -> None:
    wrong = (
        SMALL.replace("name: library-check", "name: Library")
        .replace("subjects: 区县", "subjects: 乡镇")
        .replace("period: 10个工作日", "period: 10工作日")
        .replace("to: review}", "to: review, colour: red}")
        .replace("    asks: 请审查。\n", "")
        .replace("again: true", "again: 是")
    )
    said = problems(wrong)
    assert [line.split(" ")[0] for line in said] == ["第1行", "第5行", "第11行", "第15行", "第16行", "第22行"]
    assert "连字符" in said[0]
    assert "可写：区县、" in said[1]
    assert "stages.report.period：「10工作日」不是期限；如：10个工作日" in said[2]
    assert "没有「colour」这一项" in said[3]
    assert "stages.review.asks：必须填写" in said[4]
    assert "true 或 false" in said[5]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("to: review}", "to: nowhere}"), ["第15行 stages.report.outcomes.submitted.routes.1.to", "nowhere"]),
        (("closes_as: 办结销号", "to: report"), ["无法走到办结"]),
        (("key: review", "key: report"), ["第16行", "环节 report 重复"]),
        (("period: 10个工作日", "period: {unit: 固定日期, month: 5}"), ["第11行", "月、日"]),
        (("period: 10个工作日", "period: 10"), ["须是文字或若干项"]),
        (("version: 1", "version: 0"), ["不能小于1"]),
        (("title: 审查", "title: 2022"), ["须是文字；文字形如数字的请加引号"]),
        (("closes_as: 办结销号", "closes_as: 办结销号, to: report"), ["三者取一"]),
        (("subjects: 区县", "subjects: 区县\nfirst: later"), ["起始环节 later 不存在"]),
    ],
)
def test_a_mistake_is_named_at_its_place(change: tuple[str, str], says: list[str]) -> None:
    said = "\n".join(problems(SMALL.replace(*change)))
    assert all(words in said for words in says), said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("launch_letter: 工作通知\n", ""), "启动时签发的文书"),
        (("owner: 督导协调员", "owner: 管理员"), "管理员不办理任务"),
        (("    deliverables: [检查表]\n", ""), "accepted 用于审查报送的材料"),
        (("key: accepted", "key: passed"), "须也有 accepted"),
        (("to: review}", "to: review, letter: 督导意见书}"), "文书由督导室签发"),
        (("to: review}", "to: review, requires: [督导小组已组成]}"), "须有标识为 team 的环节"),
        (("to: review}", "to: review, requires: [监测指标都已达标]}"), "indicators"),
        (
            ("closes_as: 办结销号", "routes: [{when: 抽中, to: report}, {when: 未抽中, closes_as: 办结销号}]"),
            "以 gate 等待抽取",
        ),
    ],
)
def test_what_could_not_be_carried_out_is_not_installed(change: tuple[str, str], says: str) -> None:
    changed = SMALL.replace(*change)
    process_of(changed)
    assert says in "\n".join(problems(changed, install=True))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SMALL + "title: 又一个\n", "title：重复写了（前面第3行）"),
        (SMALL.replace("    title: 报送", "\ttitle: 报送", 1), "第9行：缩进不能用制表符"),
        (SMALL.encode("gb18030"), "UTF-8"),
        (SMALL.encode("utf-16"), "UTF-8"),
        (SMALL + "#" * MOST_BYTES, "文件过大"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "第1行 a：不能用锚点（&），请写全"),
        ("a: !!python/object/apply:os.system [ls]\n", "不能用标签"),
        ("[" * 5000, "层次过深"),
        ("- " * 5000 + "x", "层次过深"),
        (SMALL + "---\n" + SMALL, "一个文件只写一项"),
        ("? [a]\n: b\n", "项的名称须是一个词"),
        ("", "文件是空的"),
        ("只是一句话", "须是若干项"),
        (SMALL.replace("version: 1", "version： 1"), "第2行：冒号须是半角"),
        (SMALL.replace("title: 学校图书馆检查", 'title: "学校'), "没有闭合"),
        ("name: a\x00b", "控制字符"),
    ],
)
def test_a_text_that_is_no_form_is_refused(text: str | bytes, says: str) -> None:
    assert says in "\n".join(problems(text)), problems(text)


def test_of_very_many_mistakes_the_first_are_told() -> None:
    said = problems("".join(f"x{n}: 1\n" for n in range(5000)))
    assert len(said) == 101
    assert "另有" in said[-1]


def test_words_stay_words() -> None:
    """YAML's surprises: no, on, 2022-01-01, 1e3, 010 and 1_000 are words here."""
    assert read("a: no\nb: on\nc: 2022-01-01\nd: 1e3\ne: 010\nf: 1_000\ng: true\nh: -3\ni: 0.5\nj:\n").data == {
        "a": "no", "b": "on", "c": "2022-01-01", "d": "1e3", "e": "010", "f": "1_000", "g": True, "h": -3, "i": 0.5,
        "j": None,
    }  # fmt: skip


# the published schema


def test_the_schema_is_one_and_knows_the_examples() -> None:
    Draft202012Validator.check_schema(form_schema())
    validator = Draft202012Validator(json.loads(schema_text()))
    for example in EXAMPLES:
        assert validator.is_valid(read(example.read_bytes()).data), example
    for process in definitions():
        whole = process.model_dump(mode="json")
        assert validator.is_valid(whole), "the full structure is a form too"
        assert process_of(whole) == process


def test_every_field_and_word_has_its_caption() -> None:
    """A new field of a definition needs its words in ``process/form/captions.py``; then ``make docs``."""
    for model, words in captions.CAPTIONS.items():
        assert words.keys() == model.model_fields.keys(), model
    for kind in _enums(Process):
        named = captions.titles(kind)
        assert len(named) == len(kind), f"titles of {kind} are unique"
        assert all(not title.isascii() for title in named), f"every word of {kind} has a Chinese title"


def test_the_documentation_is_true() -> None:
    """Its small example can be installed, its periods are understood, its ladders are those there are."""
    page = (ROOT / "docs" / "processes.md").read_text("utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.S)
    [whole] = [block for block in blocks if block.startswith("name:")]
    assert whole == STARTER, "the page for a new form begins with it"
    assert installable(whole).title == "学校图书馆检查"
    rows = re.findall(r"^\| (`[^|]*`) \|", page, re.M)
    periods = [words for row in rows for words in re.findall(r"`([^`]*)`", row) if re.search(r"[日天末]$", words)]
    assert len(periods) == 8
    assert all(period(words) for words in periods)
    assert set(LADDERS) <= {words for row in rows for words in re.findall(r"`([a-z]+)`", row)}


# a dry run


def test_the_main_path_takes_the_first_way_that_ends(calendar: WorkCalendar) -> None:
    process = installable(SMALL)
    assert [stage.key for stage, _, _ in main_path(process)] == ["report", "review"]
    legs = rehearse(process, date(2022, 9, 28), calendar)
    assert [leg.due_on for leg in legs] == [date(2022, 10, 17), date(2022, 10, 24)], "make-up days work; Saturday rolls"
    assert [leg.entered for leg in legs] == [date(2022, 9, 28), date(2022, 10, 17)]
    assert [kind.title_zh for kind in legs[0].climbs] == ["提醒", "催办", "督办", "通报", "约谈"]


@pytest.mark.parametrize("process", definitions(), ids=lambda process: process.name)
def test_every_definition_has_a_dry_run_and_a_diagram(process: Process, calendar: WorkCalendar) -> None:
    legs = rehearse(process, date(2022, 3, 1), calendar)
    assert legs[-1].route.closes_as is not None
    assert len({leg.stage.key for leg in legs}) == len(legs)
    drawn = mermaid(process)
    assert all(f'"{stage.title}<br/>' in drawn for stage in process.stages)
    assert drawn.count("-.->") == sum(r.again for s in process.stages for outcome in s.outcomes for r in outcome.routes)


def test_titles_mean_nothing_in_a_diagram() -> None:
    process = process_of(SMALL.replace("title: 审查", 'title: "\\"]; 甲-->乙 <b>"'))
    assert 's2["&quot;]; 甲-->乙 &lt;b>' in mermaid(process)


def test_kinds_of_subjects_are_all_known() -> None:
    assert all(process_of(SMALL.replace("subjects: 区县", f"subjects: {kind.title_zh}")) for kind in SubjectKind)
