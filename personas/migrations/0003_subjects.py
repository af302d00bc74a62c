"""Profiles of people, and the people whom a segment wants."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("personas", "0002_draft_edits"),
    ]

    operations = [
        migrations.AlterModelOptions(name="profile", options={"ordering": ["subject", "position", "pk"]}),
        migrations.AddField(
            model_name="profile",
            name="subject",
            field=models.CharField(
                choices=[("company", "Companies"), ("contact", "People")],
                db_default="company",
                default="company",
                help_text="Who gets points.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="profile",
            name="wanted_personas",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="profile",
            name="wanted_roles",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
    ]
