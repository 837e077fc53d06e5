"""What the documents say and how they are set, read back from the file."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

import notifications.letters
from notifications.letters import Letter, write_docx
from notifications.letters.text import cleaned, text_of
from notifications.letters.typeset import title_lines, width
from process.errors import LetterIncomplete
from process.letters import FORMS, Layout
from process.vocabulary import LetterKind as Kind
from tests.notifications.letters.samples import DISTRICT, FIELDS, FINDINGS, HEADING, sample

TEXTS = Path(notifications.letters.__file__).parent / "texts"
REQUIRED = [(kind, field.name) for kind, form in FORMS.items() for field in form.required]


def opened(letter: Letter) -> Document:
    return docx.Document(BytesIO(write_docx(letter)))


def part(letter: Letter, name: str) -> str:
    with zipfile.ZipFile(BytesIO(write_docx(letter))) as file:
        return file.read(f"word/{name}.xml").decode()


def said(document: Document) -> str:
    """Everything in the body, tables included, without the ends of paragraphs."""
    return "".join(text.text or "" for text in document.element.body.iter(qn("w:t")))


def paragraph(document: Document, style: str) -> Paragraph:
    return next(one for one in document.paragraphs if one.style is not None and one.style.name == style)


def changed(kind: Kind, **fields: Any) -> Letter:
    return replace(sample(kind), fields={**FIELDS[kind], **fields})


def words(value: Any) -> Iterator[str]:
    """How a reader finds a particular in the text."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)
    elif isinstance(value, bool):
        yield "同意" if value else "不同意"
    elif isinstance(value, int | float):
        yield str(value)
    elif day := re.match(r"(\d{4})-(\d\d)-(\d\d)", value):
        yield f"{day[1]}年{int(day[2])}月{int(day[3])}日"
    else:
        yield from (line.rstrip("。") for line in value.split("\n"))


# --- what it says -----------------------------------------------------------------------------------------------------


def test_every_kind_has_its_text_and_its_sample() -> None:
    assert {path.stem for path in TEXTS.iterdir()} == {str(kind) for kind in FORMS} == {str(kind) for kind in FIELDS}


@pytest.mark.parametrize("kind", FORMS)
def test_says_what_its_kind_must_say(kind: Kind) -> None:
    letter = sample(kind)
    text = said(opened(letter))
    required = {field.name: FIELDS[kind][field.name] for field in FORMS[kind].required}
    if "findings" in required:  # not every letter says of a problem what is to be done about it
        required["findings"] = [row["description"] for row in required["findings"]]
    assert [word for value in required.values() for word in words(value) if word not in text] == []
    assert letter.number in text


@pytest.mark.parametrize(("kind", "name"), REQUIRED)
@pytest.mark.parametrize("nothing", ["absent", "", " \n", None])
def test_refuses_what_lacks_a_required_field(kind: Kind, name: str, nothing: str | None) -> None:
    fields = {**FIELDS[kind], name: nothing}
    if nothing == "absent":
        del fields[name]
    with pytest.raises(LetterIncomplete) as refused:
        write_docx(replace(sample(kind), fields=fields))
    assert refused.value.field == name


@pytest.mark.parametrize("kind", FORMS)
def test_what_is_not_required_may_be_missing(kind: Kind) -> None:
    required = {field.name: FIELDS[kind][field.name] for field in FORMS[kind].required}
    bare = replace(sample(kind), fields=required, copies=(), note="", signer="", attachments=(), addressees=())
    assert "None" not in said(opened(bare))


def test_refuses_a_row_without_its_words() -> None:
    with pytest.raises(LetterIncomplete, match="存在问题"):
        write_docx(changed(Kind.OPINION, findings=[{"number": 1, "level": "district", "description": " "}]))


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        (Kind.PRELIMINARY_OPINION, "有权申辩。请自收到本意见之日起5日内"),
        (Kind.OPINION, "在整改结束后10日内，将整改情况书面报告"),
        (Kind.SUPERVISION_NOTICE, "应当回避情形的，可以申请其回避"),
        (Kind.ACCOUNTABILITY_NOTICE, "有权陈述和申辩。请自收到本告知书之日起10日内"),
        (Kind.ACCOUNTABILITY_DECISION, "自收到本决定书之日起30日内，向重庆市人民政府教育督导室申请复核"),
        (Kind.ACCOUNTABILITY_DECISION, "自收到复核决定书之日起15日内，向国务院教育督导委员会办公室提出申诉"),
        (Kind.TALK_NOTICE, "报送中共重庆市武隆区委、武隆区人民政府和市政府教育督导委员会备案"),
    ],
)
def test_tells_the_right_and_its_period(kind: Kind, right: str) -> None:
    assert right in said(opened(sample(kind)))


