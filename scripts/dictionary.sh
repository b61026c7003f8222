#!/bin/sh
# Builds the dictionary for Japanese words from Debian's mecab-ipadic, without installing that package.
# $1: the hark command, $2: folder of the finished dictionary.
set -eu
hark=$1
to=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! command -v apt-get >/dev/null 2>&1; then
    echo "hark: no apt-get here; unpack MeCab's IPA dictionary sources and run: hark dictionary --from FOLDER" >&2
    exit 1
fi
cd "$work"
chmod 755 "$work"
apt-get download -q mecab-ipadic >/dev/null 2>&1 || { apt-get update -qq && apt-get download -q mecab-ipadic >/dev/null; }
dpkg-deb -x ./*.deb .
"$hark" dictionary --from "$work/usr/share/mecab/dic/ipadic" --to "$to"
