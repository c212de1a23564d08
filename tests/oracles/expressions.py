"""Ask Python Polars what the examples of expression verbs give, and keep its answers beside the cells.

    expressions.py            writes expressions.json
    expressions.py --check    fails where it would write something else

The cells are those of docs/reference.md, and the lines of expressions.txt: options, nulls, groups. A cell is put into Python word by word (`#{ a: 1 }` becomes a dictionary or named
arguments, `()` None, `|x| …` a lambda) and run with the Python release of the same Polars; so a verb's name, its parameters'
names and defaults, its values and its types are held against Python's. A test of the engine runs the same cells and
compares. Every method of Python Polars' expressions must be in the reference or in LEFT_OUT, with the reason.

Values: times as whole numbers of their unit, bytes in hex, decimals and NaN as strings.
"""

import datetime as dt
import inspect
import json
import re
import sys
import warnings
from pathlib import Path

import polars as pl
import polars.selectors as cs

HERE = Path(__file__).parent
REFERENCE = HERE.parent.parent / "docs" / "reference.md"
ANSWERS = HERE / "expressions.json"
FURTHER = HERE / "expressions.txt"

# Polars' methods that Fram does not offer, and why.
LEFT_OUT = {
    "agg_groups flatten from_json register_plugin rechunk shrink_dtype where str.concat str.explode "
    "dt.datetime dt.with_time_unit": "deprecated in Polars",
    "deserialize": "reads Python's own files of expressions",
    "inspect": "prints each piece as it passes; `show` shows whole frames",
    "set_sorted": "a promise that nobody checks; verbs that need an order sort by themselves",
    "ewm_mean_by ewm_sum_by": "needs Polars' feature `ewma_by`, which is not switched on",
    "str.to_titlecase": "needs Polars' feature `nightly`, a compiler that is not stable",
    "arr.dot": "not in this release of Polars for Rust",
    "str bin dt list arr struct cat name": "namespaces themselves",
    "meta ext": "about Python's own objects, and types of extensions",
}
# Functions of the module `polars` that make no expression, or none that a script could use.
OTHER_FUNCTIONS = {
    "StringCache disable_string_cache enable_string_cache using_string_cache": "of no effect since Polars 1.32",
    "align_frames collect_all collect_all_async concat defer explain_all json_normalize merge_sorted select union sql": "about frames",
    "build_info show_versions threadpool_size thread_pool_size get_index_type set_random_seed": "about the installation",
    "from_arrow from_dataframe from_dict from_dicts from_numpy from_pandas from_records from_repr from_torch": "from Python's values",
    "get_extension_type register_extension_type unregister_extension_type": "types of extensions",
    "map_batches map_groups": "`struct(…)` and the verb `map_batches` do the same",
    "dtype_of self_dtype struct_with_fields": "types that are not known before a query is planned",
    "arctan2d groups": "deprecated in Polars",
    "escape_regex": "`str.escape_regex` does the same",
    "sql_expr": "a string that is no column's name is an SQL expression anyway",
    "wrap_df wrap_s": "about Python's own objects",
}
SELECTORS_LEFT_OUT = {"object": "columns of Python's objects", "expand_selector is_selector": "about Python's own objects"}
# Parameters that Python has and Fram has not.
PARAMETERS_LEFT_OUT = {
    "": {"eager": "there are no series", "multithreaded": "a matter of the engine", "allow_object": "Python's objects"},
    "map_elements": {"pass_name": "for Python", "strategy": "for Python", "returns_scalar": "deprecated in Polars"},
    "map_batches": {"agg_list": "deprecated in Polars"},
    "list.eval": {"parallel": "of no effect"},
    "list.to_struct": {"n_field_strategy": "of no effect", "upper_bound": "deprecated in Polars"},
    "str.json_decode": {"infer_schema_length": "of no effect"},
    "replace": {"default": "deprecated in Polars", "return_dtype": "deprecated in Polars"},
    "corr": {"ddof": "of no effect"},
    "fold reduce cum_fold cum_reduce": {"returns_scalar": "follows from the columns"},
}
# Defaults that are the same in other words: no list of days is Monday to Friday, no holidays are none.
EQUAL_DEFAULTS = [(True, True, True, True, True, False, False), (), ("*", None)]
# Cells that Python says in other words: closures call methods of the script's own values.
TRANSLATED = {
    'frame(#{ a: ["cmd.exe", "x"] }).select(col("a").map_elements(|x| x.len() > 3, Boolean))':
        'frame({"a": ["cmd.exe", "x"]}).select(col("a").map_elements(lambda x: x.__len__() > 3, Boolean))',
    'frame(#{ a: [3, 1, 2] }).select(col("a").map_batches(|values| values.map(|x| x * 10)))':
        'frame({"a": [3, 1, 2]}).select(col("a").map_batches(lambda values: values * 10, Int64))',
    'frame(#{ a: [datetime("2020-09-21 04:14:36")] }).select(col("a").dt.replace(#{ day: 1, hour: 0, minute: 0, second: 0 }))':
        'frame({"a": [datetime("2020-09-21 04:14:36")]}).select(col("a").dt.replace(day=1, hour=0, minute=0, second=0))',
}
# Cells whose answers differ from Python's, and why.
DIFFERS = {
    "fold(lit(0),": "Polars keeps the type of what it begins with, a small whole number; sums would overflow it",
}