def test_remedy_may_be_written_out() -> None:
    assert "可以申请复核。" in said(opened(changed(Kind.ACCOUNTABILITY_DECISION, remedy="三十日内可以申请复核")))


def test_extension_granted_for_less_and_refused() -> None:
    assert "由2022年5月13日延长至2022年5月17日" in said(
        opened(changed(Kind.EXTENSION_REPLY, granted_due_on="2022-05-17"))
    )
    refused = said(opened(changed(Kind.EXTENSION_REPLY, granted=False)))
    assert "不同意延期。该环节仍应按原定期限2022年5月13日办结" in refused
    assert "延长至" not in refused


@pytest.mark.parametrize("path", sorted(TEXTS.iterdir()), ids=lambda path: path.stem)
def test_texts_are_chinese_to_the_point(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    plain = re.sub(r"{{.*?}}|{%.*?%}", "", text)
    assert re.findall(r"[\u4e00-\u9fff][,:;()?!.]|[,:;()?!][\u4e00-\u9fff]", plain) == []
    assert re.findall(r"《[^》]*(?:条例|办法|法)》", plain) == [], "a law is cited from process.letters only"


def test_what_people_write_cannot_break_the_form() -> None:
    hostile = "甲|乙|\n|annex 假附件\n|丙|丁|\n{{ 7*7 }}<w:p>&\x00\x0b一\ud800"
    document = opened(changed(Kind.OPINION, evaluation=hostile))
    lines = [one.text for one in document.paragraphs]
    assert lines[lines.index("甲｜乙｜") :][:4] == ["甲｜乙｜", "｜annex 假附件", "｜丙｜丁｜", "{{ 7*7 }}<w:p>&"]
    assert len(document.tables) == len(opened(sample(Kind.OPINION)).tables)
    cell = opened(changed(Kind.TALK_RECORD, minutes="第一行\n第二行|")).tables[0]
    assert any([one.text for one in row.cells[1].paragraphs] == ["第一行", "第二行｜。"] for row in cell.rows)


def test_an_opinion_without_problems_neither_counts_nor_lists_any() -> None:
    none = "本次督导未发现需要整改的问题"
    text = said(opened(changed(Kind.OPINION, findings=none, defence="被督导单位未提出申辩")))
    assert f"三、存在的问题{none}。{HEADING}" in text
    assert [word for word in ("附件", "共发现问题", "整改要求", "完成整改", "责令改正") if word in text] == []


def test_quotation_marks_are_those_of_official_documents() -> None:
    assert "“整改”已退回2次，原话为“称‘已整改’”。" in said(
        opened(changed(Kind.CIRCULAR, reason="「整改」已退回2次，原话为「称『已整改』」"))
    )


def test_reasons_may_be_several() -> None:
    reasons = ["整改逾期", {"text": "佐证材料不实。"}]
    assert "1.整改逾期。2.佐证材料不实。" in said(opened(changed(Kind.CIRCULAR, reason=reasons)))
    assert "因整改逾期；佐证材料不实，依照" in said(opened(changed(Kind.TALK_NOTICE, reason=reasons)))


def test_points_are_numbered_and_people_stand_by_role() -> None:
    notice = said(opened(sample(Kind.SUPERVISION_NOTICE)))
    assert "2.“双减”工作推进情况。" in notice
    assert "组长：王建国（市政府督学）；督学：刘芳、陈志强；专家：周敏（市教育评估院）" in said(
        opened(sample(Kind.OPINION))
    )


# --- how it looks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMS)
def test_paper_margins_and_grid(kind: Kind) -> None:
    section = opened(sample(kind)).sections[0]
    millimetres = [
        round(length.mm)
        for length in (
            section.page_width, section.page_height,
            section.top_margin, section.bottom_margin, section.left_margin, section.right_margin,
        )
        if length is not None
    ]  # fmt: skip
    assert millimetres == [210, 297, 37, 35, 28, 26]
    (grid,) = section._sectPr.findall(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("linesAndChars", "579")
    pitch = 16 + int(grid.get(qn("w:charSpace"))) / 4096
    assert 28 * pitch <= Mm(156).pt < 29 * pitch
    assert 22 * 579 / 20 <= Mm(225).pt < 23 * 579 / 20


def test_fonts_are_named_and_none_is_shipped() -> None:
    letter = sample(Kind.OPINION)
    table, styles = part(letter, "fontTable"), part(letter, "styles")
    for font in ("仿宋_GB2312", "楷体_GB2312", "方正小标宋简体", "黑体"):
        assert f'w:name="{font}"' in table
        assert f'w:eastAsia="{font}"' in styles
    assert table.count("<w:altName ") == 5
    assert "embed" not in table
    with zipfile.ZipFile(BytesIO(write_docx(letter))) as file:
        assert not [name for name in file.namelist() if re.search(r"fonts/|theme|thumbnail|customXml", name)]


def test_body_is_16_points_on_lines_of_a_22nd_of_the_page() -> None:
    document = opened(sample(Kind.OPINION))
    normal, body = document.styles["Normal"], document.styles["Body Text"]
    assert normal.font.size == Pt(16)
    assert normal.paragraph_format.line_spacing == Pt(28.95)
    assert body.element.pPr.ind.get(qn("w:firstLineChars")) == "200"


def test_levels_have_their_fonts() -> None:
    evaluation = "（一）党的领导。切实加强。\n1.组织健全。\n二、一句没有完的话\n（三）独立成行"
    document = opened(changed(Kind.OPINION, evaluation=evaluation))
    by_text = {one.text: one for one in document.paragraphs}
    assert by_text["一、评价"].style.name == "Heading 1"
    first, rest = by_text["（一）党的领导。切实加强。"].runs
    assert (first.text, first.style.name, rest.style.name) == ("（一）党的领导。", "楷体字", "Default Paragraph Font")
    assert by_text["1.组织健全。"].style.name == "Body Text"
    assert by_text["二、一句没有完的话"].style.name == "Heading 1"


@pytest.mark.parametrize("kind", [kind for kind, form in FORMS.items() if form.layout is Layout.DOCUMENT])
def test_document_has_a_red_head_a_rule_and_its_number(kind: Kind) -> None:
    document = opened(sample(kind))
    masthead, number = document.paragraphs[0], next(one for one in document.paragraphs if "〔2022〕" in one.text)
    assert masthead.text == HEADING + ("专报" if kind is Kind.LEADERS_REPORT else "文件")
    assert masthead.style.font.color.rgb == docx.shared.RGBColor(255, 0, 0)
    upward = kind in (Kind.SUPERVISION_REPORT, Kind.LEADERS_REPORT)
    assert ("签发人：王建国" in number.text) is upward
    rule = document.styles["发文字号"].element.pPr.find(qn("w:pBdr"))
    assert rule[0].get(qn("w:color")) == "FF0000"


@pytest.mark.parametrize("kind", [kind for kind, form in FORMS.items() if form.layout is Layout.LETTER])
def test_letter_stands_between_double_rules(kind: Kind) -> None:
    document = opened(sample(kind))
    section = document.sections[0]
    assert section.different_first_page_header_footer
    head, foot = section.first_page_header.paragraphs[0], section.first_page_footer.paragraphs[0]
    assert head.text == HEADING
    assert [one.style.element.pPr.find(qn("w:pBdr"))[0].get(qn("w:val")) for one in (head, foot)] == [
        "thickThinSmallGap",
        "thinThickSmallGap",
    ]
    assert paragraph(document, "信函字号").text == sample(kind).number


@pytest.mark.parametrize("kind", [kind for kind, form in FORMS.items() if form.layout is Layout.SHEET])
def test_sheet_is_a_form_without_a_red_head(kind: Kind) -> None:
    document = opened(sample(kind))
    assert document.paragraphs[0].style.name == "Title"
    assert document.tables
    assert ("编号：" in said(document)) is FORMS[kind].numbered
    for table in document.tables:
        assert sum(column.width.mm for column in table.columns if column.width) == pytest.approx(156, abs=0.1)


def test_a_long_heading_keeps_to_one_line() -> None:
    heading = "重庆市人民政府教育督导委员会办公室、重庆市教育委员会、重庆市财政局"
    run = opened(replace(sample(Kind.OPINION), heading=heading)).paragraphs[0].runs[0]
    share = int(run._r.rPr.find(qn("w:w")).get(qn("w:val"))) / 100
    assert run.font.size is not None
    assert run.font.size.pt * share * width(heading + "文件") <= Mm(156).pt


def test_titles_break_between_words_into_even_lines() -> None:
    assert title_lines(("关于", "武隆区", "评价的", "函"), 20) == ["关于武隆区评价的函"]
    assert title_lines(("关于武隆区", "2022年对区县政府履行教育职责评价的", "督导意见书"), 20) == [
        "关于武隆区", "2022年对区县政府履行教育职责评价的", "督导意见书",
    ]  # fmt: skip
    assert [width(line) for line in title_lines(("字" * 50,), 20)] == [12, 13, 12, 13]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        (
            "2022年重庆市区县（自治县）人民政府履行教育职责督导评价暨义务教育优质均衡发展督导评估的",
            ("2022年", "区县", "（自治县）", "人民政府", "履行", "督导评价", "义务教育", "优质均衡", "评估的"),
        ),
        ("2023年义务教育学校校长任期结束综合督导评估工作的", ("2023年", "学校校长", "任期结束", "督导评估", "工作的")),
    ],
)
def test_a_title_longer_than_its_line_is_cut_between_words(title: str, words: tuple[str, ...]) -> None:
    lines = title_lines((title,), 20)
    assert "".join(lines) == title
    assert all(2 < width(line) <= 20 for line in lines)
    assert [word for word in words if not any(word in line for line in lines)] == []
    assert not [line for line in lines if line[-1] in "（《“" or line[0] in "）》”、，的"]


