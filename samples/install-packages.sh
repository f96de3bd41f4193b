#!/bin/bash
# Install what is needed on Debian 12. Does nothing when nothing is missing.
# usage: install-packages.sh [build] [sample] [test] [cross] [long]; by default
# all but long. cross is what the tests for other processors need, long what
# make check-long needs in addition.
set -eu

build='gcc make pkgconf libc6-dev libssl-dev zlib1g-dev libxml2-dev
	libxmlsec1-dev libcurl4-openssl-dev libhivex-dev libguestfs-dev
	libseccomp-dev liburing-dev libtsk-dev libjansson-dev libyaml-dev'
sample='qemu-utils gdisk mtools dosfstools ntfs-3g ntfs-3g-dev libhivex-bin
	openssl e2fsprogs cpio xz-utils'
test='libcmocka-dev g++ clang libclang-rt-dev clang-format cppcheck valgrind jq
	xmlsec1 softhsm2 libengine-pkcs11-openssl opensc fsverity cryptsetup-bin
	mandoc bash-completion zsh fish guestfish linux-image-cloud-amd64 sleuthkit nbdkit
	nbdkit-plugin-dev libnbd-bin fuse3 fio xxd libxml2-utils fdisk parted btrfs-progs xfsprogs qemu-system-x86 ovmf
	python3 python3-cryptography
	python3-lxml python3-jsonschema python3-yaml strace time cloud-init openssh-client'
cross='gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-powerpc-linux-gnu
	libc6-dev-powerpc-cross qemu-user-static'
long='debhelper lintian munge slurmctld slurmd slurmdbd slurm-client mariadb-server procps mmdebstrap'

wanted=
[ $# -gt 0 ] || set -- build sample test cross
for set; do
	case $set in
	build) wanted="$wanted $build" ;;
	sample) wanted="$wanted $sample" ;;
	test) wanted="$wanted $test" ;;
	cross) wanted="$wanted $cross" ;;
	long) wanted="$wanted $long" ;;
	*)
		echo "install-packages: no set '$set' (build, sample, test, cross, long)" >&2
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
options=(-q -y -o Dpkg::Use-Pty=0 --no-install-recommends)
# In CI the machine is discarded: do not sync each file.
[ -z "${CI-}" ] || options+=(-o Dpkg::Options::=--force-unsafe-io)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
	apt-get -q update
	# shellcheck disable=SC2086
	apt-get "${options[@]}" install $missing
} >"$log" 2>&1 || {
	tail -n 40 "$log" >&2
	exit 1
}
