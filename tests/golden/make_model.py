#!/usr/bin/env python3
"""Gather the network's golden numbers of this folder from the full ones.

    python3 make_model.py FOLDER_OF_FULL_NPZ [OUTPUT_FOLDER]

Run by hand, needs numpy; `make check` only reads the results. Numbers are
copied as they are: MONAI's in float64, stored as float32.
"""
import os
import sys

import numpy as np


def sampled(arrays, prefix, limit):
    """At most so many numbers of each array, evenly from first to last."""
    out = {}
    for k, v in arrays.items():
        m = min(v.size, limit)
        out[prefix + k] = v.reshape(-1)[np.arange(m) * v.size // m]
    return out


def steps(load, save):
    """A step's gradients, and five steps of AdamW. Whole tensors would be
    7 MB: these have some numbers of each."""
    def part(arrays, prefix):
        return {k[len(prefix):]: v for k, v in arrays.items()
                if k.startswith(prefix)}

    io, grads, adamw = (load("fs12_64_" + k) for k in ("io", "grads", "adamw"))
    whole = part(grads, "param/")
    whole["input"] = grads["input"]
    out = {"target": io["target"], "loss": io["loss"]}
    out.update(sampled(whole, "grad/", 1021))
    out["input"] = out.pop("grad/input")
    for k in ("delta1/", "delta5/"):
        out.update(sampled(part(adamw, k), k, 509))
    out.update({k: adamw[k] for k in ("losses", "loss_parts",
                                      "grad_norm_before_clip")})
    save("model_steps", out)


def main():
    source = sys.argv[1]
    target = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(__file__)

    def load(name):
        with np.load(os.path.join(source, name + ".npz")) as z:
            return {k: z[k] for k in z.files}

    def save(name, arrays):
        np.savez_compressed(os.path.join(target, name + ".npz"), **arrays)

    weights = load("fs12_weights")
    save("model_weights", {k: v for k, v in weights.items()
                           if not k.endswith("relative_position_index")})
    io = load("fs12_64_io")
    out = {"64/input": io["input"], "64/output": io["output"]}
    out.update({"64/" + k: v for k, v in load("fs12_64_layers").items()
                if k != "out"})
    for size in ("96x64", "64x128"):
        out.update({f"{size}/{k}": v for k, v in
                    load(f"fs12_{size}_forward").items()})
    save("model_forward", out)
    ops = load("ops")
    training = ("loss_", "adamw_")
    save("model_ops", {k: v for k, v in ops.items()
                       if not k.startswith(training)})
    save("model_training", {k: v for k, v in ops.items()
                            if k.startswith(training)
                            and not k.endswith("/fft_abs_pred")})
    metrics = load("metrics")
    # our reader takes one text, not an array of them
    metrics["value_names"] = np.array(" ".join(metrics["value_names"]))
    save("model_metrics", metrics)
    steps(load, save)


if __name__ == "__main__":
    main()
