#!/bin/bash
# make bench, second part: what the verified view of nbdkit-shvm-plugin.so costs,
# as ratios to nbdkit's file plugin on the same raw disk, taken in turns.
#   ROUNDS=5   pairs of runs of each kind     SECONDS_EACH=3  of V1
#   MIB=1024   data of the template           LARGE=$TMPDIR  a file system with
#              files of 64 TiB and 4.1 GiB free for V3; default /dev/shm
#   RT=1       client and server run with real-time priority (root): for a
#              machine that others use too
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
: "${SHVM:=$ROOT/build/shvm}" "${B:=$(dirname "$SHVM")}"
: "${ROUNDS:=5}" "${SECONDS_EACH:=3}" "${MIB:=1024}" "${LARGE:=/dev/shm}"
plugin=$B/nbdkit-shvm-plugin.so
[ -e "$plugin" ] || { echo "view: the plugin was not built"; exit 0; }
for program in nbdkit nbdcopy fio jq sgdisk openssl mkntfs; do
	command -v $program >/dev/null || { echo "view: $program is not installed"; exit 0; }
done
tmp=$(mktemp -d "${TMPDIR:-/tmp}/shvm-bench.XXXXXX")
large=$(mktemp -d "$LARGE/shvm-bench.XXXXXX")
server=
trap '[ -z "$server" ] || kill $server 2>/dev/null; rm -rf "$tmp" "$large"' EXIT
cd "$tmp"
run=
[ -z "${RT-}" ] || run="chrt -f 5"
uri="nbd+unix:///?socket=$tmp/sock"

serve()
{
	rm -f sock
	$run nbdkit -f -U sock "$@" &
	server=$!
	until [ -S sock ]; do
		[ -d /proc/$server ] || exit 1
		sleep 0.05
	done
}
stop()
{
	kill $server
	wait $server || :
	server=
}
cpu() { awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' /proc/$server/stat; }

# sign DISK: DISK.vsc and DISK.tree
sign()
{
	"$SHVM" template sign "$1" --ignore not-vhdx --ignore low-space --template-name T \
		--template-version 1.0.0.0 --signing-cert cert.pem --signing-key key.pem \
		--out "$1.vsc" --tree-out "$1.tree" >/dev/null 2>&1
}
view() { echo "$plugin" "$1" "catalog=$1.vsc" "tree=$1.tree" signer=cert.pem; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout key.pem -out cert.pem -subj /CN=bench 2>/dev/null
"$ROOT/samples/make-windows-disk.sh" --size $((MIB + 276)) --data "$MIB" --format raw d.raw >/dev/null
sign d.raw
cat d.raw d.raw.tree >/dev/null

# random SERVER...: reads a second, and microseconds of the server's CPU a read
random()
{
	local before after
	serve "$@"
	before=$(cpu)
	$run fio --name=x --ioengine=nbd --uri="$uri" --rw=randread --bs=4k --iodepth=16 \
		--time_based --runtime="$SECONDS_EACH" --offset=$((MIB / 5))m \
		--size=$((MIB * 4 / 5))m --output-format=json 2>/dev/null | grep -v '^fio: ' >fio.json
	after=$(cpu)
	stop
	jq -r --argjson cpu "$(awk "BEGIN { print $after - $before }")" \
		'.jobs[0].read | "\(.iops) \($cpu / .total_ios * 1e6)"' fio.json
}

# sequential SERVER...: seconds, and those of the server's CPU
sequential()
{
	local before after from to
	serve "$@"
	before=$(cpu)
	from=$(date +%s.%N)
	$run nbdcopy "$uri" null:
	to=$(date +%s.%N)
	after=$(cpu)
	stop
	awk "BEGIN { print $to - $from, $after - $before }"
}

median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

echo
echo "verified view: $ROUNDS rounds, $(nproc) CPUs, load now: $(cut -d' ' -f1 /proc/loadavg)"
for ((round = 1; round <= ROUNDS; round++)); do
	read -r a a_cpu <<<"$(random file d.raw)"
	read -r b b_cpu <<<"$(random $(view d.raw))"
	echo "random 4 KiB, depth 16: file $a/s, $a_cpu us CPU; view $b/s, $b_cpu us CPU"
	awk "BEGIN { print $b / $a }" >>V1
	read -r a a_cpu <<<"$(sequential file d.raw)"
	read -r b b_cpu <<<"$(sequential $(view d.raw))"
	echo "nbdcopy to null: file $a s, $a_cpu s CPU; view $b s, $b_cpu s CPU"
	awk "BEGIN { print $a / $b }" >>V2
done

# 64 TiB, of which 4 GiB in 4096 pieces are data: read all over it.
big=$large/big.raw
if truncate -s 64T "$big" 2>/dev/null &&
	[ "$(df --output=avail -m "$large" | tail -n 1)" -gt 4300 ]; then
	"$ROOT/samples/make-windows-disk.sh" --size 48 --esp 4 --data 0 --files 0 --format raw small.raw >/dev/null
	cp --sparse=always small.raw "$big"
	truncate -s 64T "$big"
	sgdisk -e -n 4:0:0 "$big" >/dev/null
	head -c 1M /dev/urandom >piece
	for ((i = 1; i <= 4096; i++)); do
		dd if=piece of="$big" bs=1M oflag=seek_bytes seek=$((i * 17179000 * 1000 / 4096 * 4096)) \
			conv=notrunc status=none
	done
	sign "$big"
	serve $(view "$big")
	fio --name=x --ioengine=nbd --uri="$uri" --rw=randread --bs=4k --iodepth=16 --time_based \
		--runtime="$SECONDS_EACH" --output-format=terse >/dev/null 2>&1
	nbdinfo --map --totals "$uri" >/dev/null
	for ((i = 1; i <= 4096; i += 2)); do
		echo "--cmd read $((i * 17179000 * 1000 / 4096 * 4096)) 1M"
	done | sed 's/--cmd //' | qemu-io -r -f raw "$uri" >/dev/null
	awk '/^VmHWM/ { print $2 / 1024 }' /proc/$server/status >V3
	echo "64 TiB with 4 GiB of data: tree $(stat -c %s "$big.tree") bytes, most memory $(cat V3) MiB"
	stop
else
	echo "64 TiB: no room in $LARGE"
fi

echo
goal() # NAME TEXT VALUE BAR: the ratio has to be at least that; V3: at most
{
	[ -n "$3" ] || return 0
	awk -v n="$1" -v t="$2" -v v="$3" -v b="$4" 'BEGIN {
		ok = (n == "V3" ? v <= b : v >= b) ? "yes" : "no"
		printf "%-3s %-58s %8.3f %7.2f  %s\n", n, t, v, b, ok }'
}
goal V1 "verified 4 KiB random reads, depth 16 / nbdkit file" "$(median <V1)" 0.80
goal V2 "verified nbdcopy to null / nbdkit file" "$(median <V2)" 0.70
[ ! -e V3 ] || goal V3 "MiB of the plugin, 64 TiB template with 4 GiB of data" "$(cat V3)" 64
