from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Deliveries are many, and go on while this is built.
    atomic = False

    dependencies = [("incidents", "0007_delivery_begun_at")]

    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(next_at__isnull=False, contact_method__isnull=False),
                fields=["contact_method"],
                name="incidents_delivery_together",
            ),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(begun_at__isnull=False),
                fields=["contact_method", "begun_at"],
                name="incidents_delivery_begun",
            ),
        ),
    ]
