"""Official letters as Word documents in the layouts of GB/T 9704-2012.

A :class:`Letter` carries the particulars, ``texts/<kind>.txt`` the words, ``parts/`` the look; :func:`write_docx` joins
them. What a letter of each kind must say is ruled by ``process.letters``; who signs and numbers it is no business of
this package.
"""

from __future__ import annotations

from notifications.letters.docx import write_docx
from notifications.letters.letter import Letter

__all__ = ["Letter", "write_docx"]
