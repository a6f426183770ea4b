import dataclasses
import math
import shutil
from pathlib import Path, PurePath
from types import SimpleNamespace

import pytest
from builders import drafted, figures_of, row_of, sweep_of, variant_of

from batchquant.cli.tell import tell_estimate
from batchquant.engine.budget import Budget
from batchquant.engine.protocol import Done
from batchquant.estimate import Estimate, count_drawings, estimate, forecast, trial
from batchquant.estimate.forecast import Rates, finish_s, made_megapixels, peak_bytes
from batchquant.estimate.trial import Cost, Measured, calibrate, choose_tasks
from batchquant.files.digests import digest_of
from batchquant.formats.registry import formats
from batchquant.jobfile import JobFile
from batchquant.plan.overviews import book_key
from batchquant.plan.records import Plan, PlannedImage, Settings
from batchquant.plan.selection import WHOLE, Selection
from batchquant.run.drawings import Drawings
from batchquant.run.review import review_output
from batchquant.sources.source import ImageFile
from batchquant.steps.result import TaskResult, VariantResult, Written
from batchquant.steps.task import Known, Pending
from batchquant.steps.tasks import make_tasks
from batchquant.store import LEDGER, Ledger, Output, OverviewRecord, key_of, records_of
from batchquant.store.records import made_of, result_of

OUTPUT = Path("/out")
SETTINGS = Settings(seed=0, n_init=1, max_iter=1000, tol=0.0, dpi=150.0)
MADE = VariantResult(
    seed=1,
    n_iter=2,
    converged=True,
    inertia=1.0,
    figures=figures_of(1.0),
    n_colors=2,
    files={"png": Written(100, digest_of(b""))},
    cluster_s=2.0,
    encode_s=1.0,
)
JOB_FILE = JobFile.model_construct(memory="100 GB")


def variants(*k, init=("in_pixel",)):
    return tuple(
        variant_of(number, start, png=f"{number}_{start}.png") for number in k for start in init
    )


def image(megapixels, name="a.png", *, job="", wanted=None, **settings):
    return PlannedImage(
        job=job,
        folder="photos",
        image=name,
        frame=0,
        takes_all=False,
        file=ImageFile(f"/photos/{name}", name, 10, 20),
        size=(1000, round(1000 * megapixels)),
        settings=dataclasses.replace(SETTINGS, **settings),
        variants=variants(2) if wanted is None else wanted,
    )


def pending_of(images, settled=()):
    """What is not settled, the largest first."""
    pending = [
        Pending(position, planned, variants)
        for position, planned in enumerate(images)
        if (variants := tuple(v for v in planned.variants if key_of(planned, v) not in settled))
    ]
    return sorted(pending, key=lambda entry: -entry.image.pixels * len(entry.variants))


def tasks_of(*images):
    return list(make_tasks(OUTPUT, pending_of(images), workers=1))


def measured(planned, *costs, weight=1.0, decode_s=0.0):
    """A picture that was made: of each variant K, seconds and bytes."""
    made = (Cost(k, "in_pixel", seconds, size_bytes) for k, seconds, size_bytes in costs)
    return Measured(planned, weight, decode_s, tuple(made))


def test_rates_are_weighted_means_per_megapixel():
    small = measured(image(1), (2, 1.0, 100), weight=1, decode_s=0.5)
    large = measured(image(2), (2, 6.0, 400), (8, 10.0, 800), weight=3, decode_s=3.0)
    rates = Rates.of([small, large])
    assert rates.decode_s == (1 * 0.5 + 3 * 1.5) / 4
    assert rates.log_k.tolist() == [math.log(2), math.log(8)]
    assert rates.seconds.tolist() == [(1 * 1.0 + 3 * 3.0) / 4, 5.0]
    assert rates.size_bytes.tolist() == [(1 * 100 + 3 * 200) / 4, 400.0]


