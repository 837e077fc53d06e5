"""The one place where dedupe keys are built. Their form never changes: a changed key would say everything again."""

from __future__ import annotations

# Expects a row ``d`` with round_id, case_id, work_item_id, attempt, kind, step and the columns contact_id, user_id.
NOTICE_KEY = """
concat_ws(':', 'r' || round_id, 'c' || case_id, 'i' || coalesce(work_item_id::text, '-'),
          coalesce(attempt::text, '-'), kind, step,
          CASE WHEN contact_id IS NULL THEN 'u' || user_id ELSE 'k' || contact_id END)
"""

# The part of a Message-ID before the @. Another channel's copy of a notice has its name in front.
MESSAGE_ID = "left(encode(sha256(convert_to(key, 'UTF8')), 'hex'), 40)"
CHANNEL_MESSAGE_ID = "left(encode(sha256(convert_to(channel || ':' || key, 'UTF8')), 'hex'), 40)"
