"""`vary`: entries of a job file that stand for several."""

from itertools import product
from pathlib import Path

import pytest

from batchquant import load_job
from batchquant.errors import JobFileError, UsageError
from batchquant.jobfile import VARIED, Job, Override
from batchquant.plan.keys import PAINTING, PAINTING_LATER

TWO_KEYS = "vary: {blur: [0, 3], color_space: [srgb, oklab]}\n"


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()

    def load(text, **options):
        Path("jobs.yaml").write_text(f"inputs: photos\nk: 3\n{text}", encoding="utf-8")
        return load_job("jobs.yaml", **options)

    return load


def test_every_combination_is_a_job_named_by_what_is_not_default(load):
    job_file = load(f"{TWO_KEYS}jobs: [{{name: a}}]")
    assert {job.name: (job.blur, job.color_space) for job in job_file.jobs} == {
        "a": (0, "srgb"),
        "a~color_space=oklab": (0, "oklab"),
        "a~blur=3": (3, "srgb"),
        "a~blur=3,color_space=oklab": (3, "oklab"),
    }
    assert job_file.varied["a~blur=3"] == {"blur": "3", "color_space": "srgb"}
    assert job_file.varied["a"] == {"blur": "0", "color_space": "srgb"}


def test_the_nameless_job_stays_where_it_was(load):
    assert [job.name for job in load(TWO_KEYS).jobs] == [
        "",
        "color_space=oklab",
        "blur=3",
        "blur=3,color_space=oklab",
    ]


@pytest.mark.parametrize("order", ["blur: [0, 3], color_space: [srgb, oklab]", None])
def test_names_do_not_depend_on_the_order_of_keys(load, order):
    names = {job.name for job in load(f"vary: {{{order}}}" if order else TWO_KEYS).jobs}
    assert "blur=3,color_space=oklab" in names


def test_a_key_that_is_varied_later_renames_nothing(load):
    before = {job.name for job in load("vary: {blur: [0, 3]}").jobs}
    assert before < {job.name for job in load(TWO_KEYS).jobs}


def test_nothing_stands_for_the_default(load):
    jobs = load("vary: {reduce: [~, 800], n_init: [auto, 2]}").jobs
    assert [(job.reduce, job.n_init) for job in jobs] == list(product([None, 800], ["auto", 2]))
    assert [job.name for job in jobs] == ["", "n_init=2", "reduce=800", "n_init=2,reduce=800"]


def test_a_value_at_its_default_is_as_if_it_were_not_written(load):
    # `dither_strength` beside `dither: none` would be refused.
    jobs = load(
        "vary: {dither: [none, bayer], dither_strength: [1, 0.5],"
        " exclude: {dither: none, dither_strength: 0.5}}"
    ).jobs
    assert [job.name for job in jobs] == ["", "dither=bayer", "dither=bayer,dither_strength=0.5"]


def test_palettes_are_named_by_their_files_and_colors(load):
    for name in ("nord", "dusk"):
        Path(f"{name}.hex").write_text("112233\n445566\n")
    names = [
        job.name
        for job in load("vary: {palette: [nord.hex, x/../dusk.hex, ['#FF0000', '#fff000']]}").jobs
    ]
    assert names == ["palette=nord", "palette=dusk", "palette=ff0000+fff000"]


def test_an_entry_that_sets_a_key_does_not_vary_it(load):
    names = [
        job.name
        for job in load(
            "vary: {blur: [0, 3], dither: [none, bayer], exclude: {blur: 3, dither: bayer}}\n"
            "jobs:\n"
            "  - {name: a, blur: 3}\n"  # what is excluded with it
            "  - {name: b, blur: 2}\n"  # what is excluded without it
            "  - {name: c, vary: {tol: [0, 1]}}\n"
        ).jobs
    ]
    assert names == ["a", "b", "b~dither=bayer", "c", "c~tol=1"]


