"""The web server's entry."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from scaling.api.chunked import ChunkedBodies
from scaling.checks import refuse_unsafe_start
from scaling.database import WEB, set_limits

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scaling.settings")
application = ChunkedBodies(get_wsgi_application())
set_limits(WEB)
refuse_unsafe_start()
