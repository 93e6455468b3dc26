"""Step `native`: the native part for x64 and x86, built by MinGW-w64 with its tests; those for x64 run under Wine.

Leaves what hosts get in `client-x64` and `client-x86` of the working folder: DLL, import library, headers, package
files, and for x64 the example programs. Nothing for x86 is run: 64-bit Wine runs no 32-bit programs.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

from cross_wheel import SYSTEM_DLLS
from pe import DYNAMIC_BASE, HIGH_ENTROPY_VA, NO_SEH, NX_COMPAT, X64, X86, Pe
from stage import ROOT, LaneError, Stage
from wine import windows_path

NEEDS = {
    "cmake": "/usr/bin/cmake",
    "ninja-build": "/usr/bin/ninja",
    "g++-mingw-w64-i686-posix": "/usr/bin/i686-w64-mingw32-g++-posix",
}

#: Fast to build, and still with every guard that a release has.
_OPTIONS = ("-GNinja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O1", "-DCMAKE_C_FLAGS_RELEASE=-O1")
_TOOLCHAINS = {"x64": "mingw-w64.cmake", "x86": "mingw-w64-x86.cmake"}
_HARDENING = {X64: HIGH_ENTROPY_VA | DYNAMIC_BASE | NX_COMPAT, X86: DYNAMIC_BASE | NX_COMPAT | NO_SEH}

#: Folders of the native part whose libraries hosts load: built for x86, too, if they are there.
_FOR_HOSTS = ("client", "bindings/vba", "dropin")

#: Where, below `native`, the exports of each library are declared, and in what form.
_DECLARED = {
    "iscbridge_sandbox_sdk": ("sandbox/src/sandbox_sdk.cpp", r"^extern \"C\" SANDBOX_EXPORT .*?(\w+)\("),
    "iscbridge_client": ("include/iscbridge_client.h", r"ISCB_CALL (iscb_\w+)\("),
    "iscbridge_vba": ("bindings/vba/iscbridge_vba.h", r"ISCB_VBA_CALL (iscb_vba_\w+)\("),
    "iscbridge_shim_sandbox": ("include/iscdesk_c.h", r"ISC_CALL (isc_\w+)\("),
    "iscbridge_device": ("include/isc_device.h", r"ISC_DEVICE_CALL (isc_\w+)\("),
}

#: All of them together; each has its own limit inside.
_TESTS_S = 600.0


def prepare(stage: Stage) -> None:
    """Build both, and install what hosts get."""
    for kind, toolchain in _TOOLCHAINS.items():
        folder = _folder(stage, kind)
        with_tests = "ON" if kind == "x64" else "OFF"
        stage.host(["cmake", "-S", ROOT, "-B", folder, *_OPTIONS, f"-DISCBRIDGE_BUILD_TESTS={with_tests}",
                    f"-DCMAKE_TOOLCHAIN_FILE={ROOT / 'native' / 'cmake' / toolchain}"])  # fmt: skip
        targets = ["all"] if kind == "x64" else _host_targets(folder)
        stage.host(["ninja", "-C", folder, *targets], timeout=900)
        for component in ("iscbridge_client", "iscbridge_dropin"):
            stage.host(["cmake", "--install", folder, "--strip", "--component", component, "--prefix",
                        client_folder(stage, kind)])  # fmt: skip


def beside(stage: Stage) -> None:
    """Look at each file, run the tests and the client library against the real bridge."""
    files = [path for kind in _TOOLCHAINS for path in sorted((_folder(stage, kind) / "lib").glob("*.dll"))]
    files += [client_folder(stage, kind) / "bin" / "iscbridge_client.dll" for kind in _TOOLCHAINS]
    for path in files:
        check_file(path)
    stage.laps.say(
        f"{len(files)} libraries: hardening, imports, exports and versions as they should be; x86 not run here"
    )
    _run_tests(stage)
    programs = client_folder(stage, "x64") / "bin"
    for program in ("save_polling.exe", "save_callbacks.exe"):
        shutil.copy(_folder(stage, "x64") / "lib" / program, programs)
    stage.pytest("client", ["tests/windows/client"], timeout=600, env={"ISCBRIDGE_TEST_CLIENT": windows_path(programs)})


def run(stage: Stage) -> None:
    """What makers of CAD applications get."""
    for_makers(stage)


def for_makers(stage: Stage) -> Path:
    """The folder `client` of a release, for both kinds of hosts.

    Raises:
        LaneError: something that belongs into it was not built.
    """
    target = stage.work / "client"
    kinds = [word for kind in _TOOLCHAINS for word in (f"--{kind}", client_folder(stage, kind))]
    stage.host([sys.executable, ROOT / "installer" / "client_folder.py", target, *kinds])
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    stage.laps.say(f"folder for makers of CAD applications: {size / 1e6:.1f} MB")
    return target


def client_folder(stage: Stage, kind: str) -> Path:
    """What a host gets: `kind` is x64 or x86."""
    return stage.work / f"client-{kind}"


def check_file(path: Path) -> None:
    """It is hardened, needs only what every Windows has, exports what its header declares, and says what it is.

    Raises:
        LaneError: it is not so.
    """
    try:
        _check(path, Pe.read(path.read_bytes()))
    except LaneError as error:
        raise LaneError(f"{path.name}: {error}") from None


def _check(path: Path, found: Pe) -> None:
    lacks = _HARDENING[found.machine] & ~found.hardening
    if lacks:
        raise LaneError(f"DllCharacteristics lacks {lacks:#x}")
    beside = {other.name.lower() for other in path.parent.glob("*.dll")}
    if extra := found.imports() - SYSTEM_DLLS - beside:
        raise LaneError(f"it needs {sorted(extra)}, which a Windows machine need not have")
    if path.stem.startswith("iscbridge_"):
        _check_exports(path, found.exports())
        _check_version(path, found.version())


def _check_exports(path: Path, exports: set[str]) -> None:
    if path.stem not in _DECLARED:
        raise LaneError("nothing says what it is to export: step_native.py, _DECLARED")
    source, pattern = _DECLARED[path.stem]
    declared = set(re.findall(pattern, (ROOT / "native" / source).read_text(encoding="utf-8"), re.MULTILINE))
    if not declared or exports != declared:
        raise LaneError(f"it exports other names than {source} declares: {sorted(exports ^ declared)}")


def _check_version(path: Path, said: dict[str, str]) -> None:
    [version] = re.findall(
        r'VERSION = "(\d+\.\d+\.\d+)', (ROOT / "iscbridge" / "version.py").read_text(encoding="utf-8")
    )
    expected = {
        "numbers": f"{version}.0",
        "FileVersion": version,
        "ProductVersion": version,
        "ProductName": "ISCBridge",
        "OriginalFilename": path.name,
    }
    wrong = {name: said.get(name) for name, value in expected.items() if said.get(name) != value}
    if wrong or not said.get("FileDescription", "").startswith("ISCBridge"):
        raise LaneError(f"its version resource says {wrong or said}")


def _run_tests(stage: Stage) -> None:
    """Every test of the build that is a Windows program, started by a Windows program that writes how each ended."""
    build = _folder(stage, "x64")
    commands = _test_commands(stage, build)
    commands["must_fail"] = (
        f'"{windows_path(build / "lib" / "abi_test.exe")}"'  # without its argument: so failures are seen
    )
    listed, result = stage.results / "native.list", stage.results / "native.result"
    listed.write_text("".join(f"{name}\t{line}\n" for name, line in commands.items()), encoding="utf-8")
    with stage.laps.lap(f"native tests: {len(commands)} programs"):
        stage.windows(build / "lib" / "run_all.exe", listed, result, timeout=_TESTS_S, cwd=build / "lib")
    ended = _read_result(result)
    if ended.pop("must_fail", "0") == "0":
        raise LaneError("a native test that must fail passed, or was not run: nothing is proven by the others")
    commands.pop("must_fail")
    stage.passed += sum(1 for how in ended.values() if how == "0")
    wrong = {name: ended.get(name, "not run") for name in commands if ended.get(name) != "0"}
    if wrong:
        raise LaneError("\n".join(_failure(result, name, how) for name, how in wrong.items()))


def _test_commands(stage: Stage, build: Path) -> dict[str, str]:
    """The command lines of CTest's tests, as Windows takes them."""
    said = json.loads(stage.host(["ctest", "--test-dir", build, "--show-only=json-v1"]))
    commands = {test["name"]: test["command"] for test in said["tests"] if test["command"][0].endswith(".exe")}
    if len(commands) < 20:
        raise LaneError(f"only {len(commands)} native tests were built")
    translated = {name: [_translated(word) for word in words] for name, words in commands.items()}
    return {name: " ".join(f'"{word}"' for word in words) for name, words in translated.items()}


def _translated(word: str) -> str:
    return windows_path(Path(word)) if word.startswith("/") else word


def _read_result(result: Path) -> dict[str, str]:
    """How each program ended, by name."""
    lines = result.read_text(encoding="utf-8").splitlines() if result.is_file() else []
    if not lines or lines[-1] != "end":
        raise LaneError(f"the native tests did not run to their end; the last that did: {lines[-1:]}")
    return {name: how for name, how, _ in (line.split("\t") for line in lines[:-1])}


def _failure(result: Path, name: str, how: str) -> str:
    log = result.with_name(f"{result.name}.{name}.txt")
    said = log.read_text(encoding="utf-8", errors="replace").strip() if log.is_file() else ""
    return f"native test {name}: {how}\n{said[-2000:]}"


def _host_targets(build: Path) -> list[str]:
    return [f"native/{name}/all" for name in _FOR_HOSTS if (build / "native" / name).is_dir()]


def _folder(stage: Stage, kind: str) -> Path:
    return stage.work / f"native-{kind}"
