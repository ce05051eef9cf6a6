"""The admin: its site, its navigation, its front page. The pages themselves are registered by the apps."""

from __future__ import annotations
