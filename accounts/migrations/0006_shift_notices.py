from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_invitations'),
    ]

    operations = [
        migrations.AddField(
            model_name='membership',
            name='shift_notices_since',
            field=models.DateTimeField(default=None, editable=False, help_text='Since when the person is told of shifts that begin.', null=True),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(condition=models.Q(('shift_notices_since__isnull', False)), fields=['organization'], name='accounts_membership_shifts'),
        ),
    ]
