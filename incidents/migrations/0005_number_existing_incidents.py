from django.db import migrations

NUMBER = """
UPDATE incidents_incident AS incident SET number = numbered.number
FROM (
  SELECT id, row_number() OVER (PARTITION BY organization_id ORDER BY created_at, id) AS number FROM incidents_incident
) AS numbered
WHERE incident.id = numbered.id
"""
REMEMBER = """
INSERT INTO incidents_incidentnumbering (organization_id, last)
SELECT organization_id, max(number) FROM incidents_incident GROUP BY organization_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0004_incident_numbers_and_dedup_keys'),
    ]

    operations = [
        migrations.RunSQL(NUMBER, migrations.RunSQL.noop),
        migrations.RunSQL(REMEMBER, "DELETE FROM incidents_incidentnumbering"),
    ]
