# A signal in the middle of the work: the exit code says which, nothing is left.
. "$ROOT/tests/cli/lib.sh"

head -c 512M /dev/zero | tr '\0' x >data.raw
for signal in INT:130 TERM:143 HUP:129; do
	mkfifo lines
	# A background job of a script ignores SIGINT: env puts it back.
	env --default-signal=INT,QUIT "$SHVM" disk digest data.raw --raw --whole \
		--jobs 1 --algorithm sha512 --progress=7 --json \
		7>lines >out 2>err &
	pid=$!
	{
		read -r line <&8
		kill "-${signal%:*}" $pid
		cat <&8 >/dev/null
	} 8<lines
	code=0
	wait $pid || code=$?
	[ "$code" = "${signal#*:}" ] || fail "$signal: exit $code, first line $line"
	json_is .error.code cancelled out
	one_line err
	rm lines
done

# Also while the reader of its output sleeps.
mkfifo bytes
exec 8<>bytes
env --default-signal=INT "$SHVM" disk read --raw data.raw 2>err >bytes &
interrupt $! 'blocked by its output' grep -qs '^1 0x1 ' /proc/$!/syscall
