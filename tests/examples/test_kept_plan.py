import dataclasses
from pathlib import Path

import pytest
from builders import beside
from test_ledger import IMAGE, VARIANT

from batchquant.errors import StorageError
from batchquant.plan.records import Overview, Plan, Settings
from batchquant.plan.wording import Wording
from batchquant.store.kept_plan import plan_json, read_plan

BY_PALETTE = Settings(
    seed=1, n_init=2, max_iter=3, tol=0.1, dpi="source", reduce=9, palette=((1, 2, 3),), pin=()
)
NOT_UTF_8 = "caf\udce9.jpg"  # what the operating system gives for a byte 0xe9
ODD = dataclasses.replace(
    IMAGE,
    job="night",
    file=dataclasses.replace(IMAGE.file, path=Path("/photos", NOT_UTF_8), relative=NOT_UTF_8),
    size=None,
    settings=BY_PALETTE,
    variants=(beside(VARIANT, gpl="a.gpl", hex="a.hex"),),
    refusal="bad_name: x",
    overview=Overview((("thumbnail", "_run/a.jpg"), ("best", "a_best.png")), 32.0, is_in_book=True),
)
WORDING = Wording("odd\udce9.yaml", (("seed", "7"),), (("night", (("k", "3"),)), ("day", ())))
PLAN = Plan(Path("/out"), (IMAGE, ODD), (("night", Path("/a.txt")),), (("night", "odd"),), WORDING)


def test_a_plan_comes_back_as_it_was():
    assert read_plan(plan_json(PLAN), Path("/out")) == PLAN


def test_the_output_folder_may_have_moved():
    moved = read_plan(plan_json(PLAN), Path("/copy"))
    assert moved == dataclasses.replace(PLAN, output=Path("/copy"))
    assert b"/out" not in plan_json(PLAN)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{}", b"[]", b"null", b"\xff", b'{"images": [{}]}', b'{"images": 5}'),
        b'{"images": [{"job": 5}]}',
        b"[" * 200_000,
        plan_json(PLAN).replace(b'"k":3', b'"k":"three"'),
    ],
)
def test_what_cannot_be_read_says_what_to_do(content):
    with pytest.raises(StorageError, match="Run the job file again"):
        read_plan(content, Path("/out"))
