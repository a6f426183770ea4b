import dataclasses
import re
from pathlib import Path, PurePath, PurePosixPath

import pytest

from batchquant.formats.registry import formats
from batchquant.images.read.header import Header
from batchquant.jobfile import InputFolder, Job, JobFile
from batchquant.jobfile.parts import Target
from batchquant.plan.keys import (
    PAINTING,
    PAINTING_LATER,
    file_recipe,
    old_fingerprints,
    painted_recipe,
)
from batchquant.plan.overviews import as_before, plan_overview
from batchquant.plan.records import SETTINGS as SETTING_NAMES
from batchquant.plan.records import Settings
from batchquant.plan.sweep import Sweep, image_of, rows_of_file
from batchquant.sources.source import ImageFile
from batchquant.steps.result import TaskResult
from batchquant.steps.task import Pending
from batchquant.steps.tasks import MAX_VARIANTS, make_tasks, refuse_task

OUTPUT = Path("/out")
SETTINGS = Settings(seed=0, n_init=1, max_iter=1000, tol=0.0, dpi=150.0)


def plan_all(relative="trip/cat.jpg", *, name="", size=(1000, 500), n_frames=1, **keys):
    folder = InputFolder.model_construct(path="/photos", name="photos", exclude=())
    frames = keys.get("frames", "first")
    keys = {"k": (3, 5), "init": ("random", "in_pixel"), **keys}
    job = Job.model_construct(name=name, inputs=(folder,), **keys)
    file = ImageFile(f"/photos/{relative}", relative, 10, 20)
    header = size and Header((size,) * n_frames)
    sweep = Sweep.of(job, seed=0)
    rows = rows_of_file(name, sweep, "photos", file, header, frames=frames)
    return [image_of(sweep, row) for row in rows]


def plan(*arguments, **keys):
    (image,) = plan_all(*arguments, **keys)
    return image


def pngs(image):
    return [variant.outputs["png"] for variant in image.variants]


def test_each_image_has_a_folder_with_its_extension():
    image = plan(k=(3,), init=("in_pixel",), formats=("png", "pdf"))
    (variant,) = image.variants
    base = "photos/trip/cat.jpg/cat_k003_in_pixel"
    assert variant.outputs == {"png": f"{base}.png", "pdf": f"{base}.pdf"}


def test_a_named_job_has_a_folder_of_its_own():
    image = plan("cat.tar.png", name="day", k=(4096,), init=("random",))
    assert pngs(image) == ["day/photos/cat.tar.png/cat.tar_k4096_random.png"]
    assert image.variants[0].outputs.keys() == {"png"}


def test_variants_go_by_k_then_by_start():
    assert [(v.k, v.init) for v in plan().variants] == [
        (3, "random"),
        (3, "in_pixel"),
        (5, "random"),
        (5, "in_pixel"),
    ]


def other(value):
    """Return another value of the same kind."""
    if isinstance(value, str):
        return f"not {value}"
    return (*value, (0, 0, 0)) if isinstance(value, tuple) else (value or 0) + 1


FILES = {*formats()}
LATER = [name for name in PAINTING_LATER if name != "palette_key"]
DEPENDS = [  # setting, beside which others, what is recognized by it
    *((name, {}, {"painted", *FILES}) for name in (*PAINTING, *LATER)),
    ("dpi", {}, {"pdf"}),
    ("dpi", {"reduce": 9}, {"pdf"}),
    ("background", {}, {"pdf", "gif", "bmp"}),
    ("background", {"alpha": "flatten"}, {"painted", *FILES}),
    ("dither_strength", {"dither": "bayer"}, {"painted", *FILES}),
    ("truncated", {}, set()),
    ("max_pixels", {}, set()),
    ("color_names", {}, {"gpl", "json", "ase", "aco", "css"}),
]


def recipes(settings, frame=0, k=3, init="random"):
    painted = painted_recipe(settings, frame, k, init)
    return {"painted": painted} | {kind: file_recipe(kind, painted, settings) for kind in formats()}


def changed(before, after):
    return {name for name, recipe in before.items() if recipe != after[name]}


@pytest.mark.parametrize(("field", "others", "expected"), DEPENDS)
def test_a_setting_stands_in_the_recipes_of_what_depends_on_it(field, others, expected):
    before = dataclasses.replace(SETTINGS, **others)
    after = dataclasses.replace(before, **{field: other(getattr(before, field))})
    assert changed(recipes(before), recipes(after)) == expected
    old = [old_fingerprints(settings, 0, 3, "random")[1] for settings in (before, after)]
    assert (old[0] == old[1]) == (field == "color_names")