@pytest.mark.parametrize(("k", "seconds"), [(1, 1.0), (2, 1.0), (4, 2.0), (8, 3.0), (16, 3.0)])
def test_between_two_k_costs_follow_the_logarithm(k, seconds):
    rates = Rates.of([measured(image(1), (2, 1.0, 100), (8, 3.0, 300), decode_s=0.25)])
    once, twice = rates.costs_of(image(2), variants(k)), rates.costs_of(image(2), variants(k, k))
    assert once == pytest.approx((2 * (0.25 + seconds), 2 * 100 * seconds))
    assert twice == pytest.approx((2 * (0.25 + 2 * seconds), 2 * 2 * 100 * seconds))


def test_a_picture_is_clustered_as_it_is_reduced_but_read_as_it_is():
    whole, halved = image(1), image(1, reduce=500)
    assert made_megapixels(image(1, reduce=1000)) == made_megapixels(whole) == 1.0
    assert made_megapixels(halved) == 0.25
    rates = Rates.of([measured(halved, (2, 1.0, 100), decode_s=8.0)])
    assert rates.costs_of(halved, variants(2)) == (8.0 + 1.0, 100)
    assert rates.costs_of(whole, variants(2)) == (8.0 + 4.0, 400)


def chosen_of(*images, n):
    return [
        (PurePath(task.source).name, weight) for task, weight in choose_tasks(tasks_of(*images), n)
    ]


def test_pictures_are_chosen_by_their_share_of_the_work():
    """On a line of 8, the points 4, 2, 6, 1: pictures of 1, 1 and 6 end at 1, 2 and 8."""
    images = [image(6, "large.png"), image(1, "a.png"), image(1, "b.png")]
    assert chosen_of(*images, n=1) == [("large.png", 1)]
    assert chosen_of(*images, n=4) == [("large.png", 3), ("b.png", 1)]
    twice = dataclasses.replace(images[1], variants=variants(2, 3, 4, 5, 6, 7, 8, 9))
    assert chosen_of(*images[:1], twice, n=3) == [("a.png", 2), ("large.png", 1)]


def test_two_kinds_of_files_are_met_in_turn():
    images = [image(1 + n / 100, f"{n}.{kind}") for n in range(4) for kind in ("jpg", "png")]
    kinds = [name[-3:] for name, _ in chosen_of(*images, n=4)]
    assert sorted(kinds[:2]) == sorted(kinds[2:]) == ["jpg", "png"]


def test_few_k_with_all_starts_in_turn_stand_for_all():
    wanted = variants(2, 3, 5, 8, 13, init=("random", "in_pixel"))
    images = [image(1, "a.png", wanted=wanted), image(1, "b.png", wanted=wanted)]
    first, second = (
        [(v.k, v.init) for v in t.variants] for t, _ in choose_tasks(tasks_of(*images), 2)
    )
    assert first == [(2, "in_pixel"), (5, "random"), (13, "in_pixel")]
    assert second == [(2, "random"), (5, "in_pixel"), (13, "random")]


def test_pictures_of_unknown_size_stand_for_nothing():
    assert chosen_of(dataclasses.replace(image(1), size=None), n=4) == []
    assert choose_tasks([], 4) == []


def test_the_run_is_over_when_the_last_worker_is():
    tasks = tasks_of(image(4), image(3), image(2), image(1))
    assert finish_s(tasks, [4.0, 3.0, 2.0, 1.0], 1, math.inf) == 10.0
    assert finish_s(tasks, [4.0, 3.0, 2.0, 1.0], 2, math.inf) == 5.0  # 4 and 1 beside 3 and 2
    assert finish_s(tasks, [4.0, 3.0, 2.0, 1.0], 9, math.inf) == 4.0
    assert finish_s(tasks, [4.0, 3.0, 2.0, 1.0], 9, budget=1) == 10.0  # each alone


def test_memory_is_that_of_the_largest_at_work_together():
    """A picture counts 250 MB, 80 bytes a pixel and its file; the parent 250 MB."""
    tasks = tasks_of(image(1), image(3), image(2))
    of_1, of_2, of_3, parent = 330_000_010, 410_000_010, 490_000_010, 250_000_000
    assert peak_bytes(tasks, 1, 10**10) == of_3 + parent
    assert peak_bytes(tasks, 2, 10**10) == of_3 + of_2 + parent
    assert peak_bytes(tasks, 9, 10**10) == of_3 + of_2 + of_1 + parent
    assert peak_bytes(tasks, 2, 600_000_000) == 600_000_000 + parent
    assert peak_bytes(tasks, 2, 400_000_000) == of_3 + parent  # larger than the budget, so alone


