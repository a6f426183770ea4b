import dataclasses
import html
import json
import math
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import decibels, variant_of
from test_ledger import IMAGE, MADE, RESULT

from batchquant.plan.records import Overview, Plan
from batchquant.plan.wording import Wording
from batchquant.report.last_run import LastRun
from batchquant.report.page.advice import ADVICE, UNDRAWN, UNKNOWN, advise, class_of
from batchquant.report.page.build import (
    INDEX,
    MAX_LISTED,
    build_page,
    percent_of,
)
from batchquant.report.page.chunks import make_chunk
from batchquant.report.page.data import CARDS, FIRST, VARIANTS, n_chunks, page_details
from batchquant.report.page.failures import Failure, failures_of, group_failures
from batchquant.report.page.gather import Shown, ShownJob, gather, show_images
from batchquant.report.page.records import ShownImage, ShownVariant
from batchquant.report.page.statistics import (
    JobFigures,
    Spread,
    compare_starts,
    psnr_by_k,
    spread_of,
)
from batchquant.report.page.write import write_page
from batchquant.sources.source import ImageFile
from batchquant.steps.result import Written
from batchquant.store import Output, OverviewRecord, records_of
from batchquant.store.reading import Known
from batchquant.store.reported import Reported

EVIL = "<script>alert(1)</script> & \"'.jpg"


def shown_image(name="a.jpg", variants=(), **options):
    return ShownImage(
        "", "photos", name, 0, 4, 3, 9, "JPEG RGB", "", options.pop("error", None),
        tuple(variants), **options,
    )  # fmt: skip


def done(k, init="random", *, psnr_db=30.0, inertia=1.0, n_iter=5):
    return ShownVariant(
        k, init, "done", seed=1, n_colors=k, n_iter=n_iter, converged=True, inertia=inertia,
        figures={"psnr_db": psnr_db, "max_error": 1.0},
    )  # fmt: skip


def chunks_of(images):
    parts = [images[begin : begin + CARDS] for begin in range(0, len(images), CARDS)]
    return [make_chunk(number, part, missing)[0] for number, part in enumerate(parts)]


def missing(path):
    raise FileNotFoundError(path)


def shown(*images, **options):
    """What the page shows of images of one job as a whole."""
    figures, failed = JobFigures(""), []
    for chunk in chunks_of(images):
        failed += chunk.failures
        for of_job in chunk.jobs:
            figures.merge(of_job)
    return Shown((ShownJob(figures),), group_failures(failed), **options)


def scripts_of(*images, read=missing):
    """The data of images, by path."""
    scripts = {}
    for number in range(n_chunks(len(images))):
        part = images[number * CARDS : (number + 1) * CARDS]
        scripts.update(make_chunk(number, part, read)[1])
    return scripts


def gathered(plan, records=None, drawn=None):
    """What the page shows of a plan as a whole, and of its images."""
    known = Known(plan, records or {}, drawn or {})
    images = list(show_images(known))
    return gather(plan, known.drawn, chunks_of(images)), images


def plan_of(*images, **options):
    return Plan(Path("/out"), images, (), (), **options)


def content_of(script):
    return re.fullmatch(r'batchquant\.take\("(\w+)",(\d+),(.*)\);\n', script.decode()).groups()


def test_all_files_are_named_and_the_index_is_last():
    image = shown_image(variants=[done(3)])
    pages = build_page(shown(image))
    assert list(pages)[-1] == INDEX
    scripts = scripts_of(image)
    index = pages[INDEX].decode()
    named = re.findall(r'(?:src|href)="(_run/[^"]+)"', index)
    assert set(named) < {*pages, *scripts}
    data = {f"_run/page/data/{kind}-0000.js" for kind in ("cards", "details", "palettes")}
    assert scripts.keys() == data
    assert not scripts.keys() & pages.keys()
    assert pages == build_page(shown(image))
    assert scripts == scripts_of(image)


