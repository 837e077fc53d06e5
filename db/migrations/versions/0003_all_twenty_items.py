"""All twenty items: schools, people with terms, visits, indicators, planned launches, titles, reviews."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What each vocabulary may say from here on.
_WORDS = {
    "caseoutcome": (
        "evaluated rectified confirmed closed_by_hand withdrawn kept held_accountable not_accountable "
        "supported done monitored recognised not_recognised not_declared revoked awarded not_awarded "
        "appointed not_appointed dismissed"
    ),
    "position": ("operator office_head commission_head government_office deputy_head party_office leader liaison head"),
    "eventkind": (
        "launched stage_completed stage_lapsed stage_passed stage_entered stage_reopened case_closed "
        "suspended resumed withdrawn due_moved climbed rung_proposed rung_approved rung_waived sampled "
        "not_sampled team_composed finding_recorded measure_planned finding_claimed finding_verified "
        "finding_returned looked_back letter_issued extension_requested extension_decided talk_proposed "
        "talk_approved talk_waived talk_notified talk_held talk_minuted talk_followed_up document_added "
        "notice_signed undeliverable rung_changed letter_voided matter_opened receipt_chased part_assigned "
        "part_withdrawn reviewer_assigned reviewer_recused reviewed external_date_set values_uploaded title_granted "
        "title_revoked"
    ),
    "letterkind": (
        "preliminary_opinion opinion result_feedback supervision_report supervision_notice acknowledgement "
        "rectification_notice urge supervise circular exposure talk_notice talk_record look_back_sheet "
        "extension_reply leaders_report members_circular accountability_notice accountability_decision "
        "review_decision appeal_decision referral work_notice recommendation result_circular meeting_minutes"
    ),
    "noticekind": (
        "stage_opened received accepted returned sampled not_sampled letter findings_returned "
        "extension_requested extension_decided suspended resumed withdrawn closed due_moved reminder urge "
        "supervise circular rung_proposed talk_notice talk_minutes talk_closed undeliverable exposure "
        "referral support filing matter_opened receipt_reminder receipt_missing decision_waiting talk_waiting "
        "bulletin leaders_digest members_circular round_proposed visit_reminder visit_hazard coverage_short quota_warning "
        "review_assigned external_date"
    ),
    "trigger": (
        "overdue second_late returned many_findings grave_findings relapse hardship falsification by_hand slow typical "
        "neglect harm decline year_after_year"
    ),
    "subjectkind": ("district authority city school kindergarten college university principal inspector"),
}
_COLUMNS = (
    ("cases", "outcome", "caseoutcome"),
    ("climbs", "trigger", "trigger"),
    ("contacts", "position", "position"),
    ("events", "kind", "eventkind"),
    ("letterheads", "kind", "letterkind"),
    ("letters", "kind", "letterkind"),
    ("notices", "kind", "noticekind"),
    ("notices", "position", "position"),
    ("preferences", "kind", "noticekind"),
    ("subjects", "kind", "subjectkind"),
    ("talks", "trigger", "trigger"),
)
"""Each column with the vocabulary it may speak."""

_HEADS = (
    # kind, heading, prefix
    ("work_notice", "重庆市人民政府教育督导室", "渝府教督发"),
    ("recommendation", "重庆市人民政府教育督导委员会", "渝府教督函"),
    ("result_circular", "重庆市人民政府教育督导室", "渝府教督发"),
    ("meeting_minutes", "重庆市人民政府教育督导委员会", ""),
)
_TO = {
    "supervision_report": ["市人民政府"],
    "recommendation": ["国务院教育督导委员会办公室"],
    "result_circular": ["各区县（自治县）教委（教育局、公共服务局），各有关单位"],
}
"""主送 of what is not addressed to its subject; the report goes to the government above (CQREG 29)."""

_BLIND = """jsonb_path_exists(definition, '$.stages[*].outcomes[*].requires[*] ? (@ == "reviewed")')"""


_INSPECTORS = (
    """
    INSERT INTO subjects (id, kind, code, name, alias, region_kind, education_office)
    SELECT 'DX-' || id, 'inspector', '', name, '', '', '' FROM inspectors
    """,
    """
    INSERT INTO contacts (subject_id, position, name, email, phone, bot_url)
    SELECT 'DX-' || i.id, 'head', i.name, u.email, coalesce(u.phone, ''), coalesce(u.bot_url, '')
    FROM inspectors i LEFT JOIN users u ON u.id = i.user_id
    """,
    "UPDATE inspectors SET subject_id = 'DX-' || id",
)
"""Everybody on the roster gets the subject under which cases about them run, as casework.roster gives it to new ones."""


def upgrade() -> None:
    """Everything in place: what was written before stays true and readable."""
    for table, column, name in _COLUMNS:
        listed = ", ".join(f"'{word}'" for word in _WORDS[name].split())
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, f"{column} IN ({listed})")
    heads = sa.table("letterheads", *(sa.column(name) for name in ("kind", "heading", "issuer", "prefix")))
    op.bulk_insert(heads, [{"kind": k, "heading": h, "issuer": h, "prefix": p} for k, h, p in _HEADS])
    op.add_column("letterheads", sa.Column("addressees", postgresql.JSONB(), nullable=False, server_default="[]"))
    named = sa.table("letterheads", sa.column("kind"), sa.column("addressees", postgresql.JSONB()))
    for kind, to in _TO.items():
        op.execute(named.update().where(named.c.kind == kind).values(addressees=to))
    _tables()
    for statement in _INSPECTORS:
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER indicator_sets_unchangeable BEFORE UPDATE OR DELETE ON indicator_sets "
        "FOR EACH ROW EXECUTE FUNCTION forbid_change()"
    )


def _tables() -> None:
    op.create_table(
        "indicator_sets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_indicator_sets")),
    )
    op.create_table(
        "school_terms",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column(
            "season",
            sa.Enum("spring", "autumn", name="season", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_school_terms_period")),
        sa.PrimaryKeyConstraint("year", "season", name=op.f("pk_school_terms")),
    )
    op.create_table(
        "schools",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "kindergarten",
                "primary",
                "junior",
                "nine_year",
                "senior",
                "complete",
                "special",
                "secondary_vocational",
                "higher_vocational",
                "undergraduate",
                name="schoolstage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("students", sa.Integer(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.CheckConstraint("students >= 0", name=op.f("ck_schools_students")),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_schools_subject_id")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_schools")),
    )
    op.create_index("ix_schools_stage", "schools", ["stage"], unique=False)
    op.create_table(
        "indicator_uploads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("set_name", sa.Text(), nullable=False),
        sa.Column("set_version", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("values", sa.Integer(), nullable=False),
        sa.Column("remarks", postgresql.JSONB(), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_name", "set_version"],
            ["indicator_sets.name", "indicator_sets.version"],
            name=op.f("fk_indicator_uploads_set_name_set_version"),
        ),
        sa.ForeignKeyConstraint(["uploaded_by"], ["users.id"], name=op.f("fk_indicator_uploads_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_uploads")),
    )
    op.create_table(
        "indicator_values",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("set_name", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("upload_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_indicator_values_subject_id")),
        sa.ForeignKeyConstraint(["upload_id"], ["indicator_uploads.id"], name=op.f("fk_indicator_values_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_values")),
        sa.UniqueConstraint(
            "set_name", "year", "subject_id", "key", name=op.f("uq_indicator_values_set_name_year_subject_id_key")
        ),
    )
    op.create_index(
        "ix_indicator_values_set_name_year_key", "indicator_values", ["set_name", "year", "key"], unique=False
    )
    op.create_index(op.f("ix_indicator_values_upload_id"), "indicator_values", ["upload_id"], unique=False)
    op.create_table(
        "responsible_inspectors",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("inspector_id", sa.BigInteger(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.CheckConstraint("to_day IS NULL OR from_day <= to_day", name=op.f("ck_responsible_inspectors_period")),
        sa.ForeignKeyConstraint(
            ["inspector_id"], ["inspectors.id"], name=op.f("fk_responsible_inspectors_inspector_id")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["subjects.id"], name=op.f("fk_responsible_inspectors_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsible_inspectors")),
        sa.UniqueConstraint(
            "school_id",
            "inspector_id",
            "from_day",
            name=op.f("uq_responsible_inspectors_school_id_inspector_id_from_day"),
        ),
    )
    op.create_index("ix_responsible_inspectors_inspector_id", "responsible_inspectors", ["inspector_id"], unique=False)
    op.create_table(
        "school_visits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("inspector_id", sa.BigInteger(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("checked", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("hazard", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_school_visits_first_of_month")),
        sa.CheckConstraint("month <= visited_on", name=op.f("ck_school_visits_not_before")),
        sa.ForeignKeyConstraint(["inspector_id"], ["inspectors.id"], name=op.f("fk_school_visits_inspector_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_school_visits_recorded_by")),
        sa.ForeignKeyConstraint(["school_id"], ["subjects.id"], name=op.f("fk_school_visits_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_visits")),
        sa.UniqueConstraint(
            "school_id",
            "visited_on",
            "inspector_id",
            name=op.f("uq_school_visits_school_id_visited_on_inspector_id"),
        ),
    )
    op.create_index("ix_school_visits_month_school_id", "school_visits", ["month", "school_id"], unique=False)
    op.create_index(
        "ix_school_visits_inspector_id_visited_on", "school_visits", ["inspector_id", "visited_on"], unique=False
    )
    op.create_table(
        "terms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("inspector_id", sa.BigInteger(), nullable=True),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.CheckConstraint("(ended_on IS NULL) = (ended_why = '')", name=op.f("ck_terms_ended_has_reason")),
        sa.CheckConstraint("num_nonnulls(subject_id, inspector_id) = 1", name=op.f("ck_terms_one_person")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_terms_period")),
        sa.ForeignKeyConstraint(["inspector_id"], ["inspectors.id"], name=op.f("fk_terms_inspector_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_terms_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("inspector_id", "starts_on", name=op.f("uq_terms_inspector_id_starts_on")),
        sa.UniqueConstraint("subject_id", "starts_on", name=op.f("uq_terms_subject_id_starts_on")),
    )
    op.create_index("ix_terms_ends_on", "terms", ["ends_on"], unique=False)
    op.create_table(
        "trainings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("inspector_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("before_service", sa.Boolean(), nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_trainings_hours")),
        sa.ForeignKeyConstraint(["inspector_id"], ["inspectors.id"], name=op.f("fk_trainings_inspector_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainings")),
        sa.UniqueConstraint("inspector_id", "held_on", "title", name=op.f("uq_trainings_inspector_id_held_on_title")),
    )
    op.create_table(
        "visit_duties",
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=False),
        sa.Column("inspector_id", sa.BigInteger(), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_visit_duties_first_of_month")),
        sa.ForeignKeyConstraint(["district_id"], ["subjects.id"], name=op.f("fk_visit_duties_district_id")),
        sa.ForeignKeyConstraint(["inspector_id"], ["inspectors.id"], name=op.f("fk_visit_duties_inspector_id")),
        sa.ForeignKeyConstraint(["school_id"], ["subjects.id"], name=op.f("fk_visit_duties_school_id")),
        sa.PrimaryKeyConstraint("school_id", "month", name=op.f("pk_visit_duties")),
    )
    op.create_index("ix_visit_duties_month_district_id", "visit_duties", ["month", "district_id"], unique=False)
    op.create_index(
        "ix_visit_duties_owed",
        "visit_duties",
        ["month", "inspector_id"],
        unique=False,
        postgresql_where="visited_on IS NULL",
    )
    op.create_table(
        "visit_shortfalls",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_visit_shortfalls_first_of_month")),
        sa.CheckConstraint("missing > 0", name=op.f("ck_visit_shortfalls_missing")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_visit_shortfalls_case_id")),
        sa.ForeignKeyConstraint(["district_id"], ["subjects.id"], name=op.f("fk_visit_shortfalls_district_id")),
        sa.PrimaryKeyConstraint("month", "district_id", name=op.f("pk_visit_shortfalls")),
        sa.UniqueConstraint("case_id", name=op.f("uq_visit_shortfalls_case_id")),
    )
    op.create_table(
        "external_dates",
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_external_dates_round_id")),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_external_dates_set_by")),
        sa.PrimaryKeyConstraint("round_id", "stage", name=op.f("pk_external_dates")),
    )
    op.create_table(
        "planned_rounds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("process_name", sa.Text(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("launch_on", sa.Date(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("coordinator_id", sa.BigInteger(), nullable=True),
        sa.Column("subject_ids", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "proposed",
                "launched",
                "stopped",
                name="planstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("round_id", sa.BigInteger(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.BigInteger(), nullable=True),
        sa.Column("stopped_reason", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("log", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "(status = 'launched') = (launched_at IS NOT NULL)", name=op.f("ck_planned_rounds_launched")
        ),
        sa.CheckConstraint(
            "(status = 'stopped') = (stopped_reason <> '')", name=op.f("ck_planned_rounds_stopped_has_reason")
        ),
        sa.ForeignKeyConstraint(["coordinator_id"], ["users.id"], name=op.f("fk_planned_rounds_coordinator_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_planned_rounds_round_id")),
        sa.ForeignKeyConstraint(["stopped_by"], ["users.id"], name=op.f("fk_planned_rounds_stopped_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_rounds")),
        sa.UniqueConstraint("process_name", "occurrence", name=op.f("uq_planned_rounds_process_name_occurrence")),
    )
    op.create_index(op.f("ix_planned_rounds_round_id"), "planned_rounds", ["round_id"], unique=False)
    op.create_index(
        "ix_planned_rounds_waiting",
        "planned_rounds",
        ["launch_on"],
        unique=False,
        postgresql_where="status IN ('planned', 'proposed')",
    )
    op.create_table(
        "recognitions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("process_name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(revoked_on IS NULL) = (revoked_reason = '')", name=op.f("ck_recognitions_revoked_has_reason")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_recognitions_case_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_recognitions_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognitions")),
        sa.UniqueConstraint(
            "process_name", "subject_id", "granted_on", name=op.f("uq_recognitions_process_name_subject_id_granted_on")
        ),
    )
    op.create_index(op.f("ix_recognitions_case_id"), "recognitions", ["case_id"], unique=False)
    op.create_index("ix_recognitions_subject_id", "recognitions", ["subject_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("reviewer_id", sa.BigInteger(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recused_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("score IS NULL OR recused_reason = ''", name=op.f("ck_reviews_not_both")),
        sa.CheckConstraint("(score IS NULL) = (scored_at IS NULL)", name=op.f("ck_reviews_scored")),
        sa.CheckConstraint("score IS NULL OR score BETWEEN 0 AND 100", name=op.f("ck_reviews_score")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reviews_case_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["inspectors.id"], name=op.f("fk_reviews_reviewer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("case_id", "reviewer_id", name=op.f("uq_reviews_case_id_reviewer_id")),
    )
    op.create_index("ix_reviews_reviewer_id", "reviews", ["reviewer_id"], unique=False)
    op.add_column("rounds", sa.Column("blind", sa.Boolean(), sa.Computed(_BLIND, persisted=True), nullable=True))
    op.add_column("cases", sa.Column("origin_case_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_cases_origin_case_id",
        "cases",
        ["origin_case_id"],
        unique=False,
        postgresql_where="origin_case_id IS NOT NULL",
    )
    op.create_foreign_key(op.f("fk_cases_origin_case_id"), "cases", "cases", ["origin_case_id"], ["id"])
    op.add_column("inspectors", sa.Column("full_time", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("inspectors", sa.Column("number", sa.Text(), nullable=False, server_default=""))
    op.add_column("inspectors", sa.Column("education", sa.Text(), nullable=False, server_default=""))
    op.add_column("inspectors", sa.Column("years_in_education", sa.Integer(), nullable=True))
    op.add_column("inspectors", sa.Column("subject_id", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_inspectors_subject_id"), "inspectors", ["subject_id"])
    op.create_foreign_key(op.f("fk_inspectors_subject_id"), "inspectors", "subjects", ["subject_id"], ["id"])
    op.alter_column("rounds", "launched_by", nullable=True)
    op.add_column("process_definitions", sa.Column("source", sa.Text(), nullable=False, server_default=""))
    op.add_column("process_definitions", sa.Column("installed_by", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_process_definitions_installed_by"), "process_definitions", "users", ["installed_by"], ["id"]
    )
    op.add_column("subjects", sa.Column("parent_id", sa.Text(), nullable=True))
    op.add_column("subjects", sa.Column("district_id", sa.Text(), nullable=True))
    op.create_index("ix_subjects_district_id_kind", "subjects", ["district_id", "kind"], unique=False)
    op.create_index("ix_subjects_parent_id", "subjects", ["parent_id"], unique=False)
    op.create_foreign_key(op.f("fk_subjects_district_id"), "subjects", "subjects", ["district_id"], ["id"])
    op.create_foreign_key(op.f("fk_subjects_parent_id"), "subjects", "subjects", ["parent_id"], ["id"])
