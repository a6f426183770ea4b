import re
import sys
from importlib.metadata import requires

import pytest

from batchquant.packages import EXTRAS, how_to_install


def test_a_package_of_an_extra_is_installed_by_it():
    assert how_to_install("rawpy") == "pip install 'batchquant[raw]'"
    assert how_to_install("pillow-heif") == "pip install pillow-heif"


@pytest.mark.parametrize(("package", "extra"), EXTRAS.items())
def test_extras_bring_what_is_said(package, extra):
    told = rf"{package}\b.*\bextra == ['\"]{extra}['\"]"
    assert any(re.match(told, requirement) for requirement in requires("batchquant"))


def test_beside_what_pipx_installed_pipx_installs_the_rest(monkeypatch, tmp_path):
    environment = tmp_path / "pipx" / "venvs" / "batchquant-2"  # of pipx install --suffix
    environment.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(environment))
    assert how_to_install("rawpy").startswith("pip install ")
    (environment / "pipx_metadata.json").touch()
    assert how_to_install("rawpy") == "pipx inject batchquant-2 rawpy"