def test_signature_stands_over_an_unpadded_day() -> None:
    document = opened(sample(Kind.OPINION))
    day = paragraph(document, "成文日期")
    assert (paragraph(document, "署名").text, day.text) == (HEADING, "2022年2月19日")
    assert day.style.element.pPr.ind.get(qn("w:rightChars")) == "400"
    assert paragraph(document, "附注").text == "（此件不公开）"
    assert document.paragraphs[
        [one.text for one in document.paragraphs].index(HEADING) - 1
    ].paragraph_format.keep_with_next


@pytest.mark.parametrize("kind", [Kind.SUPERVISION_NOTICE, Kind.OPINION, Kind.CIRCULAR])
def test_the_end_of_the_text_goes_with_the_signature(kind: Kind) -> None:
    paragraphs = opened(sample(kind)).paragraphs
    day = [one.style.name for one in paragraphs].index("成文日期")
    last = max(at for at in range(day - 1) if paragraphs[at].style.name == "Body Text")
    assert all(one.paragraph_format.keep_with_next or one.style.name == "署名" for one in paragraphs[last:day])


def test_the_last_row_of_a_form_goes_with_the_signature() -> None:
    *_, row, last = opened(sample(Kind.URGE)).tables[0].rows
    assert all(one.paragraph_format.keep_with_next for cell in last.cells for one in cell.paragraphs)
    assert not any(one.paragraph_format.keep_with_next for cell in row.cells for one in cell.paragraphs)


