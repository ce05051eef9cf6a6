"""The ladder in words and as a picture: what would happen if an incident started now, or what is left of one."""

from __future__ import annotations

from incidents.ladder.load import load_incident_ladder, load_ladder
from incidents.ladder.told import ToldLadder, ToldPassed, ToldPerson, ToldRung, ToldWay

__all__ = [
    "ToldLadder",
    "ToldPassed",
    "ToldPerson",
    "ToldRung",
    "ToldWay",
    "load_incident_ladder",
    "load_ladder",
]
