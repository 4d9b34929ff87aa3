#!/usr/bin/env python3
"""Make the small golden files of this folder from the full ones.

    python3 make.py FOLDER_OF_FULL_NPZ [OUTPUT_FOLDER]

Run by hand, needs numpy; `make check` only reads the results. Keys, shapes
and meta stay, but for what DROP and ONE_PROBE name. Waves and
potentials are rounded to a multiple of a power of two near their largest
value times ROUND_*: the error, half of that, is a thirtieth or less of the tolerance
they are held to, and what remains compresses. meta["small"] says what was
done to a file.
"""
import json
import os
import sys

import numpy as np

# Not held against anything, or held in another file.
DROP = {
    "c_gan_thin_kirkland": ["projected_finite", "seg_f32run"],
    "c_gan_thin_lobato": ["probe", "exit_probe", "exit_plane", "seg_f32run"],
    "d_gan_20nm": ["seg_f32run"],
    "d_gan_20nm_80kV_aber": ["seg_f32run"],
    "ref256_gan_20nm": ["seg_f32run"],
}
# (2, nx, ny) waves of which the second position, off the grid, stays.
ONE_PROBE = {
    "c_gan_thin_kirkland": ["probe", "exit_probe", "scan_pos_d"],
    "probe": ["ideal200", "hard200", "df50_80", "cs1mm_80",
              "scherzer_cs1mm_200", "aber80"],
}
ROUND_WAVE = 2.0 ** -22       # tolerance 1e-5
ROUND_POTENTIAL = 2.0 ** -24  # tolerance 1e-6
POTENTIALS = ("slices", "projected", "projected_sigma0p08", "cell_slices")


def rounded(a, step):
    """a to the nearest multiple of the power of two <= step * max|a|."""
    if a.dtype.kind == "c":
        parts = np.stack([a.real, a.imag]).astype(np.float64)
    else:
        parts = a.astype(np.float64)
    top = np.abs(parts).max()
    q = 2.0 ** np.floor(np.log2(top * step))
    parts = np.rint(parts / q) * q
    if a.dtype.kind == "c":
        return (parts[0] + 1j * parts[1]).astype(a.dtype)
    return parts.astype(np.float32)


def reduce_one(name, full):
    out, said = {}, []
    for key in full.files:
        a = full[key]
        if key in DROP.get(name, []):
            said.append("%s dropped" % key)
            continue
        if key in ONE_PROBE.get(name, []):
            a = a[1:2]
            said.append("%s: position 1 only" % key)
        if key in POTENTIALS:
            a = rounded(a, ROUND_POTENTIAL)
        elif a.dtype == np.complex64 and a.size > 4096:
            a = rounded(a, ROUND_WAVE)
        out[key] = a
    meta = json.loads(str(out["meta"]))
    meta["small"] = said or ["complete"]
    if name == "probe":
        meta["positions"] = meta["positions"][1:2]
    out["meta"] = np.array(json.dumps(meta))
    return out


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    source = sys.argv[1]
    target = sys.argv[2] if len(sys.argv) == 3 else os.path.dirname(
        os.path.abspath(__file__))
    total = 0
    for file in sorted(os.listdir(source)):
        if not file.endswith(".npz"):
            continue
        full = np.load(os.path.join(source, file))
        small = reduce_one(file[:-4], full)
        path = os.path.join(target, file)
        np.savez_compressed(path, **small)
        total += os.path.getsize(path)
        print("%8d %s" % (os.path.getsize(path), file))
    print("%8d in all" % total)


if __name__ == "__main__":
    main()
