"""A Django database backend that starts the program's own PostgreSQL when the first connection is made.

Commands that never touch the database (``check``, ``makemigrations``, a type checker) thus never start it.
"""

from __future__ import annotations

from typing import Any

from scaling.deadline import base
from scaling.postgres.server import Server, running_server


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL as Django knows it, at an address that is known once the server runs.

    ``settings_dict`` carries ``DATA_DIR``, and in ``SERVER_OPTIONS`` the server's own parameters.
    """

    def get_connection_params(self) -> dict[str, Any]:
        """Return what psycopg connects with; starts the server unless this process uses it already."""
        self.settings_dict.update(HOST=str(self.server.socket_dir), PASSWORD=self.server.password)
        return super().get_connection_params()

    @property
    def server(self) -> Server:
        """The running server behind this connection."""
        return running_server(self.settings_dict["DATA_DIR"], **self.settings_dict.get("SERVER_OPTIONS", {}))
