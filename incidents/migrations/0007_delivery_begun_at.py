from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0006_recorded_worlds")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="begun_at",
            field=models.DateTimeField(
                help_text="When the attempt over a loud method began that has not failed: the next message waits.",
                null=True,
            ),
        ),
    ]