def test_the_table_of_what_depends_on_settings_is_complete():
    assert {name for name, *_ in DEPENDS} == set(SETTING_NAMES)


def test_what_a_palette_was_found_for_stands_in_recipes_where_one_is_shared():
    one, other = (dataclasses.replace(SETTINGS, palette_key=key) for key in ("a", "b"))
    assert changed(recipes(SETTINGS), recipes(one)) == {"painted", *FILES}
    assert changed(recipes(one), recipes(other)) == {"painted", *FILES}
    assert old_fingerprints(SETTINGS, 0, 3, "random") != old_fingerprints(one, 0, 3, "random")


def test_of_a_reduced_picture_the_png_tells_the_density_of_the_source_where_pages_have_its_size():
    before = dataclasses.replace(SETTINGS, reduce=9)
    after = dataclasses.replace(before, dpi="source")
    assert changed(recipes(before), recipes(after)) == {"painted", *FILES}
    whole = dataclasses.replace(SETTINGS, dpi="source")
    assert changed(recipes(SETTINGS), recipes(whole)) == {"pdf"}


def test_frame_k_and_start_stand_in_all_recipes():
    for variant in ((1, 3, "random"), (0, 5, "random"), (0, 3, "in_pixel")):
        assert changed(recipes(SETTINGS), recipes(SETTINGS, *variant)) == {"painted", *FILES}
    assert len(set(recipes(SETTINGS).values())) == 1 + len(FILES)


def test_recipes_are_what_they_were_before_there_were_some_settings():
    before = Settings(seed=7, n_init=1, max_iter=1000, tol=0.0, dpi=150.0)
    assert painted_recipe(before, 0, 5, "in_pixel") == "089bdaf123181c3dc6613851cd9ffed7"
    (old, _) = old_fingerprints(before, 0, 5, "in_pixel")
    assert old == "ca2c3ac01a2021b93efcfbd3e842e0aab58c8f9dd41edf2ef6e3311009ae7cd4"


def test_recipes_hold_the_number_of_restarts_that_auto_means():
    auto = dataclasses.replace(SETTINGS, n_init="auto")
    for k, init, n_init in ((5, "kmeans++", 4), (64, "random", 3), (65, "random", 1)):
        number = dataclasses.replace(SETTINGS, n_init=n_init)
        assert not changed(recipes(auto, 0, k, init), recipes(number, 0, k, init))
        assert old_fingerprints(auto, 0, k, init) == old_fingerprints(number, 0, k, init)
    one = dataclasses.replace(SETTINGS, n_init=1)
    for init in ("maximin", "palette"):  # there is one such start
        assert not changed(recipes(auto, 0, 5, init), recipes(one, 0, 5, init))


def test_which_files_are_wanted_stands_in_no_recipe():
    png, pdf = plan(formats=("png",)), plan(formats=("pdf",), palette_files=("gpl",))
    assert [v.recipe for v in png.variants] == [v.recipe for v in pdf.variants]


def test_every_setting_is_a_key_of_the_job_file():
    names = {field.name for field in dataclasses.fields(Settings)} - {"palette_key"}
    assert names == set(SETTING_NAMES)
    assert names - {"color_names"} <= set(Job.model_fields) | set(JobFile.model_fields)
    assert Job.model_construct(palette=()).color_names == SETTINGS.color_names  # of its palette


def test_the_first_of_several_frames_is_named_as_if_it_were_alone():
    image = plan("a.gif", n_frames=3, k=(3,), init=("random",))
    assert image.frame == 0
    assert pngs(image) == ["photos/a.gif/a_k003_random.png"]


def test_all_frames_have_their_numbers_in_their_names():
    images = plan_all("a.gif", n_frames=3, frames="all", k=(3,), init=("random",))
    assert [image.frame for image in images] == [0, 1, 2]
    paths = [path for image in images for path in pngs(image)]
    assert paths == [f"photos/a.gif/a_f00{frame}_k003_random.png" for frame in range(3)]
    assert [image.label for image in images][1:] == ["photos/a.gif frame 1", "photos/a.gif frame 2"]


def test_palette_files_stand_beside_the_picture():
    (variant,) = plan(k=(3,), init=("random",), palette_files=("gpl", "swatch")).variants
    base = "photos/trip/cat.jpg/cat_k003_random"
    expected = {"png": f"{base}.png", "gpl": f"{base}.gpl", "swatch": f"{base}_swatch.png"}
    assert variant.outputs == expected


