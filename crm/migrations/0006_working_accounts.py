import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("crm", "0005_simulation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                            ("coverage", "What is known of each fact, and how old it is"),
                            ("movers", "What moved, and why"),
                            ("personas", "Who is there in the accounts of each segment"),
                        ],
                        max_length=10,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("ruleset", models.PositiveIntegerField(default=0)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("beat_at", models.DateTimeField(blank=True, null=True)),
                ("found", models.JSONField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["subject"],
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
    ]
