"""A text that may not be longer is counted, where it can be read."""

from __future__ import annotations

from io import BytesIO

from docx import Document

from casework.lengths import characters


def word_file(*paragraphs: str) -> bytes:
    document = Document()
    for words in paragraphs:
        document.add_paragraph(words)
    document.add_table(1, 1).cell(0, 0).text = "表"
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def test_characters_are_counted_without_blanks() -> None:
    assert characters("a.docx", word_file("一 二", "三\t四")) == 5
    assert characters("a.txt", "一 二\n三".encode()) == 3
    assert characters("a.txt", "一二三".encode("gb18030")) == 3
    assert characters("a.pdf", b"%PDF-1.4") is None, "a scan cannot be counted"
    assert characters("a.docx", b"PK not a file") is None
