import numpy as np
import pytest

from batchquant.demo.pictures import draw_samples


@pytest.fixture(scope="module")
def samples():
    return list(draw_samples())


def test_five_pictures_with_names_of_their_own(samples):
    names = [name for name, _ in samples]
    assert names == ["lake_at_dusk", "pebbles", "fruit", "meadow", "neon"]


def test_four_landscapes_and_a_portrait_in_8_bit(samples):
    assert [pixels.shape for _, pixels in samples] == [(480, 640, 3)] * 4 + [(640, 480, 3)]
    assert {pixels.dtype for _, pixels in samples} == {np.dtype(np.uint8)}


def test_a_second_call_draws_the_same_bytes(samples):
    again = list(draw_samples())
    assert [name for name, _ in again] == [name for name, _ in samples]
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(samples, again, strict=True))


def test_global_randomness_neither_matters_nor_moves(samples):
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    name, pixels = next(draw_samples())
    assert name == samples[0][0] and np.array_equal(pixels, samples[0][1])
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_as_many_colors_as_in_a_photograph(samples):
    for name, pixels in samples:
        codes = pixels.reshape(-1, 3).astype(np.int64) @ [65536, 256, 1]
        assert len(np.unique(codes)) > 10_000, name
        assert np.ptp(pixels) > 200, f"{name} is flat"


def test_no_picture_is_another(samples):
    assert len({pixels.tobytes() for _, pixels in samples}) == len(samples)