def test_names_cannot_break_out_of_the_page():
    image = shown_image(EVIL, [done(3)], error="unreadable: </li>")
    pages = build_page(shown(image, warnings=(EVIL,)))
    index = pages[INDEX].decode()
    assert "<script>alert" not in index
    assert "&lt;script&gt;alert(1)" in index
    assert "unreadable: &lt;/li&gt;" in index


def test_the_clock_and_whose_page_it_is_are_in_the_data_only():
    image = shown_image(variants=[done(3)])
    last_run = LastRun(datetime(2026, 1, 2, tzinfo=UTC), 3.5, 1, 0)
    with_clock, without = (
        build_page(shown(image, last_run=last_run, identity="0f")),
        build_page(shown(image)),
    )
    assert [path for path in without if with_clock[path] != without[path]] == [
        "_run/page/data/run-0000.js"
    ]
    kind, _, content = content_of(with_clock["_run/page/data/run-0000.js"])
    assert kind == "run"
    assert json.loads(content) == {
        "id": "0f",
        "last": {
            "started": "2026-01-02T00:00:00+00:00",
            "elapsed": 3.5,
            "done": 1,
            "skipped": 0,
        },
    }


def test_exact_copies_are_infinite_in_the_data():
    scripts = scripts_of(shown_image(variants=[done(3, psnr_db=math.inf)]))
    (card,) = json.loads(content_of(scripts["_run/page/data/cards-0000.js"])[2])
    assert card["psnr"] == ["Infinity"]


def test_figures_of_cards_stand_by_k_then_by_start():
    before_delta_e = done(8, "maximin", psnr_db=22.126)
    failed = ShownVariant(3, "maximin", "failed")
    image = shown_image(variants=[done(8, psnr_db=21.0), before_delta_e, failed, done(3)])
    image.variants[0].figures["delta_e"] = 4.5678
    (card,) = json.loads(content_of(scripts_of(image)["_run/page/data/cards-0000.js"])[2])
    assert (card["ks"], card["inits"]) == ([3, 8], ["random", "maximin"])
    assert card["psnr"] == [30.0, None, 21.0, 22.13]
    assert card["deltaE"] == ["", None, 4.57, ""]


def test_cards_tell_the_shape_of_pixels():
    image = shown_image(variants=[done(3)], pixel_aspect=98 / 204)
    scripts = scripts_of(image)
    (card,) = json.loads(content_of(scripts["_run/page/data/cards-0000.js"])[2])
    assert (card["width"], card["height"], card["aspect"]) == (4, 3, 0.480392)