def test_what_a_person_takes_of_an_image_as_a_whole_stands_beside_its_variants():
    outputs = plan(sheet="both", target=Target(psnr_db=32.0)).overview.outputs
    base = "photos/trip/cat.jpg/cat"
    assert outputs["sheet_png"] == f"{base}_sheet.png"
    assert outputs["sheet_pdf"] == f"{base}_sheet.pdf"
    assert outputs["best"] == f"{base}_best.png"
    hidden = {kind: path for kind, path in outputs.items() if not path.startswith("photos/")}
    assert list(hidden) == ["thumbnail", "preview", "palettes"]
    shape = re.compile(r"_run/(thumbs|previews|palettes)/([0-9a-f]{2})/\2[0-9a-f]{18}\.(jpg|js)")
    assert all(shape.fullmatch(path) for path in hidden.values())
    _, flat = as_before(outputs.items())
    before = dict(flat)
    assert before["thumbnail"] == re.sub(r"thumbs/../", "thumbs/", outputs["thumbnail"])
    assert {kind for kind in outputs if before[kind] != outputs[kind]} == hidden.keys()


def test_before_and_after_stand_beside_the_sheet_and_count_among_long_names():
    assert "before_after" not in plan().overview.outputs
    path = plan(before_after="webp").overview.outputs["before_after"]
    assert path == "photos/trip/cat.jpg/cat_before_after.webp"
    name = f"{'n' * 238}.jpg"  # its longest output would have 256 bytes
    assert plan(name, before_after="none", k=(3,), init=("random",)).refusal is None
    assert "bad_name" in plan(name, before_after="webp", k=(3,), init=("random",)).refusal


@pytest.mark.parametrize(
    ("size", "suffix"), [(None, ".jpg"), ((512, 40), ".png"), ((513, 40), ".jpg")]
)
def test_the_preview_of_a_picture_that_is_small_by_its_header_is_lossless(size, suffix):
    key = ("", "photos", "a.png", 0)
    options = {"sheet": "none", "book": False, "target": None}
    overview = plan_overview(key, PurePosixPath("photos/a.png/a"), size=size, **options)
    assert PurePosixPath(overview.outputs["preview"]).suffix == suffix
    assert PurePosixPath(overview.outputs["thumbnail"]).suffix == ".jpg"
    lossy, _ = as_before(overview.files)
    assert dict(lossy) == overview.outputs | {
        "preview": re.sub("png$", "jpg", overview.outputs["preview"])
    }


@pytest.mark.parametrize(
    ("sheet", "kinds"), [("none", ["page"]), ("png", ["sheet_png", "page"]), ("pdf", ["sheet_pdf"])]
)
def test_a_book_takes_the_pdf_of_a_sheet_or_a_page_of_its_own(sheet, kinds):
    overview = plan(sheet=sheet, book=True).overview
    assert [kind for kind, _ in overview.files][3:] == kinds
    assert overview.is_in_book


def test_recipes_stay_what_they_are():
    """A change here makes files of every user again: raise ALGORITHM, or a format's version."""
    found = recipes(SETTINGS)
    assert found["painted"] == "1a541b11e47ea5e416bbcb9f314dca1f"
    assert found["pdf"] == "b6c7388c53bbd6ded1d928069d96d07c"
    assert found["gpl"] == "69dcf0d67a74caeaa10fb7ab623c3210"
    assert found["json"] == "46f210faa000cbad437d40f26575ee7a"


def test_what_was_dithered_by_pillow_is_made_again_and_nothing_else():
    dithered = dataclasses.replace(SETTINGS, dither="floyd-steinberg")
    assert recipes(dithered)["painted"] == "b1ea45a965000549803d04dd49a2a2b3"
    assert recipes(SETTINGS) == recipes(dataclasses.replace(SETTINGS, dither_strength=0.5))
    pillow_s = "c43941af3803e727"  # of before there were recipes
    assert not any(old.startswith(pillow_s) for old in old_fingerprints(dithered, 0, 3, "random"))


def test_old_fingerprints_stay_what_they_were():
    """A change here makes all that was made before there were recipes again."""
    first, last = old_fingerprints(dataclasses.replace(SETTINGS, max_pixels=9), 0, 3, "random")
    assert first == "f933b2093659f5c2cad99ff9ae950b89a42eb82507831f2e04c746ad0b145b15"
    assert last != first == old_fingerprints(SETTINGS, 0, 3, "random")[1]


