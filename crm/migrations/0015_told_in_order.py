"""Changes of results also say which segment counted; webhooks remember from which id on they listen."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0014_known_of_contacts")]

    operations = [
        migrations.AddField(
            model_name="fitchange",
            name="effective_before",
            field=models.CharField(blank=True, max_length=80, null=True),
        ),
        migrations.AddField(
            model_name="fitchange",
            name="effective_after",
            field=models.CharField(blank=True, max_length=80, null=True),
        ),
        migrations.AlterField(
            model_name="fitchange",
            name="cause",
            field=models.CharField(
                choices=[
                    ("first", "First scored"),
                    ("facts", "Facts changed"),
                    ("ruleset", "Rules changed"),
                    ("both", "Facts and rules changed"),
                    ("time", "Time passed"),
                    ("engine", "Program upgraded"),
                    ("override", "Set by hand"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="webhooksubscription",
            name="listens_after",
            field=models.BigIntegerField(default=0, editable=False),
        ),
    ]