def test_data_is_paged():
    images = [shown_image(f"{i}.jpg", [done(k) for k in range(2, 6)]) for i in range(CARDS + 1)]
    scripts = scripts_of(*images)
    cards = [
        json.loads(content_of(scripts[f"_run/page/data/cards-000{page}.js"])[2]) for page in (0, 1)
    ]
    assert [len(page) for page in cards] == [CARDS, 1]
    pages = [card["page"] for page in cards for card in page]
    assert sorted(set(pages)) == [*range(0, CARDS, VARIANTS // 4), CARDS]
    for place, page in enumerate(pages):  # it is named by the first of its images
        details = json.loads(content_of(scripts[f"_run/page/data/details-{page:04}.js"])[2])
        assert len(details[str(place)]["variants"]) == 4
    assert len(scripts) == 3 + len(set(pages))  # and what the first are painted from


def test_what_paints_the_first_cards_is_one_script():
    """Those that are not there are left out: the page asks for them."""
    names = [f"{i}.js" for i in range(FIRST + 1)]
    images = [shown_image(f"{name}.jpg", [done(3)], palettes=name) for name in names]
    images[1] = shown_image("undrawn.jpg", [done(3)])
    there = {name: f"{name};\n".encode() for name in names if name != "2.js"}

    def read(path):
        return there[path] if path in there else missing(path)

    content = scripts_of(*images, read=read)["_run/page/data/palettes-0000.js"]
    expected = [name for name in names[:FIRST] if name not in ("1.js", "2.js")]
    assert content.decode().split() == [f"{name};" for name in expected]


def test_an_image_of_very_many_variants_is_a_page_of_its_own():
    many = shown_image("many", [done(k) for k in range(1, VARIANTS + 2)])
    few = shown_image("few", [done(3)])
    assert list(page_details([few, many, few, few])) == [[few], [many], [few, few]]


def test_records_of_other_settings_count_as_none():
    variants = (variant_of(3, "random", "now", png="a_k003_random.png", pdf="a.pdf", gpl="a.gpl"),)
    image = dataclasses.replace(IMAGE, variants=variants)
    digests = {"png": Written(4, b"p"), "pdf": Written(5, b"q"), "gpl": Written(6, b"r")}
    made = MADE._replace(files=digests)
    result = dataclasses.replace(RESULT, error=None, variants=(made,))
    plan = plan_of(image)
    record = records_of(image, variants, result)[0]
    _, (found,) = gathered(plan, {record.key: record})
    assert (found.status, found.width, found.source) == ("done", 1, "JPEG RGB")
    assert [(f.kind, f.path, f.size_bytes) for f in found.variants[0].files] == [
        ("png", "a_k003_random.png", 4),
        ("pdf", "a.pdf", 5),
        ("gpl", "a.gpl", 6),
    ]
    before = dataclasses.replace(record, recipe="before")
    assert gathered(plan, {record.key: before})[1][0].status == "pending"


def test_refused_and_failed_images_say_why():
    refused = dataclasses.replace(IMAGE, refusal="bad_name: x")
    _, (found,) = gathered(plan_of(refused))
    assert (found.status, found.error) == ("failed", "bad_name: x")
    records = {r.key: r for r in records_of(IMAGE, IMAGE.variants, RESULT)}
    _, (found,) = gathered(plan_of(IMAGE), records)
    assert [variant.status for variant in found.variants] == ["done", "failed"]
    assert (found.status, found.error) == ("failed", "unreadable: x")


def test_what_was_drawn_is_linked_and_no_more():
    files = {"thumbnail": "t.jpg", "preview": "p.jpg", "sheet_pdf": "a.pdf", "best": "best.png"}
    outputs = {kind: Output(path, 1, b"") for kind, path in files.items()}
    drawn = {IMAGE.key: OverviewRecord(*IMAGE.key, "f", None, 0.1, outputs)}
    drawn["", "", "", 0] = OverviewRecord(
        "", "", "", 0, "f", None, 0.1, {"book": Output("book.pdf", 1, b"")}
    )
    records = {r.key: r for r in records_of(IMAGE, IMAGE.variants, RESULT)}
    wanted = Overview(
        (("sheet_pdf", "a.pdf"), ("best", "best.png")), decibels(32.0), is_in_book=True
    )
    image = dataclasses.replace(IMAGE, overview=wanted)
    page, (found,) = gathered(plan_of(image), records, drawn)
    (job,) = page.jobs
    assert (found.thumbnail, found.preview, found.palettes) == ("t.jpg", "p.jpg", None)
    assert (found.sheets, found.best_path, job.book) == (("a.pdf",), "best.png", "book.pdf")
    assert (found.target, found.best) == (decibels(32.0), (3, "random"))
    page, (found,) = gathered(plan_of(IMAGE), records, drawn)  # of a job that wants none of them
    (job,) = page.jobs
    assert (found.sheets, found.best_path, job.book) == ((), None, None)


def test_failures_stand_by_what_is_to_be_done():
    images = [
        shown_image("a", [done(3)], error="too_large: x"),
        shown_image("b", [done(3)], error="unreadable: y"),
        shown_image("c", [done(3)]),
        *(shown_image(str(i), [done(3)], error="unreadable: z") for i in range(MAX_LISTED)),
    ]
    first, second = shown(*images).failures
    assert (first.heading, first.noun) == ("Cannot be read", "picture")
    assert len(first.failures) == MAX_LISTED + 1
    assert [failure.place for failure in first.failures[:2]] == [1, 3]
    assert second.failures == (Failure("photos/a", "too_large: x", 0, "photos/a"),)
    index = build_page(shown(*images))[INDEX].decode()
    assert index.count('<span class="reason">unreadable: ') == MAX_LISTED
    assert "And 1 more: choose the status" in index


def test_a_picture_that_fails_in_several_jobs_is_counted_once():
    images = [
        dataclasses.replace(shown_image(name, error=error), job=job)
        for job in ("day", "night")
        for name, error in (("a", "unreadable: y"), ("b", f"too_large: {job}"))
    ]  # a for the same reason in both, b for another in each
    page = shown(*images, n_pictures=2)
    too_large, unreadable = page.failures
    assert [each.told for each in unreadable.failures] == ["photos/a (2 jobs)"]
    assert [each.told for each in too_large.failures] == ["day/photos/b", "night/photos/b"]
    index = build_page(page)[INDEX].decode()
    assert '<h2 id="failures-title">2 pictures failed</h2>' in index
    assert "<h3>Cannot be read: 1 picture</h3>" in index
    assert "<h1>2 pictures in a few colors</h1>" in index
    assert 'data-images="2"' not in index  # but as many as there are cards


def test_what_could_not_be_drawn_stands_among_the_failures():
    image = dataclasses.replace(IMAGE, overview=Overview(is_in_book=True))
    drawn = {
        image.key: OverviewRecord(*image.key, "f", "timeout: not done within 60 s", 0.0),
        ("", "", "", 0): OverviewRecord("", "", "", 0, "f", "internal: y", 0.0),
    }
    records = {r.key: r for r in records_of(image, image.variants[:1], RESULT)}
    one = dataclasses.replace(image, variants=image.variants[:1])
    found, _ = gathered(plan_of(one), records, drawn)
    (undrawn,) = found.failures
    assert failures_of(Known(plan_of(one), records, drawn)) == found.failures
    assert (undrawn.heading, undrawn.advice, undrawn.noun) == (*UNDRAWN, "contact sheet")
    assert undrawn.failures == (
        Failure("photos/a.jpg", "not drawn: timeout: not done within 60 s", 0),
        Failure("book.pdf", "not drawn: internal: y", None),
    )
    index = build_page(found)[INDEX].decode()
    assert '<h2 id="failures-title">2 contact sheets not drawn</h2>' in index
    assert '<a href="#image=0">photos/a.jpg</a> <span class="reason">not drawn: time' in index
    assert '<li>book.pdf <span class="reason">not drawn: internal: y</span></li>' in index


@pytest.mark.parametrize("name", ["unreadable", "timeout", "worker_died", "too_large", "bad_name"])
def test_every_class_of_reasons_has_advice(name):
    assert advise(class_of(f"{name}: something")) == ADVICE[name]


def test_a_picture_that_breaks_off_has_a_class_of_its_own():
    assert class_of("unreadable: image file is truncated (4 bytes not processed)") == "truncated"


def test_a_spread_is_told_in_quartiles():
    assert spread_of([4, 1, 2, 3, 5]) == Spread(n=5, low=1.0, q1=2.0, median=3.0, q3=4.0, high=5.0)


def test_a_file_that_breaks_off_is_advised_on_apart_from_what_is_no_picture():
    cut = "unreadable: image file is truncated (4 bytes not processed)"
    images = [
        shown_image("a", [done(3)], error=cut),
        shown_image("b", [done(3)], error="unreadable: no picture"),
        shown_image("c", [done(3)], error="unreadable: no picture"),
    ]
    no_pictures, broken_off = shown(*images).failures
    assert broken_off.failures == (Failure("photos/a", cut, 0, "photos/a"),)
    assert "truncated: accept" in broken_off.advice
    assert "truncated" not in no_pictures.advice
    assert "exclude" in no_pictures.advice


def test_an_unknown_class_still_says_something():
    assert advise("novel") == UNKNOWN


def figures_of(images):
    """Figures of a job, counted one by one and put together."""
    whole = JobFigures("")
    for image in images:
        one = JobFigures("")
        one.add(image)
        whole.merge(one)
    at_once = JobFigures("")
    for image in images:
        at_once.add(image)
    assert whole == at_once
    return whole


def test_starts_are_compared_within_image_and_k():
    images = [
        shown_image("a", [done(3, "random", inertia=110.0), done(3, "maximin", inertia=100.0)]),
        shown_image("b", [done(3, "random", inertia=2.0), done(3, "maximin", inertia=3.0)]),
        shown_image("c", [done(3, "random", inertia=0.0), done(3, "maximin", inertia=0.0)]),
        shown_image("d", [done(3, "random", n_iter=9)]),  # nothing to compare with
    ]
    random, maximin = compare_starts(figures_of(images))
    assert (random.init, random.n_compared, random.n_best) == ("random", 3, 2)
    assert random.excess.high == pytest.approx(10)
    assert (random.n_iter.n, random.n_iter.high) == (4, 9)
    assert (maximin.n_best, maximin.excess.median) == (2, 0)
    assert maximin.excess.high == pytest.approx(50)
    (alone,) = compare_starts(figures_of(images[3:]))
    assert (alone.n_compared, alone.excess) == (0, None)


def test_one_start_is_compared_with_none():
    def figures(*variants):
        index = build_page(shown(shown_image(variants=variants)))[INDEX].decode()
        return index[index.index('<section id="figures"') :]

    alone = figures(done(3, n_iter=7))
    assert "Which start is better here" not in alone
    assert "best or equal in" not in alone
    assert '<th scope="row">random</th>\n      <td class="number">7</td>' in alone
    two = figures(done(3), done(3, "maximin"), done(5, "kmeans++"))
    assert "Which start is better here" in two
    assert two.count("no other start to compare with") == 1


def test_psnr_by_k_takes_the_best_start_of_each_image():
    images = [
        shown_image("a", [done(3, psnr_db=20.0), done(3, "maximin", psnr_db=24.0)]),
        shown_image("b", [done(3, psnr_db=30.0), done(5, psnr_db=math.inf)]),
    ]
    assert psnr_by_k(figures_of(images)) == (
        (3, Spread(2, 24.0, 25.5, 27.0, 28.5, 30.0), 0),
        (5, None, 1),
    )


def test_the_job_file_and_its_settings_stand_folded_above_the_pictures():
    wording = Wording("a\udcff.yaml", (("seed", "7"),), (("day", (("k", "3"),)), ("night", ())))
    index = build_page(gathered(plan_of(IMAGE, wording=wording))[0])[INDEX].decode()
    details = re.search(r"<details class=\"settings\".*?</details>", index, re.DOTALL)
    assert details.end() < index.index('<section id="gallery"')
    assert re.findall(r">([^<>\n]+)<", details.group()) == [
        r"Settings of a\xff.yaml", "seed", "7", "day", "k", "3", "night",
    ]  # fmt: skip


def test_starts_that_were_tried_and_keys_that_are_varied_are_explained():
    varied = (("favor_rare=0.5", (("favor_rare", "0.5"), ("of a version to come", "1"))),)
    wording = Wording("jobs.yaml", (), (("", ()), ("favor_rare=0.5", ())), varied)
    index = build_page(shown(shown_image(variants=[done(3, "maximin")]), wording=wording))[INDEX]
    told = json.loads(html.unescape(re.search(r"data-words='(.*?)'", index.decode()).group(1)))
    assert list(told) == ["favor_rare", "maximin"]
    assert "small accents keep a color" in told["favor_rare"]
    for word, meaning in told.items():
        assert f"<dt>{word}</dt><dd>{html.escape(meaning)}</dd>" in index.decode()


def test_a_job_file_without_entries_has_one_list_of_settings():
    wording = Wording("jobs.yaml", (("seed", "7"),), (("", (("k", "3"),)),))
    index = build_page(shown(shown_image(variants=[done(3)]), wording=wording))[INDEX].decode()
    assert re.findall(r"<dl>|<dt>(?:k|seed)</dt><dd>\w+</dd>", index) == [
        "<dl>", "<dt>seed</dt><dd>7</dd>", "<dt>k</dt><dd>3</dd>",
    ]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), [(10.0, 0.0), (15.0, 50.0), (20.0, 100.0)])
