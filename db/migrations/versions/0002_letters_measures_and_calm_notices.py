"""Letters with their register, measures with their evidence, matters, and notices people can live with."""

from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What each column may say from here on.
_WORDS = {
    ("cases", "outcome", "caseoutcome"): (
        "evaluated rectified confirmed closed_by_hand withdrawn kept held_accountable not_accountable supported"
    ),
    ("climbs", "kind", "rungkind"): "reminder urge supervise circular exposure talk accountability referral support",
    ("climbs", "status", "climbstatus"): "climbed collapsed proposed approved waived changed lapsed",
    ("climbs", "trigger", "trigger"): (
        "overdue second_late returned many_findings grave_findings relapse hardship falsification by_hand"
    ),
    (
        "contacts",
        "position",
        "position",
    ): "operator office_head commission_head government_office deputy_head party_office leader liaison",
    ("deliveries", "channel", "channel"): "email bot sms",
    ("deliveries", "mode", "mode"): "at_once digest inbox",
    ("events", "kind", "eventkind"): (
        "launched stage_completed stage_lapsed stage_passed stage_entered stage_reopened case_closed "
        "suspended resumed withdrawn due_moved climbed rung_proposed rung_approved rung_waived sampled "
        "not_sampled team_composed finding_recorded measure_planned finding_claimed finding_verified "
        "finding_returned looked_back letter_issued extension_requested extension_decided talk_proposed "
        "talk_approved talk_waived talk_notified talk_held talk_minuted talk_followed_up document_added "
        "notice_signed undeliverable rung_changed letter_voided matter_opened receipt_chased"
    ),
    ("extensions", "approver", "role"): "coordinator manager inspector district administrator",
    ("letterheads", "kind", "letterkind"): (
        "preliminary_opinion opinion result_feedback supervision_report supervision_notice "
        "acknowledgement rectification_notice urge supervise circular exposure talk_notice talk_record "
        "look_back_sheet extension_reply leaders_report members_circular accountability_notice "
        "accountability_decision review_decision appeal_decision referral"
    ),
    ("letters", "kind", "letterkind"): (
        "preliminary_opinion opinion result_feedback supervision_report supervision_notice "
        "acknowledgement rectification_notice urge supervise circular exposure talk_notice talk_record "
        "look_back_sheet extension_reply leaders_report members_circular accountability_notice "
        "accountability_decision review_decision appeal_decision referral"
    ),
    ("notices", "kind", "noticekind"): (
        "stage_opened received accepted returned sampled not_sampled letter findings_returned "
        "extension_requested extension_decided suspended resumed withdrawn closed due_moved reminder "
        "urge supervise circular rung_proposed talk_notice talk_minutes talk_closed undeliverable "
        "exposure referral support filing matter_opened receipt_reminder receipt_missing "
        "decision_waiting talk_waiting bulletin leaders_digest members_circular"
    ),
    (
        "notices",
        "position",
        "position",
    ): "operator office_head commission_head government_office deputy_head party_office leader liaison",
    ("preferences", "kind", "noticekind"): (
        "stage_opened received accepted returned sampled not_sampled letter findings_returned "
        "extension_requested extension_decided suspended resumed withdrawn closed due_moved reminder "
        "urge supervise circular rung_proposed talk_notice talk_minutes talk_closed undeliverable "
        "exposure referral support filing matter_opened receipt_reminder receipt_missing "
        "decision_waiting talk_waiting bulletin leaders_digest members_circular"
    ),
    ("preferences", "mode", "mode"): "at_once digest inbox",
    ("subjects", "kind", "subjectkind"): "district authority",
    ("talks", "trigger", "trigger"): (
        "overdue second_late returned many_findings grave_findings relapse hardship falsification by_hand"
    ),
}
# end of words

_RENAMED = {("talks", "trigger"): "talktrigger"}

