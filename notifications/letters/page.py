"""The empty sheet of GB/T 9704-2012: paper, margins, grid, page numbers; and the finished file."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document as new_document
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.opc.rel import Relationships
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from process.letters import Layout

TEXT_WIDTH = Mm(156)
CHARACTER = Pt(16)
"""The side of a character of 3号, in which the standard measures indents."""

_PARTS = Path(__file__).parent / "parts"
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def blank(layout: Layout) -> Document:
    """An empty document of the layout, with all styles. Nothing is left of the library's own sample."""
    document = new_document()
    _keep(document.part.package.rels, RELATIONSHIP_TYPE.OFFICE_DOCUMENT, RELATIONSHIP_TYPE.CORE_PROPERTIES)
    _keep(document.part.rels, RELATIONSHIP_TYPE.STYLES, RELATIONSHIP_TYPE.SETTINGS)
    _refill(document.styles.element, "styles.xml")
    _refill(document.settings.element, "settings.xml")
    fonts = (_PARTS / "fontTable.xml").read_bytes()
    part = Part(PackURI("/word/fontTable.xml"), CONTENT_TYPE.WML_FONT_TABLE, fonts, document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FONT_TABLE)
    _set_page(document.sections[0], layout)
    return document


def rule_head(section: Section) -> Paragraph:
    """The head of the first page of a 信函: its paragraph bears the double rule, and its twin stands at the foot."""
    section.header_distance = Mm(30)
    section.footer_distance = Mm(20)
    foot = section.first_page_footer.paragraphs[0]
    foot.style = "信函下线"
    head: Paragraph = section.first_page_header.paragraphs[0]
    return head


def finished(document: Document, *, title: str, author: str, issued_on: date | None) -> bytes:
    """The file, the same for the same letter: nothing in it tells when, where or by which program it was written."""
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = title, author, author
    properties.comments, properties.revision = "", 1
    dated = datetime.combine(issued_on, time()) if issued_on else datetime(*_ZIP_EPOCH)  # noqa: DTZ001 - a day, no moment
    properties.created = properties.modified = dated
    written = BytesIO()
    document.save(written)
    return _without_times(written)


def element(tag: str, **attributes: str) -> Any:
    """An element of WordprocessingML; attributes without their prefix."""
    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def _keep(relations: Relationships, *kinds: str) -> None:
    for key in [key for key, relation in relations.items() if relation.reltype not in kinds]:
        del relations[key]


def _refill(root: Any, name: str) -> None:
    """Replace what an element holds by what the file of ours holds."""
    root[:] = list(parse_xml((_PARTS / name).read_bytes()))


def _set_page(section: Section, layout: Layout) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(15), Mm(20)
    # 22 lines in 225 mm, in twentieths of a point; 28 characters in 156 mm, by what 16 pt must give up in 4096ths.
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)
    section._sectPr.append(element("w:docGrid", type="linesAndChars", linePitch="579", charSpace="-849"))
    # The first page of a 信函 bears no number, and a form of one page needs none.
    section.different_first_page_header_footer = layout is not Layout.DOCUMENT
    _number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)


def _number(paragraph: Paragraph, side: WD_ALIGN_PARAGRAPH) -> None:
    """「— 1 —」 on the outer side, one character in from the edge of the text."""
    paragraph.alignment = side
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
    paragraph.add_run("— ")
    field = element("w:fldSimple", instr=" PAGE ")
    field.append(paragraph.add_run("1")._r)
    paragraph._p.append(field)
    paragraph.add_run(" —")


def _without_times(written: BytesIO) -> bytes:
    """The same archive without the moment at which each part was put in, and without traces of the system."""
    fixed = BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            target.writestr(entry, source.read(name))
    return fixed.getvalue()