# --- the reference page -------------------------------------------------------------------------------------------

def verbs():
    """Each verb of an expression: its place, its name, its parameters and its cells."""
    places = {"Functions": "pl.", "Verbs of an expression": "", "Selectors: verbs of `cs`": "cs."}
    for section in REFERENCE.read_text().split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        found = re.fullmatch(r"Verbs of `\.(\w+)`", title)
        place = found[1] + "." if found else places.get(title)
        if place is None:
            continue
        for verb in text.split("\n### `")[1:]:
            signature = verb.partition("`\n")[0]
            name = signature.partition("(")[0]
            defaults = dict(re.findall(r"(\w+) = (\"[^\"]*\"|[^,)]+)", signature))
            parameters = {name: defaults.get(name) for name in re.findall(r"^- `(\w+)`", verb, re.M)}
            cells = re.findall(r"^```\n((?:(?!```).*\n)+)```\n```text$", verb, re.M)
            yield place, name, parameters, [cell.rstrip("\n") for cell in cells]


# --- cells as Python ----------------------------------------------------------------------------------------------

TOKEN = re.compile(r'\s+|"(?:\\.|[^"\\])*"|`[^`]*`|#\{|\d+\.\d+|\w+|\*\*|[<>=!]=|\|\||.', re.S)
WORDS = {"true": "True", "false": "False", "struct": "struct", "and": "&", "or": "|", "not": "~"}
# Calls whose object map is a dictionary, not a list of named arguments.
TAKES_DICTIONARY = {"frame", "Struct", "replace", "replace_strict", "replace_many", "schema"}


class Cell:
    """A cell on its way into Python."""

    def __init__(self, text):
        self.tokens = [token for token in TOKEN.findall(text) if token.strip()]
        self.at = 0

    def python(self):
        """The whole cell."""
        return self.until(None)

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else None

    def until(self, end):
        """Python for everything up to a closing bracket."""
        out, opened = [], None
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            before = out[-1] if out else None
            if token == end:
                return out_text(out)
            self.at += 1
            if token == "(":
                is_call = before is not None and re.fullmatch(r"\w+|[)\]]", before[-1:]) is not None and before not in ("&", "|")
                if self.peek() == ")" and not is_call:
                    self.at += 1
                    out.append("None")
                    continue
                name = before if is_call else None
                inner = self.arguments(name) if is_call else self.until(")")
                self.at += 1
                out.append("(" + inner + ")")
            elif token == "[":
                inner = self.until("]")
                self.at += 1
                out.append("[" + inner + "]")
            elif token == "#{":
                out.append(self.dictionary())
            elif token == "|" and before in (None, ",", "("):
                names = []
                while self.peek() != "|":
                    names.append(self.tokens[self.at])
                    self.at += 1
                self.at += 1
                out.append("lambda " + "".join(names) + ":")
            elif token == "!":
                out.append("~")
            elif token.startswith("`"):
                out.append(repr(token[1:-1]))
            else:
                out.append(WORDS.get(token, token))
        return out_text(out)

    def arguments(self, name):
        """The arguments of a call; the object map at the end stands for named ones."""
        parts = []
        while self.peek() != ")":
            if self.peek() == "#{" and not (name in TAKES_DICTIONARY and not parts):
                self.at += 1
                parts.append(self.named())
            else:
                parts.append(self.argument())
            if self.peek() == ",":
                self.at += 1
        return ", ".join(parts)

    def argument(self):
        """One argument: up to a comma outside all brackets."""
        begun, depth = self.at, 0
        bars = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token in ("(", "[", "#{"):
                depth += 1
            elif token in (")", "]", "}"):
                if depth == 0:
                    break
                depth -= 1
            elif token == "|" and self.at == begun:
                bars = 1
            elif token == "|" and bars == 1:
                bars = 2
            elif token == "," and depth == 0 and bars != 1:
                break
            self.at += 1
        part = Cell("")
        part.tokens = self.tokens[begun:self.at]
        return part.python()

    def entries(self):
        """Keys and values up to the closing brace."""
        while self.peek() != "}":
            key = self.tokens[self.at].strip('"')
            self.at += 2
            if key == "schema" or self.peek() != "#{":
                yield key, self.argument()
            else:
                yield key, self.argument()
            if self.peek() == ",":
                self.at += 1
        self.at += 1

    def dictionary(self):
        return "{" + ", ".join(f"{key!r}: {value}" for key, value in self.entries()) + "}"

    def named(self):
        return ", ".join(f"{key}={value}" for key, value in self.entries())


