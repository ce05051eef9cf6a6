from django.db import migrations

# Notes of the past move out of the timeline, so that they can be redacted; an update takes the id of its event.
WRITE = """
INSERT INTO incidents_incidentupdate
  (id, organization_id, incident_id, body, status_change, visibility, posted_by, posted_at)
SELECT id, organization_id, incident_id, details->>'resolutionNote', details->>'status', 'internal', actor_id, at
FROM incidents_timelineevent WHERE type = 'status_changed'
"""
POINT = """
UPDATE incidents_timelineevent SET details = jsonb_build_object('status', details->'status', 'updateId', id)
WHERE type = 'status_changed'
"""
BACK = """
UPDATE incidents_timelineevent AS event
SET details = jsonb_build_object('status', event.details->'status', 'resolutionNote', posted.body)
FROM incidents_timelineevent AS changed
LEFT JOIN incidents_incidentupdate AS posted ON posted.id::text = changed.details->>'updateId'
WHERE event.id = changed.id AND event.type = 'status_changed'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0009_incident_updates'),
    ]

    operations = [
        migrations.RunSQL(WRITE, "DELETE FROM incidents_incidentupdate"),
        migrations.RunSQL(POINT, BACK),
    ]
