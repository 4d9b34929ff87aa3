#!/usr/bin/env python3
"""Time a list of layers by PyTorch; print the seconds they take in all.

    network_torch.py THREADS ROUNDS KIND:B:H:W:IN:OUT:K...

Layers run in turn, round after round, as in a forward; the least of each
counts. tests/bench/network.c starts this with its own network's layers.
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


def main():
    torch.set_num_threads(int(sys.argv[1]))
    layers = [layer(text) for text in sys.argv[3:]]
    best = [float("inf")] * len(layers)
    with torch.no_grad():
        for _ in range(int(sys.argv[2])):
            for i, run in enumerate(layers):
                start = time.perf_counter()
                run()
                best[i] = min(best[i], time.perf_counter() - start)
    print(sum(best))


if __name__ == "__main__":
    main()
