#!/bin/sh
# Breaks the tree on purpose, one mutant after the other, and sees that the chaos test notices each. The tree must hold no
# uncommitted changes, and is mended again at the end, also after Ctrl-C. It works in place: a copy would share the
# build's folder, where cargo would then take what it built of the copy for this tree's.
# Usage: mutants.sh [NAME…]; all of tests/chaos/mutants without a name.
set -eu

export HARK_CHAOS_SECONDS="${HARK_CHAOS_SECONDS:-30}"
log=$CARGO_TARGET_DIR/mutant.log
[ $# -gt 0 ] || set -- $(cd tests/chaos/mutants && ls ./*.patch | sed 's|^\./||; s|\.patch$||')
git diff --quiet HEAD -- || { echo "hark: commit or stash your changes first: mutants are applied to this tree" >&2; exit 1; }

applied=
mend() { [ -z "$applied" ] || { git apply --reverse "$applied" && applied=; }; }
trap mend EXIT
trap 'exit 130' INT TERM

survived=
for mutant in "$@"; do
    echo "==> $mutant"
    git apply "tests/chaos/mutants/$mutant.patch"
    applied=tests/chaos/mutants/$mutant.patch
    cargo test --quiet --release --locked --workspace --test chaos --no-run
    if cargo test --quiet --release --locked --workspace --test chaos embedded >"$log" 2>&1; then
        echo "    SURVIVED: no test noticed it"
        survived="$survived $mutant"
    else
        echo "    caught: $(grep -m1 -E 'waited in vain|are wrong|counts twice|dead letters instead' "$log" || tail -n 1 "$log")"
    fi
    mend
done
[ -z "$survived" ] || { echo "hark: these mutants survived:$survived" >&2; exit 1; }
echo "==> every mutant was caught"
