#!/bin/sh
# tests/e2e/mutated_messages.sh under the sanitizers with ten times as many.
MUTATIONS=10000 SCEP_BIN="$SCEP_ROOT/build/sanitizer/src/cli/certctl-scep" exec sh "$SCEP_ROOT/tests/e2e/mutated_messages.sh"