def test_attachments_in_the_document_come_first_and_on_new_pages() -> None:
    document = opened(sample(Kind.SUPERVISION_NOTICE))
    listed = [one.text for one in document.paragraphs if one.style.name == "附件说明"]
    assert listed == ["附件：1.督导通知回执", "2.区县政府履行教育职责评价指标体系"]
    assert paragraph(document, "附件标识").text == "附件1"
    assert document.styles["附件标识"].paragraph_format.page_break_before
    opinion = opened(sample(Kind.OPINION))
    assert paragraph(opinion, "附件标识").text == "附件"
    assert [cell.text for cell in opinion.tables[0].rows[0].cells] == [
        "序号", "问题层级", "涉及学校", "存在问题", "整改要求", "整改时限",
    ]  # fmt: skip
    assert opinion.tables[0].rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_problem_list_says_all_of_every_problem() -> None:
    table = opened(sample(Kind.OPINION)).tables[0]
    assert [cell.text.replace("\n", "") for cell in table.rows[3].cells] == [
        "3", "学校问题", "武隆区实验小学", FINDINGS[2]["description"], FINDINGS[2]["requirement"], "2022年6月30日",
    ]  # fmt: skip


def test_columns_nobody_fills_are_left_out() -> None:
    rows = [{"number": 1, "level": "district", "description": "问题"}]
    table = opened(changed(Kind.OPINION, findings=rows)).tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["序号", "问题层级", "存在问题"]


