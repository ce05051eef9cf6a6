from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Notices are many, and nobody must wait for them to be read through."""

    atomic = False

    dependencies = [
        ('incidents', '0017_audit_triggers'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='notice',
            index=models.Index(condition=models.Q(('kind', 'event'), models.Q(('last_error', ''), _negated=True)), fields=['webhook', '-created_at', '-id'], name='incidents_notice_failed'),
        ),
    ]
