"""``manage.py reencrypt_second_factors``: part of rotating the secret key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts import services
from scaling.commands import ServiceCommand


class Command(ServiceCommand):
    """Writes the secrets of second factors anew under the present secret key, and prints how many there were."""

    help = "Encrypt the secrets of second factors under the present secret key, so that a former one can be forgotten."

    def run(self, options: Mapping[str, Any]) -> str:
        """Return how many there were."""
        return str(services.reencrypt_second_factors())