def test_places_on_an_axis(value, expected):
    assert percent_of(value, (10.0, 20.0)) == expected
    assert percent_of(value, (value, value)) == 50


def counts_above(*images):
    index = build_page(shown(*images))[INDEX].decode()
    return re.findall(r"<b>([\d,]+)</b> ([^<]+)</span>", index)


def test_counts_above_leave_out_what_is_none():
    failed, pending = (ShownVariant(5, "random", status) for status in ("failed", "pending"))
    assert counts_above(shown_image(variants=[done(3), done(5)])) == [("2", "variants done")]
    assert counts_above(shown_image(variants=[done(3), failed], error="unreadable: x")) == [
        ("1", "variant done"), ("1", "failed, of 1 picture"),
    ]  # fmt: skip
    assert counts_above(shown_image(variants=[done(3), pending]))[-1] == ("1", "still to do")


def test_how_many_reach_the_target_is_counted():
    target = decibels(32.0)
    reach = shown_image("a", [done(3)], target=target, best=(3, "random"))
    fall_short = [shown_image(name, [done(3)], target=target) for name in "bc"]
    (told,) = counts_above(reach, *fall_short, shown_image("d", [done(3)]))[1:]
    assert told == ("1", "of 3 reach 32 dB")


def files_in(folder):
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file()
    }


