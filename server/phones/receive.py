"""POST …/submission: nothing is answered with 201 before it is on disk."""

from collections.abc import Sequence
from dataclasses import replace
from io import SEEK_END

from server.phones import openrosa
from server.phones.call import LIMIT_HEADER, Answer, Call, answer_xml
from server.phones.multipart import MAX_IN_MEMORY_BYTES, Sending, SentFile, read_sending
from sync.core.problem import Problem
from sync.core.submission import Attachment, Submission, parse_submission
from sync.store import attachments, forms, refused, submissions

ROOM_FOR_RECORD_BYTES = 11_000_000
"""Phones compare the announced limit with the sizes of files; the record and the heads come on top."""

RECEIVED = openrosa.message(openrosa.RECEIVED)


def announce(call: Call) -> Answer:
    """HEAD (or GET): 204 and how much may be sent at once. Any other success makes Collect give up."""
    call.require_openrosa()
    return answer_xml(204, b"", (LIMIT_HEADER, call.limit))


def receive(call: Call) -> Answer:
    """Keep one sending: 201 for whatever is well-formed and belongs to a form published here.

    What it says about whom is found out later; nothing of that can make a phone fail. Old versions and
    withdrawn forms are welcome: the record was begun when they were in use. A closed form is refused, unless
    this very record was taken before: its answer may have been lost, or more files of it come. A phone sends
    what was refused again and again, so that is also kept aside, once, for a coordinator to see.
    """
    call.require_openrosa()
    take_in(call)
    return answer_xml(201, RECEIVED, (LIMIT_HEADER, call.limit))


def take_in(call: Call) -> None:
    """Keep the record of this request and its files; returns when they are on disk.

    Raises Problem for whatever cannot be kept; that, too, is then noted for a coordinator.
    """
    limit = call.service.config.max_submission_bytes
    if (call.request.content_length or 0) > limit + ROOM_FOR_RECORD_BYTES:
        raise Problem("submission.too_large", limit_mb=limit // 1_000_000)
    with _opened(call) as sending:
        submission = _read(call, sending)
        if not sending.files and submissions.is_on_disk(call.db, submission):
            return  # the answer to an earlier sending was lost on the way
        call.service.keeper.keep(
            submission,
            received_at=call.at,
            worker_id=call.device.worker_id,
            device_id=call.device.id,
            install_id=call.request.args.get("deviceID", ""),
            user_agent=call.request.headers.get("User-Agent", ""),
            # Before the record: a kept record never names a file that is not there.
            attachments=[_keep_file(call, file) for file in sending.files],
            demo=call.device.demo,
        )
    call.service.wake()


def _opened(call: Call) -> Sending:
    """The parts of this sending."""
    try:
        return read_sending(call.request.stream, call.request.headers.get("Content-Type", ""))
    except Problem as problem:
        _keep_aside(call, problem, [b""], ())
        raise


def _read(call: Call, sending: Sending) -> Submission:
    """The one record of this sending, if it belongs to a form published here."""
    records = [bytes(record) for record in sending.records]
    try:
        if len(records) != 1:
            raise Problem("submission.xml_twice" if records else "submission.xml_missing")
        submission = parse_submission(records[0])
        if call.caller.draft and submission.form_id == call.caller.draft.form_id:
            # Also what was filled in with the draft before this one.
            current = forms.current_version(call.db, submission.form_id)
            submission = replace(submission, form_version=current or submission.form_version)
        if not forms.exists(call.db, submission.form_id, submission.form_version):
            is_known = forms.is_known(call.db, submission.form_id)
            raise Problem("form.version_unknown" if is_known else "form.unknown")
        if forms.is_closed(call.db, submission.form_id) and not submissions.is_kept(call.db, submission):
            raise Problem("form.closed")
    except Problem as problem:
        _keep_aside(call, problem, records or [b""], sending.files)
        raise
    return submission


def _keep_file(call: Call, file: SentFile) -> Attachment:
    """Put the content of an attachment on disk."""
    size = file.content.seek(0, SEEK_END)
    file.content.seek(0)
    content = file.content if size > MAX_IN_MEMORY_BYTES else file.content.read()
    sha256 = attachments.put(call.db, content, at=call.at)
    return Attachment(name=file.name, sha256=sha256, bytes=size, content_type=file.content_type)


def _keep_aside(call: Call, problem: Problem, records: Sequence[bytes], files: Sequence[SentFile]) -> None:
    """Note what was refused, so that a coordinator learns that a phone has something it cannot get rid of."""
    for xml in records:
        refused.put(
            call.db,
            device_id=call.device.id,
            worker_id=call.device.worker_id,
            code=problem.code,
            xml=xml,
            file_names=[file.name for file in files],
            at=call.at,
        )
