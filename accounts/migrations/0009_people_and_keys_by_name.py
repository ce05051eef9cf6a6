from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_audit_triggers'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='membership',
            options={'ordering': ['created_at', 'id'], 'verbose_name': 'person', 'verbose_name_plural': 'people'},
        ),
        migrations.AlterModelOptions(
            name='apikey',
            options={'ordering': ['created_at', 'id'], 'verbose_name': 'API key'},
        ),
    ]