_HEADS = (
    # kind, heading, prefix
    ("supervision_notice", "重庆市人民政府教育督导室", "渝府教督发"),
    ("acknowledgement", "重庆市人民政府教育督导室", ""),
    ("preliminary_opinion", "重庆市人民政府教育督导室", "渝府教督意"),
    ("opinion", "重庆市人民政府教育督导室", "渝府教督发"),
    ("result_feedback", "重庆市人民政府教育督导室", "渝府教督函"),
    ("supervision_report", "重庆市人民政府教育督导室", "渝府教督报"),
    ("rectification_notice", "重庆市人民政府教育督导室", "渝府教督改"),
    ("urge", "重庆市人民政府教育督导室", "渝府教督催"),
    ("supervise", "重庆市人民政府教育督导室", "渝府教督办"),
    ("circular", "重庆市人民政府教育督导室", "渝府教督通"),
    ("exposure", "重庆市人民政府教育督导室", "渝府教督通"),
    ("talk_notice", "重庆市人民政府教育督导室", "渝府教督约"),
    ("talk_record", "重庆市人民政府教育督导室", ""),
    ("look_back_sheet", "重庆市人民政府教育督导室", ""),
    ("extension_reply", "重庆市人民政府教育督导室", "渝府教督函"),
    ("leaders_report", "重庆市人民政府教育督导室", "渝府教督报"),
    ("members_circular", "重庆市人民政府教育督导委员会", "渝府教督通"),
    ("accountability_notice", "重庆市人民政府教育督导委员会", "渝府教督问"),
    ("accountability_decision", "重庆市人民政府教育督导委员会", "渝府教督问"),
    ("review_decision", "重庆市人民政府教育督导委员会", "渝府教督问"),
    ("appeal_decision", "重庆市人民政府教育督导委员会", "渝府教督问"),
    ("referral", "重庆市人民政府教育督导委员会", "渝府教督函"),
)


def upgrade() -> None:
    """Everything in place: what was written before stays true and readable."""
    _new_columns()
    _letters()
    _calm_notices()
    _delegations()
    for (table, column, name), words in _WORDS.items():
        old = _RENAMED.get((table, column), name)
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{old}")
        listed = ", ".join(f"'{word}'" for word in words.split())
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, f"{column} IN ({listed})")


def _word(name: str, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=False, server_default=default)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _listed(name: str, default: str = "[]") -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), nullable=False, server_default=default)


def _key(name: str, target: str, table: str, *, nullable: bool = True) -> sa.Column[int]:
    key = sa.ForeignKey(target, name=op.f(f"fk_{table}_{name}"))
    return sa.Column(name, sa.BigInteger(), key, nullable=nullable)


def _new_columns() -> None:
    op.add_column("cases", _text("matter"))
    op.drop_constraint("uq_cases_round_id_subject_id", "cases", type_="unique")
    op.create_unique_constraint("uq_cases_round_id_subject_id_matter", "cases", ["round_id", "subject_id", "matter"])
    op.add_column("cases", _key("origin_climb_id", "climbs.id", "cases"))
    op.add_column("cases", _key("origin_talk_id", "talks.id", "cases"))
    op.create_index(
        "ix_cases_origin_talk_id",
        "cases",
        ["origin_talk_id"],
        postgresql_where=sa.text("origin_talk_id IS NOT NULL"),
    )
    op.add_column("extensions", _word("approver", "coordinator"))
    op.add_column("climbs", _word("trigger", "overdue"))
    op.add_column("climbs", _text("basis"))
    op.add_column("climbs", _listed("evidence", "{}"))
    op.add_column("climbs", _key("proposed_by", "users.id", "climbs"))
    op.add_column("climbs", _moment("excused_at"))
    op.drop_index("uq_climbs_rung", "climbs")
    op.create_index(
        "uq_climbs_rung",
        "climbs",
        ["work_item_id", "attempt", "rung"],
        unique=True,
        postgresql_where="kind <> 'reminder' AND excused_at IS NULL",
    )
    op.add_column("talks", _text("talkers"))
    for table in ("contacts", "users"):
        op.add_column(table, _text("bot_url"))
    op.add_column("users", _text("phone"))