def test_a_name_that_is_not_utf_8_is_refused():
    image = plan("caf\udce9.jpg")
    assert image.refusal.startswith("bad_name: the file name is not UTF-8")
    assert image.image == r"caf\xe9.jpg"


def test_a_name_too_long_for_its_outputs_is_refused():
    assert plan("x" * 233 + ".jpg", k=(3,)).refusal is None  # 233 + len("_k003_in_pixel.png") = 251
    assert plan("x" * 237 + ".jpg", k=(3,)).refusal is None
    assert plan("x" * 238 + ".jpg", k=(3,)).refusal.startswith("bad_name: outputs named after")
    assert plan("é" * 119 + ".jpg", k=(3,)).refusal.startswith("bad_name: ")


def pending(images):
    return [Pending(position, image, image.variants) for position, image in enumerate(images)]


def tasks_of(images, workers):
    return list(make_tasks(OUTPUT, pending(images), workers))


def test_tasks_are_in_the_order_of_what_is_pending():
    images = [plan("s.jpg", size=(10, 10)), plan("l.jpg", size=(99, 99)), plan("u.jpg", size=None)]
    tasks = list(make_tasks(OUTPUT, pending(images)[::-1], workers=2))
    assert [PurePath(task.source).name for task in tasks] == ["u.jpg", "l.jpg", "s.jpg"]
    assert [task.index for task in tasks] == [0, 1, 2]
    assert [task.position for task in tasks] == [2, 1, 0]
    assert [task.key for task in tasks] == [image.key for image in images[::-1]]


def test_no_more_images_are_asked_for_than_there_are_workers():
    """Else there would be a list of all that is pending, as large as the plan."""
    asked = []

    def ask():
        for entry in pending([plan(f"{number}.jpg") for number in range(9)]):
            asked.append(entry.position)
            yield entry

    tasks = make_tasks(OUTPUT, ask(), workers=2)
    assert asked == []
    next(tasks)
    assert asked == [0, 1]
    assert len(list(tasks)) == 8


def test_a_task_has_at_most_16_variants():
    images = [plan(k=tuple(range(1, 31)), init=("random",))] * 3
    tasks = tasks_of(images, workers=1)
    assert len(tasks) == 6
    assert max(len(task.variants) for task in tasks) <= MAX_VARIANTS == 16


def test_what_came_of_variants_before_is_divided_as_they_are():
    image, earlier = plan(), TaskResult.of_nothing(0, 0)
    known = tuple(v.recipe for v in image.variants)
    whole = Pending(0, image, image.variants, known, earlier)
    tasks = list(make_tasks(OUTPUT, [whole], workers=3))
    assert [len(task.variants) for task in tasks] == [2, 1, 1]
    for task in tasks:
        assert task.known == tuple(v.recipe for v in task.variants)
        assert task.earlier is earlier


@pytest.mark.parametrize(("n_images", "workers", "n_tasks"), [(1, 3, 3), (1, 9, 4), (3, 3, 3)])
def test_few_images_are_split_among_the_workers(n_images, workers, n_tasks):
    images = [plan(f"{number}.jpg") for number in range(n_images)]
    tasks = tasks_of(images, workers)
    assert len(tasks) == n_tasks
    assert sorted((v.k, v.init) for task in tasks for v in task.variants) == sorted(
        (v.k, v.init) for image in images for v in image.variants
    )


def test_nothing_pending_is_no_task():
    assert tasks_of([], workers=2) == []


def test_the_bytes_of_its_file_are_part_of_what_a_task_needs():
    image = plan()
    (task,) = tasks_of([image], workers=1)
    assert task.size_bytes == image.file.size_bytes == 10
    larger = dataclasses.replace(task, size_bytes=2_000_000_010)
    assert larger.need_bytes - task.need_bytes == 2_000_000_000


def test_what_memory_cannot_suffice_for_is_refused_with_both_numbers():
    image = plan()
    (task,) = tasks_of([image], workers=1)
    task = dataclasses.replace(task, size_bytes=1001)
    assert refuse_task(task, 1001, task.need_bytes) is None
    assert refuse_task(task, 1000, 10**12) == (
        "too_large: not enough memory: the file alone takes 1,001 bytes,"
        " memory in the job file allows 1,000"
    )
    assert refuse_task(task, 1001, task.need_bytes - 1) == (
        f"too_large: not enough memory: it needs {task.need_bytes:,} bytes,"
        f" the machine has {task.need_bytes - 1:,}"
    )
