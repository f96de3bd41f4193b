# Whatever ends a command with --guest, the nbdkit that it started ends with it.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq nbdkit

windows_disk d.vhdx
expect 0 "$SHVM" doctor --json
[ "$(jq -r '.checks[] | select(.id == "nbdkit-plugin").outcome' out)" = passed ] ||
	skip "the plugin was not built"
[ "$(jq -r '.checks[] | select(.id == "libguestfs").outcome' out)" = passed ] ||
	skip "libguestfs is not installed"

# children NAME: the processes below the command with this name
child()
{
	local pid
	for pid in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != nbdkit ] || echo "$pid"
	done
}

for signal in INT TERM KILL; do
	env --default-signal=INT "$SHVM" disk info --guest --tcg d.vhdx >out 2>err &
	command=$!
	server=
	for _ in $(seq 1000); do
		server=$(child $command)
		[ -z "$server" ] || break
		[ -d "/proc/$command" ] || fail "it has ended: $(cat err)"
		sleep 0.02
	done
	[ -n "$server" ] || fail "no nbdkit was started"
	kill -$signal $command
	wait $command 2>/dev/null || :
	for _ in $(seq 500); do
		[ -d "/proc/$server" ] && ! grep -q '^State:.Z' "/proc/$server/status" 2>/dev/null || break
		sleep 0.02
	done
	[ ! -d "/proc/$server" ] || grep -q '^State:.Z' "/proc/$server/status" ||
		fail "$signal: nbdkit is still there"
done
