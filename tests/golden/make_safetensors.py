#!/usr/bin/env python3
"""Make types.safetensors of this folder, and types_safetensors.npz, which
holds what is to be found in it.

    python3 make_safetensors.py [OUTPUT_FOLDER]

Run by hand, needs numpy and safetensors (made with 0.8.0); `make check` only
reads the results.
"""
import os
import sys

import numpy as np
from safetensors import TensorSpec, serialize

TYPES = "f8 f4 f2 i8 i4 i2 i1 u8 u4 u2 u1 c8".split()


def main():
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(__file__)
    r = np.random.default_rng(5)
    want, stored, names = {}, {}, {}
    for t in TYPES:
        a = r.uniform(0, 100, (2, 3)).astype(t)
        want["tensor." + t] = a if a.dtype.kind == "u" else -a
    want["odd"] = np.arange(5, dtype=np.uint8)
    want["scalar"] = np.array(2.5)
    want["empty"] = np.zeros((3, 0), np.float32)
    want["name \u00b5 \"q\"\\\n"] = np.ones((1, 1), np.float32)
    stored.update(want)
    bits = np.array([0x3f80, 0xbe20, 0x7f61], np.uint16)
    stored["bf16"], names["bf16"] = bits, "bfloat16"
    want["bf16"] = (bits.astype(np.uint32) << 16).view(np.float32)
    stored["bool"] = np.array([True, False])
    want["bool"] = stored["bool"].astype(np.uint8)
    spec = {k: TensorSpec(dtype=names.get(k, v.dtype.name), shape=v.shape,
                          data_ptr=v.ctypes.data, data_len=v.nbytes)
            for k, v in stored.items()}
    with open(os.path.join(target, "types.safetensors"), "wb") as f:
        f.write(serialize(spec, {"format": "pt", "text \u00b5": "a\n\"b\""}))
    np.savez_compressed(os.path.join(target, "types_safetensors.npz"), **want)


if __name__ == "__main__":
    main()
