from __future__ import annotations

import contextlib
import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.sdk import abi
from iscbridge.sdk.build_cffi import generate, main
from iscbridge.sdk.header import HeaderError, declarations, integer
from iscbridge.sdk.status import Status
from support.fake_shim import HEADER

TEXT = HEADER.read_text(encoding="utf-8")


def squeezed(text: str) -> str:
    """Without what C does not care about, and without preprocessor lines."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return re.sub(r"\s*([^\w\s])\s*", r"\1", re.sub(r"\s+", " ", " ".join(lines))).strip()


def preprocessed(text: str, folder: Path) -> str:
    """What the C preprocessor makes of it, as a compiler of no particular platform, without the system's headers."""
    folder.mkdir(exist_ok=True)
    for name in re.findall(r"#\s*include\s*<([\w.]+)>", text):
        (folder / name).write_text("")
    command = ["cpp", "-P", "-undef", "-nostdinc", "-I", str(folder)]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stderr == ""
    return done.stdout


def test_the_header_reads_as_the_c_preprocessor_reads_it(tmp_path):
    compiled = re.sub(r"__attribute__\(\(visibility\(\"default\"\)\)\)", "", preprocessed(TEXT, tmp_path / "include"))
    assert squeezed(declarations(TEXT)) == squeezed(compiled)
    assert "isc_wait_events" in squeezed(compiled)


def test_numbers_are_those_of_the_header():
    found = dict(re.findall(r"^#define (\w+) (-?\d+)$", declarations(TEXT), flags=re.MULTILINE))
    assert int(found["ISC_ABI_VERSION"]) >= 1
    assert "ISCDESK_C_H" not in found


def test_sizes_offsets_and_constants_are_those_of_the_compiler(tmp_path):
    ffi = import_module("iscbridge.sdk._iscdesk_cffi").ffi
    structs = re.findall(r"^typedef struct (\w+) \{", declarations(TEXT), flags=re.MULTILINE)
    enums = re.findall(r"^typedef enum (\w+) \{", declarations(TEXT), flags=re.MULTILINE)
    expected = {f"sizeof({s})": ffi.sizeof(s) for s in structs}
    expected |= {f"offsetof({s},{f})": ffi.offsetof(s, f) for s in structs for f, _ in ffi.typeof(s).fields}
    expected |= {f"(int){name}": value for e in enums for name, value in ffi.typeof(e).relements.items()}
    assert {"isc_config", "isc_info", "isc_event"} <= set(structs)
    assert len(expected) > 40
    program = "".join(f'printf("%d\\n", (int)({what}));\n' for what in expected)
    source = f'#include <stddef.h>\n#include <stdio.h>\n#include "{HEADER}"\nint main(void) {{\n{program}}}\n'
    (tmp_path / "probe.c").write_text(source)
    subprocess.run(["gcc", "-std=gnu11", str(tmp_path / "probe.c"), "-o", str(tmp_path / "probe")], check=True)
    printed = subprocess.run([str(tmp_path / "probe")], capture_output=True, text=True, check=True).stdout
    assert dict(zip(expected, map(int, printed.split()), strict=True)) == expected


def test_status_numbers_are_those_of_the_header():
    ffi = import_module("iscbridge.sdk._iscdesk_cffi").ffi
    assert {f"ISC_{status.name}": int(status) for status in Status} == ffi.typeof("isc_status").relements


def test_every_function_of_the_header_is_typed():
    functions = set(re.findall(r"\b(isc_\w+)\(", squeezed(declarations(TEXT))))
    assert functions == {name for name in vars(abi.CLibrary) if name.startswith("isc_")}


def test_the_generated_module_is_that_of_the_header(tmp_path):
    generate(HEADER, tmp_path / "fresh.py")
    installed = import_module("iscbridge.sdk._iscdesk_cffi").__file__
    assert installed is not None
    assert (tmp_path / "fresh.py").read_text() == Path(installed).read_text()


def test_the_build_step_writes_again_what_is_up_to_date(tmp_path):
    output = tmp_path / "new" / "module.py"
    assert main([str(HEADER), str(output)]) == 0
    first = output.read_text()
    assert main([str(HEADER), str(output)]) == 0
    assert output.read_text() == first
    assert main([]) == 2


