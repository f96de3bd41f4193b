#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tree files of disks: a second implementation, written from docs/FORMAT-TREE.md
and FORMAT-DIGEST.md, which shares no code with the program.

  tree-python.py check DISK.raw TREE PART...   makes the file from the bytes of the
      disk: it must be TREE, byte by byte, and the digests those of the parts; then
      reads TREE and proves each record of it
  tree-python.py make DISK.raw TREE PART...    writes the file (digests are printed)

PART is OFFSET:SIZE:sha256|sha512:BLOCKSIZE[:DIGEST], in the catalog's order.
"""
import hashlib
import os
import struct
import sys

ALGORITHMS = {"sha256": 1, "sha512": 2}


class Tree:
    """The shape of the tree of a part, and the hashes of zeros."""

    def __init__(self, size, algorithm, block):
        self.size, self.algorithm, self.block = size, algorithm, block
        self.hash_size = {"sha256": 32, "sha512": 64}[algorithm]
        self.fanout = block // self.hash_size
        self.inline = 3 if block <= 16384 else 0
        self.counts = [-(-size // block)]
        while self.counts[-1] > 1:
            self.counts.append(-(-self.counts[-1] // self.fanout))
        self.top = len(self.counts) - 1
        self.full = [self.hash(bytes(block))]
        self.last = [self.full[0]]
        for level in range(1, self.top + 1):
            rest = self.counts[level - 1] - (self.counts[level] - 1) * self.fanout
            self.last.append(self.hash(self.full[-1] * (rest - 1) + self.last[-1]))
            self.full.append(self.hash(self.full[-1] * self.fanout))

    def hash(self, data):
        return hashlib.new(self.algorithm, data.ljust(self.block, b"\0")).digest()

    def zero(self, level, number):
        return (self.last if number == self.counts[level] - 1 else self.full)[level]

    def span(self, level):
        return self.fanout ** level

    def children(self, level, number):
        return min(self.fanout, self.counts[level - 1] - number * self.fanout)

    def node(self, level, number, known):
        """The hash (level, number) where known has hashes of the level below."""
        first = number * self.fanout
        return self.hash(b"".join(
            known.get(i) or self.zero(level - 1, i)
            for i in range(first, first + self.children(level, number))))

    def from_items(self, level, number, items):
        """The same from items {(level, number): hash} anywhere below."""
        if (level, number) in items:
            return items[level, number]
        groups = {}
        for (lower, n), value in items.items():
            groups.setdefault(n * self.span(lower) // self.span(level - 1), {})[lower, n] = value
        return self.node(level, number, {
            child: self.from_items(level - 1, child, group) for child, group in groups.items()})

    def digest(self, root):
        descriptor = struct.pack("<BBBBIQ64s32s144s", 1, ALGORITHMS[self.algorithm],
                                 self.block.bit_length() - 1, 0, 0, self.size, root, b"", b"")
        return hashlib.new(self.algorithm, descriptor).digest()


def data_blocks(fd, offset, tree):
    """{number: hash} of the blocks of a part that are not zeros."""
    found, at, end = {}, offset, offset + tree.size
    while at < end:
        try:
            data = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            break
        number = (max(data, at) - offset) // tree.block
        if number >= tree.counts[0]:
            break
        place = offset + number * tree.block
        block = os.pread(fd, min(tree.block, end - place), place)
        if block.count(0) != len(block):
            found[number] = tree.hash(block)
        at = place + tree.block
    return found


def levels_of(tree, leaves):
    """Hashes that are not those of zeros, a dictionary for each level."""
    levels = [leaves]
    for level in range(1, tree.top + 1):
        levels.append({n: tree.node(level, n, levels[-1])
                       for n in sorted({i // tree.fanout for i in levels[-1]})})
    return levels


def encode_record(tree, level, number, items):
    out = struct.pack("<II", len(items), sum(at is not None for _, _, at, _ in items))
    for lower, n, _, _ in items:
        if level > 1:
            out += struct.pack("<Q", n << 3 | lower)
        elif len(items) < tree.children(level, number):
            out += struct.pack("<H", n - number * tree.fanout)
    out += b"".join(struct.pack("<Q", at) for _, _, at, _ in items if at is not None)
    return out + b"".join(value for _, _, _, value in items)


def put_node(tree, levels, below, level, number, out):
    """Records below and of a node; its items in the node above, or root_at."""
    first, items = number * tree.fanout, []
    for child in below[level].get(number, ()):
        if level == 1:
            items.append((0, child, None, levels[0][child]))
        else:
            items += put_node(tree, levels, below, level - 1, child, out)
    nodes = sum(at is not None for _, _, at, _ in items)
    if level < tree.top and (nodes == len(items) == 1 or nodes == 0 and len(items) <= tree.inline):
        return items
    at = len(out)
    out += encode_record(tree, level, number, items)
    return at if level == tree.top else [(level, number, at, levels[level][number])]


def encode(fd, parts):
    """The file, and the digest of each part."""
    out, table, digests = bytearray(32), b"", []
    for offset, size, algorithm, block, _ in parts:
        tree = Tree(size, algorithm, block)
        levels = levels_of(tree, data_blocks(fd, offset, tree))
        root, root_at = levels[-1].get(0, tree.zero(tree.top, 0)), 0
        if tree.top and levels[-1]:
            below = [None]
            for level in range(1, tree.top + 1):
                below.append({})
                for n in levels[level - 1]:
                    below[level].setdefault(n // tree.fanout, []).append(n)
                for children in below[level].values():
                    children.sort()
            root_at = put_node(tree, levels, below, tree.top, 0, out)
        digests.append(tree.digest(root))
        table += struct.pack("<QQIIQ", offset, size, ALGORITHMS[algorithm], block, root_at)
    struct.pack_into("<8sIIQQ", out, 0, b"shvmtree", 1, len(parts), len(out), 0)
    return bytes(out) + table, digests


def decode_record(tree, data, at, level, number):
    """{(level, number): (hash, at)} and the end of the record."""
    count, nodes = struct.unpack_from("<II", data, at)
    at += 8
    if level > 1:
        places = [(w & 7, w >> 3) for w in struct.unpack_from(f"<{count}Q", data, at)]
        at += 8 * count
    elif count < tree.children(level, number):
        places = [(0, number * tree.fanout + s) for s in struct.unpack_from(f"<{count}H", data, at)]
        at += 2 * count
    else:
        places = [(0, number * tree.fanout + i) for i in range(count)]
    pointers = iter(struct.unpack_from(f"<{nodes}Q", data, at))
    at += 8 * nodes
    items = {}
    for i, place in enumerate(places):
        value = data[at + i * tree.hash_size:at + (i + 1) * tree.hash_size]
        items[place] = (value, next(pointers) if place[0] else None)
    return items, at + count * tree.hash_size


def prove(tree, data, at, level, number, expected, leaves):
    """Go down from a record; returns how many bytes its records have."""
    items, end = decode_record(tree, data, at, level, number)
    found = tree.from_items(level, number, {place: value for place, (value, _) in items.items()})
    if expected is not None and found != expected:
        sys.exit(f"the record at {at} is not that of node {number} of level {level}")
    size = end - at
    for (lower, n), (value, pointer) in items.items():
        if lower:
            size += prove(tree, data, pointer, lower, n, value, leaves)[0]
        else:
            leaves[n] = value
    return size, found


def read(fd, data, parts):
    magic, version, count, table_at, reserved = struct.unpack_from("<8sIIQQ", data)
    if (magic, version, count, reserved) != (b"shvmtree", 1, len(parts), 0):
        sys.exit("the header is another one")
    used = 32
    for i, (offset, size, algorithm, block, digest) in enumerate(parts):
        entry = struct.unpack_from("<QQIIQ", data, table_at + 32 * i)
        if entry[:4] != (offset, size, ALGORITHMS[algorithm], block):
            sys.exit(f"part {i} is another one: {entry}")
        tree, leaves, root = Tree(size, algorithm, block), {}, None
        if entry[4]:
            length, root = prove(tree, data, entry[4], tree.top, 0, None, leaves)
            used += length
        blocks = data_blocks(fd, offset, tree)
        if tree.top == 0:
            root = blocks.get(0)
        elif leaves != blocks:
            sys.exit(f"part {i}: the blocks of the file are not those of the disk")
        if tree.digest(root or tree.zero(tree.top, 0)) != digest:
            sys.exit(f"part {i}: its root is not that of the digest")
    if used != table_at or len(data) != table_at + 32 * len(parts):
        sys.exit(f"{used} bytes are used, but the table is at {table_at}")


def part_of(text):
    offset, size, algorithm, block, *digest = text.split(":")
    return int(offset), int(size), algorithm, int(block), bytes.fromhex(digest[0]) if digest else None


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ("check", "make"):
        sys.exit(__doc__)
    parts = [part_of(text) for text in sys.argv[4:]]
    fd = os.open(sys.argv[2], os.O_RDONLY)
    made, digests = encode(fd, parts)
    if sys.argv[1] == "make":
        with open(sys.argv[3], "wb") as file:
            file.write(made)
        for digest in digests:
            print(digest.hex())
        return
    with open(sys.argv[3], "rb") as file:
        data = file.read()
    for i, (digest, part) in enumerate(zip(digests, parts)):
        if digest != part[4]:
            sys.exit(f"part {i}: the digest is {digest.hex()}, not {part[4].hex()}")
    read(fd, data, parts)
    if made != data:
        first = next((i for i, (x, y) in enumerate(zip(made, data)) if x != y), min(len(made), len(data)))
        sys.exit(f"the file of {len(data)} bytes is another one than that of {len(made)} bytes, from byte {first} on")
    print(f"{len(parts)} parts, {len(data)} bytes: made from the disk, and proven record by record")


main()
