"""A process as a Mermaid diagram: stages, where each outcome leads, what goes back."""

from __future__ import annotations

from process.definition import Process, Route
from process.form.captions import title_of


def mermaid(process: Process) -> str:
    """The flowchart of a process. Titles are quoted, so that no character in them means anything."""
    ids = {stage.key: f"s{n}" for n, stage in enumerate(process.stages, start=1)}
    ends: dict[str, str] = {}
    lines = ["flowchart TD", f"  start([启动]) --> {ids[process.first]}"]
    lines += [
        f'  {ids[stage.key]}["{_quoted(stage.title)}<br/>{_quoted(process.owner_title(stage.owner))}"]'
        for stage in process.stages
    ]
    for stage in process.stages:
        for outcome in stage.outcomes:
            for route in outcome.routes:
                if route.to is not None:
                    goal = ids[route.to]
                else:
                    title = title_of(route.closes_as) if route.closes_as else ""
                    goal = ends.setdefault(title, f"e{len(ends) + 1}")
                lines.append(f'  {ids[stage.key]} {_arrow(route)}|"{_quoted(label(outcome.title, route))}"| {goal}')
    lines += [f'  {goal}(("{_quoted(title)}"))' for title, goal in ends.items()]
    return "\n".join(lines) + "\n"


def label(title: str, route: Route) -> str:
    """An outcome with the condition under which it leads that way."""
    return f"{title}（{title_of(route.when)}）" if route.when else title


def _arrow(route: Route) -> str:
    return "-.->" if route.again else "-->"


def _quoted(words: str) -> str:
    return words.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("\n", " ")
