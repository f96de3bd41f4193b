#!/bin/bash
# Install what is needed on Debian 12. Does nothing when all is there.
# usage: install-packages.sh [build] [sample] [test]; all three by default
set -eu

build='gcc make pkgconf libc6-dev libssl-dev zlib1g-dev libxml2-dev
	libxmlsec1-dev libcurl4-openssl-dev libhivex-dev libguestfs-dev
	libseccomp-dev liburing-dev libtsk-dev libjansson-dev'
sample='qemu-utils gdisk mtools dosfstools ntfs-3g ntfs-3g-dev libhivex-bin
	openssl'
test='libcmocka-dev g++ clang libclang-rt-dev clang-format valgrind jq xmlsec1
	softhsm2 libengine-pkcs11-openssl opensc fsverity cryptsetup-bin mandoc
	bash-completion guestfish linux-image-cloud-amd64 sleuthkit nbdkit
	libnbd-bin xxd libxml2-utils'

wanted=
[ $# -gt 0 ] || set -- build sample test
for set; do
	case $set in
	build) wanted="$wanted $build" ;;
	sample) wanted="$wanted $sample" ;;
	test) wanted="$wanted $test" ;;
	*)
		echo "install-packages: no set '$set' (build, sample, test)" >&2
		exit 2
		;;
	esac
done

missing=
for package in $wanted; do
	case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
	*' installed') ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "install-packages: missing, to be installed by root:$missing" >&2
	exit 1
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
	apt-get -q update
	# shellcheck disable=SC2086
	apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends $missing
} >"$log" 2>&1 || {
	tail -n 40 "$log" >&2
	exit 1
}
