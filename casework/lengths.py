"""How long a text is that was handed in, where its file can be read (自评报告不超过5000字, 要点第3项)."""

from __future__ import annotations

import zipfile
from io import BytesIO

from docx import Document
from docx.oxml.ns import qn

_MOST_BYTES = 32 * 1024 * 1024
"""Of the unpacked text of a .docx: more is nobody's report."""


def characters(name: str, content: bytes) -> int | None:
    """Characters without blanks of a .docx or a text file; ``None`` for what cannot be counted (a scan, a .pdf)."""
    words = _of_docx(content) if name.lower().endswith(".docx") else _of_text(name, content)
    return None if words is None else sum(not letter.isspace() for letter in words)


def _of_docx(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            if packed.getinfo("word/document.xml").file_size > _MOST_BYTES:
                return None
        body = Document(BytesIO(content)).element.body
    except (zipfile.BadZipFile, KeyError, ValueError):
        return None
    return "".join(run.text or "" for run in body.iter(qn("w:t")))


def _of_text(name: str, content: bytes) -> str | None:
    if not name.lower().endswith(".txt"):
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")
