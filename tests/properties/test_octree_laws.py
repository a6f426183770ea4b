"""Laws of the octree and of what is found with its help, against plain numpy on all points."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from batchquant.quantization.kmeans.field import (
    add_center,
    at_potential,
    farthest,
    field_around,
    potential_with,
)
from batchquant.quantization.kmeans.octree import DEPTH, build_octree


@st.composite
def clouds(draw):
    """Distinct points in few or many places, with weights, in a tree of few or many nodes."""
    levels = draw(st.sampled_from([2, 4, 256]))
    n, seed = draw(st.integers(1, 200)), draw(st.integers(0, 1000))
    rng = np.random.default_rng(seed)
    points = np.unique(rng.integers(0, levels, (n, 3)), axis=0) * (255 // (levels - 1))
    points = points[rng.permutation(len(points))].astype(np.float64)
    weights = rng.integers(1, 5, len(points))
    return points, weights, build_octree(points, weights, leaf_size=draw(st.integers(1, 20)))


def squared_to(points, center):
    return ((points - center) ** 2).sum(axis=1)


@given(clouds())
def test_every_point_stands_once_with_its_weight(cloud):
    points, weights, octree = cloud
    there = np.stack([octree.x, octree.y, octree.z], axis=1)
    assert np.array_equal(there, points[octree.order])
    assert np.array_equal(octree.weights, weights[octree.order])
    assert np.array_equal(octree.order[octree.places()], np.arange(len(points)))


@given(clouds())
def test_arrays_have_the_types_and_layout_that_kernels_are_compiled_for(cloud):
    _, _, octree = cloud
    types = {"order": np.int32} | dict.fromkeys(("begin", "end", "depth", "after"), np.int64)
    for name, array in octree._asdict().items():
        assert array.flags.c_contiguous
        assert array.dtype == types.get(name, np.float64)


@given(clouds())
def test_bytes_and_floats_give_one_tree(cloud):
    points, weights, _ = cloud
    colors = np.unique(np.clip(points, 0, 255).astype(np.uint8), axis=0)
    weights = weights[: len(colors)]
    trees = [build_octree(colors.astype(kind), weights) for kind in (np.uint8, np.float64)]
    assert all(np.array_equal(*arrays) for arrays in zip(*trees, strict=True))


@given(clouds())
def test_boxes_are_tight_and_children_share_the_points_of_their_parent(cloud):
    points, _, octree = cloud
    assert (octree.begin[0], octree.end[0], octree.depth[0]) == (0, len(points), 0)
    assert octree.depth.max() < DEPTH
    for v in range(len(octree.begin)):
        inside = points[octree.order[octree.begin[v] : octree.end[v]]]
        assert np.array_equal(octree.center[v] - octree.half[v], inside.min(axis=0))
        assert np.array_equal(octree.center[v] + octree.half[v], inside.max(axis=0))
        at, child = octree.begin[v], v + 1
        while child < octree.after[v]:
            assert (octree.begin[child], octree.depth[child]) == (at, octree.depth[v] + 1)
            at, child = octree.end[child], octree.after[child]
        assert child == octree.after[v]
        assert at == (octree.begin[v] if octree.after[v] == v + 1 else octree.end[v])


@given(clouds(), st.integers(0, 1000))
def test_a_field_holds_the_distance_to_the_nearest_center(cloud, seed):
    points, weights, octree = cloud
    rng = np.random.default_rng(seed)
    centers = np.vstack([points[:1], rng.integers(0, 256, (3, 3)), rng.uniform(-99, 400, (2, 3))])
    field = field_around(octree, centers[0])
    squared = squared_to(points, centers[0])
    for center in centers[1:]:
        squared = np.minimum(squared, squared_to(points, center))
        foreseen = potential_with(octree, field, center)
        add_center(octree, field, center)
        assert np.allclose(field.squared, squared[octree.order], rtol=1e-12)
        assert np.isclose(foreseen, weights @ squared, rtol=1e-9)
        assert np.isclose(field.potential[0], weights @ squared, rtol=1e-9)
        assert (
            octree.order[farthest(octree, field)]
            == np.flatnonzero(field.squared[octree.places()] == field.squared.max()).min()
        )


@given(clouds(), st.floats(0, 1, exclude_max=True))
def test_a_share_of_the_potential_belongs_to_one_point(cloud, part):
    points, _, octree = cloud
    field = field_around(octree, points[0])
    shares = np.cumsum(octree.weights * field.squared)
    if len(points) == 1:  # it is the center: there is no potential
        return
    target = np.floor(part * shares[-1])
    assert at_potential(octree, field, target) == np.searchsorted(shares, target, side="right")
