"""`batchquant init` as a user types it."""


def test_a_job_file_to_begin_with(workplace, photos):
    done = workplace.run("init", "photos", "--file", "my jobs.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "photos: 3 pictures (1 BMP, 1 JPEG, 1 PNG)\n"
        "       2  photos (1 BMP, 1 PNG)\n"
        "       1  photos/trip (1 JPEG)\n"
        "Left out, no pictures by their ending: 1 .txt\n"
        "Written: my jobs.yaml. Look into it, then:\n"
        "  batchquant plan 'my jobs.yaml'    what would be done?\n"
        "  batchquant run 'my jobs.yaml'     do it\n"
    )
    planned = workplace.run("plan", "my jobs.yaml")
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "pictures  3 " in planned.stdout
    assert "variants  21\n" in planned.stdout
    again = workplace.run("init", "photos", "--file", "my jobs.yaml")
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith("batchquant: my jobs.yaml: there is such a file already")


def test_what_a_camera_and_a_phone_have_written_is_told_as_what_it_is(workplace):
    for name in ("a.NEF", "a.jpg", "b.nef", "phone/c.HEIC"):
        path = workplace.path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    told = workplace.run("init", "photos").stdout.splitlines()
    assert told[:4] == [
        "photos: 4 pictures (2 camera RAW, 1 HEIC, 1 JPEG)",
        "       3  photos (2 camera RAW, 1 JPEG)",
        "       1  photos/phone (1 HEIC)",
        "Note: 1 picture there twice, as camera RAW and beside it."
        ' To leave RAW out: {path: ..., exclude: ["*.NEF"]}',
    ]


def test_without_a_folder_it_says_which_one_it_searched(workplace, photos):
    done = workplace.run("init")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:4] == [
        f"No folder was named, so this one was searched: {workplace.path}",
        ".: 3 pictures (1 BMP, 1 JPEG, 1 PNG)",
        "       3  photos (1 BMP, 1 JPEG, 1 PNG)",
        "Left out, no pictures by their ending: 1 .txt",
    ]


def test_a_folder_without_pictures_is_said_so(workplace):
    done = workplace.run("init")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        ": no picture in it or below. What is read: JPEG, PNG, TIFF, WebP, HEIC and others"
        in done.stderr
    )
    assert workplace.names() == []


def test_a_job_file_that_cannot_be_written_is_said_so(workplace, photos):
    (workplace.path / "file").touch()
    done = workplace.run("init", "photos", "--file", "file/jobs.yaml")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("batchquant: file/jobs.yaml: cannot be written: ")