def out_text(parts):
    text = ""
    for part in parts:
        glued = part in (".", ",") or part.startswith("(") and re.search(r"[\w)\]]$", text) or text.endswith(".")
        text += part if glued or not text else " " + part
    return re.sub(r"\b0\.0 / 0\.0", 'float("nan")', re.sub(r"\b1\.0 / 0\.0", 'float("inf")', text))


def moment(*parts, **options):
    if parts and isinstance(parts[0], str) and (len(parts) < 3):
        value = dt.datetime.fromisoformat(parts[0])
        if len(parts) == 2:
            from zoneinfo import ZoneInfo
            value = value.replace(tzinfo=ZoneInfo(parts[1]))
        return value
    return pl.datetime(*parts, **options)


def day(*parts):
    return dt.date.fromisoformat(parts[0]) if len(parts) == 1 else pl.date(*parts)


def clock(*parts):
    if len(parts) == 1 and isinstance(parts[0], str) and ":" in parts[0]:
        return dt.time.fromisoformat(parts[0])
    return pl.time(*parts)


def length(text=None, **units):
    if text is None:
        return pl.duration(**units)
    sizes = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    return dt.timedelta(**{sizes[unit]: int(count) for count, unit in re.findall(r"(\d+)([dhms])", text)})


def names():
    """What cells may name."""
    known = {name: getattr(pl, name) for name in dir(pl) if not name.startswith("_")}
    known |= {"pl": pl, "frame": pl.DataFrame, "date": day, "datetime": moment, "time": clock, "duration": length, "cs": cs}
    return known


def run(cell):
    """A cell's answer: a data frame."""
    source = TRANSLATED.get(cell) or Cell(cell).python()
    value = eval(compile(source, cell, "eval"), names())
    if isinstance(value, pl.DataFrame):
        return value
    return pl.select(value)


# --- answers ------------------------------------------------------------------------------------------------------

SHORT = {
    "Int8": "i8", "Int16": "i16", "Int32": "i32", "Int64": "i64", "Int128": "i128", "UInt8": "u8", "UInt16": "u16",
    "UInt32": "u32", "UInt64": "u64", "UInt128": "u128", "Float32": "f32", "Float64": "f64", "String": "str", "Boolean": "bool",
    "Binary": "binary", "Date": "date", "Time": "time", "Null": "null", "Categorical": "cat", "Enum": "enum",
}


def kind(dtype):
    """A type as the engine writes it, with the fields of structs."""
    unit = {"us": "μs", "ms": "ms", "ns": "ns"}
    if isinstance(dtype, pl.List):
        return f"list[{kind(dtype.inner)}]"
    if isinstance(dtype, pl.Array):
        return f"array[{kind(dtype.inner)}, {dtype.size}]"
    if isinstance(dtype, pl.Struct):
        return "struct{" + ", ".join(f"{field.name}: {kind(field.dtype)}" for field in dtype.fields) + "}"
    if isinstance(dtype, pl.Datetime):
        return f"datetime[{unit[dtype.time_unit]}{', ' + dtype.time_zone if dtype.time_zone else ''}]"
    if isinstance(dtype, pl.Duration):
        return f"duration[{unit[dtype.time_unit]}]"
    if isinstance(dtype, pl.Decimal):
        return f"decimal[{dtype.precision},{dtype.scale}]"
    return SHORT[type(dtype).__name__ if isinstance(dtype, pl.DataType) else dtype.__name__]


def values(series):
    """A column's values as JSON can hold them."""
    dtype = series.dtype
    if isinstance(dtype, (pl.List, pl.Array)):
        return [None if value is None else values(value if isinstance(value, pl.Series) else pl.Series(value, dtype=dtype.inner)) for value in series]
    if isinstance(dtype, pl.Struct):
        missing = series.is_null().to_list()
        fields = {field.name: values(series.struct.field(field.name)) for field in dtype.fields}
        return [None if gone else {name: column[row] for name, column in fields.items()} for row, gone in enumerate(missing)]
    if dtype.is_temporal():
        return series.to_physical().to_list()
    if isinstance(dtype, (pl.Categorical, pl.Enum)):
        return series.cast(pl.String).to_list()
    if dtype == pl.Binary:
        return [None if value is None else value.hex() for value in series]
    if isinstance(dtype, pl.Decimal):
        return [None if value is None else str(value) for value in series]
    if dtype.is_float():
        return [value if value is None or abs(value) < float("inf") else str(value) for value in series]
    return series.to_list()


