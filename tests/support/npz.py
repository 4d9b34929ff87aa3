"""Archives for t_npz.c: npz.py try|stored|packed|check|objects|stream FILE."""
import json
import sys
import zipfile

try:
    import numpy as np
except ImportError:
    sys.exit(77)

TYPES = "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 c8 c16".split()


def arrays():
    out = {}
    for order in "CF":
        for t in TYPES:
            for end in "<>":
                a = np.arange(1, 25).reshape(2, 3, 4).astype(end + t)
                if a.dtype.kind == "c":
                    a -= 1j * (a.real - 1)
                out["%s%s%s" % (order, end, t)] = np.array(a, order=order)
        out[order + "b1"] = np.array(np.ones((2, 3, 4), bool), order=order)
        # every second element of a larger array, written by NumPy as a copy
        for t in TYPES:
            a = np.zeros((2, 3, 8), t)
            a[:, :, ::2] = np.arange(1, 25).reshape(2, 3, 4)
            if a.dtype.kind == "c":
                a -= 1j * np.maximum(a.real - 1, 0)
            out["strided" + order + t] = a[:, :, ::2]
    out["scalar"] = np.array(2.5)
    out["text"] = np.array("V\u00b7\u00c5")
    out["bytes"] = np.array([b"bytes"])
    return out


def same(got, want):
    if want.dtype.kind in "US":
        text = want.reshape(-1)[0]
        text = text.decode() if isinstance(text, bytes) else str(text)
        return str(got) == text
    kind = {"c16": "c8", "b1": "u1"}.get(want.dtype.str[1:],
                                         want.dtype.str[1:])
    return (got.dtype.str[1:] == kind and got.shape == want.shape
            and got.flags.c_contiguous and np.array_equal(got, want))


def check(path):
    full = np.load(path)
    want = arrays()
    for name, a in want.items():
        if not same(full[name], a):
            sys.exit("%s: %s is not %s" % (name, full[name], a))
    attributes = json.loads(str(full["attributes"]))
    if attributes["attributes"]["energy"] != 200000.0:
        sys.exit("attributes: %s" % attributes)
    with zipfile.ZipFile(path) as z:
        if z.testzip():
            sys.exit("zipfile finds a bad checksum")


def main(what, path):
    if what == "stored":
        np.savez(path, **arrays())
    elif what == "packed":
        np.savez_compressed(path, **arrays())
    elif what == "check":
        check(path)
    elif what == "objects":
        np.savez(path, a=np.array([{}, None]), allow_pickle=True)
    elif what == "stream":  # sizes follow the data
        class Pipe:
            def __init__(self, f):
                self.f = f

            def write(self, b):
                return self.f.write(b)

            def flush(self):
                pass
        with open(path, "wb") as f:
            with zipfile.ZipFile(Pipe(f), "w", zipfile.ZIP_DEFLATED) as z:
                with z.open("a.npy", "w") as m:
                    np.lib.format.write_array(m, np.arange(100))


main(sys.argv[1], sys.argv[2])
