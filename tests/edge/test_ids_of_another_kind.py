"""An id deletes what it is the id of, and nothing that happens to stand in its place."""

from __future__ import annotations

import pytest

from tests.edge.calls import DELETIONS
from tests.edge.contents import contents

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("call", DELETIONS, ids=str)
def test_an_id_of_another_kind_deletes_nothing(call, api, world):
    before = contents()
    last = call.path[call.path.rindex("{") + 1 : -1]
    others = ["policy_id", "schedule_id", "incident_id", "hours_id", "user_id", "organization_id"]
    for other in others:
        if other != last:
            path = call.path.replace(f"{{{last}}}", f"{{{other}}}")
            response = type(call)(method=call.method, path=path).send(api, world)
            assert response.status_code == 404, path
    assert contents() == before