@pytest.fixture
def disk(monkeypatch):
    """A disk with 1 GB free; the folders that it was asked for are noted."""
    asked = []

    def usage(folder):
        asked.append(folder)
        return SimpleNamespace(free=10**9)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    return asked


@pytest.fixture
def calibrated(monkeypatch):
    """Pictures that calibration is to find, and the names of those it was asked to make."""
    found, asked, chosen = [], [], []

    def find(choice, plan, workers, **options):
        chosen[:] = choice
        asked.extend(PurePath(task.source).name for task, _ in choice)
        return found

    monkeypatch.setattr(forecast, "calibrate", find)
    return SimpleNamespace(found=found, asked=asked, chosen=chosen)


def settled_of(*images, size_bytes=100):
    """What the ledger knows of pictures that took 1 s to decode and 3 s for each variant."""
    made = MADE._replace(files={"png": Written(size_bytes, digest_of(b""))})
    records = []
    for planned in images:
        result = TaskResult.of_nothing(0, 0)
        made_of_all = (made,) * len(planned.variants)
        result = dataclasses.replace(result, decode_s=1.0, variants=made_of_all)
        records += records_of(planned, planned.variants, result)
    return {record.key: record for record in records}


class Found:
    """A review, as far as an estimate asks it."""

    def __init__(self, pending, settled):
        self._pending, self.settled, self.drawn = pending, settled, {}

    def pending(self):
        return iter(self._pending)


def estimate_all(*images, settled=None, workers=1, output=OUTPUT):
    settled = settled or {}
    plan = Plan(output, images, (), ())
    found = Found(pending_of(images, settled), settled)
    return estimate(JOB_FILE, plan, found, workers=workers)


def many(n, **options):
    return [image(1, f"{number:02}.png", **options) for number in range(n)]


def test_nothing_to_be_made_is_nothing_to_be_told(calibrated):
    images = many(2)
    assert estimate_all(*images, settled=settled_of(*images)) is None
    assert calibrated.asked == []


def test_what_16_pictures_took_before_needs_no_calibration(calibrated, disk, tmp_path):
    before, new = many(16), image(2, "new.png")
    found = estimate_all(*before, new, settled=settled_of(*before), output=tmp_path / "a" / "b")
    assert calibrated.asked == []
    assert found.elapsed_s == forecast.START_S + 2 * (1.0 + 3.0)
    assert found.size_bytes == 2 * 100
    assert (found.workers, found.budget_bytes, found.free_bytes) == (1, 10**11, 10**9)
    assert found.memory_bytes == 250_000_000 + 80 * 2_000_000 + 10 + 250_000_000
    assert disk == [tmp_path]


def test_fewer_pictures_other_k_or_other_starts_are_not_enough(calibrated, disk):
    before, new = many(15), image(2, "new.png")
    calibrated.found.append(measured(new, (2, 10.0, 1000), decode_s=4.0))
    found = estimate_all(*before, new, settled=settled_of(*before))
    assert calibrated.asked == ["new.png"]
    assert found.elapsed_s == forecast.START_S + 4.0 + 10.0
    assert found.size_bytes == 1000
    for other in (variants(3), variants(2, init=("maximin",))):
        calibrated.asked.clear()
        new = dataclasses.replace(new, variants=other)
        estimate_all(*many(16), new, settled=settled_of(*many(16)))
        assert calibrated.asked == ["new.png"]


def test_a_picture_of_many_variants_is_tried_with_all_its_starts_in_turn(calibrated, disk):
    """Its tasks may have one start each."""
    wanted = variants(*range(2, 34), init=("in_pixel", "maximin"))
    planned = image(1, wanted=wanted)
    assert len(tasks_of(planned)) == 4
    estimate_all(planned)
    ((task, weight),) = calibrated.chosen
    assert weight == trial.ENOUGH_PICTURES
    assert [(v.k, v.init) for v in task.variants] == [
        (2, "in_pixel"),
        (18, "maximin"),
        (33, "in_pixel"),
    ]


