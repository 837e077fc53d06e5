"""Setting a letter as a Word document: heads, body, tables, signature, attachments and imprint of GB/T 9704-2012."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil

from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph as WordParagraph

from notifications.letters import page, text
from notifications.letters.letter import Letter
from notifications.letters.page import CHARACTER, TEXT_WIDTH, element
from notifications.letters.paging import ends_on_odd_page
from notifications.letters.tables import add_imprint, add_table, height_of
from notifications.letters.typeset import title_lines, width
from notifications.letters.wording import day
from process.letters import FORMS, Form, Layout, check_complete
from process.vocabulary import LetterKind

_UPWARD = (LetterKind.SUPERVISION_REPORT, LetterKind.LEADERS_REPORT)
"""Letters to a superior: they name the 签发人 beside the number."""

_ONE_PAGE = LetterKind.LEADERS_REPORT
"""The letter that must not run over one page: its head is low, and its last table says who submits it and when."""

_SPACE = "\u3000"
_BRACKETS = "()（）"
_BLANK_NUMBER = f"〔{_SPACE * 2}〕{_SPACE * 2}号"
_BLANK_DAY = f"{_SPACE * 4}年{_SPACE * 2}月{_SPACE * 2}日"

_NARROWEST = 0.66
"""How far the red words may be narrowed."""
_LINE_WIDTH = 28
"""Characters of 3号 in a line."""
_TITLE_WIDTH = 20
"""Characters of 2号 in a line."""
_LONGEST_HEADING = 40
"""A sentence longer than this is no heading, even if it begins with a number like one."""
_LINE = 28.95
"""The height of a line of the body."""
_ROOM_ON_ONE_PAGE = 470.0
"""What the head and the addressee leave for title, text and tables."""
_SPARE = 0.4
"""The part of a line that a paragraph may need beyond its width, because no mark begins a line."""
_CLOSEST = 1.25
"""The height of the closest lines, in sizes of their letters."""
_SIZES_ON_ONE_PAGE = (16, 14, 12)
_LEVELS = (
    (re.compile("[一二三四五六七八九十]+、"), "Heading 1", "黑体字"),
    (re.compile("（[一二三四五六七八九十]+）"), "Heading 2", "楷体字"),
)


def write_docx(letter: Letter) -> bytes:
    """The letter as a .docx file; the same letter gives the same bytes.

    Raises :class:`process.errors.LetterIncomplete` where something is missing that its kind must say.
    """
    letter = text.cleaned(letter)
    check_complete(letter.kind, letter.fields)
    said = text.text_of(letter)
    form = FORMS[letter.kind]
    document = page.blank(form.layout)
    _head(document, letter, form.layout)
    _title(document, said.title, blank_lines=_lines_above_title(letter, form.layout))
    _body(document, letter, said, form)
    for at, annex in enumerate(said.annexes, 1):
        _annex(document, annex, f"附件{at}" if len(_attachments(letter, said)) > 1 else "附件")
    overleaf = form.layout is Layout.DOCUMENT and letter.kind is not _ONE_PAGE and ends_on_odd_page(document)
    if not said.annexes and not overleaf:  # the imprint does not go to a page of its own, without the signature
        document.paragraphs[-1].paragraph_format.keep_with_next = True
    _imprint(document, letter, form.layout, below_table=bool(said.annexes), overleaf=overleaf)
    return page.finished(document, title="".join(said.title), author=letter.issuer, issued_on=letter.issued_on)


# --- the head ---------------------------------------------------------------------------------------------------------


def _head(document: Document, letter: Letter, layout: Layout) -> None:
    match layout:
        case Layout.DOCUMENT:
            _document_head(document, letter)
        case Layout.LETTER:
            masthead = page.rule_head(document.sections[0])
            masthead.style = "信函标志"
            _masthead(masthead, letter.heading, largest=46)
            document.add_paragraph(letter.number or _BLANK_NUMBER, "信函字号")
        case Layout.SHEET:
            pass


def _document_head(document: Document, letter: Letter) -> None:
    compact = letter.kind is _ONE_PAGE
    masthead = document.add_paragraph(style="发文机关标志")
    word = "专报" if compact else "文件"
    _masthead(masthead, letter.heading.removesuffix(word) + word, largest=44 if compact else 56)
    masthead.paragraph_format.space_before = Mm(0 if compact else 35)
    _blank(document, 0 if compact else 2)
    number = letter.number or _BLANK_NUMBER
    if letter.kind in _UPWARD and letter.signer:
        line = document.add_paragraph(f"{_SPACE}{number}\t签发人：", "上行文字号")
        line.add_run(letter.signer, "楷体字")
    else:
        document.add_paragraph(number, "发文字号")


def _masthead(paragraph: WordParagraph, words: str, *, largest: float) -> None:
    """The red words in one line: tall and narrow where they are many, as on printed heads."""
    room = TEXT_WIDTH.pt * 0.98 / max(1.0, width(words))
    size = int(min(largest, room / _NARROWEST))
    run = paragraph.add_run(words)
    run._r.get_or_add_rPr().append(element("w:w", val=f"{int(min(1, room / size) * 100)}"))
    run.font.size = Pt(size)
    paragraph.paragraph_format.line_spacing = Pt(int(size * 1.2))


def _lines_above_title(letter: Letter, layout: Layout) -> int:
    if layout is Layout.SHEET:
        return 0
    return 1 if letter.kind is _ONE_PAGE else 2


def _title(document: Document, pieces: tuple[str, ...], *, blank_lines: int) -> None:
    _blank(document, blank_lines)
    for line in title_lines(pieces, _TITLE_WIDTH):
        document.add_paragraph(line, "Title")


# --- the body ---------------------------------------------------------------------------------------------------------


def _body(document: Document, letter: Letter, said: text.Text, form: Form) -> None:
    _blank(document, 0 if letter.kind is _ONE_PAGE else 1)
    if letter.addressees and form.layout is not Layout.SHEET:
        between = "，" if any("、" in name for name in letter.addressees) else "、"
        document.add_paragraph(f"{between.join(letter.addressees)}：", "主送机关")
    if form.layout is Layout.SHEET and form.numbered:
        document.add_paragraph(f"编号：{letter.number or _SPACE * 6}", "编号")
    for block in said.blocks:
        _block(document, block)
    if letter.kind is _ONE_PAGE:
        _squeeze(document, said.blocks)
    _list_attachments(document, _attachments(letter, said))
    if form.numbered and letter.kind is not _ONE_PAGE:
        _sign(document, letter, blank_lines=1 if form.layout is Layout.SHEET else 2)
    if letter.note:
        document.add_paragraph(f"（{letter.note.strip(_BRACKETS)}）", "附注")


def _block(document: Document, block: text.Block) -> None:
    if isinstance(block, text.Table):
        add_table(document, block)
    else:
        _paragraph(document, block.text)


def _squeeze(document: Document, blocks: Sequence[text.Block]) -> None:
    """Sets a long text closer, and then smaller, so that its one page has room for the decision of the reader."""
    widths = [2 + width(block.text) for block in blocks if isinstance(block, text.Paragraph)]
    titles = sum(one.style is not None and one.style.name == "Title" for one in document.paragraphs)
    tables = sum(height_of(block) for block in blocks if isinstance(block, text.Table))
    room = _ROOM_ON_ONE_PAGE - titles * _LINE - tables
    for size in _SIZES_ON_ONE_PAGE:
        height = room / sum(ceil(wide * size / CHARACTER.pt / _LINE_WIDTH + _SPARE) for wide in widths)
        if height >= size * _CLOSEST:
            break
    for paragraph in document.paragraphs:
        if paragraph.style is not None and paragraph.style.name == "Body Text":
            paragraph.paragraph_format.line_spacing = Pt(round(min(_LINE, max(height, size * _CLOSEST)), 1))
            for run in paragraph.runs:
                run.font.size = Pt(size)


def _paragraph(document: Document, words: str) -> None:
    """A paragraph, with its heading in the font of its level: the whole of it, or its first sentence."""
    for begins, style, font in _LEVELS:
        if not begins.match(words):
            continue
        heading, stop, rest = words.partition("。")
        if len(heading) > _LONGEST_HEADING:
            break
        if rest:
            mixed = document.add_paragraph(style="Body Text")
            mixed.add_run(heading + stop, font)
            mixed.add_run(rest)
        else:
            document.add_paragraph(words, style)
        return
    document.add_paragraph(words, "Body Text")


def _attachments(letter: Letter, said: text.Text) -> tuple[str, ...]:
    """The titles of all attachments: those in this document first, in their order."""
    inside = tuple(annex.title for annex in said.annexes)
    return (*inside, *(title for title in letter.attachments if title not in inside))


def _list_attachments(document: Document, titles: Sequence[str]) -> None:
    if titles:
        _blank(document, 1)
    for number, title in enumerate(titles, 1):
        first = number == 1
        many = f"{number}." if len(titles) > 1 else ""
        line = document.add_paragraph(f"{'附件：' if first else ''}{many}{title}", "附件说明")
        line.paragraph_format.left_indent = CHARACTER * (6 if many else 5)
        line.paragraph_format.first_line_indent = -CHARACTER * ((3 if first else 0) + (1 if many else 0))


def _sign(document: Document, letter: Letter, *, blank_lines: int) -> None:
    """署名 over the day, both centred where the seal will stand, never alone on a page."""
    for paragraph in _end_of_body(document):
        paragraph.paragraph_format.keep_with_next = True
    _blank(document, blank_lines, keep=True)
    signed_on = day(letter.issued_on) if letter.issued_on else _BLANK_DAY
    issuer = document.add_paragraph(letter.issuer, "署名")
    over = 4 + (width(signed_on) - width(letter.issuer)) / 2
    issuer.paragraph_format.right_indent = int(CHARACTER * max(0, over))
    document.add_paragraph(signed_on, "成文日期")


def _end_of_body(document: Document) -> Sequence[WordParagraph]:
    """What the signature must not be parted from: the end of the text, which a list of attachments may follow."""
    if document.element.body[-2].tag == qn("w:tbl"):
        return [one for cell in document.tables[-1].rows[-1].cells for one in cell.paragraphs]
    paragraphs = document.paragraphs
    last = max(at for at, one in enumerate(paragraphs) if one.text and one.style and one.style.name != "附件说明")
    return paragraphs[last - (width(paragraphs[last].text) < _LINE_WIDTH) :]


# --- attachments and imprint ------------------------------------------------------------------------------------------


def _annex(document: Document, annex: text.Annex, mark: str) -> None:
    document.add_paragraph(mark, "附件标识")
    _title(document, (annex.title,), blank_lines=1)
    _blank(document, 1)
    for block in annex.blocks:
        _block(document, block)


def _imprint(document: Document, letter: Letter, layout: Layout, *, below_table: bool, overleaf: bool) -> None:
    """版记 at the foot of the last page, of even number. A 信函 only names who gets a copy, without rules."""
    lines = [f"抄送：{'，'.join(letter.copies)}。"] if letter.copies else []
    if layout is Layout.DOCUMENT and letter.kind is not _ONE_PAGE:
        printed_on = day(letter.issued_on) if letter.issued_on else _BLANK_DAY
        lines.append(f"{letter.printed_by or letter.issuer}\t{printed_on}印发")
    if lines and layout is not Layout.SHEET:
        add_imprint(document, lines, ruled=layout is Layout.DOCUMENT, below_table=below_table, overleaf=overleaf)


def _blank(document: Document, number: int, *, keep: bool = False) -> None:
    for _ in range(number):
        document.add_paragraph().paragraph_format.keep_with_next = keep or None