def test_what_an_entry_varies_is_not_what_all_set(load):
    jobs = load("blur: 5\njobs:\n  - {name: a, vary: {blur: [0, 3]}}\n  - {name: b}\n").jobs
    assert [(job.name, job.blur) for job in jobs] == [("a", 0), ("a~blur=3", 3), ("b", 5)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "vary: [blur]",
            "3:7: vary: a list does not work here. Write keys with their values, such as",
        ),
        (
            "vary: {blurr: [1]}",
            "3:8: vary.blurr: this key cannot be varied. Did you mean 'blur'?",
        ),
        ("vary: {init: [random]}", "Write several values behind init itself: init: [...]"),
        ("vary: {blur: 3}", "3:14: vary.blur: 3 does not work here. Write a list of values"),
        (
            "vary: {blur: [0, far]}",
            "3:18: vary.blur[1]: 'far' does not work here. Write a number from 0",
        ),
        (
            "vary: {blur: [3, 3.0]}",
            "3:18: vary.blur[1]: another value would name its job blur=3, too (first in line 3)",
        ),
        ("vary: {palette: [a/x.gpl, b/x.gpl]}", "Files are told by their names: rename one."),
        (
            "blur: 1\nvary: {blur: [0, 3]}",
            "4:8: vary.blur: blur is set to one value, too (line 3).",
        ),
        (
            "vary: {dither: [none, bayer], dither_strength: [0.5]}",
            "3:49: vary.dither_strength[0]: dither_strength would change nothing: nothing"
            " is dithered. Remove dither_strength, or set dither."
            " Or leave the combination out: vary: {exclude:"
            " [{dither: none, dither_strength: 0.5}]}.",
        ),
        (
            "vary: {blur: [0, 3], exclude: [{blur: 4}]}",
            "3:39: vary.exclude[0].blur: 4 is not among the values: 0, 3.",
        ),
        ("vary: {blur: [0], exclude: [{tol: 4}]}", "this key is not varied"),
        (
            "vary: {blur: [0], exclude: [{blur: 0}]}",
            "3:19: vary.exclude: this leaves no combination",
        ),
        (
            f"vary: {{max_iter: [{', '.join(map(str, range(1, 18)))}], tol: [{'0, ' * 0}"
            f"{', '.join(map(str, range(16)))}]}}",
            "3:1: vary: these are 272 combinations, and 256 are the most.",
        ),
        (
            "jobs: [{name: a, vary: {blur: [0, 3]}}, {name: a~blur=3}]",
            "another job is called 'a~blur=3', too. Give each its own name.",
        ),
        ("varied: {}", "there is no such key"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(load, text, told):
    with pytest.raises(JobFileError) as caught:
        load(text)
    assert told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def options(*texts):
    return [Override.of(*text.split(" ", 1)) for text in texts]


@pytest.mark.parametrize(
    ("option", "key", "value"),
    [
        ("-s k=3..9", "k", tuple(range(3, 10))),
        ("-s k=3,5", "k", (3, 5)),
        ("-s k=[3, 5]", "k", (3, 5)),
        ("-s pin=#FFFFFF", "pin", ((255, 255, 255),)),
        ("-s dither=none", "dither", "none"),
        ("-s blur=0.5", "blur", 0.5),
        ("-s formats=png,pdf", "formats", ("png", "pdf")),
        ("-s book=true", "book", "fit"),
        ("-s book=letter", "book", "letter"),
    ],
)
def test_an_option_stands_in_place_of_a_key(load, option, key, value):
    text = "pin: ['#000000']\nvary: {blur: [1, 2], dither: [none]}\njobs: [{name: a, k: 7}]"
    jobs = load(text, overrides=options(option)).jobs
    assert {getattr(job, key) for job in jobs} == {value}
    assert len(jobs) == (1 if key == "blur" else 2)


def test_options_of_the_whole_file(load):
    job_file = load("seed: 3", overrides=options("-s seed=5", "-s target={psnr_db: 30}"))
    assert (job_file.seed, job_file.jobs[0].target.psnr_db) == (5, 30)
    assert job_file.overrides == ("-s seed=5", "-s target={psnr_db: 30}")


def test_paths_of_options_are_relative_to_the_current_folder(load, tmp_path):
    Path("nord.hex").write_text("112233\n445566\n")
    Path("sub").mkdir()
    Path("sub/jobs.yaml").write_text("inputs: ../photos\nk: 2\n")
    palette, folder = options("-s palette=nord.hex", "-s output=here")
    job_file = load_job("sub/jobs.yaml", overrides=[palette, folder])
    assert len(job_file.jobs[0].palette) == 2
    assert job_file.output == tmp_path / "here"


def test_an_option_varies_what_the_file_sets(load):
    text = "blur: 5\njobs: [{name: a, vary: {tol: [0, 1]}}, {name: b, blur: 7}]"
    jobs = load(text, overrides=options("--vary blur=0,3")).jobs
    assert [job.name for job in jobs] == [
        *("a", "a~blur=3", "a~tol=1", "a~blur=3,tol=1"),
        *("b", "b~blur=3"),
    ]


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("-s blur=far", "-s blur=far: 'far' does not work here. Write a number from 0 to 1000."),
        ("-s blr=3", "-s blr=3: there is no key 'blr' in job files. Did you mean 'blur'?"),
        ("-s blur", "-s blur: no value. Write KEY=VALUE, such as -s blur=3."),
        ("-s n_init=010", "-s n_init=010: '010' does not work here. YAML reads it as 8"),
        ("--vary blur=1,1.0", "another value would name its job blur=1, too"),
        ("--vary k=3,4", "--vary k=3,4: this key cannot be varied"),
        ("-s target={psnr_db", "-s target={psnr_db: this is no YAML"),
        ("-s dither_strength=0.5", "-s dither_strength=0.5: dither_strength would change nothing"),
    ],
)
def test_what_is_wrong_with_an_option_is_told_by_its_text(load, option, told):
    with pytest.raises(UsageError) as caught:
        load("", overrides=options(option))
    assert str(caught.value).startswith(told) or told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_all_that_pixels_depend_on_may_be_varied():
    kept = {"seed", "palette_key"}
    assert {*PAINTING, *PAINTING_LATER, "dither_strength", "background"} - kept <= {*VARIED}
    assert {*VARIED} <= Job.model_fields.keys()
