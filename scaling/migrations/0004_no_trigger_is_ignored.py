from __future__ import annotations

from django.db import migrations

from scaling.audit.operations import NONE_IGNORED


class Migration(migrations.Migration):
    dependencies = [("scaling", "0003_audit_events")]

    operations = [migrations.RunSQL(NONE_IGNORED, migrations.RunSQL.noop)]
