import logging

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.apps.registry import Apps
from django.conf import settings
from django.db import DatabaseError, migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

logger = logging.getLogger(__name__)

SEARCHED = (
    ("crm_company", "name"),
    ("crm_company", "domain"),
    ("crm_contact", "name"),
    ("crm_contact", "email"),
)


def make_search_indexes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On PostgreSQL, parts of names are found by trigrams; where that extension cannot be had, by reading all names."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError:
            logger.warning("no trigram indexes: the extension pg_trgm could not be made; searching will be slower")
            return
        cursor.execute(
            "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
            " WHERE e.extname = 'pg_trgm'"
        )
        schema = connection.ops.quote_name(cursor.fetchone()[0])
        for table, column in SEARCHED:
            cursor.execute(
                f"CREATE INDEX IF NOT EXISTS {table}_{column}_trgm ON {table}"
                f" USING gin (UPPER({column}::text) {schema}.gin_trgm_ops)"
            )


def drop_search_indexes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The indexes are gone; the extension stays, for others may use it."""
    if schema_editor.connection.vendor == "postgresql":
        for table, column in SEARCHED:
            schema_editor.execute(f"DROP INDEX IF EXISTS {table}_{column}_trgm")


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("crm", "0005_simulation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Census",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content_hash", models.CharField(max_length=64, unique=True)),
                ("document", models.TextField(help_text="A rule document as JSON.")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("beat_at", models.DateTimeField(blank=True, null=True)),
                ("last", models.BigIntegerField(default=0)),
                ("looked", models.PositiveBigIntegerField(default=0)),
                ("total", models.PositiveBigIntegerField(default=0)),
                ("answers", models.JSONField(blank=True, default=list)),
            ],
            options={
                "verbose_name_plural": "censuses",
                "ordering": ["-asked_at", "-pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ruleset", models.PositiveIntegerField()),
                ("profile", models.CharField(blank=True, max_length=80)),
                (
                    "line",
                    models.CharField(
                        blank=True, help_text="Kind and key of the criterion, such as must:size.", max_length=200
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        help_text="What the result said: yes, no or open; the segment or none.", max_length=80
                    ),
                ),
                ("agrees", models.BooleanField()),
                ("reason", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("settlement", models.TextField(blank=True, help_text="What was done about it.")),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("page", models.CharField(help_text="The list: the name of its model.", max_length=40)),
                ("name", models.CharField(max_length=80)),
                ("query", models.TextField(blank=True, help_text="What follows the question mark in the address.")),
                ("shared", models.BooleanField(default=False, help_text="Everybody may open it.")),
            ],
            options={
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Survey",
            fields=[
                (
                    "subject",
                    models.CharField(
                        choices=[
                            ("worklist", "What would settle most accounts"),
                            ("bands", "Points by segment"),
                            ("coverage", "What is known of each fact, and how old it is"),
                            ("personas", "Who is there in the accounts of each segment"),
                            ("movers", "What moved, and why"),
                        ],
                        max_length=10,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("ruleset", models.PositiveIntegerField(default=0)),
                ("as_of", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("found", models.JSONField(blank=True, null=True)),
                ("mark", models.CharField(blank=True, max_length=200)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("looked", models.PositiveBigIntegerField(default=0)),
                ("total", models.PositiveBigIntegerField(default=0)),
                ("progress", models.JSONField(blank=True, null=True)),
                ("claim", models.CharField(blank=True, max_length=32)),
                ("beat_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("failed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["subject"],
                "constraints": [
                    models.UniqueConstraint(
                        models.Value(1),
                        condition=models.Q(("claim", ""), _negated=True),
                        name="survey_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.RemoveIndex(
            model_name="fit",
            name="fit_best_first",
        ),
        migrations.AddField(
            model_name="fit",
            name="place",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.expressions.CombinedExpression(
                    django.db.models.expressions.CombinedExpression(
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.functions.comparison.Coalesce(
                                    models.F("segment_rank"), models.Value(100000)
                                ),
                                "*",
                                models.Value(1000000000000),
                            ),
                            "+",
                            django.db.models.expressions.CombinedExpression(
                                models.Case(
                                    models.When(segment_status="settled", then=models.Value(0)),
                                    models.When(segment_status="undecided", then=models.Value(1)),
                                    models.When(segment_status="none", then=models.Value(2)),
                                    default=models.Value(3),
                                ),
                                "*",
                                models.Value(100000000000),
                            ),
                        ),
                        "+",
                        models.Value(10000000000),
                    ),
                    "-",
                    django.db.models.functions.comparison.Coalesce(models.F("low"), models.Value(-10000000000)),
                ),
                output_field=models.BigIntegerField(),
            ),
        ),
        migrations.AddField(
            model_name="activity",
            name="assignee",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Who is to do a task.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="tasks",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="historicalactivity",
            name="assignee",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Who is to do a task.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="fit",
            name="settled_by_any",
            field=models.TextField(
                blank=True, help_text="Facts of which any answer settles the segment, by comma.", null=True
            ),
        ),
        migrations.AddField(
            model_name="fit",
            name="settled_by_some",
            field=models.TextField(
                blank=True, help_text="Facts of which some answer settles the segment, by comma.", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(
                condition=models.Q(("done_at", None), ("kind", "task")),
                fields=["assignee", "due_on"],
                name="activity_to_do",
            ),
        ),
        migrations.AddIndex(
            model_name="company",
            index=models.Index(fields=["name", "id"], name="company_by_name"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["name", "id"], name="contact_name"),
        ),
        migrations.AddIndex(
            model_name="fit",
            index=models.Index(fields=["place", "company"], name="fit_best_first"),
        ),
        migrations.AddIndex(
            model_name="fit",
            index=models.Index(fields=["effective_segment", "place", "company"], name="fit_segment_best_first"),
        ),
        migrations.AddIndex(
            model_name="fitchange",
            index=models.Index(fields=["at"], name="fit_change_at"),
        ),
        migrations.AddField(
            model_name="look",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="looks", to="crm.company"
            ),
        ),
        migrations.AddField(
            model_name="look",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="looks",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="opinion",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="opinion",
            name="company",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="opinions", to="crm.company"
            ),
        ),
        migrations.AddField(
            model_name="opinion",
            name="settled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="saved_views", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.UniqueConstraint(fields=("user", "company"), name="look_once_a_person"),
        ),
        migrations.AddIndex(
            model_name="opinion",
            index=models.Index(
                condition=models.Q(("settled_at", None)), fields=["profile", "line"], name="opinion_of_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at", None)),
                fields=("company", "profile", "line", "author"),
                name="opinion_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.CheckConstraint(
                condition=models.Q(("agrees", True), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="opinion_against_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("settled_at", None), ("settled_by", None)), ("settled_at__isnull", False), _connector="OR"
                ),
                name="opinion_settled_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("owner", "page", "name"), name="saved_view_once_a_name"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="saved_view_has_a_name"
            ),
        ),
        migrations.AddField(
            model_name="activity",
            name="token",
            field=models.UUIDField(editable=False, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="deal",
            name="stage_since",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AlterConstraint(
            model_name="deal",
            name="deal_amount_has_a_currency",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount", None), models.Q(("amount__gte", 0), ("currency__isnull", False)), _connector="OR"
                ),
                name="deal_amount_has_a_currency",
                violation_error_message="An amount is at least 0 and has a currency, such as USD.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="deal",
            name="deal_closed_when_won_or_lost",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_on__isnull", False), ("stage__in", ["won", "lost"])),
                    models.Q(models.Q(("stage__in", ["won", "lost"]), _negated=True), ("closed_on", None)),
                    _connector="OR",
                ),
                name="deal_closed_when_won_or_lost",
                violation_error_message="A deal that is won or lost has a closing date, and no other has one.",
            ),
        ),
        migrations.RunPython(make_search_indexes, drop_search_indexes),
    ]
