#!/usr/bin/env python3
"""Read .ipt files with numpy alone; written from ipt(5).

    python3 read_ipt.py FILE.ipt           lists what is in it
    attrs, tensors = read_ipt.load(path)   tensors: name -> (array, attributes)
"""
import struct, sys, zlib
import numpy as np

TYPES = [None, "u1", "<u2", "<u4", "<u8", "i1", "<i2", "<i4", "<i8",
         "<f2", "<f4", "<f8", "<c8", "u1"]
UNIT = [0, 1, 2, 4, 8, 1, 2, 4, 8, 2, 4, 8, 4, 1]   # of the byte shuffle

def checked(buf, start, size, crc=None):
    """Bytes of buf, whose CRC is crc or else the number behind them."""
    data, rest = buf[start:start + size], buf[start + size:start + size + 4]
    if zlib.crc32(data) != (struct.unpack("<I", rest)[0] if crc is None else crc):
        raise ValueError(f"wrong checksum of {size} bytes at {start}")
    return data

def block(buf, offset):
    magic, kind, at, size, _, first, _, number, packing, crc = struct.unpack(
        "<4sI5Q3I", checked(buf, offset, 60))
    if magic != b"IPTB" or at != offset:
        raise ValueError(f"no block at {offset}")
    return kind, first, number, packing, checked(buf, offset + 64, size, crc)

def attributes(data, pos):
    attrs, count = {}, struct.unpack_from("<I", data, pos)[0]
    pos += 4
    for _ in range(count):
        kind, size, n = struct.unpack_from("<IIQ", data, pos)
        at = pos + 16 + size
        end = at + (n if kind == 1 else 8 * n)
        attrs[data[pos + 16:at].decode()] = data[at:end].decode() if kind == 1 \
            else np.frombuffer(data[at:end], [0, 0, "<f8", "<i8"][kind])
        pos = end
    return attrs

def load(path):
    buf = np.fromfile(path, "u1").tobytes()
    if struct.unpack("<8sII12x", checked(buf, 0, 28)) != \
            (b"\x89IPT\r\n\x1a\n", 1, 0):
        raise ValueError(f"{path}: not .ipt, version 1")
    index, end, _ = max((struct.unpack("<QQQ4x", checked(buf, at, 28))
                         for at in (32, 64) if any(buf[at:at + 32])),
                        key=lambda commit: commit[2])
    if end > len(buf):
        raise ValueError(f"{path}: cut off, {len(buf)} bytes of {end}")
    offsets = []
    while index:
        _, index, _, _, data = block(buf, index)
        offsets = [o for o, in struct.iter_unpack("<8xQ48x", data)] + offsets
    attrs, tensors, parts = {}, [], []
    for kind, _, number, packing, data in (block(buf, o) for o in offsets):
        if kind == 1:
            attrs = attributes(data, 0)
        elif kind == 2:
            dtype, ndim, grows, n = struct.unpack_from("<4I", data)
            shape = struct.unpack_from(f"<{ndim}Q", data, 16)
            at = 16 + 8 * ndim
            tensors.append((data[at:at + n].decode(), dtype, (-1,) + shape[1:]
                            if grows else shape, attributes(data, at + n)))
            parts.append([])
        else:
            if packing == 1:
                data = np.frombuffer(zlib.decompress(data), "u1").reshape(
                    UNIT[tensors[number][1]], -1).T.tobytes()
            parts[number].append(data)
    return attrs, {name: (b"".join(part).decode() if dtype == 13 else
                          np.frombuffer(b"".join(part), TYPES[dtype])
                          .reshape(shape), own)
                   for (name, dtype, shape, own), part in zip(tensors, parts)}

if __name__ == "__main__":
    attrs, tensors = load(sys.argv[1])
    print(attrs)
    for name, (a, own) in tensors.items():
        print(name, "text" if isinstance(a, str) else (a.dtype, a.shape), own)
