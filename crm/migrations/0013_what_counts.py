from typing import Any

from django.db import migrations, models
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce


def by_the_rules(apps: Any, schema_editor: Any) -> None:
    """Until accounts are scored again, what counts is what the rules say; those set by hand follow with the scoring."""
    apps.get_model("crm", "Fit").objects.exclude(segment_status=None).update(effective_status=F("segment_status"))


class Migration(migrations.Migration):
    dependencies = [("crm", "0012_history_of_names")]

    operations = [
        migrations.AddField(
            model_name="rollout",
            name="effect",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="fit",
            name="effective_status",
            field=models.CharField(
                blank=True,
                choices=[("settled", "Settled"), ("undecided", "Undecided"), ("none", "In no segment")],
                max_length=10,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="fit",
            name="segment_rank",
            field=models.PositiveSmallIntegerField(blank=True, help_text="Of the segment that counts.", null=True),
        ),
        migrations.RunPython(by_the_rules, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="fit", name="fit_by_segment"),
        migrations.RemoveIndex(model_name="fit", name="fit_best_first"),
        migrations.RemoveIndex(model_name="fit", name="fit_segment_best_first"),
        migrations.RemoveField(model_name="fit", name="place"),
        migrations.AddField(
            model_name="fit",
            name="place",
            field=models.GeneratedField(
                db_persist=True,
                expression=(
                    Coalesce(F("segment_rank"), Value(100000)) * Value(1000000000000)
                    + Case(
                        When(effective_status="settled", then=Value(0)),
                        When(effective_status="undecided", then=Value(1)),
                        When(effective_status="none", then=Value(2)),
                        default=Value(3),
                    )
                    * Value(100000000000)
                    + Value(10000000000)
                    - Coalesce(F("low"), Value(-10000000000))
                ),
                output_field=models.BigIntegerField(),
            ),
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
            model_name="fit",
            index=models.Index(fields=["effective_segment", "effective_status"], name="fit_by_segment"),
        ),
    ]
