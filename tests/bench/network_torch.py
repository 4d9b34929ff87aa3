#!/usr/bin/env python3
"""Time a list of layers by PyTorch; print the seconds they take in all.

    network_torch.py [--train] THREADS ROUNDS KIND:B:H:W:IN:OUT:K...

Layers run in turn, round after round, as in a forward; the least of each
counts; --train: with their gradients. tests/bench/network.c and train.c start
this with their own network's layers.
"""
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit(0)


def layer(text):
    kind, *sizes = text.split(":")
    b, h, w, cin, cout, k = map(int, sizes)
    if kind == "linear":
        x, bias = torch.randn(b, h * w, cin), torch.randn(cout)
        weight = torch.randn(cout, cin)
        return lambda: F.linear(x, weight, bias)
    x = torch.randn(b, cin, h, w)
    if kind == "conv":
        weight = torch.randn(cout, cin, k, k)
        return lambda: F.conv2d(x, weight, padding=k // 2)
    weight = torch.randn(cin, cout, 2, 2)
    return lambda: F.conv_transpose2d(x, weight, stride=2)


def learning(text):
    """The layer and its gradients by all that it is given."""
    run = layer(text)
    given = [c.cell_contents for c in run.__closure__]
    given = [t.requires_grad_() for t in given if torch.is_tensor(t)]
    grad = torch.randn_like(run())
    return lambda: torch.autograd.grad(run(), given, grad)


def main():
    train = sys.argv[1] == "--train"
    threads, rounds, *texts = sys.argv[2 if train else 1:]
    torch.set_num_threads(int(threads))
    layers = [(learning if train else layer)(text) for text in texts]
    best = [float("inf")] * len(layers)
    with torch.set_grad_enabled(train):
        for _ in range(int(rounds)):
            for i, run in enumerate(layers):
                start = time.perf_counter()
                run()
                best[i] = min(best[i], time.perf_counter() - start)
    print(sum(best))


if __name__ == "__main__":
    main()
