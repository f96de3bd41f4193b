# kill -9 while a disk is being protected: at random moments, and before each
# single write and sync of the embedding. The disk has the old catalog or the
# new one, its volume is as it was, and qemu-img check finds nothing.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need qemu-img

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
protect=("$SHVM" template protect d.vhdx --template-version 1.0.0.0 --force --quiet
	--signing-cert signer.pem --signing-key signer.key --template-name)
expect 0 "${protect[@]}" old
cp d.vhdx keep.vhdx

# judge WHEN: what is left; counts the two outcomes
declare -A seen=([old]=0 [new]=0)
judge()
{
	local name
	expect 0 "$SHVM" template verify d.vhdx --ca ca.pem --json
	json_is .verdict trusted out
	name=$(jq -r .template.name out)
	[ -n "${seen[$name]-}" ] || fail "$1: the catalog is of '$name'"
	seen[$name]=$((seen[$name] + 1))
	# qemu replays the log, if there is one, before it checks.
	qemu-img check -q -r all d.vhdx >check 2>&1 || true
	qemu-img check -q d.vhdx >check 2>&1 || fail "$1: $(cat check)"
	qemu-img compare -q d.raw d.vhdx || fail "$1: the virtual disk changed"
	expect 0 "$SHVM" template verify d.vhdx --ca ca.pem --json
	json_is .template.name "$name" out
}

start=$(date +%s%N)
expect 0 "${protect[@]}" new
took=$((($(date +%s%N) - start) / 1000))
RANDOM=${SEED:-1}
for ((i = 0; i < 30; i++)); do
	cp keep.vhdx d.vhdx
	"${protect[@]}" new >/dev/null 2>&1 &
	pid=$!
	sleep "$(printf '%d.%06d' 0 $((took * (RANDOM % 1000) / 1000 % 1000000)))"
	kill -9 $pid 2>/dev/null || true
	wait $pid 2>/dev/null || true
	judge "random kill $i"
done
echo "30 random kills: old ${seen[old]}, new ${seen[new]}"

command -v strace >/dev/null || exit 0
strace -o /dev/null true 2>/dev/null || exit 0
seen=([old]=0 [new]=0)
for call in pwrite64 fsync; do
	for ((n = 1; ; n++)); do
		cp keep.vhdx d.vhdx
		code=0
		# The subshell keeps bash from telling about each kill.
		(strace -f -o trace -e "trace=$call" \
			-e "inject=$call:signal=KILL:when=$n" \
			"${protect[@]}" new || exit 1) >/dev/null 2>&1 || code=$?
		[ $code != 0 ] || break
		[ $n -lt 200 ] || fail "no end of $call"
		judge "$call $n"
	done
	echo "killed at each of $((n - 1)) calls of $call"
done
echo "of these old ${seen[old]}, new ${seen[new]}"
[ "${seen[old]}" -gt 0 ] && [ "${seen[new]}" -gt 0 ] || fail "only one outcome"
