"""Asks statline and its peers for figures of lists that are hard: ./scripts/peers/wrong."""
import decimal, fractions, math, os, re, subprocess, sys

F = fractions.Fraction
README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "README.md")
BEGIN, END = "<!-- made by ./scripts/peers/wrong --write: begin -->", "<!-- end -->"

# NumAcc4 of the Statistical Reference Datasets of NIST, whose certified standard
# deviation is 0.1 exactly.
NUMACC4 = ["10000000.2"] + ["10000000.1", "10000000.3"] * 500

# A case is the figure, the list and what to call the list.
CASES = [
    ("mean", ["0.1", "0.2", "0.3"], None),
    ("sum", ["0.1"] * 10, "0.1, ten times"),
    ("mean", ["1e16", "1", "-1e16"], None),
    ("sum", ["1e308", "1e308", "-1e308"], None),
    ("stddev", NUMACC4, "NIST's NumAcc4: 10000000.2, then 10000000.1 and 10000000.3 in turn, 1,001 numbers"),
    ("mean", ["9007199254740993"], "9007199254740993, which is 2^53+1"),
    ("min", ["9007199254740993"], None),
    ("max", ["9007199254740993"], None),
    ("median", ["9007199254740993"] * 2, None),
    ("sum", ["9223372036854775807"] * 3, "9223372036854775807, which is 2^63-1, three times"),
    ("variance", ["1000000000000000004", "1000000000000000007", "1000000000000000013", "1000000000000000016"], None),
    ("max", ["1", "1e400"], None),
]
NAMES = {"mean": "mean", "sum": "sum", "min": "minimum", "max": "maximum", "median": "median",
         "stddev": "standard deviation (of the sample)", "variance": "variance (of the sample)"}


def python(call):
    module = call.rpartition(".")[0]
    return f"""python3 -c 'import json{module and ", " + module}; print({call}(json.load(open("numbers.json"))))'"""


def numpy(figure):
    call = {"stddev": "std", "variance": "var"}.get(figure, figure)
    more = ", ddof=1" if call != figure else ""
    return f"""python3 -c 'import json, numpy; print(numpy.{call}(json.load(open("numbers.json")){more}))'"""


def each(figures, command):
    return {figure: command.format(word) for figure, word in figures.items()}


# A tool has a command for its version and one for each figure that it has a function
# for. Commands are run by bash, beside the list as lines in numbers and as JSON in
# numbers.json.
FIGURES = list(NAMES)
TOOLS = {
    "statline": ("statline version", each({f: f for f in FIGURES}, "statline calc -f numbers")),
    "Python": ("python3 --version", {
        f: python(call) for f, call in {
            "sum": "sum", "min": "min", "max": "max", "mean": "statistics.mean", "median": "statistics.median",
            "stddev": "statistics.stdev", "variance": "statistics.variance"}.items()}),
    "Python fmean, fsum": ("python3 --version", {"mean": python("statistics.fmean"), "sum": python("math.fsum")}),
    "numpy": ("python3 -c 'import numpy; print(numpy.__version__)'", {f: numpy(f) for f in FIGURES}),
    "gonum": ("go list -m -f '{{.Version}}' gonum.org/v1/gonum", each({f: f for f in FIGURES}, "gonum {} < numbers")),
    "Miller": ("mlr --version", each({"mean": "mean", "sum": "sum", "min": "min", "max": "max", "median": "median", "stddev": "stddev",
                                      "variance": "var"}, "mlr --inidx --onidx stats1 -a {} -f 1 numbers")),
    "datamash": ("datamash --version", each({"mean": "mean", "sum": "sum", "min": "min", "max": "max", "median": "median", "stddev": "sstdev",
                                             "variance": "svar"}, "datamash {} 1 < numbers")),
    "jq": ("jq --version", each({"mean": "add/length", "sum": "add", "min": "min", "max": "max"}, "jq '{}' numbers.json")),
    "gawk": ("gawk --version", {"mean": "gawk '{s += $1} END {print s/NR}' numbers", "sum": "gawk '{s += $1} END {print s}' numbers",
                                "min": "gawk 'NR == 1 || $1 < m {m = $1+0} END {print m}' numbers",
                                "max": "gawk 'NR == 1 || $1 > m {m = $1+0} END {print m}' numbers"}),
    "SQLite": ("sqlite3 --version", each({"mean": "avg", "sum": "sum", "min": "min", "max": "max"},
                                         "sqlite3 :memory: 'create table t(x numeric)' '.import numbers t' 'select {}(x) from t'")),
}


