# Sourced after lib.sh by the scripts about nbdkit's plugin.
plugin=$B/nbdkit-shvm-plugin.so
[ -e "$plugin" ] || skip "the plugin was not built: nbdkit-plugin-dev is not installed"
need nbdkit nbdinfo nbdcopy qemu-img qemu-io jq
uri="nbd+unix:///?socket=$TMP/sock"
server=

# serve PARAMETERS...: the plugin at $uri, its process in $server, its log in log
serve()
{
	rm -f "$TMP/sock"
	nbdkit -f --exit-with-parent -U "$TMP/sock" "$plugin" "$@" 2>log &
	server=$!
	for _ in $(seq 500); do
		[ ! -S "$TMP/sock" ] || return 0
		[ -d "/proc/$server" ] || fail "nbdkit has ended: $(cat log)"
		sleep 0.02
	done
	fail "nbdkit made no socket"
}

# stop: what serve started; its end is a good one
stop()
{
	local code=0
	kill -TERM "$server"
	wait "$server" || code=$?
	[ "$code" = 0 ] || fail "nbdkit: exit $code: $(cat log)"
}

# refuses WORDS PARAMETERS...: nbdkit does not start, and says these words in
# one line; the socket would be a sign of the start
refuses()
{
	local words=$1 code=0
	shift
	rm -f "$TMP/sock"
	timeout 60 nbdkit -f -U "$TMP/sock" "$plugin" "$@" >log 2>&1 || code=$?
	[ "$code" = 1 ] || fail "exit $code and not 1: $*: $(cat log)"
	has "$words" log
	[ "$(wc -l <log)" = 1 ] || fail "not one line: $(cat log)"
}

# bytes OFFSET SIZE FILE: these bytes of what is served
bytes()
{
	timeout 60 qemu-img dd -f raw -O raw "if=$uri" "of=$3" bs=512 \
		skip=$(($1 / 512)) count=$((($1 + $2) / 512)) 2>client
}

# reads OFFSET SIZE: a client can read them
reads()
{
	timeout 60 qemu-io -r -f raw -c "read $1 $2" "$uri" >client 2>&1 ||
		fail "reading $2 bytes at $1: $(cat client log)"
}

# io_error OFFSET SIZE: the client gets an error, and no bytes
io_error()
{
	! timeout 60 qemu-io -r -f raw -c "read $1 $2" "$uri" >client 2>&1 ||
		fail "$2 bytes at $1 could be read"
	has "Input/output error" client
}
