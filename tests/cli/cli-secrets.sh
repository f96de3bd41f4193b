# A passphrase never shows: not in any output, not in argv, not in the
# environment of the process while it runs, not in a file that others can read.
. "$ROOT/tests/cli/lib.sh"
need openssl

secret=MARKER-pass-5f2d
umask 077
printf '%s\n' "$secret" >pass
printf '%s\n' "wrong-$secret" >wrong

# shows COMMAND...: run it, look at /proc while it runs and at all it printed
shows()
{
	local pid code=0
	"$@" >"$TMP/out" 2>"$TMP/err" 9<pass &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		cat /proc/$pid/cmdline /proc/$pid/environ >>proc 2>/dev/null || true
		sleep 0.01
	done
	wait $pid || code=$?
	hasnt "$secret" "$TMP/out"
	hasnt "$secret" "$TMP/err"
	hasnt "$secret" proc
	return $code
}

shows "$SHVM" guardian new alice --out-dir keys --bits 2048 --pass-file pass --verbose
shows "$SHVM" guardian new bob --out-dir keys --bits 2048 --pass-file fd:9 --json
[ -s proc ] || fail "/proc was not looked at"
if shows "$SHVM" guardian export --signing-key keys/alice-signing.pfx \
	--signing-key-pass-file wrong --encryption-key keys/alice-encryption.pfx \
	--encryption-key-pass-file wrong --out again.xml --json --verbose; then
	fail "a wrong passphrase was taken"
fi
[ "$(stat -c %a keys/alice-signing.pfx)" = 600 ] || fail "mode of the key file"
if grep -rlF "$secret" keys; then
	fail "the passphrase is in a file"
fi

# A file that others can read draws a warning that does not quote it.
chmod 644 pass
shows "$SHVM" guardian new carol --out-dir keys --bits 2048 --pass-file pass --quiet
has 'other users can read' "$TMP/err"

# The user types the passphrase where its file is wanted, or the file cannot be
# read: one line that names the option and not the word.
"$SHVM" guardian new dave --out-dir keys --no-encryption --bits 2048 --quiet >/dev/null
mkdir "folder-$secret"
parts="--signing-key keys/dave-signing.pfx --encryption-key keys/dave-encryption.pfx"
for word in "$secret" "$PWD/$secret" "folder-$secret" "fd:$secret" fd:77; do
	for command in "guardian new erin --out-dir x --pass-file" \
		"guardian export $parts --out x --signing-key-pass-file" \
		"pdk show x --key keys/dave-signing.pfx --key-pass-file" \
		"pdk check x --key keys/dave-signing.pfx --key-pass-file pass --key-pass-file" \
		"protector check x --key keys/dave-signing.pfx --key-pass-file" \
		"template sign disk --template-name n --template-version 1.0.0.0 --signing-key k --out x --signing-cert-pass-file" \
		"answer windows x.xml --admin-password" \
		"answer windows x.xml --admin-password pass --domain d --domain-user u --domain-pass-file" \
		"answer linux x.xml --root-password"; do
		# shellcheck disable=SC2086
		expect 2 "$SHVM" $command "$word" --verbose
		hasnt "$secret" err
		has "--${command##*--}: " err
		one_line err
	done
done
[ ! -e x ] && [ ! -e x.xml ] || fail "a result"

# No option takes a secret by value: what has such a name takes a FILE, or a
# word such as random.
"$SHVM" completion bash >script
while read -r command; do
	# shellcheck disable=SC2086
	if "$SHVM" $command --help | grep -E '^  --[a-z0-9-]*(pass|pin|secret)[a-z0-9-]*( |$)' |
		grep -vE '^  --(no|pin)-|^  --[a-z0-9-]+ ([A-Za-z]+[|])*(FILE|PATH|DIR)'; then
		fail "in $command"
	fi
done < <(sed -n "s/^\t'\([a-z -]*\)') opts=.*/\1/p" script)
