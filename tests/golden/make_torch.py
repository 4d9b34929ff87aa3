#!/usr/bin/env python3
"""Make the small PyTorch checkpoints of this folder, and their contents.

    python3 make_torch.py [OUTPUT_FOLDER]

Run by hand, needs numpy and torch (made with torch 1.13); `make check` only
reads the results.
torch_types.pt    a state_dict of every type and layout; protocol 2
torch_proto4.pt   the same in protocol 4
torch_trained.pt  {"epoch", "state_dict", "optimizer", ..} of a small module
torch_types.npz, torch_trained.npz hold the tensors that are to be found.
"""
import os
import sys
from collections import OrderedDict

import numpy as np
import torch


def types():
    base = torch.arange(24, dtype=torch.float32) / 8 - 1
    big = torch.arange(60, dtype=torch.float64).reshape(3, 4, 5)
    out = OrderedDict()
    out["float"] = base.reshape(2, 3, 4)
    out["double"] = torch.tensor([0.1, -1e300, float("inf")],
                                 dtype=torch.float64)
    out["half"] = torch.tensor([[1.5, -2.25], [65504, 6e-8]]).half()
    out["bfloat16"] = torch.tensor([1.0, -0.15625, 3e38]).bfloat16()
    out["long"] = torch.tensor([-2**63, -1, 2**63 - 1])
    out["int"] = torch.tensor([[-2**31], [2**31 - 1]], dtype=torch.int32)
    out["short"] = torch.tensor([-300, 300], dtype=torch.int16)
    out["char"] = torch.tensor([-128, 127], dtype=torch.int8)
    out["byte"] = torch.tensor([0, 255], dtype=torch.uint8)
    out["bool"] = torch.tensor([True, False, True])
    out["scalar"] = torch.tensor(42)
    out["empty"] = torch.zeros(0, 5)
    out["parameter"] = torch.nn.Parameter(torch.ones(2, 2))
    # one storage for all of these
    out["whole"] = big
    out["transposed"] = big.permute(2, 0, 1)
    out["part"] = big[1:, ::2, 3]
    out["repeated"] = big[0, 0, :2].expand(3, 2)
    out["tied"] = out["float"]
    # names are just text
    out["name \u00b5"] = torch.full((1, 7), 3.25)
    return out


def trained():
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.ReLU(),
                              torch.nn.BatchNorm2d(3))
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-4)
    net(torch.randn(2, 2, 8, 8)).square().mean().backward()
    optimizer.step()
    return {"epoch": 300, "best": -1.5, "arch": "small", "done": False,
            "limits": (0, -70000, 2**40), "losses": [1.0, 0.5, None],
            "state_dict": torch.nn.DataParallel(net).state_dict(),
            "optimizer": optimizer.state_dict()}


def array(v):
    v = v.detach()
    if v.dtype == torch.bfloat16:
        v = v.float()
    a = v.numpy().copy(order="C")
    return a.astype(np.uint8) if v.dtype == torch.bool else a


def arrays(state):
    return {k: array(v) for k, v in state.items()}


def main():
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(__file__)

    def path(name):
        return os.path.join(target, "torch_" + name)

    torch.save(types(), path("types.pt"))
    torch.save(types(), path("proto4.pt"), pickle_protocol=4)
    np.savez_compressed(path("types.npz"), **arrays(types()))
    checkpoint = trained()
    torch.save(checkpoint, path("trained.pt"))
    np.savez_compressed(path("trained.npz"),
                        **arrays(checkpoint["state_dict"]))


if __name__ == "__main__":
    main()
