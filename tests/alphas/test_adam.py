"""Our Adam against torch's own, and what it is for."""

import subprocess
import sys

import pytest

from torch_absent import REASON

torch = pytest.importorskip("torch", reason=REASON)

from tradewind.alphas.networks.adam import Adam  # noqa: E402


def taught(optimizer_of, steps=40, stop_at=0):
    """Weights after some steps of a small network; stopped and restored on the way where asked for."""
    torch.manual_seed(0)
    network = torch.nn.LSTM(5, 7, bidirectional=True)
    x = torch.randn(9, 3, 5)
    optimizer = optimizer_of(network.parameters())
    for step in range(steps):
        if stop_at and step == stop_at:
            kept, optimizer = optimizer.state(), optimizer_of(network.parameters())
            optimizer.restore(kept)
        network.zero_grad(set_to_none=True)
        network(x)[0].pow(2).sum().backward()
        optimizer.step()
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def test_steps_are_those_of_torch_to_the_bit():
    ours = taught(lambda parameters: Adam(parameters, 1e-2, (0.9, 0.999)))
    theirs = taught(lambda parameters: torch.optim.Adam(parameters, lr=1e-2, betas=(0.9, 0.999)))
    assert torch.equal(ours, theirs)


def test_a_restored_one_goes_on_where_it_was():
    whole = taught(lambda parameters: Adam(parameters, 1e-2, (0.9, 0.999)))
    cut = taught(lambda parameters: Adam(parameters, 1e-2, (0.9, 0.999)), stop_at=17)
    assert torch.equal(whole, cut)


def test_a_fit_and_its_export_do_not_load_torchs_compiler():
    script = (
        "import sys, torch\n"
        "from tradewind.alphas.networks.adam import Adam\n"
        "from tradewind.alphas.networks.bilstm import BiLSTMLearner\n"
        "from tradewind.alphas.networks.onnx_scorer import export\n"
        "network = BiLSTMLearner(hidden=(4, 4), lookback=3).network(2)\n"
        "network(torch.zeros(2, 3, 2)).sum().backward()\n"
        "Adam(network.parameters(), 1e-3, (0.9, 0.999)).step()\n"
        "export(network, 3, 2)\n"
        "print('torch._dynamo' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "False", done.stderr
