"""The peers in Python, for ./scripts/peers/run: each line of standard input names a
function, a kind of list, how many numbers each has (0 for 256 KiB of text), how many
lists and a seed; the answer is the CPU time of one list in nanoseconds."""
import json, platform, random, statistics, sys, time
import numpy
try:
    from numpy._core._multiarray_umath import __cpu_features__ as features
except ImportError:  # numpy 1
    from numpy.core._multiarray_umath import __cpu_features__ as features

REQUEST = 256 << 10
INTEGERS = {"trillions": (-10**12, 10**12), "int64s": (-2**63, 2**63 - 1)}
NUMBERS = {"integers": lambda r: str(r.randrange(1_000_000))}


def text(kind, size, r):
    """A JSON array, as kind.list in speed/lists.go makes it."""
    number, numbers, length = NUMBERS[kind], [], 1
    while len(numbers) < size or not size and length < REQUEST - 24:
        numbers.append(number(r))
        length += len(numbers[-1]) + 1
    return "[" + ",".join(numbers) + "]"


def inputs(kind, size, lists, seed):
    if kind in INTEGERS:
        r = numpy.random.default_rng(seed)
        return [r.integers(*INTEGERS[kind], size, endpoint=True) for _ in range(lists)]
    r = random.Random(seed)
    return [text(kind, size, r) for _ in range(lists)]


def numpy_reply(data):
    x = numpy.array(json.loads(data))
    return json.dumps({"count": len(x), "sum": float(numpy.sum(x)), "min": float(numpy.min(x)), "max": float(numpy.max(x)),
                       "mean": float(numpy.mean(x)), "median": float(numpy.median(x))})


def statistics_reply(data):
    x = json.loads(data)
    return json.dumps({"count": len(x), "sum": sum(x), "min": min(x), "max": max(x),
                       "mean": statistics.mean(x), "median": statistics.median(x)})


def numpy_figures(x):
    return numpy.min(x), numpy.max(x), numpy.sum(x), numpy.mean(x), numpy.median(x)


def numpy_partition(x):
    return numpy.partition(x, len(x) // 2)


def describe():
    """The versions, and what numpy uses of the processor."""
    used = [name for name in ("AVX2", "AVX512F", "AVX512_SKX", "AVX512_SPR", "NEON", "SVE") if features.get(name)]
    return f"Python {platform.python_version()}, numpy {numpy.__version__} ({', '.join(used)})"


def measure(function, kind, size, lists, seed):
    work, data = globals()[function], inputs(kind, int(size), int(lists), int(seed))
    start = time.process_time_ns()
    for x in data:
        work(x)
    return (time.process_time_ns() - start) // len(data)


for line in sys.stdin:
    words = line.split()
    print(describe() if words == ["describe"] else measure(*words), flush=True)
