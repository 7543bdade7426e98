#!/bin/sh
# clang-tidy with the checks of .clang-tidy over every translation unit of the release build; a remark is a failure.
set -u
cd "$SCEP_ROOT" || exit 2
# clang reads the compile commands of g++; it does not know all of its warnings and options.
find src tests -name '*.cpp' -print0 |
    xargs -0 -n 4 -P "$(nproc)" clang-tidy -p build/release --quiet --warnings-as-errors='*' \
        --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument
