import sys

from batchquant.packages import how_to_install


def test_a_package_is_named_itself_since_batchquant_is_not_on_pypi():
    assert how_to_install("rawpy") == "pip install rawpy"


def test_beside_what_pipx_installed_pipx_installs_the_rest(monkeypatch, tmp_path):
    environment = tmp_path / "pipx" / "venvs" / "batchquant-2"  # of pipx install --suffix
    environment.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(environment))
    assert how_to_install("rawpy").startswith("pip install ")
    (environment / "pipx_metadata.json").touch()
    assert how_to_install("rawpy") == "pipx inject batchquant-2 rawpy"
