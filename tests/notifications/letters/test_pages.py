"""Every kind on paper: one run of LibreOffice turns them into PDF, as an office would see them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from casework.bulletins import LONGEST_SUMMARY
from notifications.letters import write_docx
from process.letters import FORMS, Layout
from process.vocabulary import LetterKind as Kind
from tests.notifications.letters.samples import FIELDS, FINDINGS, sample

pytestmark = pytest.mark.slow

PROGRAMS = ("soffice", "pdftotext", "pdfinfo")
LONG = {name: value * 3 if isinstance(value, str) else value for name, value in FIELDS[Kind.LEADERS_REPORT].items()}
SHORT = {name: value for name, value in FIELDS[Kind.SUPERVISION_NOTICE].items() if name not in ("period", "method")}
MANY = [{**FINDINGS[n % 4], "number": n + 1} for n in range(19)]
FURTHER = {
    "long": replace(sample(Kind.LEADERS_REPORT), fields=LONG),
    "short": replace(sample(Kind.SUPERVISION_NOTICE), fields={**SHORT, "matters": "履职评价", "supervision_phone": ""}),
}
FURTHER |= {
    f"circular{n}": replace(
        sample(Kind.CIRCULAR),
        fields={**FIELDS[Kind.CIRCULAR], "requirement": "责令立即完成整改，补报整改情况报告，并对责任作出说明。" * n},
    )
    for n in range(1, 9)
}
FURTHER |= {
    f"list{n}": replace(
        sample(Kind.OPINION), fields={**FIELDS[Kind.OPINION], "findings": MANY[:n]}, copies=("武隆区教委",) * 20
    )
    for n in (6, 7, 12, 13, 18, 19)
}
# The figures as the results of a round give them, under the shortest to the longest summary that is taken.
RESULTS = [
    {"label": label, "value": value}
    for label, value in (
        ("参加评价", "41个"), ("实地督查", "8个"), ("已反馈结果", "33个"),
        ("发现问题", "683个，其中严重112个，已销号600个"), ("约谈", "12次"), ("完成评价", "33个"),
    )
]  # fmt: skip
SUMMARY = "总体情况良好，学前教育普惠性资源供给不足，专职督学配备不到位，“双减”后课后服务参与率为61.3%；" * 8
FURTHER |= {
    f"report{n}": replace(
        sample(Kind.LEADERS_REPORT), fields={"summary": SUMMARY[: n - 1] + "。", "figures": RESULTS}, subject=""
    )
    for n in (10, 120, 200, 250, 300, LONGEST_SUMMARY)
}
ONE_PAGE = [kind for kind, form in FORMS.items() if form.layout is Layout.SHEET] + [Kind.LEADERS_REPORT]
PAGES = {Layout.SHEET: (1, 1), Layout.LETTER: (1, 3), Layout.DOCUMENT: (2, 4)}
"""The fewest and the most pages of the samples: the imprint of a document stands on a page of even number."""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing and not os.environ.get("CI"):
        pytest.skip(f"没有安装{'、'.join(missing)}，不能查看版面")
    assert not missing
    folder = tmp_path_factory.mktemp("letters")
    files = [folder / f"{kind}.docx" for kind in FORMS]
    for kind, file in zip(FORMS, files, strict=True):
        file.write_bytes(write_docx(sample(kind)))
    for name, letter in FURTHER.items():
        files.append(folder / f"{name}.docx")
        files[-1].write_bytes(write_docx(letter))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return folder


def told(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("kind", FORMS)
def test_paper_and_pages(printed: Path, kind: Kind) -> None:
    info = dict(line.split(":", 1) for line in told("pdfinfo", str(printed / f"{kind}.pdf")).splitlines())
    pages = int(info["Pages"])
    fewest, most = (1, 1) if kind in ONE_PAGE else PAGES[FORMS[kind].layout]
    assert "A4" in info["Page size"]
    assert FORMS[kind].layout is not Layout.DOCUMENT or kind in ONE_PAGE or pages % 2 == 0
    assert fewest <= pages <= most


@pytest.mark.parametrize("name", [name for name in FURTHER if name.startswith(("long", "report"))])
def test_a_long_report_to_the_leaders_still_fits_its_page(printed: Path, name: str) -> None:
    assert re.search(r"^Pages: +1$", told("pdfinfo", str(printed / f"{name}.pdf")), re.MULTILINE)


@pytest.mark.parametrize("kind", FORMS)
def test_title_number_and_signature_can_be_read(printed: Path, kind: Kind) -> None:
    letter = sample(kind)
    text = squeezed(told("pdftotext", "-layout", str(printed / f"{kind}.pdf"), "-"))
    assert letter.number in text
    if FORMS[kind].numbered:
        assert letter.issuer in text
        assert "2022年2月19日" in text
    if letter.note:
        assert f"（{letter.note}）" in text


@pytest.mark.parametrize("kind", FORMS)
def test_required_words_can_be_read(printed: Path, kind: Kind) -> None:
    text = squeezed(told("pdftotext", str(printed / f"{kind}.pdf"), "-"))
    for field in FORMS[kind].required:
        value = FIELDS[kind][field.name]
        if isinstance(value, str) and not re.match(r"\d{4}-", value):
            # Lines of other cells stand between those of a long one, so its beginning must do.
            assert squeezed(value)[:12] in text


@pytest.mark.parametrize("kind", [*(kind for kind in FORMS if kind not in ONE_PAGE), "short"])
def test_a_signature_never_stands_alone(printed: Path, kind: str) -> None:
    letter = FURTHER.get(kind) or sample(Kind(kind))
    issuer = letter.issuer
    pages = told("pdftotext", "-layout", str(printed / f"{kind}.pdf"), "-").split("\f")
    signed = next(page for page in reversed(pages) if re.search(rf"^\s*{issuer}\s*$", page, re.MULTILINE))
    body = re.sub(r"附件：.*", "", signed.rpartition(issuer)[0], flags=re.DOTALL)
    assert squeezed(body).removeprefix(squeezed(letter.heading))


def test_attachment_stands_on_its_own_page(printed: Path) -> None:
    pages = told("pdftotext", "-layout", str(printed / f"{Kind.OPINION}.pdf"), "-").split("\f")
    assert squeezed(pages[-2]).startswith("附件督导发现问题清单")


@pytest.mark.parametrize("name", [name for name in FURTHER if name.startswith("list")])
def test_a_long_list_repeats_its_head_and_makes_room_for_the_imprint(printed: Path, name: str) -> None:
    pages = [squeezed(page) for page in told("pdftotext", "-layout", str(printed / f"{name}.pdf"), "-").split("\f")]
    first = next(at for at, page in enumerate(pages) if page.startswith("附件督导发现问题清单"))
    *listed, last = pages[first:-1]
    assert "抄送：" in last
    assert all("序号" in page for page in listed), "the list begins on the page of its title"
    assert "序号" in last or "问题" not in last


@pytest.mark.parametrize("name", [name for name in FURTHER if name.startswith("circular")])
def test_the_imprint_stands_under_the_signature_or_overleaf(printed: Path, name: str) -> None:
    *_, signed, last, _ = told("pdftotext", "-layout", str(printed / f"{name}.pdf"), "-").split("\f")
    assert "抄送：" in last
    under = re.search(r"^\s*2022 ?年 ?2 ?月 ?19 ?日\s*$", last, re.MULTILINE)
    assert under or (squeezed(last).endswith("—4—") and "2022年2月19日" in squeezed(signed))
