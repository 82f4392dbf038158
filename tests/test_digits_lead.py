"""The same network in three libraries, and the page that compares them."""

import csv
import itertools
import runpy
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from snnexp import compose
from snnexp.tables import pages

ROOT = Path(__file__).parents[1]
DEFINED = runpy.run_path(str(ROOT / "scripts/digits_lead"))
CONDITIONS, NETWORKS, SECTION = (sys.modules.pop(name) for name in ("conditions", "networks", "section"))


@pytest.mark.parametrize("name", NETWORKS.SCRIPTS)
def test_a_script_trains_as_many_parameters_as_snnexp(name: str):
    pytest.importorskip(name.lower())
    network = NETWORKS.SCRIPTS[name]()
    assert network.eval()(torch.zeros(2, 1, 8, 8)).shape == (2, 10)
    assert CONDITIONS.parameters(network) == CONDITIONS.parameters(compose("device=cpu").network()) == 113_386


def test_spikingjelly_s_choices_are_its_network(tmp_path: Path):
    """Equal weights get equal gradients: the two differ by nothing but random numbers."""
    pytest.importorskip("spikingjelly")
    CONDITIONS.draw(tmp_path / "drawn.safetensors", 1)
    ours = compose(CONDITIONS.ATAN, *CONDITIONS.TAU2, "device=cpu").network().double()
    theirs = NETWORKS.spikingjelly().double()
    ours.load_state_dict(load_file(tmp_path / "drawn.safetensors"))
    vector_to_parameters(parameters_to_vector(ours.parameters()), theirs.parameters())
    x, y = 3 * torch.randn(16, 1, 8, 8, dtype=torch.float64), torch.arange(16) % 10
    gradients = []
    for network, logits in ((ours, ours(x)), (theirs, theirs(x))):
        gradients.append(torch.autograd.grad(cross_entropy(logits, y), [*network.parameters()]))
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)


def test_images_are_shifted_by_up_to_a_pixel():
    torch.manual_seed(0)
    x = torch.zeros(200, 1, 8, 8)
    x[:, :, 4, 4] = 1
    shifted = CONDITIONS.shifted(x)
    assert {*map(tuple, (shifted == 1).nonzero()[:, 2:].tolist())} == {*itertools.product((3, 4, 5), repeat=2)}
    torch.testing.assert_close(shifted.min(), CONDITIONS.normalized(torch.tensor(0.0)))  # black comes in


def test_the_page_is_that_of_the_kept_rows():
    rows = [*csv.DictReader((ROOT / DEFINED["KEPT"]).read_text().splitlines())]
    page = ROOT / "docs/evidence.md"
    assert pages.replaced(page, "digits lead", SECTION.section(rows)) == page.read_text()
    assert {row["parameters"] for row in rows} == {"113386"}
