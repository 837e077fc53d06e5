"""Cases: reading one, and what people do to it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Response, UploadFile

from api import bodies, deeds
from api.bodies import Done, Made
from api.context import At, Desk
from api.titles import titled_file
from api.v1.answers import READ, WRITE, errors
from casework.monitoring import Proposed, proposed_findings
from db.queries.case_file import CaseFile, Stored, case_file, document
from process.definition import Process, parse_process
from process.errors import NotFound

router = APIRouter(tags=["任务"])
CASE = "/cases/{case_id}"


def visible_case(at: Desk, case_id: int) -> tuple[CaseFile, Process]:
    """A case this actor may see, with its definition. Raises :class:`NotFound`."""
    found = case_file(at.session, case_id, sight=at.sight)
    if found is None:
        raise NotFound("任务")
    process = parse_process(found[1])
    return titled_file(found[0], process), process


def visible_document(at: Desk, document_id: int) -> Stored:
    """A document this actor may see. Raises :class:`NotFound`."""
    found = document(at.session, document_id, sight=at.sight)
    if found is None:
        raise NotFound("材料")
    return found


def download(found: Stored) -> Response:
    """A document as a download, never shown in place."""
    disposition = f"attachment; filename*=UTF-8''{quote(found.filename)}"
    return Response(
        found.content,
        media_type=found.media_type,
        headers={"content-disposition": disposition, "etag": f'"{found.sha256}"'},
    )


@router.get(CASE, summary="一件任务", responses=READ)
def one(case_id: int, at: At) -> CaseFile:
    """任务的全部情况：所在环节、问题清单、材料、文书、延期、约谈、催督办、督导小组、报送、通知与留痕。"""
    return visible_case(at, case_id)[0]


@router.post(f"{CASE}/acknowledge", summary="签收督导通知", responses=WRITE)
def acknowledge(case_id: int, body: bodies.Versioned, at: At) -> Done:
    """区县签收督导通知。"""
    return deeds.acknowledge(at, case_id, body)


@router.post(f"{CASE}/documents", summary="上传材料", status_code=201, responses={**WRITE, **errors(413, 415)})
def upload(
    case_id: int,
    at: At,
    deliverable: Annotated[str, Form(description="材料种类", examples=["self_evaluation_report"])],
    file: Annotated[UploadFile, File(description="文件")],
) -> Made:
    """为当前环节上传一份材料；按扩展名和内容检查类型，同种材料以最新的为准。"""
    content = file.file.read(at.settings.max_upload_mb * 1024 * 1024 + 1)
    return Made(id=deeds.upload(at, case_id, deliverable, file.filename or "", content))


@router.get("/documents/{document_id}", summary="下载材料", response_class=Response, responses=READ)
def get_document(document_id: int, at: At) -> Response:
    """下载一份材料。"""
    return download(visible_document(at, document_id))


@router.post(f"{CASE}/submit", summary="报送", responses=WRITE)
def submit(case_id: int, body: bodies.Submitted, at: At) -> Done:
    """以已上传的材料报送当前环节；同一环节重复报送返回 wrong_stage，缺材料返回 missing_deliverable。"""
    return deeds.submit(at, case_id, body)


@router.post(f"{CASE}/accept", summary="审查通过", responses=WRITE)
def accept(case_id: int, body: bodies.Accepted, at: At) -> Done:
    """督导室接收报送；此后报送内容不能改动。"""
    return deeds.accept(at, case_id, body)


@router.post(f"{CASE}/send-back", summary="退回补正", responses=WRITE)
def send_back(case_id: int, body: bodies.Reasoned, at: At) -> Done:
    """退回补正，须写明理由；区县重新办理，期限另计。"""
    return deeds.send_back(at, case_id, body)


@router.post(f"{CASE}/complete", summary="办结当前环节", responses=WRITE)
def complete(case_id: int, body: bodies.CompletedBody, at: At) -> Done:
    """以定义中的一种办理结果办结当前环节（完成监测、评议结束、无异议、核查通过、巩固、反弹等）。"""
    return deeds.complete(at, case_id, body)


@router.post(f"{CASE}/team", summary="组成督导小组", responses=WRITE)
def team(case_id: int, body: bodies.TeamBody, at: At) -> Done:
    """督学3名以上、组长1名，检查回避情形；组成后进入实地督查。"""
    return deeds.team(at, case_id, body)


@router.post(f"{CASE}/team/draw", summary="抽取督导小组", responses=WRITE)
def draw_team(case_id: int, body: bodies.TeamDrawBody, at: At) -> Done:
    """以种子随机抽取督学组成督导小组（应回避的除外，在办小组少者优先，先抽中的任组长）；方法、种子和候选名单留痕，可以复核。"""
    return deeds.draw_team(at, case_id, body)


@router.post(f"{CASE}/findings", summary="登记问题", status_code=201, responses=WRITE)
def findings(case_id: int, body: bodies.FindingsBody, at: At) -> Done:
    """登记一条或多条问题，按任务顺序编号。"""
    return deeds.record(at, case_id, body)


@router.get(f"{CASE}/findings/proposed", summary="监测显示的问题", responses=READ)
def proposed(case_id: int, at: At) -> list[Proposed]:
    """该督导对象本年度监测数据显示的问题，已登记的有标记；不写入。"""
    visible_case(at, case_id)
    return proposed_findings(at.session, at.actor, case_id)


@router.post(f"{CASE}/findings/take-over", summary="登记监测显示的问题", status_code=201, responses=WRITE)
def take_over(case_id: int, body: bodies.TakeOverBody, at: At) -> Done:
    """把监测显示的问题登记到问题清单：所选的或全部；同一指标、同一学校的不重复登记。"""
    return deeds.take_over(at, case_id, body)


@router.post(f"{CASE}/findings/plan", summary="制定整改措施", responses=WRITE)
def plan(case_id: int, body: bodies.MeasuresBody, at: At) -> Done:
    """区县逐条制定整改措施、责任单位、责任人和时限。"""
    return deeds.plan(at, case_id, body)


@router.post(f"{CASE}/findings/claim", summary="申请销号", responses=WRITE)
def claim(case_id: int, body: bodies.ClaimsBody, at: At) -> Done:
    """区县逐条申请销号并说明佐证。"""
    return deeds.claim(at, case_id, body)


@router.post(f"{CASE}/findings/verify", summary="核查销号", responses=WRITE)
def verify(case_id: int, body: bodies.VerdictsBody, at: At) -> Done:
    """由申请人以外的人逐条核查：销号、长期坚持或退回。"""
    return deeds.verify(at, case_id, body)


@router.post(f"{CASE}/findings/look-back", summary="回头看结论", responses=WRITE)
def look_back(case_id: int, body: bodies.LookBacksBody, at: At) -> Done:
    """逐条登记回头看结论：巩固或反弹；反弹的问题重开，并提出约谈建议。"""
    return deeds.look_back(at, case_id, body)


@router.post(f"{CASE}/letters", summary="发出文书", status_code=201, responses=WRITE)
def letter(case_id: int, body: bodies.LetterBody, at: At) -> Done:
    """签发当前环节所需的文书（文号由登记簿给出）并办结该环节；督导意见书可定整改期限，督导报告须有公开网址。"""
    return deeds.letter(at, case_id, body)


@router.post(f"{CASE}/rectification-notices", summary="发出整改通知书", status_code=201, responses=WRITE)
def rectification_notice(case_id: int, body: bodies.RectificationNoticeBody, at: At) -> Done:
    """就一所学校的问题发出整改通知书，由区县转送。"""
    return deeds.rectification_notice(at, case_id, body)


@router.post(f"{CASE}/extensions", summary="申请延期", status_code=201, responses=WRITE)
def ask_extension(case_id: int, body: bodies.ExtensionBody, at: At) -> Done:
    """区县在到期日之前申请延期。"""
    return deeds.ask_extension(at, case_id, body)


@router.post(f"{CASE}/suspend", summary="中止", responses=WRITE)
def suspend(case_id: int, body: bodies.Reasoned, at: At) -> Done:
    """中止任务，停计期限。"""
    return deeds.suspend(at, case_id, body)


@router.post(f"{CASE}/resume", summary="恢复", responses=WRITE)
def resume(case_id: int, body: bodies.Reasoned, at: At) -> Done:
    """恢复任务，到期日按中止的工作日顺延。"""
    return deeds.resume(at, case_id, body)


@router.post(f"{CASE}/withdraw", summary="撤回", responses=WRITE)
def withdraw(case_id: int, body: bodies.Reasoned, at: At) -> Done:
    """把督导对象撤出本轮次。"""
    return deeds.withdraw(at, case_id, body)


@router.post(f"{CASE}/close", summary="人工办结", responses=WRITE)
def close(case_id: int, body: bodies.Reasoned, at: At) -> Done:
    """提前办结任务。"""
    return deeds.close(at, case_id, body)


@router.post(f"{CASE}/measures", summary="提出措施", status_code=201, responses=WRITE)
def propose_measure(case_id: int, body: bodies.MeasureBody, at: At) -> Done:
    """提出通报、曝光、约谈、问责、移送或加强指导的建议，报负责人决定。"""
    return deeds.propose_measure(at, case_id, body)
