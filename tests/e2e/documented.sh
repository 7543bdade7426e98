#!/bin/sh
# release only
# --help, man page and both completions name the same subcommands and, for each, the same options; man page and code know
# the same settings, the same variables of the environment and the same rules of preflight and
# decode-pkimessage.
. "$(dirname "$0")/lib.sh"
python3 - "$BIN" "$SCEP_ROOT" <<'PY' || fail "the four disagree"
import json, re, subprocess, sys
binary, root = sys.argv[1:]
read = lambda path: open(f"{root}/{path}").read()
option = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")

def help_of(words):
    text = subprocess.run([binary, *words, "--help"], capture_output=True, text=True, check=True).stdout
    children, listing = [], False
    for line in text.splitlines():
        listing = listing and not re.match(r"\S", line) or line.lower().rstrip(": ") in ("subcommands", "commands")
        if listing and (m := re.match(r"  ([a-z][a-z-]*)\s", line + " ")):
            children.append(m[1])
    # only the column of names: descriptions may mention other options
    names = set()
    for line in text.splitlines():
        if m := re.match(r"\s+((?:-\w,)?--[a-z0-9-]+(?:,--[a-z0-9-]+)*)", line):
            names.update(option.findall(m[1]))
    return names, [c for c in children if c != "help"]

found = {}
def walk(words):
    names, children = help_of(words)
    if not children:
        found[" ".join(words)] = names - {"--help"}
    for child in children:
        walk(words + [child])
walk([])

man = read("man/certctl-scep.1")
sections = dict(re.findall(r"^\.Ss ([a-z -]+)\n(.*?)(?=^\.S[sh] )", man, re.M | re.S))
in_man = {name: {"-" + o for o in re.findall(r"^\.It Fl (-[a-z0-9-]+)", body, re.M)} for name, body in sections.items()}

bash = read("completions/certctl-scep.bash")
in_bash = {m[1].strip("'"): set(option.findall(m[2])) - {"--help"}
           for m in re.finditer(r"^ +('[a-z -]+'|[a-z-]+)\*?\) options='([^']*)'", bash, re.M)}
in_bash = {name: options for name, options in in_bash.items() if name in found or not any(c.startswith(name) for c in found)}
zsh = read("completions/_certctl-scep")
in_zsh = {m[1].replace("_", " ").replace("ra gen", "ra-gen").replace("bundle check", "bundle-check").replace("decode pkimessage", "decode-pkimessage"): set(re.findall(r"^ *['\"](?:\*)?(--[a-z0-9-]+)[\[=]", m[2], re.M)) - {"--help"}
          for m in re.finditer(r"^ +(\w+)=\(\n(.*?)^ +\)", zsh, re.M | re.S)}

wrong = 0
for where, there in (("the man page", in_man), ("the bash completion", in_bash), ("the zsh completion", in_zsh)):
    for command in sorted(found.keys() | there.keys()):
        if command not in there or command not in found:
            print(f"{where}: {'lacks' if command in found else 'invents'} the command {command}")
            wrong += 1
            continue
        for o in sorted(found[command] ^ there[command]):
            print(f"{where}: {command} {'lacks' if o in found[command] else 'invents'} {o}")
            wrong += 1

source = read("src/core/config/settings.cpp")
built = {table: set(re.findall(r'Setting\{\s*"(\w+)"(?!, \w+, Absent)', body))
         for table, body in re.findall(r"constexpr std::array k(\w+)\{(.*?)\};\n", source, re.S)}
settings = {"server": built["Server"] - {"trusted_proxy", "rate_limit"},
            "server.trusted_proxy": built["TrustedProxy"], "server.rate_limit": built["RateLimit"], "issuer.NAME": built["Issuer"],
            "certificate_profile.NAME": built["CertificateProfile"], "scep.NAME": built["Profile"] | built["Ra"]}
described = {table: {key for line in re.findall(r"^\.It Ic (.*)", body, re.M) for key in line.split(" , ")}
             for table, body in re.findall(r"^\.Ss \[(\S+)\]\n(.*?)(?=^\.S[sh] )", man, re.M | re.S)}
for table in settings.keys() | described.keys():
    for key in sorted(settings.get(table, set()) ^ described.get(table, set())):
        print(f"the man page: [{table}] {'lacks' if key in settings.get(table, ()) else 'invents'} {key}")
        wrong += 1
def compare(what, in_code, in_manual):
    global wrong
    for name in sorted(in_code ^ in_manual):
        print(f"the man page: {what} {'lacks' if name in in_code else 'invents'} {name}")
        wrong += 1

# A string that ends with _ is the beginning of names.
literal = re.compile(r'"(CERTCTL_\w*[A-Z0-9])"')
variables = {name for path in ("src/core/config/variables.hpp", "src/core/config/variables.cpp",
                                     "src/cli/config_path.cpp")
             for name in literal.findall(read(path))}
variables |= {f"CERTCTL_SCEP_PROFILE_NAME_{key.upper()}" for key in built["Profile"] - {"ra"}}
section = lambda name: re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh )", man, re.M | re.S)[1]
compare("ENVIRONMENT", variables, set(re.findall(r"^\.It Ev (CERTCTL_\w+)", section("ENVIRONMENT"), re.M)))

for command, name in (("preflight", "RULES"), ("decode-pkimessage", "DECODING RULES")):
    listed = json.loads(subprocess.run([binary, command, "--list-rules", "--format", "json"],
                                       capture_output=True, text=True, check=True).stdout)
    compare(name, {f"{rule['id']} ({rule['severity']})" for rule in listed["rules"]},
            {f"{rule} ({severity.lower()})"
             for rule, severity in re.findall(r"^\.It Ic (\S+)\n(\w+): ", section(name), re.M)})

families = json.loads(subprocess.run([binary, "preflight", "--clients", "list", "--format", "json"],
                                     capture_output=True, text=True, check=True).stdout)
names = {client["name"] for client in families["clients"]}
for where, words in (("the bash completion", re.search(r"--clients\) words='([^']*)'", bash)[1].split()),
                     ("the zsh completion", re.search(r"-s , client ([a-z -]+)'", zsh)[1].split()),
                     ("the man page", re.findall(r"[a-z-]+", re.search(
                         r"It Fl -clients.*?\n\.Cm (.*?),\nor a brand", man, re.S)[1].replace(".Cm", "")))):
    for name in sorted(names ^ (set(words) - {"list"})):
        print(f"{where}: --clients {'lacks' if name in names else 'invents'} {name}")
        wrong += 1
print({c: len(o) for c, o in found.items()})
sys.exit(bool(wrong) or len(found) < 9 or len(variables) < 20)
PY