def test_each_job_is_tried_and_the_unknown_cost_what_others_do(calibrated, disk):
    day, night = image(1, "day.png", job="day"), image(2, "night.png", job="night")
    calibrated.found.append(measured(day, (2, 3.0, 100), decode_s=1.0))
    found = estimate_all(day, night)
    assert sorted(calibrated.asked) == ["day.png", "night.png"]
    assert found.elapsed_s == forecast.START_S + (1.0 + 3.0) + 2 * (1.0 + 3.0)
    assert found.size_bytes == 100 + 2 * 100


def test_where_no_picture_could_be_made_only_memory_is_told(calibrated, disk, capsys):
    found = estimate_all(image(1))
    assert (found.elapsed_s, found.size_bytes, found.may_fill_disk) == (None, None, False)
    tell_estimate(Plan(OUTPUT, (), (), ()), found)
    assert capsys.readouterr().out == (
        "  duration  not known: no picture could be made to measure\n"
        "  memory    at most about 580 MB at once (budget 100 GB)\n"
    )


def test_files_of_a_png_take_its_size_or_next_to_nothing_and_are_encoded(calibrated, disk):
    planned = image(1)
    (record,) = settled_of(planned, size_bytes=5000).values()
    kinds = frozenset({"pdf", "webp", "gpl", "hex"})
    known = Known(made_of(record), kinds, "png", "2_in_pixel.png", 5000, b"")
    pending = Pending(0, planned, planned.variants, (known,), result_of([record]))
    plan = Plan(OUTPUT, (planned,), (), ())
    found = estimate(JOB_FILE, plan, Found([pending], {}), workers=1)
    assert calibrated.asked == []
    encoded_s = formats()["pdf"].seconds_per_megapixel + formats()["webp"].seconds_per_megapixel
    assert found.elapsed_s == pytest.approx(forecast.START_S + encoded_s)
    assert found.size_bytes == 2 * 5000


def test_calibration_makes_three_restarts_and_nothing_where_the_run_would(monkeypatch):
    planned = image(1, wanted=variants(2, init=("in_pixel", "maximin")), n_init=30)
    given, drawn = [], []

    class Engine:
        def __init__(self, workers, budget):
            self.workers = workers

        def run(self, due, stop):
            task = due.take(Budget(math.inf))
            assert due.is_over()
            given.append((self.workers, task.settings.n_init))
            assert OUTPUT not in [task.output, *task.output.parents, *task.stop_file.parents]
            result = dataclasses.replace(
                TaskResult.of_nothing(task.index, 0),
                source_sha256="ab",
                distinct_colors=5,
                decode_s=0.5,
                variants=(MADE, MADE),
            )
            yield Done(task, result)
            drawn.append(due.take(Budget(math.inf)).title)

    monkeypatch.setattr(trial, "LocalEngine", Engine)
    chosen = [(task, 4) for task in tasks_of(planned)]
    found = calibrate(chosen, Plan(OUTPUT, (planned,), (), ()), 2, budget_bytes=math.inf)
    assert given == [(2, 3)]
    assert drawn == [planned.label]
    (picture,) = found
    assert (picture.image, picture.weight, picture.decode_s) == (planned, 4, 0.5)
    by_chance, once = Cost(2, "in_pixel", 10 * 2.0 + 1.0, 100), Cost(2, "maximin", 2.0 + 1.0, 100)
    assert picture.costs == (by_chance, once)


def told(capsys, **figures):
    usual = {
        "workers": 2,
        "elapsed_s": 754.3,
        "size_bytes": 3.389e8,
        "memory_bytes": 2_149_999_999,
        "budget_bytes": 16_000_000_000,
        "free_bytes": 51_000_000_000,
    }
    tell_estimate(Plan(OUTPUT, (), (), ()), Estimate(**{**usual, **figures}))
    return capsys.readouterr().out


def test_an_estimate_has_two_digits(capsys):
    assert told(capsys) == (
        "  duration  about 13 min with 2 workers\n"
        "  to write  about 340 MB (51 GB free)\n"
        "  memory    at most about 2.1 GB at once (budget 16 GB)\n"
    )


