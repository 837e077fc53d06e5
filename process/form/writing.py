"""A process written as a form, as a person would write it."""

from __future__ import annotations

import yaml

from process.definition import Process
from process.form.short import shortened


def form_of(process: Process, schema: str = "") -> str:
    """The YAML of a process; reading it gives the process again (its ladders in the order of their use).

    ``schema`` is the address of the published schema, which editors then use.
    """
    text: str = yaml.safe_dump(shortened(process), allow_unicode=True, sort_keys=False, width=110)
    return f"# yaml-language-server: $schema={schema}\n{text}" if schema else text
