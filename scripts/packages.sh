#!/bin/sh
# Installs the Debian packages that are missing. Each argument is COMMAND:PACKAGE (the package is missing when the
# command is) or PACKAGE alone. On other systems, or without the right to install, it says what to install by hand.
set -eu

missing=
for need in "$@"; do
    package=${need#*:}
    case $need in
    *:*) command -v "${need%%:*}" >/dev/null 2>&1 || missing="$missing $package" ;;
    *) dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "hark: please install what Debian calls:$missing" >&2
    exit 1
fi
root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "hark: please run as root: apt-get install$missing" >&2; exit 1; }
    root=sudo
fi
echo "==> installing system packages:$missing"
$root apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $root apt-get install -qq -y --no-install-recommends $missing >/dev/null
