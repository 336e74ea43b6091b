"""Runs what convert-tile-to-triton makes of small kernels, op by op, and compares with what the tile ops mean.

evaluate.py V4_OPT KERNELS.mlir CAPABILITY
"""
import math
import re
import struct
import subprocess
import sys


# Numbers ------------------------------------------------------------------------------------------------------


def f32(x):
    if math.isnan(x) or math.isinf(x):
        return x
    try:
        return struct.unpack("f", struct.pack("f", x))[0]
    except OverflowError:
        return math.copysign(math.inf, x)


def bits_of(x, kind):
    if kind in ("f32", "bf16"):
        bits = struct.unpack("I", struct.pack("f", x))[0]
        return bits if kind == "f32" else bits >> 16
    return x & ((1 << int(kind[1:])) - 1)


def from_bits(bits, kind):
    if kind in ("f32", "bf16"):
        return struct.unpack("f", struct.pack("I", bits << 16 if kind == "bf16" else bits))[0]
    if kind == "f8E4M3FN":
        return e4m3(bits)
    return signed(bits, int(kind[1:]))


def signed(x, width):
    x &= (1 << width) - 1
    return x - (1 << width) if width > 1 and x >> (width - 1) else x


def to(x, kind):
    if kind == "f32":
        return f32(x)
    if kind == "bf16":
        if math.isnan(x):
            return x
        bits = bits_of(f32(x), "f32")
        return from_bits((bits + 0x7FFF + (bits >> 16 & 1)) >> 16, "bf16")
    return x


def e4m3(code):
    if code & 0x7F == 0x7F:
        return math.nan
    exponent, mantissa = code >> 3 & 15, code & 7
    value = math.ldexp(mantissa, -9) if exponent == 0 else math.ldexp(8 + mantissa, exponent - 10)
    return -value if code & 0x80 else value


def e2m1(code):
    value = (0, 0.5, 1, 1.5, 2, 3, 4, 6)[code & 7]
    return -float(value) if code & 8 else float(value)


def e8m0(code):
    return math.nan if code == 255 else math.ldexp(1.0, code - 127)


# Tensors ------------------------------------------------------------------------------------------------------


class Tensor:
    def __init__(self, shape, values):
        self.shape, self.values = tuple(shape), list(values)
        assert math.prod(self.shape) == len(self.values)

    def at(self, *index):
        flat = 0
        for i, size in zip(index, self.shape):
            flat = flat * size + i
        return self.values[flat]


def indices(shape):
    if not shape:
        yield ()
        return
    for i in range(shape[0]):
        for rest in indices(shape[1:]):
            yield (i, *rest)


def build(shape, function):
    return Tensor(shape, [function(*index) for index in indices(tuple(shape))])


def elementwise(function, *operands):
    first = next((x for x in operands if isinstance(x, Tensor)), None)
    if first is None:
        return function(*operands)
    columns = [x.values if isinstance(x, Tensor) else [x] * len(first.values) for x in operands]
    return Tensor(first.shape, [function(*row) for row in zip(*columns)])


def parse_type(text):
    tensor = re.fullmatch(r"tensor<((?:\d+x)*)(.*)>", text)
    if tensor:
        return [int(n) for n in tensor[1].split("x")[:-1]], tensor[2]
    return None, text


# Ops ------------------------------------------------------------------------------------------------------------

COMPARE = {0: lambda x, y: x == y, 1: lambda x, y: x != y, 2: lambda x, y: x < y, 3: lambda x, y: x <= y,
           4: lambda x, y: x > y, 5: lambda x, y: x >= y}
ARITHMETIC = {
    "addf": lambda x, y: x + y, "subf": lambda x, y: x - y, "mulf": lambda x, y: x * y, "addi": lambda x, y: x + y,
    "subi": lambda x, y: x - y, "muli": lambda x, y: x * y, "andi": lambda x, y: x & y, "ori": lambda x, y: x | y,
    "shli": lambda x, y: x << y, "maximumf": max, "divui": lambda x, y: x // y,
}


