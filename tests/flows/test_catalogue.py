"""The catalogue against the list of deployments: what is defined is also run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import yaml
from prefect import Flow

from flows import catalogue

ROOT = Path(__file__).resolve().parents[2]
DEPLOYED = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]


def test_every_flow_of_the_catalogue_is_deployed_once_and_no_other() -> None:
    """One deployment per module, of the flow that the catalogue names; and one of what is installed."""
    flows = {*(flow for _, flow in catalogue.PROCESSES.values()), catalogue.flow_of("installed by an office")}
    assert all(isinstance(flow, Flow) for flow in flows)
    expected = {f"{flow.fn.__module__.replace('.', '/')}.py:{flow.fn.__name__}" for flow in flows}  # type: ignore[attr-defined]
    deployed = Counter(d["entrypoint"] for d in DEPLOYED if "process" in d["tags"])
    assert deployed == Counter(expected)


def test_no_definition_hides_another() -> None:
    named = Counter(process.name for processes, _ in catalogue._MODULES for process in processes)
    assert [name for name, times in named.items() if times > 1] == []
