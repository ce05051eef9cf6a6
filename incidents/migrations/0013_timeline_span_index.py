from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    """Timelines are long, and nobody must wait for them to be read through."""

    atomic = False

    dependencies = [
        ('incidents', '0012_notices_and_webhooks'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='timelineevent',
            index=BrinIndex(autosummarize=True, fields=['at'], name='incidents_timeline_span'),
        ),
    ]
