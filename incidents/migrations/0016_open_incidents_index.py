from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Incidents are many, and nobody must wait for them to be read through."""

    atomic = False

    dependencies = [
        ('incidents', '0015_figures'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='incident',
            index=models.Index(condition=models.Q(('status', 'resolved'), _negated=True), fields=['organization', 'severity', 'created_at'], name='incidents_incident_open'),
        ),
    ]