def _letters() -> None:
    op.create_table(
        "letterheads",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        _text("prefix"),
        _listed("copies"),
        _text("note"),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_letterheads")),
    )
    heads = sa.table("letterheads", *(sa.column(name) for name in ("kind", "heading", "issuer", "prefix")))
    op.bulk_insert(heads, [{"kind": k, "heading": h, "issuer": h, "prefix": p} for k, h, p in _HEADS])
    op.execute("DROP TRIGGER letters_append_only ON letters")  # replaced below by one that lets a file be filled in
    op.alter_column("letters", "case_id", nullable=True)
    op.alter_column("letters", "issued_by", nullable=True)
    op.add_column("letters", sa.Column("round_id", sa.BigInteger(), nullable=True))
    op.execute("UPDATE letters l SET round_id = c.round_id FROM cases c WHERE c.id = l.case_id")
    op.alter_column("letters", "round_id", nullable=False)
    op.create_foreign_key(op.f("fk_letters_round_id"), "letters", "rounds", ["round_id"], ["id"])
    op.add_column("letters", _key("climb_id", "climbs.id", "letters"))
    op.add_column("letters", _key("talk_id", "talks.id", "letters"))
    op.add_column("letters", _listed("fields", "{}"))
    for name in ("heading", "issuer", "note", "trouble"):
        op.add_column("letters", _text(name))
    for name in ("addressees", "copies"):
        op.add_column("letters", _listed(name))
    op.add_column("letters", sa.Column("sha256", sa.Text(), sa.ForeignKey("blobs.sha256"), nullable=True))
    op.add_column("letters", _moment("rendered_at"))
    # A number written by hand before stays as it is; within its kind it was unique already.
    op.drop_constraint("uq_letters_kind_number", "letters", type_="unique")
    op.execute("""
        UPDATE letters l SET number = l.number || '（' || l.id || '）'
        WHERE EXISTS (SELECT FROM letters o WHERE o.number = l.number AND o.id < l.id)
    """)
    op.create_index("uq_letters_number", "letters", ["number"], unique=True, postgresql_where=sa.text("number <> ''"))
    # What was issued before the register is not rendered afterwards: it went out on paper.
    op.execute("UPDATE letters SET trouble = '文书由办公系统另行制发' WHERE sha256 IS NULL")
    op.create_index(
        "ix_letters_unrendered",
        "letters",
        ["id"],
        postgresql_where=sa.text("sha256 IS NULL AND trouble = ''"),
    )
    op.create_index("ix_letters_round_id_id", "letters", ["round_id", "id"])
    op.create_table(
        "letter_registers",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "year", name=op.f("pk_letter_registers")),
    )
    op.create_table(
        "letter_numbers",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        _key("letter_id", "letters.id", "letter_numbers", nullable=False),
        _moment("given_at", nullable=False),
        _moment("voided_at"),
        _key("voided_by", "users.id", "letter_numbers"),
        _text("void_reason"),
        sa.PrimaryKeyConstraint("prefix", "year", "seq", name=op.f("pk_letter_numbers")),
        sa.ForeignKeyConstraint(["prefix", "year"], ["letter_registers.prefix", "letter_registers.year"]),
        sa.UniqueConstraint("letter_id", name=op.f("uq_letter_numbers_letter_id")),
        sa.CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name=op.f("ck_letter_numbers_void_has_reason")),
    )
    # The register goes on after the numbers that were written by hand.
    op.execute(r"""
        INSERT INTO letter_registers (prefix, year, last)
        SELECT m[1], m[2]::int, max(m[3]::int)
        FROM letters, regexp_match(number, '^([^〔]+)〔(\d{4})〕(\d{1,8})号') m WHERE m IS NOT NULL GROUP BY 1, 2
    """)
    op.execute("""
        CREATE FUNCTION dudao_keep_numbers() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR (OLD.prefix, OLD.year, OLD.seq, OLD.letter_id, OLD.given_at)
                    IS DISTINCT FROM (NEW.prefix, NEW.year, NEW.seq, NEW.letter_id, NEW.given_at)
                    OR OLD.voided_at IS NOT NULL THEN
                RAISE EXCEPTION 'a number of the register stays as it was given';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER letter_numbers_stay BEFORE UPDATE OR DELETE ON letter_numbers
        FOR EACH ROW EXECUTE FUNCTION dudao_keep_numbers();
    """)
    # A signed letter says for ever what it said; rendering fills in the file, once.
    op.execute("""
        CREATE FUNCTION dudao_keep_letters() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR OLD.sha256 IS NOT NULL OR
                    (to_jsonb(OLD) - '{sha256,rendered_at,trouble}'::text[])
                    IS DISTINCT FROM (to_jsonb(NEW) - '{sha256,rendered_at,trouble}'::text[]) THEN
                RAISE EXCEPTION 'a signed letter is not changed';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER letters_stay BEFORE UPDATE OR DELETE ON letters
        FOR EACH ROW EXECUTE FUNCTION dudao_keep_letters();
    """)


