"""The groups that come with the product, with what they may do; and an index to find the accounts of each."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from crm.roles import grant

NAMES = ["Sales", "Sales manager", "RevOps", "Administrator"]


def create_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The groups are there. Permissions that this run of `migrate` still makes are granted after it (crm.apps)."""
    Group = apps.get_model("auth", "Group")
    for name in NAMES:
        Group.objects.get_or_create(name=name)
    grant(Group.objects, apps.get_model("auth", "Permission").objects)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("crm", "0002_scoring_state"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="company",
            options={
                "ordering": ["name", "pk"],
                "permissions": [
                    ("see_all_companies", "Can see and edit the companies of every team"),
                    ("edit_team_companies", "Can edit the companies of their own teams, whoever owns them"),
                    ("import_companies", "Can import companies and people"),
                ],
                "verbose_name_plural": "companies",
            },
        ),
        migrations.RemoveIndex(model_name="company", name="company_owner"),
        migrations.AlterField(
            model_name="company",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="companies",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="company", index=models.Index(fields=["owner", "team"], name="company_owner_team")
        ),
        migrations.RunPython(create_roles, migrations.RunPython.noop),
    ]
