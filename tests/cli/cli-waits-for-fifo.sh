# A FIFO without a writer is waited for, and the first signal ends the wait.
. "$ROOT/tests/cli/lib.sh"
mkfifo fifo
for command in 'template show' 'pdk show' 'protector show' 'guardian show' 'fsk show'; do
	# shellcheck disable=SC2086
	env --default-signal=INT "$SHVM" $command fifo >out 2>err &
	# Asleep in poll (7): before that the signal has nothing to end.
	interrupt $! "$command" grep -qs '^7 ' /proc/$!/syscall
	has 'fifo: interrupted' err
	one_line err
done

# The writer comes late.
"$SHVM" fsk show fifo >out 2>err &
pid=$!
printf '<FabricData xmlns="urn:shvm:fabric-data:1"><Pair Key="@A@" Value="late"/></FabricData>' >fifo
wait $pid || fail "$(cat err)"
has late out