def _calm_notices() -> None:
    op.alter_column("notices", "round_id", nullable=True)
    op.alter_column("notices", "case_id", nullable=True)
    op.add_column("notices", _key("letter_id", "letters.id", "notices"))
    op.add_column("notices", _moment("opened_at"))
    op.add_column("notices", _moment("chase_at"))
    op.create_index("ix_notices_chase_at", "notices", ["chase_at"], postgresql_where=sa.text("chase_at IS NOT NULL"))
    op.create_index("ix_notices_letter_id", "notices", ["letter_id"], postgresql_where=sa.text("letter_id IS NOT NULL"))
    op.create_index("ix_notices_contact_id_id", "notices", ["contact_id", "id"])
    op.create_index("ix_notices_round_id_id", "notices", ["round_id", "id"])
    op.add_column("deliveries", _word("mode", "at_once"))
    op.add_column("deliveries", sa.Column("mail_id", sa.Text(), nullable=True))
    op.execute("UPDATE deliveries SET mail_id = message_id WHERE status = 'sent'")
    op.drop_index("ix_deliveries_waiting", table_name="deliveries")
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["channel", "next_attempt_at"],
        postgresql_where=sa.text("status IN ('pending', 'sending')"),
    )
    op.create_table(
        "preferences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _key("contact_id", "contacts.id", "preferences"),
        _key("user_id", "users.id", "preferences"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preferences")),
        sa.UniqueConstraint("contact_id", "kind", name=op.f("uq_preferences_contact_id_kind")),
        sa.UniqueConstraint("user_id", "kind", name=op.f("uq_preferences_user_id_kind")),
        sa.CheckConstraint("num_nonnulls(contact_id, user_id) = 1", name=op.f("ck_preferences_one_person")),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        _key("user_id", "users.id", "calendar_feeds", nullable=False),
        _key("round_id", "rounds.id", "calendar_feeds"),
        _moment("created_at", nullable=False),
        _moment("revoked_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_index("ix_calendar_feeds_user_id", "calendar_feeds", ["user_id"])
    secret = op.create_table(
        "link_secrets",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_secrets")),
    )
    op.bulk_insert(secret, [{"id": 1, "secret": secrets.token_urlsafe(48)}])


def _delegations() -> None:
    op.create_table(
        "delegations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _key("user_id", "users.id", "delegations"),
        _key("to_user_id", "users.id", "delegations"),
        _key("contact_id", "contacts.id", "delegations"),
        _key("to_contact_id", "contacts.id", "delegations"),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _key("created_by", "users.id", "delegations", nullable=False),
        _moment("created_at", nullable=False),
        _moment("revoked_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
        sa.CheckConstraint(
            "num_nonnulls(user_id, contact_id) = 1 AND (user_id IS NULL) = (to_user_id IS NULL) "
            "AND (contact_id IS NULL) = (to_contact_id IS NULL)",
            name=op.f("ck_delegations_like_to_like"),
        ),
        sa.CheckConstraint("user_id <> to_user_id", name=op.f("ck_delegations_another_account")),
        sa.CheckConstraint("contact_id <> to_contact_id", name=op.f("ck_delegations_another_contact")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_delegations_period")),
    )
    for name in ("user_id", "contact_id", "to_user_id"):
        op.create_index(f"ix_delegations_{name}", "delegations", [name])
