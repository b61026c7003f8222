#!/bin/sh
# Breaks a copy of the tree on purpose, one mutant after the other, and sees that the chaos test notices each.
# Usage: mutants.sh [NAME…]; all of tests/chaos/mutants without a name.
set -eu

tree=$PWD
copy=$CARGO_TARGET_DIR/mutants
export HARK_CHDB_LIB="$tree/embedded/clickhouse/npm/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so"
export HARK_CHAOS_SECONDS="${HARK_CHAOS_SECONDS:-30}"
[ $# -gt 0 ] || set -- $(cd tests/chaos/mutants && ls ./*.patch | sed 's|^\./||; s|\.patch$||')

echo "==> copying the tree to $copy"
mkdir -p "$copy"
git ls-files -z --cached --others --exclude-standard | tar -c --null --files-from=- | tar -x -C "$copy"
mkdir -p "$copy/dashboards/web"
cp -R dashboards/web/dist "$copy/dashboards/web/"

survived=
for mutant in "$@"; do
    patch=$tree/tests/chaos/mutants/$mutant.patch
    echo "==> $mutant"
    patch --quiet --directory="$copy" --strip=1 <"$patch"
    (cd "$copy" && cargo build --quiet --release --locked --workspace && cargo test --quiet --release --locked --workspace --test chaos --no-run)
    if (cd "$copy" && cargo test --quiet --release --locked --workspace --test chaos embedded) >"$copy.log" 2>&1; then
        echo "    SURVIVED: no test noticed it"
        survived="$survived $mutant"
    else
        echo "    caught: $(grep -m1 -E 'waited in vain|are wrong|counts twice|dead letters instead' "$copy.log" || echo "see $copy.log")"
    fi
    patch --quiet --reverse --directory="$copy" --strip=1 <"$patch"
done
[ -z "$survived" ] || { echo "hark: these mutants survived:$survived" >&2; exit 1; }
echo "==> every mutant was caught"
