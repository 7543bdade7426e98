#!/usr/bin/env python3
"""Checks that knowledge in src/ runs one way only (the rooms and their order are the two tables below).

- A file of core includes only its own room and those above it; serve also core; cli anything.
- A foreign library is included only by the rooms that own it.
- OpenSSL objects are freed by the handles of core/crypto/ossl*.hpp alone.
- core does not print, read the environment or look at the wall clock.

Prints each breach as FILE:LINE and exits 1 when there is any. `check_layers.py DIR` checks the tree DIR/src;
`--self-test` breaks every rule in a temporary tree and insists that each breach is seen.
"""
import pathlib
import re
import sys
import tempfile

CORE = "base files asn1 crypto x509 cms scep http config check capture inspect".split()
SERVE = "loop net store ca auth endpoint admin".split()

# Library: the beginning of its include lines, and the beginnings of paths that may have them.
OWNERS = {
    "toml++": ("toml++/", ["core/config/"]),
    "SQLiteCpp": ("SQLiteCpp/", ["serve/store/"]),
    "SQLite": ("sqlite3.h", ["serve/store/", "cli/app.cpp"]),
    "CLI11": ("CLI/", ["cli/"]),
    "spdlog": ("spdlog/", ["serve/log.", "cli/"]),
    "Boost": ("boost/", ["core/http/"]),
    "nlohmann/json": ("nlohmann/", ["core/check/", "core/capture/", "core/inspect/", "serve/", "cli/"]),
    "pugixml": ("pugixml", ["core/check/"]),
    "libpcap": ("pcap", ["core/capture/"]),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
FREE = re.compile(r"\b(?:[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*|sk_\w+)_free(?:_all)?\b")
WORLD = re.compile(r"\b(?:std::c(?:out|err|log)|(?:secure_)?getenv|system_clock::now|printf|puts)\b")


def rank(path):
    """(floor, room) of a path below src/, as numbers; None for what is not ours."""
    parts = path.split("/")
    if parts[0] == "cli":
        return (2, 0)
    rooms = {"core": CORE, "serve": SERVE}.get(parts[0])
    if rooms is None:
        return None
    floor = 0 if parts[0] == "core" else 1
    if len(parts) == 2:  # serve/server.cpp wires its rooms
        return (floor, len(rooms))
    return (floor, rooms.index(parts[1])) if parts[1] in rooms else None


def code_of(line):
    """The line without string literals and comments."""
    return re.sub(r"//.*", "", re.sub(r'"(?:\\.|[^"\\])*"', '""', line))


def check_include(name, quote, target):
    if quote == "<":
        for library, (prefix, owners) in OWNERS.items():
            if target.startswith(prefix) and not any(name.startswith(owner) for owner in owners):
                return f"includes {library}, which belongs to {', '.join(owners)}"
        return None
    here, there = rank(name), rank(target)
    if there is None:
        return f'includes "{target}", which is no room; write it from src/'
    if there > here:
        return f'includes "{target}", which is further down'
    return None


def breaches_of(name, text):
    if name == "precompiled.hpp":  # a matter of the build; no file includes it by name
        return
    if rank(name) is None:
        yield 1, "is in no room of the tables in tests/check_layers.py"
        return
    for number, line in enumerate(text.splitlines(), 1):
        include = INCLUDE.match(line)
        if include:
            problem = check_include(name, *include.groups())
            if problem:
                yield number, problem
            continue
        code = code_of(line)
        if FREE.search(code) and not name.startswith("core/crypto/ossl"):
            yield number, f"calls {FREE.search(code).group()}: owners are in core/crypto/ossl*.hpp"
        if name.startswith("core/") and WORLD.search(code):
            yield number, f"{WORLD.search(code).group()}: core takes values and gives values"


def check_tree(root):
    src = pathlib.Path(root) / "src"
    out = []
    for path in sorted(src.rglob("*.[ch]pp")):
        name = path.relative_to(src).as_posix()
        for number, problem in breaches_of(name, path.read_text(encoding="utf-8")):
            out.append(f"{path.relative_to(root)}:{number}: {problem}")
    return out


SELF_TEST = {  # file: (content, lines at fault)
    "core/base/a.hpp": ('#include "core/base/b.hpp"\n#include <vector>\n', []),
    "core/cms/a.cpp": ('#include "core/asn1/a.hpp"\n#include "core/scep/a.hpp"\n', [2]),
    "core/http/a.cpp": ("#include <boost/asio.hpp>\n#include <toml++/toml.h>\n", [2]),
    "core/files/a.cpp": ('#include "serve/net/a.hpp"\n#include "cli/app.hpp"\n', [1, 2]),
    "core/x509/a.cpp": ('// X509_free(c)\nauto s = "X509_free(c)";\nX509_free(c);\nstd::free(c);\n', [3]),
    "core/crypto/ossl.hpp": ("using P = Handle<BIO, BIO_free_all>;\n", []),
    "core/check/a.cpp": ('std::cout << 1;\nauto x = getenv("HOME");\nsnprintf(a);\n', [1, 2]),
    "core/nowhere/a.cpp": ("int x;\n", [1]),
    "serve/net/a.cpp": ('#include "core/http/a.hpp"\n#include "serve/store/a.hpp"\n', [2]),
    "serve/store/a.cpp": ('#include <SQLiteCpp/Database.h>\n#include "serve/server.hpp"\n', [2]),
    "serve/server.cpp": ('#include "serve/endpoint/a.hpp"\n#include "cli/app.hpp"\n', [2]),
    "serve/ca/a.cpp": ("#include <spdlog/spdlog.h>\n#include <CLI/CLI.hpp>\n", [1, 2]),
    "cli/a.cpp": ('#include "serve/server.hpp"\n#include "core/base/a.hpp"\n#include "a.hpp"\n', [3]),
}


def self_test():
    with tempfile.TemporaryDirectory() as root:
        for name, (content, _) in SELF_TEST.items():
            path = pathlib.Path(root) / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        seen = {":".join(line.split(":")[:2]) for line in check_tree(root)}
    wanted = {f"src/{name}:{line}" for name, (_, lines) in SELF_TEST.items() for line in lines}
    for place in sorted(wanted - seen):
        print(f"{place}: breach not seen")
    for place in sorted(seen - wanted):
        print(f"{place}: no breach, but reported")
    return wanted == seen


def main(arguments):
    if arguments == ["--self-test"]:
        return 0 if self_test() else 1
    root = arguments[0] if arguments else pathlib.Path(__file__).resolve().parent.parent
    if not self_test():
        return 1
    found = check_tree(root)
    print("\n".join(found) if found else "the layers hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