def many(n):
    return plan_of(*(dataclasses.replace(IMAGE, image=f"{i}.jpg") for i in range(n)))


def write(output, plan, reported=None, **options):
    return write_page(output, Known(plan, {}, {}), reported or Reported(), **options)


def test_data_of_a_longer_page_is_removed(tmp_path):
    reported = Reported()
    write(tmp_path, many(CARDS + 1), reported)
    assert (tmp_path / "_run/page/data/cards-0001.js").exists()
    (tmp_path / "_run/page/wall.js").write_text("of an older version, which is part of page.js now")
    assert write(tmp_path, many(1), reported) == tmp_path / INDEX
    assert reported.chunks.keys() == {0}
    page, images = gathered(many(1))
    expected = {"_run/id", *build_page(page), *scripts_of(*images)}
    assert files_in(tmp_path).keys() == expected


def test_what_has_not_changed_is_not_made_again(tmp_path):
    """Of each chunk of images what the page says as a whole is kept, in words of its own."""
    plan, reported, made = many(CARDS + 1), Reported(), []
    write(tmp_path, plan, reported, check=lambda: made.append(1))
    assert (len(made), reported.stale) == (2, {0, 1})
    before = files_in(tmp_path)
    index = (tmp_path / INDEX).read_bytes()
    cards = tmp_path / "_run/page/data/cards-0001.js"
    for spoil, n_made in (
        (lambda: None, 0),
        (lambda: reported.stale.add(1), 1),
        (lambda: cards.unlink(), 1),
        (lambda: reported.chunks.update({1: "no chunk"}), 1),
        (lambda: reported.chunks.update({1: reported.chunks[0]}), 1),
        (lambda: reported.chunks.pop(1), 1),
    ):
        reported.stale.clear()
        made.clear()
        spoil()
        write(tmp_path, plan, reported, check=lambda: made.append(1))
        assert len(made) == n_made
        assert files_in(tmp_path).keys() == before.keys()
        assert (tmp_path / INDEX).read_bytes() == index


def test_what_was_made_without_a_figure_of_today_is_made_again(tmp_path, extended):
    plan, reported, made = many(2), Reported(), []
    for names, n_made in (((), 1), ((), 0), (("toy",), 1), (("toy",), 0), ((), 1)):
        extended(*names)
        reported.stale.clear()
        made.clear()
        write(tmp_path, plan, reported, check=lambda: made.append(1))
        assert len(made) == n_made


def test_an_image_file_is_never_linked():
    source = ImageFile("/home/me/photos/a.jpg", "a.jpg", 10, 20)
    page, images = gathered(plan_of(dataclasses.replace(IMAGE, file=source)))
    for content in (build_page(page) | scripts_of(*images)).values():
        assert b"/home/me" not in content
