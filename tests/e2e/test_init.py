"""`batchquant init` as a user types it."""


def test_a_job_file_to_begin_with(workplace, photos):
    done = workplace.run("init", "photos", "--file", "my jobs.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "photos: 3 pictures (1 .bmp, 1 .jpg, 1 .png)\n"
        "       2  photos\n"
        "       1  photos/trip\n"
        "Left out, no images by their ending: 1 .txt\n"
        "Written: my jobs.yaml. Look into it, then:\n"
        "  batchquant plan 'my jobs.yaml'    what would be done?\n"
        "  batchquant run 'my jobs.yaml'     do it\n"
    )
    planned = workplace.run("plan", "my jobs.yaml")
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "images    3 " in planned.stdout
    assert "variants  15\n" in planned.stdout
    again = workplace.run("init", "photos", "--file", "my jobs.yaml")
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith("batchquant: my jobs.yaml: found a file of that name already")


def test_a_folder_without_pictures_is_said_so(workplace):
    done = workplace.run("init")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "found no picture, expected JPEG, PNG, TIFF, WebP, HEIC and others (batchquant formats)."
        in done.stderr
    )
    assert workplace.names() == []


def test_a_job_file_that_cannot_be_written_is_said_so(workplace, photos):
    (workplace.path / "file").touch()
    done = workplace.run("init", "photos", "--file", "file/jobs.yaml")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("batchquant: file/jobs.yaml: cannot be written: ")
