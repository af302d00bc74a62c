"""People: points of their own, moves between companies, roles that a person decides, titles with evidence."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import crm.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0006_working_accounts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactFit",
            fields=[
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="fit",
                        serialize=False,
                        to="crm.contact",
                    ),
                ),
                ("ruleset", models.PositiveIntegerField()),
                ("cells", models.TextField()),
                ("profile", models.CharField(blank=True, max_length=80, null=True)),
                ("status", models.CharField(max_length=20)),
                ("verdict", models.CharField(blank=True, max_length=5, null=True)),
                ("points", crm.models.fields.PointsField(blank=True, null=True)),
                ("low", crm.models.fields.PointsField(blank=True, null=True)),
                ("high", crm.models.fields.PointsField(blank=True, null=True)),
                ("band", models.CharField(blank=True, max_length=80, null=True)),
                ("place", models.BigIntegerField()),
                ("review_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ContactMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("direction", models.CharField(choices=[("left", "Left"), ("joined", "Joined")], max_length=6)),
                (
                    "title",
                    crm.models.fields.KnownTextField(
                        blank=True, help_text="The job title that they left.", max_length=300, null=True
                    ),
                ),
                ("was_champion", models.BooleanField(blank=True, null=True)),
                ("happened_on", models.DateField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-happened_on", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="contact",
            name="is_champion",
            field=models.BooleanField(
                blank=True, help_text="Speaks for us in the company.", null=True, verbose_name="Champion"
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="roles",
            field=crm.models.fields.KnownTextField(
                blank=True,
                help_text="Buying roles, by comma, or none; decided by a person, for this contact only.",
                max_length=60,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="historicalcontact",
            name="is_champion",
            field=models.BooleanField(
                blank=True, help_text="Speaks for us in the company.", null=True, verbose_name="Champion"
            ),
        ),
        migrations.AddField(
            model_name="historicalcontact",
            name="roles",
            field=crm.models.fields.KnownTextField(
                blank=True,
                help_text="Buying roles, by comma, or none; decided by a person, for this contact only.",
                max_length=60,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="jobtitle",
            name="contact_count",
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="jobtitle",
            name="matched_with",
            field=models.CharField(blank=True, editable=False, max_length=16, null=True),
        ),
        migrations.AddField(
            model_name="jobtitle",
            name="reading",
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="survey",
            name="subject",
            field=models.CharField(
                choices=[
                    ("worklist", "What would settle most accounts"),
                    ("bands", "Points by segment"),
                    ("coverage", "What is known of each fact, and how old it is"),
                    ("personas", "Who is there in the accounts of each segment"),
                    ("movers", "What moved, and why"),
                    ("titles", "How many contacts have each job title"),
                ],
                max_length=10,
                primary_key=True,
                serialize=False,
            ),
        ),
        migrations.AddIndex(
            model_name="jobtitle",
            index=models.Index(fields=["matched_with"], name="job_title_matched_with"),
        ),
        migrations.AddIndex(
            model_name="jobtitle",
            index=models.Index(fields=["result", "-contact_count", "id"], name="job_title_queue"),
        ),
        migrations.AddIndex(
            model_name="jobtitle",
            index=models.Index(fields=["-contact_count", "id"], name="job_title_busiest"),
        ),
        migrations.AddIndex(
            model_name="jobtitle",
            index=models.Index(django.db.models.functions.text.Lower("text"), name="job_title_small_letters"),
        ),
        migrations.AddField(
            model_name="contactfit",
            name="company",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="contact_fits",
                to="crm.company",
            ),
        ),
        migrations.AddField(
            model_name="contactmove",
            name="author",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="contactmove",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="crm.company"
            ),
        ),
        migrations.AddField(
            model_name="contactmove",
            name="contact",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="crm.contact"
            ),
        ),
        migrations.AddField(
            model_name="contactmove",
            name="other",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="crm.company"
            ),
        ),
        migrations.AddIndex(
            model_name="contactfit",
            index=models.Index(fields=["company", "place"], name="contact_fit_best_first"),
        ),
        migrations.AddIndex(
            model_name="contactfit",
            index=models.Index(
                condition=models.Q(("review_at__isnull", False)), fields=["review_at"], name="contact_fit_review"
            ),
        ),
        migrations.AddConstraint(
            model_name="contactfit",
            constraint=models.CheckConstraint(
                condition=models.Q(("low", None), ("low__lte", models.F("high")), _connector="OR"),
                name="contact_fit_low_to_high",
            ),
        ),
        migrations.AddIndex(
            model_name="contactmove",
            index=models.Index(fields=["contact", "-happened_on"], name="contact_move_of_contact"),
        ),
    ]
