import django.db.models.deletion
from django.db import migrations, models

import scaling.ids


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_shift_notices'),
        ('incidents', '0014_shift_notices'),
    ]

    operations = [
        migrations.CreateModel(
            name='Count',
            fields=[
                ('pk', models.CompositePrimaryKey('span', 'starts_on', blank=True, editable=False, primary_key=True, serialize=False)),
                ('span', models.CharField(choices=[('day', 'Day'), ('week', 'Week')], max_length=10)),
                ('starts_on', models.DateField()),
                ('counted_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Figures',
            fields=[
                ('id', models.UUIDField(default=scaling.ids.new_uuid, editable=False, primary_key=True, serialize=False)),
                ('span', models.CharField(choices=[('day', 'Day'), ('week', 'Week')], max_length=10)),
                ('starts_on', models.DateField(help_text='The first day of the span.')),
                ('pages', models.PositiveIntegerField(help_text='How many recipients were paged, everybody once for each call.')),
                ('acknowledged', models.PositiveIntegerField(help_text='How many incidents were acknowledged for the first time.')),
                ('acknowledge_mean_seconds', models.PositiveIntegerField(null=True)),
                ('acknowledge_median_seconds', models.PositiveIntegerField(null=True)),
                ('resolved', models.PositiveIntegerField(help_text='How many incidents were resolved.')),
                ('resolve_mean_seconds', models.PositiveIntegerField(null=True)),
                ('resolve_median_seconds', models.PositiveIntegerField(null=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organization')),
            ],
            options={
                'ordering': ['organization_id', 'span', 'starts_on'],
                'constraints': [
                    models.UniqueConstraint(fields=('organization', 'span', 'starts_on'), name='incidents_figures_once'),
                    models.CheckConstraint(condition=models.Q(('span__in', ['day', 'week'])), name='incidents_figures_span'),
                ],
            },
        ),
    ]
