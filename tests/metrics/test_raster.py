"""Who stands in a raster, by hand."""

import torch

from snnexp.metrics.raster import busiest, raster


def test_the_busiest_neurons_stand_on_top_and_silent_ones_are_left_out():
    spikes = torch.tensor([[0.0, 1, 0, -1], [0, 0, 0, -1], [0, 1, 1, 1]]).unsqueeze(1)
    assert raster({"a": spikes}) == {"a": [[1, 2, 3], [1, 3], [3]]}  # spikes of -1 are spikes
    two_samples = torch.cat([torch.zeros(3, 1, 4), spikes], dim=1)
    assert raster({"a": two_samples}) == {"a": []}  # the first alone


def test_many_neurons_and_layers_are_thinned_out_evenly():
    spikes = torch.ones(2, 1, 5, 5).tril()
    assert busiest(spikes, 2) == [0, 24] and len(busiest(spikes)) == 12
    assert [*raster({str(i): spikes for i in range(15)})] == ["0", "2", "4", "6", "8", "10", "12", "14"]