class Machine:
    def __init__(self, memory):
        self.values, self.memory = {}, memory

    def run(self, lines):
        i = 0
        while i < len(lines):
            line = lines[i].strip()
            if line.endswith("({"):  # tt.reduce: one op and what it yields
                body = lines[i + 2].strip(), lines[i + 4].strip()
                self.reduce(line, body)
                i += 5
                continue
            if '"tt.return"' in line:
                return
            self.step(line)
            i += 1

    def step(self, line):
        match = re.fullmatch(r"(?:(%[\w:]+(?:, %\w+)*) = )?\"([\w.]+)\"\(([^)]*)\)(?: <\{(.*?)\}>)?(?: \{(.*?)\})? : "
                             r"\((.*)\) -> (.*)", line)
        assert match, line
        results, name, operands, properties, _, inputs, outputs = match.groups()
        operands = [self.values[x] for x in operands.split(", ")] if operands else []
        outputs = outputs.strip("()").split(", ") if outputs.startswith("(") else [outputs]
        inputs = re.findall(r"tensor<[^()]*?>{1,2}(?=,|$)|!tt\.ptr<\w+>|\w+", inputs)
        values = self.evaluate(name, operands, properties or "", inputs, outputs)
        if results:
            name, _, count = results.partition(":")
            if count:
                for i, value in enumerate(values):
                    self.values[f"{name}#{i}"] = value
            else:
                self.values[name] = values

    def number(self, properties, name):
        return int(re.search(name + r" = (-?\d+)", properties)[1])

    def evaluate(self, name, x, properties, inputs, outputs):
        dialect, _, op = name.partition(".")
        shape, kind = parse_type(outputs[0]) if outputs[0] else (None, "")
        if dialect == "arith":
            return self.arith(op, x, properties, inputs, shape, kind)
        return getattr(self, "tt_" + op)(x, properties, shape, kind, inputs)

    def arith(self, op, x, properties, inputs, shape, kind):
        source = parse_type(inputs[0])[1] if inputs else ""
        if op == "constant":
            return self.constant(properties, shape, kind)
        if op in ("cmpi", "cmpf"):
            return elementwise(lambda a, b: int(COMPARE[self.number(properties, "predicate")](a, b)), *x)
        if op == "select":
            return elementwise(lambda c, a, b: a if c else b, *x)
        if op == "extui":
            return elementwise(lambda a: a & ((1 << int(source[1:])) - 1), *x)
        if op in ("extsi", "trunci"):
            return elementwise(lambda a: signed(a, int(kind[1:])), *x)
        if op in ("extf", "truncf"):
            return elementwise(lambda a: to(a, kind), *x)
        round_result = (lambda a: to(a, kind)) if kind in ("f32", "bf16") else (lambda a: signed(a, int(kind[1:])))
        return elementwise(lambda *a: round_result(ARITHMETIC[op](*a)), *x)

    def constant(self, properties, shape, kind):
        text = re.search(r"value = (?:dense<)?([^ >]+)", properties)[1]
        if text in ("true", "false"):
            value = int(text == "true")
        elif kind in ("f32", "bf16"):
            value = from_bits(int(text, 16), kind) if text.startswith("0x") else float(text)
        else:
            value = int(text)
        return value if shape is None else Tensor(shape, [value] * math.prod(shape))

    def tt_elementwise_inline_asm(self, x, properties, shape, kind, inputs):
        assert "mov.b32 $0, $1;" in properties, properties
        return x[0]

    def tt_get_program_id(self, x, *_):
        return 0

    tt_get_num_programs = tt_get_program_id

    def tt_make_range(self, x, properties, shape, *_):
        return Tensor(shape, range(self.number(properties, "start"), self.number(properties, "end")))

    def tt_splat(self, x, properties, shape, *_):
        return Tensor(shape, [x[0]] * math.prod(shape))

    def tt_expand_dims(self, x, properties, shape, *_):
        return Tensor(shape, x[0].values)

    tt_reshape = tt_expand_dims

    def tt_broadcast(self, x, properties, shape, *_):
        small = x[0].shape
        return build(shape, lambda *at: x[0].at(*(0 if n == 1 else i for i, n in zip(at, small))))

    def tt_trans(self, x, properties, shape, *_):
        order = [int(n) for n in re.search(r"i32: ([\d, ]+)", properties)[1].split(", ")]
        return build(shape, lambda *at: x[0].at(*(at[order.index(i)] for i in range(len(order)))))

    def tt_join(self, x, properties, shape, *_):
        return build(shape, lambda *at: x[at[-1]].at(*at[:-1]))

    def tt_split(self, x, properties, shape, *_):
        return [build(shape, lambda *at, half=half: x[0].at(*at, half)) for half in (0, 1)]

    def tt_addptr(self, x, *_):
        return elementwise(lambda pointer, n: (pointer[0], pointer[1] + n), *x)

    def tt_bitcast(self, x, properties, shape, kind, inputs):
        source = parse_type(inputs[0])[1]
        if "ptr" in kind:
            return x[0]
        return elementwise(lambda a: from_bits(bits_of(a, source), kind), *x)

    def tt_fp_to_fp(self, x, *_):
        return x[0]

    def tt_load(self, x, *_):
        mask, other = (x[1], x[2]) if len(x) > 1 else (1, None)
        return elementwise(lambda p, m, o: self.memory[p[0]][p[1]] if m else o, x[0], mask, other)

    def tt_store(self, x, *_):
        def write(pointer, value, mask):
            if mask:
                assert 0 <= pointer[1] < len(self.memory[pointer[0]]), pointer
                self.memory[pointer[0]][pointer[1]] = value
        elementwise(write, x[0], x[1], x[2] if len(x) > 2 else 1)

    def tt_dot(self, x, properties, shape, *_):
        depth = x[0].shape[1]

        def element(m, n):
            total = x[2].at(m, n)
            for k in range(depth):
                total = f32(total + x[0].at(m, k) * x[1].at(k, n))
            return total
        return build(shape, element)

    def tt_dot_scaled(self, x, properties, shape, kind, inputs):
        rows, depth = shape[0], x[1].shape[0]
        narrow = self.number(properties, "a_elem_type") == 4

        def weight(m, k):
            value = e2m1(x[0].at(m, k // 2) >> 4 * (k % 2) & 15) if narrow else x[0].at(m, k)
            return value * e8m0(x[3].at(m, k // 32) & 255)
        return self.tt_dot([build((rows, depth), weight), x[1], x[2]], properties, shape)

    def reduce(self, head, body):
        result, operand, axis = re.match(r"(%\w+) = \"tt.reduce\"\((%\w+)\) <\{axis = (\d+)", head).groups()
        tensor, axis = self.values[operand], int(axis)
        op = re.search(r"\"arith\.(\w+)\"", body[0])[1]
        shape = tensor.shape[:axis] + tensor.shape[axis + 1:]

        def element(*at):
            row = [tensor.at(*at[:axis], i, *at[axis:]) for i in range(tensor.shape[axis])]
            total = row[0]
            for value in row[1:]:
                total = f32(ARITHMETIC[op](total, value))
            return total
        self.values[result] = build(shape, element) if shape else element()


# Kernels ------------------------------------------------------------------------------------------------------


def functions(text):
    """Name to (arguments, lines) of every function of a module in generic form."""
    found = {}
    for part in re.split(r'(?="tt.func"\(\))', text)[1:]:
        name = re.search(r'sym_name = "(\w+)"', part)[1]
        head = re.search(r"\^bb0\((.*?)\):\n", part)
        arguments = re.findall(r"(%\w+): ", head[1])
        found[name] = arguments, part[head.end():].split("\n")
    return found


def call(function, buffers):
    arguments, lines = function
    memory = [list(buffer) for buffer in buffers]
    machine = Machine(memory)
    for i, argument in enumerate(arguments):
        machine.values[argument] = (i, 0) if i < len(buffers) else 1
    machine.run(lines)
    return memory


def same(x, y):
    return (math.isnan(x) and math.isnan(y)) or (x == y and math.copysign(1, x) == math.copysign(1, y))


def close(x, y):
    return abs(x - y) <= 2e-6 * max(1, abs(y))


def check(name, got, wanted, test=same):
    wrong = [i for i, (x, y) in enumerate(zip(got, wanted)) if not test(x, y)]
    if wrong or len(got) != len(wanted):
        i = wrong[0] if wrong else -1
        sys.exit(f"{name}: {len(wrong)} of {len(wanted)} differ, the first at {i}: {got[i]} instead of {wanted[i]}")
    print(f"{name}: {len(wanted)} elements")


def draw(count, seed=1):
    state, values = seed, []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % (1 << 31)
        values.append(state >> 8)
    return values


def main(tool, source, capability):
    text = subprocess.run(
        [tool, source, f"--pass-pipeline=builtin.module(convert-tile-to-triton{{capability={capability}}})",
         "--mlir-print-op-generic", "--mlir-print-local-scope"], check=True, stdout=subprocess.PIPE, text=True).stdout
    kernels = functions(text)
    codes = [signed(i, 8) for i in range(256)]

    result = call(kernels["e4m3"], [codes, [0.0] * 256])
    check("e4m3", result[1], [e4m3(i) for i in range(256)])
    result = call(kernels["e8m0"], [codes, [0.0] * 256])
    check("e8m0", result[1], [e8m0(i) for i in range(256)])
    result = call(kernels["e2m1"], [codes, [0.0] * 512])
    check("e2m1", result[1], [e2m1(codes[16 * (row // 2) + n] >> 4 * (row % 2) & 15) for row in range(32) for n in range(16)])

    # Three rows of 20 columns in a memory of 24, each padding in reach of a wrong mask.
    numbers = [float(i % 17 - 8) for i in range(3 * 24)]
    result = call(kernels["sums"], [numbers, [7.0] * 4, [7.0] * 4])
    rows = [numbers[24 * r:24 * r + 20] for r in range(3)]
    check("reduce add", result[1], [sum(row) for row in rows] + [7.0])
    check("reduce max", result[2], [max(row) for row in rows] + [7.0])

    result = call(kernels["tail"], [numbers, [7.0] * 48])
    check("masked", result[1], [numbers[24 * r + 20 + c] if c < 4 else 7.0 if c >= 8 else 0.0 for r in range(3) for c in range(16)])

    keys = [float(i) for i in range(8 * 20)]
    result = call(kernels["pick"], [keys, [5, -1, 2, 7, -3], [7.0] * 100])
    check("gather", result[2], [keys[20 * r + c] if r >= 0 else 0.0 for r in (5, -1, 2, 7, -3) for c in range(20)])

    result = call(kernels["pairs"], [numbers, [7.0] * 16])
    check("interleave", result[1], [numbers[i ^ 1] for i in range(12)] + [7.0] * 4)
    check("constants", call(kernels["constants"], [[7.0] * 8])[0], [1.0, 2.5, -3.0, 4.0, 5.0, 7.0, 7.0, 7.0])

    a = [f32(n / 3e5 - 20) for n in draw(24 * 40)]
    b = [f32(n / 7e5 - 3) for n in draw(40 * 20, seed=2)]
    b16 = [to(x, "bf16") for x in b]
    for name, right in (("dot", b), ("dot_bf16", b16)):
        exact = [math.fsum(a[40 * m + k] * right[20 * k + n] for k in range(40)) for m in range(24) for n in range(20)]
        scale = max(map(abs, exact))
        got = call(kernels[name], [a, right, [7.0] * (24 * 20)])[2]
        check(name, got, exact, lambda x, y: abs(x - y) < 3e-6 * scale)

    scales = [signed(120 + i % 9, 8) for i in range(24 * 2)]
    for name, decode in (("scaled_e2m1", lambda w, k: e2m1(w[k // 2] >> 4 * (k % 2) & 15)),
                         ("scaled_e4m3", lambda w, k: e4m3(w[k] & 255))):
        width = 32 if name == "scaled_e2m1" else 64
        weights = [signed(n & 0x77 if width == 64 else n, 8) for n in draw(24 * width, seed=3)]
        x = [f32(n / 7e5 - 3) for n in draw(64 * 8, seed=4)]
        exact = [math.fsum(decode(weights[width * m:], k) * e8m0(scales[2 * m + k // 32] & 255) * x[8 * k + n]
                           for k in range(64)) for m in range(24) for n in range(8)]
        scale = max(map(abs, exact))
        got = call(kernels[name], [weights, scales, x, [7.0] * (24 * 8)])[3]
        check(name, got, exact, lambda x, y: abs(x - y) < 3e-6 * scale)


main(*sys.argv[1:])