@pytest.mark.parametrize(
    ("elapsed_s", "duration"),
    [(1.54, "1.5 s"), (89, "89 s"), (90, "1.5 min"), (5399, "90 min"), (5400, "1.5 h"),
     (100_000, "28 h"), (129_600, "1.5 days"), (9_000_000, "100 days")],
)  # fmt: skip
def test_durations_as_a_person_says_them(elapsed_s, duration, capsys):
    assert f"about {duration} with 1 worker\n" in told(capsys, elapsed_s=elapsed_s, workers=1)


@pytest.mark.parametrize(
    ("size_bytes", "size"),
    [
        (120, "120 bytes"),
        (25_400, "25 kB"),
        (1_000_000, "1 MB"),
        (1.26e9, "1.3 GB"),
        (4e12, "4 TB"),
    ],
)
def test_sizes_as_a_person_says_them(size_bytes, size, capsys):
    assert f"  to write  about {size} (" in told(capsys, size_bytes=size_bytes)


def test_a_disk_that_may_be_too_small_is_told_with_what_to_do(capsys):
    assert "Warning" not in told(capsys, size_bytes=2e9, free_bytes=3e9)
    text = told(capsys, size_bytes=2e9, free_bytes=2.99e9)
    assert text.endswith(
        "Warning: the disk of /out may be too small: about 2 GB would be written,"
        " 3 GB are free. Make room there, or choose another disk with --output.\n"
    )


class Drawn:
    """An output folder with a picture of which two variants are made, planned beside others."""

    sweep = sweep_of(k=(2, 3), book=True)

    def __init__(self, output):
        self.output = output
        (self.image,) = self.plan("made.png").images
        result = dataclasses.replace(
            TaskResult.of_nothing(0, 0),
            source_sha256="ab",
            distinct_colors=9,
            variants=(MADE, MADE),
            size_bytes=10,
            mtime_ns=20,
            ctime_ns=30,
        )
        for variant in self.image.variants:
            self._put(variant.outputs, 100)
        with Ledger(output / LEDGER) as ledger:
            ledger.write(records_of(self.image, self.image.variants, result))

    def plan(self, *names):
        return drafted(*((self.sweep, row_of(name)) for name in names), output=self.output)

    def count(self, *names, selection=WHOLE):
        plan = self.plan(*names)
        with review_output(plan, selection=selection) as found:
            return count_drawings(plan, found, selection)

    def draw(self, scope):
        """Let be drawn what is to be drawn of an image or a job."""
        with Ledger(self.output / LEDGER) as ledger:
            task = Drawings(self.plan("made.png"), ledger.records, ledger.drawn).of(scope)
            outputs = {kind: Output(path, 3, b"1") for kind, path in task.files}
            self._put(dict(task.files), 3)
            record = OverviewRecord(*scope, task.fingerprint, None, 0.5, outputs)
            ledger.write_overview(record)

    def _put(self, files, size_bytes):
        for path in files.values():
            (self.output / path).parent.mkdir(parents=True, exist_ok=True)
            (self.output / path).write_bytes(b"x" * size_bytes)


def test_an_overview_is_drawn_of_each_image_that_is_made_and_of_those_that_lack_it(tmp_path):
    drawn = Drawn(tmp_path)
    assert drawn.count("new.png") == 1
    assert drawn.count("new.png", "made.png") == 2
    assert drawn.count("made.png") == 1
    drawn.draw(drawn.image.key)
    assert drawn.count("new.png", "made.png") == 1
    assert drawn.count("made.png") == 1  # its book
    drawn.draw(book_key(""))
    assert drawn.count("made.png") == 0
    assert drawn.count("new.png", "made.png") == 1  # the book again, too, which is not counted
    drawn.output.joinpath(drawn.image.overview.outputs["thumbnail"]).unlink()
    assert drawn.count("made.png") == 1
    assert drawn.count("made.png", selection=Selection(k=(2,))) is None


def test_of_many_known_pictures_those_are_looked_at_that_lie_evenly(monkeypatch):
    monkeypatch.setattr(forecast, "MAX_KNOWN", 3)
    assert list(forecast._spread(range(3))) == [0, 1, 2]
    assert list(forecast._spread(range(7))) == [0, 3, 6]
    assert list(forecast._spread(range(0))) == []