def answer(cell):
    """What Python Polars gives for a cell."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = run(cell)
        return {column.name: {"type": kind(column.dtype), "values": values(column)} for column in frame.get_columns()}


def answers():
    """Every cell with its answer, and what went wrong on the way."""
    found, wrong = [], []
    cells = [(place + name, cell) for place, name, _, cells in verbs() for cell in cells if asks(place, name, cell)]
    cells += [("", cell) for cell in FURTHER.read_text().splitlines()]
    for verb, cell in cells:
        try:
            reasons = [reason for part, reason in DIFFERS.items() if part in cell]
            asked = {"verb": verb, "cell": cell, "answer": answer(cell)}
            found.append(asked | ({"differs": reasons[0]} if reasons else {}))
        except Exception as error:
            wrong.append(f"{verb}: {cell}\n    {Cell(cell).python()}\n    {type(error).__name__}: {str(error).splitlines()[0]}")
    return found, wrong


# --- what is offered ----------------------------------------------------------------------------------------------

def asks(place, name, cell):
    """Whether a verb is one of expressions, and its cell a question that Python can answer."""
    if place == "pl." and name not in functions():
        return False
    return not re.match(r"(List|Array|Struct|Datetime|Duration|Decimal)\(", cell)


def functions():
    """The functions of the module that make expressions."""
    skipped = {name for names in OTHER_FUNCTIONS for name in names.split()}
    made = {name for name in dir(pl) if inspect.isfunction(getattr(pl, name)) and not name.startswith("_")}
    reads = {name for name in made if name.startswith(("read_", "scan_"))}
    return made - skipped - reads | {"col", "Enum"}


def missing():
    """What Python offers and the reference does not, and parameters that differ."""
    offered = {place + name: parameters for place, name, parameters, _ in verbs()}
    expression = pl.col("a")
    methods = {name: getattr(expression, name) for name in dir(pl.Expr) if not name.startswith("_")}
    for space in ["str", "dt", "list", "struct", "arr", "bin", "cat", "name"]:
        owner = getattr(expression, space)
        methods |= {f"{space}.{name}": getattr(owner, name) for name in dir(owner) if not name.startswith("_")}
    methods |= {f"pl.{name}": getattr(pl, name) for name in functions() - {"col", "Enum"}}
    methods |= {f"cs.{name}": getattr(cs, name) for name in cs.__all__ if inspect.isfunction(getattr(cs, name))}
    left_out = {name for names in LEFT_OUT for name in names.split()}
    left_out |= {f"cs.{name}" for names in SELECTORS_LEFT_OUT for name in names.split()}
    for name, method in sorted(methods.items()):
        if name in left_out:
            continue
        if name not in offered:
            yield f"{name}: not offered; offer it, or say in LEFT_OUT why not"
            continue
        skipped = set(PARAMETERS_LEFT_OUT[""])
        for names, parameters in PARAMETERS_LEFT_OUT.items():
            if name.removeprefix("pl.") in names.split():
                skipped |= set(parameters)
        for parameter in inspect.signature(method).parameters.values():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or parameter.name in skipped:
                continue
            if parameter.name not in offered[name]:
                yield f"{name}: has no parameter `{parameter.name}`; it has {', '.join(offered[name])}"
            elif not is_default(parameter.default, offered[name][parameter.name]):
                yield f"{name}: `{parameter.name}` is {parameter.default!r} by default, not {offered[name][parameter.name]}"


def is_default(python, here):
    """Whether a parameter has the same default in both; what has none in Python may have one here."""
    if python in (None, inspect.Parameter.empty) or type(python) is object or repr(python) == "<no_default>":
        return True
    if python in EQUAL_DEFAULTS or here is None:
        return python in EQUAL_DEFAULTS
    if isinstance(python, bool):
        return here == str(python).lower()
    if isinstance(python, (int, float)):
        return float(here) == python
    return here.strip('"') == str(python)


def main():
    found, wrong = answers()
    wrong += missing()
    text = json.dumps({"polars": pl.__version__, "cells": found}, indent=1, ensure_ascii=False) + "\n"
    if wrong:
        sys.exit("\n".join(wrong))
    if "--check" in sys.argv:
        sys.exit(0 if ANSWERS.read_text() == text else f"{ANSWERS.name} is not what Polars {pl.__version__} says: run {Path(__file__).name}")
    ANSWERS.write_text(text)
    print(f"{len(found)} cells")


if __name__ == "__main__":
    main()
