#!/bin/bash
# Make the folder from which the image is built: what "make install" installs, the
# scripts and the Containerfile. Then: podman build -t IMAGE DIR
# usage: context.sh DIR [MAKE_ARGUMENT...]
set -eu
[ $# -ge 1 ] || { echo "usage: context.sh DIR [MAKE_ARGUMENT...]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift
make -s -C "$here/../../.." install PREFIX=/usr DESTDIR="$dir/root" "$@"
install -d "$dir/root/usr/lib/shvm"
install -m 755 "$here/entry.sh" "$here/../task.sh" "$dir/root/usr/lib/shvm/"
install -m 644 "$here/Containerfile" "$dir/"