_NOISE = st.sampled_from(
    [" ", "\n", "\t", " /* a comment; struct x { */ ", " // one; line\n", "\\\n", " /* two\nlines */ "]
)


@settings(deadline=None)
@given(st.lists(_NOISE, max_size=60), st.randoms(use_true_random=False))
def test_comments_and_line_ends_change_nothing(noise, random):
    pieces = re.findall(r"\w+|[^\w\s]", squeezed(declarations(TEXT)))
    plain = " ".join(pieces)
    for extra in noise:
        position = random.randrange(len(pieces) + 1)
        pieces.insert(position, extra)
    assert squeezed(declarations(" ".join(pieces))) == squeezed(declarations(plain))


def _expressions() -> st.SearchStrategy[str]:
    names = st.sampled_from(["ONE", "ZERO", "EMPTY_NOT", "__cplusplus", "_WIN32", "SEVEN"])
    leaf = st.one_of(
        st.integers(0, 20).map(str), names, names.map(lambda n: f"defined({n})"), names.map(lambda n: f"defined {n}")
    )
    operators = st.sampled_from(["&&", "||", "==", "!=", "<", ">", "<=", ">=", "+", "-"])
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(inner, operators, inner).map(" ".join),
            inner.map(lambda e: f"({e})"),
            inner.map(lambda e: f"!({e})"),
            inner.map(lambda e: f"-({e})"),
        ),
        max_leaves=8,
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(_expressions(), min_size=40, max_size=80))
def test_conditions_are_decided_as_the_c_preprocessor_decides(tmp_path_factory, expressions):
    text = "#define ONE 1\n#define ZERO (0)\n#define SEVEN 0x7u\n"
    for i, expression in enumerate(expressions):
        text += f"#if {expression}\nint yes{i};\n#elif ONE\nint no{i};\n#else\nint never{i};\n#endif\n"
    expected = preprocessed(text.replace("0x7u", "0x7"), tmp_path_factory.getbasetemp() / "none")
    assert squeezed(declarations(text)) == squeezed(expected)


@pytest.mark.parametrize(
    "text",
    [
        "/* not closed",
        "#if 1\nint a;",
        "#endif",
        "#else",
        "#elif 1",
        "#if",
        "#if (1",
        "#if 1 +",
        "#if 1 1",
        "#if )",
        "#if 1 ? 2 : 3\n#endif",
        "#if defined(\n#endif",
        "#if defined(A B\n#endif",
        "#define",
        "#define 1 2",
        "#error not this way",
        "#unheard_of",
        "#define F(x) x\nint F(1);",
        '#define TEXT "a"\n#if TEXT\n#endif',
        "int a __attribute__((packed;",
        "#if 1\n" * 100,
        "#if " + "(" * 100 + "1" + ")" * 100 + "\n#endif",
        "#if " + "!" * 10_000 + "1\n#endif",
    ],
)
def test_what_is_out_of_scope_is_refused(text):
    with pytest.raises(HeaderError):
        declarations(text)


def test_a_chain_of_macros_that_ends_in_itself_ends():
    assert declarations("#define A B\n#define B A\nint A;\n#if A\nint b;\n#endif\n") == "int A;\n"


def test_attributes_and_assertions_are_left_out():
    text = (
        '#define API __attribute__((visibility("default")))\n#define CALL\n'
        '_Static_assert(sizeof(int) == (2 + 2), "no");\nAPI int CALL f(void);\n#undef API\nint API;\n'
    )
    assert declarations(text) == "int f(void);\nint API;\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("(-3)", -3),
        ("0x1Fu", 31),
        ("010", 8),
        ("09", None),
        ("7ULL", 7),
        ("(7", None),
        ("1 + 1", None),
        ("", None),
        ("A", None),
        ('"1"', None),
        ("1.5", None),
    ],
)
def test_integer_constants(text, value):
    assert integer(text) == value


@settings(deadline=None)
@given(st.text(alphabet="#/*\\\n \"'()!defineflsx01<>&|_W", max_size=200))
def test_no_text_brings_it_down(text):
    with contextlib.suppress(HeaderError):
        declarations(text)
