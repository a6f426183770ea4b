"""How often a run opens, decodes and syncs: what is done twice costs a night, and no test is red.

Counters, not times: they are the same on any machine.
"""

import re
from collections import Counter

from circumstances import linux_only
from traces import Trace, tracing

pytestmark = linux_only

NAMES = ("a.png", "trip/b.jpg", "c.bmp")
KS = (2, 3, 5)
JOB = f"inputs: photos\nk: {list(KS)}\nformats: [png, pdf]\n"


def test_each_picture_is_decoded_once_and_nothing_that_was_written_is_read(
    workplace, photos, counted
):
    workplace.write_job(JOB)
    environment, read = counted("chained")
    traced = tracing("openat,fsync,fdatasync")
    done = workplace.run("run", "jobs.yaml", "-j", "1", before=traced, env=environment)
    assert done.returncode == 0, done.stderr
    n = len(NAMES)
    assert read() == {"read_source": n, "decode": n}

    calls = Trace((workplace.path / "trace").read_text()).calls
    opened = [re.search(r'openat\(.*?"([^"]+)", (\S+?)[,)]', call) for call in calls]
    for_reading = [found[1] for found in opened if found and found[2].startswith("O_RDONLY")]
    for name in NAMES:
        # By who plans, for its size, and by who works on it.
        assert for_reading.count(str(workplace.path / "photos" / name)) == 2
    outputs = {str(path) for path in (workplace.output / "photos").rglob("*_*.*")}
    assert len(outputs) >= len(NAMES) * (2 * len(KS) + 1)
    assert outputs.isdisjoint(for_reading)

    synced = Counter(
        found[1] for call in calls if (found := re.search(r"sync\(\d+<([^>]+)>", call))
    )
    for name in NAMES:
        folder = workplace.output / "photos" / name
        parts = [path for path in synced if path.startswith(f"{folder}/")]
        # The files of a variant, and a contact sheet.
        assert [synced[path] for path in parts] == [1] * (2 * len(KS) + 1)
        # Their names: once for each variant, whatever the number of its files, and for the sheet.
        assert synced[str(folder)] == len(KS) + 1