def test_imprint_names_copies_and_printer() -> None:
    circular = opened(sample(Kind.CIRCULAR)).tables[-1]
    assert [row.cells[0].text for row in circular.rows] == [
        "抄送：市委、市政府分管领导，市政府教育督导委员会各成员单位。",
        f"{HEADING}办公室\t2022年2月19日印发",
    ]
    talk = opened(sample(Kind.TALK_NOTICE)).tables[-1]
    assert [row.cells[0].text for row in talk.rows] == ["抄送：中共重庆市武隆区委，武隆区教委。"]


def test_further_lines_of_copies_begin_under_the_first_name() -> None:
    copies, printed_on = (row.cells[0].paragraphs[0] for row in opened(sample(Kind.CIRCULAR)).tables[-1].rows)
    assert copies.paragraph_format.first_line_indent == -3 * Pt(14)
    assert copies.paragraph_format.left_indent == 4 * Pt(14)
    assert printed_on.paragraph_format.first_line_indent is None


def test_narrow_columns_hold_a_level_and_a_day_whatever_columns_there_are() -> None:
    rows = [{**FINDINGS[0], "requirement": "", "due_on": "2022-12-31"}]
    for findings in (rows, FINDINGS):
        table = opened(changed(Kind.OPINION, findings=findings)).tables[0]
        widths = {cell.text: cell.width.mm for cell in table.rows[0].cells if cell.width}
        assert (round(widths["序号"]), round(widths["问题层级"]), round(widths["整改时限"])) == (12, 12, 25)


def test_a_long_figure_has_its_row_to_itself() -> None:
    figures = [
        {"label": label, "value": value}
        for label, value in (("参加评价", "41个"), ("发现问题", "683个，其中严重12个"), ("约谈", 2), ("合格", 33))
    ]
    rows = opened(changed(Kind.MEMBERS_CIRCULAR, figures=figures)).tables[0].rows
    assert [list(dict.fromkeys(cell.text for cell in row.cells)) for row in rows] == [
        ["参加评价", "41个"], ["发现问题", "683个，其中严重12个"], ["约谈", "2", "合格", "33"],
    ]  # fmt: skip


@pytest.mark.parametrize(("lines", "overleaf"), [(1, False), (10, True), (22, True), (36, False)])
def test_the_imprint_goes_to_the_back_of_a_page_that_is_certainly_odd(lines: int, overleaf: bool) -> None:
    document = opened(changed(Kind.CIRCULAR, reason="\n".join(["整改逾期"] * lines)))
    assert bool(document.paragraphs[-1].paragraph_format.page_break_before) is overleaf


def test_page_numbers_stand_on_the_outer_side() -> None:
    document = opened(sample(Kind.OPINION))
    section = document.sections[0]
    assert document.settings.odd_and_even_pages_header_footer
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    assert (odd.alignment, even.alignment) == (2, 0)
    assert odd._p.find(qn("w:fldSimple")).get(qn("w:instr")).strip() == "PAGE"


def test_a_draft_leaves_number_and_day_blank() -> None:
    draft = opened(replace(sample(Kind.OPINION), number="", issued_on=None))
    assert paragraph(draft, "发文字号").text == "〔　　〕　　号"
    assert paragraph(draft, "成文日期").text == "　　　　年　　月　　日"


@pytest.mark.parametrize("kind", FORMS)
def test_same_letter_same_bytes(kind: Kind) -> None:
    letter = sample(kind)
    assert write_docx(letter) == write_docx(letter)


def test_nothing_tells_when_it_was_written() -> None:
    written = write_docx(sample(Kind.OPINION))
    properties = docx.Document(BytesIO(written)).core_properties
    assert properties.created is not None
    assert properties.created.date() == date(2022, 2, 19)
    assert (properties.author, properties.comments) == (HEADING, "")
    assert DISTRICT in (properties.title or "")
    with zipfile.ZipFile(BytesIO(written)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_titles_end_only_where_the_text_allows() -> None:
    letter = cleaned(sample(Kind.RESULT_FEEDBACK))
    assert title_lines(text_of(letter).title, 20)[-1] == "结果的函"