def true(figure, numbers):
    """The value of the figure, by arithmetic on fractions."""
    x = sorted(map(F, numbers))
    n, mean = len(x), sum(x) / len(x)
    if figure in ("stddev", "variance"):
        variance = sum((v - mean) ** 2 for v in x) / (n - 1)
        return variance if figure == "variance" else root(variance)
    return {"mean": mean, "sum": sum(x), "min": x[0], "max": x[-1], "median": (x[(n - 1) // 2] + x[n // 2]) / 2}[figure]


def root(x):
    r = F(math.isqrt(x.numerator), math.isqrt(x.denominator))
    if r * r != x:
        sys.exit(f"peers: the root of {x} is no fraction, and such cases have no proof here")
    return r


def finite(x):
    """The decimal that x is, where it is one of at most 34 digits."""
    with decimal.localcontext() as context:
        context.prec, context.Emax, context.Emin = 34, 9999, -9999
        d = decimal.Decimal(x.numerator) / decimal.Decimal(x.denominator)
        return d if F(d) == x else None


def rounded(x, digits):
    """x to so many significant digits."""
    with decimal.localcontext() as context:
        context.prec, context.Emax, context.Emin = digits, 9999, -9999
        return F(decimal.Decimal(x.numerator) / decimal.Decimal(x.denominator))


def promised(x):
    """The figure that statline promises for the value x."""
    return x if finite(x) is not None else F(repr(float(x)))


def written(x):
    d = finite(x)
    return f"{x.numerator}/{x.denominator}" if d is None else f"{d.normalize():E}".lower() if abs(d) >= 10 ** 21 else f"{d:f}"


def verdict(text, x):
    """What is to be said of an answer where the value is x."""
    if not re.fullmatch(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?", text):
        return "**wrong**"
    value, digits = F(text), len(re.sub(r"[eE].*|[^0-9]", "", text).lstrip("0"))
    whole = x.denominator == 1
    if value == x:
        return "right"
    if rounded(x, max(digits, 1)) == value:
        return f"right to {digits} digits" if whole or digits < 15 else "right"
    return "right" if not whole and float(value) == float(x) else "**wrong**"


def bash(command):
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)


def answer(tool, command, figure):
    """What the tool prints, and None, or what it prints when it fails."""
    done = bash(command)
    if done.returncode:
        return None, (done.stderr.strip().splitlines() or ["nothing"])[-1]
    if tool == "statline":
        figures = dict(line.split() for line in done.stdout.splitlines())
        return figures[{"min": "minimum", "max": "maximum"}.get(figure, figure)], None
    return done.stdout.strip(), None


def version(command):
    done = bash(command)
    if done.returncode:
        sys.exit(f"peers: {command}: {done.stderr.strip()}")
    return re.search(r"\d+(\.\d+)+|devel\S*", done.stdout + " devel").group()


def code(text):
    return "`" + text.replace("|", "\\|") + "`"


def judge(case, tally):
    """The Markdown of a case. tally gets the verdicts."""
    figure, numbers, name = case
    for file, text in (("numbers", "\n".join(numbers) + "\n"), ("numbers.json", "[" + ",".join(numbers) + "]\n")):
        with open(file, "w") as f:
            f.write(text)
    x = true(figure, numbers)
    lines = [f"**The {NAMES[figure]} of {name or ' '.join(numbers)}** is {written(x)}.", "", "| | prints | | command |", "|---|---|---|---|"]
    for tool, (_, commands) in TOOLS.items():
        if figure not in commands:
            continue
        text, refusal = answer(tool, commands[figure], figure)
        said = "refused" if text is None else verdict(text, x)
        if tool == "statline" and (text is None or F(text) != promised(x)):
            sys.exit(f"peers: statline's {figure} of {' '.join(numbers[:9])} is {text or refusal}, right is {written(x)}")
        tally[tool].append(said)
        lines.append(f"| {tool} | {code(text or refusal)} | {said} | {code(commands[figure])} |")
    return "\n".join(lines) + "\n"


def overview(tally, versions):
    lines = ["| | version | asked | right | right to the digits shown | refused | wrong |", "|---|---|---|---|---|---|---|"]
    for tool, said in tally.items():
        counts = [said.count("right"), sum(s.startswith("right to") for s in said), said.count("refused"), said.count("**wrong**")]
        lines.append(f"| {tool} | {versions[tool]} | {len(said)} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines) + "\n"


def put(markdown):
    """Puts the Markdown between the marks of README.md."""
    with open(README) as f:
        head, rest = f.read().split(BEGIN)
    _, tail = rest.split(END)
    with open(README, "w") as f:
        f.write(f"{head}{BEGIN}\n\n{markdown}\n{END}{tail}")


def main(directory, *options):
    if options not in ((), ("--write",)):
        sys.exit("usage: wrong [--write]")
    versions = {tool: version(command) for tool, (command, _) in TOOLS.items()}
    versions["statline"] = "this one"
    os.chdir(directory)
    tally = {tool: [] for tool in TOOLS}
    cases = [judge(case, tally) for case in CASES]
    markdown = "\n".join([overview(tally, versions), *cases])
    if options:
        put(markdown)
    print(markdown)


main(*sys.argv[1:])
