"""Every definition stands for what the priorities say, in their words."""

from __future__ import annotations

import inspect
import sys

import pytest

from flows.catalogue import PROCESSES, definitions
from process.definition import Process, parse_process
from process.priorities import ITEM_TITLES
from tests.flows.priorities import ITEMS, title

OF_ITEMS = [process for process in definitions() if process.item]


def test_there_are_twenty_items() -> None:
    assert sorted(ITEMS) == list(range(1, 21))
    assert dict(ITEM_TITLES) == {item: title(item) for item in ITEMS}
    assert title(9) == "启动中小学校(幼儿园)校(园)长任期结束综合督导工作"


@pytest.mark.parametrize("process", OF_ITEMS, ids=lambda process: process.name)
def test_its_sentence_stands_in_its_item(process: Process) -> None:
    assert process.sentence
    assert process.sentence in ITEMS[process.item], "word by word"


@pytest.mark.parametrize("process", OF_ITEMS, ids=lambda process: process.name)
def test_its_module_quotes_number_and_title_of_the_item(process: Process) -> None:
    module = sys.modules[inspect.unwrap(PROCESSES[process.name][1].fn).__module__]  # type: ignore[attr-defined]
    assert f"要点第{process.item}项「{title(process.item)}」" in (module.__doc__ or "").replace("\n", "")


@pytest.mark.parametrize("process", definitions(), ids=lambda process: process.name)
def test_it_goes_to_json_and_back(process: Process) -> None:
    assert parse_process(process.model_dump_json()) == process
