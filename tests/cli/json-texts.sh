# Names of characters of 2, 3 and 4 bytes, longer than every text, each cut at
# each byte: with --json all commands end as with a name of the same length in
# ASCII, with the same codes, and all that they print is UTF-8.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq openssl iconv

# One row a command; @ is the name of a file with nonsense in it.
cat >rows <<'END'
disk info @
disk map @
disk digest @
disk read @ --out o
disk check @
template sign @ --template-name n --template-version 1.0.0.0 --signing-cert @ --signing-key @ --out o
template protect @ --template-name n --template-version 1.0.0.0 --signing-cert @ --signing-key @
template unprotect @
template extract @ --out o
template show @
template verify @ --ca ca.pem
template tree @
guardian new @ --out-dir @ --bits 2048
guardian import @ --out o
guardian export --signing-key @ --signing-cert @ --encryption-key @ --encryption-cert @ --name n --out o
guardian show @
protector new --owner @ --owner-signing-key @ --guardian @ --allow-untrusted-root --out o
protector grant @ --owner @ --owner-signing-key @ --owner-encryption-key @ --guardian @ --allow-untrusted-root
protector revoke @ --owner @ --owner-signing-key @ --owner-encryption-key @ --guardian @
protector show @
protector check @
pdk create o --spec @
pdk show @
pdk open @ --key @ --out-dir o
pdk edit @ --owner-signing-key @ --owner-encryption-key @
pdk grant @ --owner-signing-key @ --owner-encryption-key @ --guardian @ --allow-untrusted-root
pdk revoke @ --owner-signing-key @ --owner-encryption-key @ --guardian @
pdk protector @ --out o
pdk check @ --disk @ --key @
pdk specialize @ --key @ --fsk @ --out-dir o
answer windows @ --time-zone @
answer linux @ --time-zone @
fsk create o @
fsk show @
doctor @
completion @
END
"$SHVM" --help | grep -oE '^  [a-z]+( [a-z]+)?' | sed 's/^  //' >commands
while read -r command; do
	grep -q "^$command\( \|$\)" rows || fail "no row for '$command'"
done <commands
[ "$(wc -l <commands)" -gt 30 ] || fail "commands: $(cat commands)"
new_ca ca

# long CHARACTER SHIFT: a path of more than 600 bytes whose characters begin
# SHIFT bytes later
long()
{
	local part=
	while [ "$(printf %s "$part" | wc -c)" -lt 200 ]; do part=$part$1; done
	printf '%.*s%s/%s/%s' "$2" xxxx "$part" "$part" "$part"
}

# What a program would act on, a line each
answers()
{
	jq -c 'if .schema then [.error.code, .error.reason, .verdict, .reason, .yes,
		(.checks // [] | map([.id, .outcome, .level])), has("error")]
		else error("no result") end' "$1"
}

# run FILE NAME: all rows with this name; the objects into FILE, one after the
# other, exit codes and rows into FILE.codes
run()
{
	local row code
	: >"$1" >"$1.err" >"$1.codes"
	while read -r row; do
		code=0
		rm -rf o
		# shellcheck disable=SC2086
		"$SHVM" ${row//@/$2} --json >>"$1" 2>>"$1.err" </dev/null || code=$?
		echo "$code: $row" >>"$1.codes"
		echo >>"$1.err" # a character that is cut is not made whole
	done <rows
	answers "$1" >"$1.answers" || fail "no JSON: $2: $(tail -c 900 "$1")"
}

n=0
for c in é € 😀; do
	size=$(printf %s $c | wc -c)
	for shift in 0 1 2 3; do
		[ $shift -lt "$size" ] || continue
		name=$(long $c $shift)
		ascii=$(printf %s "$name" | sed "s/$c/$(printf "%${size}s" | tr ' ' x)/g")
		mkdir -p "$(dirname "$name")" "$(dirname "$ascii")"
		head -c 5000 /dev/zero | tr '\0' n | tee "$ascii" >"$name"
		run want "$ascii"
		run got "$name"
		diff want.codes got.codes || fail "$c $shift: other exit codes"
		paste -d ' ' want.answers want.codes >want.both
		paste -d ' ' got.answers got.codes >got.both
		diff want.both got.both || fail "$c $shift: other answers"
		[ "$(wc -l <got.answers)" = "$(wc -l <rows)" ] ||
			fail "$c $shift: not one object a command"
		iconv -f UTF-8 -t UTF-16 got >/dev/null || fail "$c $shift: JSON is not UTF-8"
		iconv -f UTF-8 -t UTF-16 got.err >/dev/null || fail "$c $shift: not UTF-8"
		hasnt 'out of memory' got.err
		n=$((n + $(wc -l <got.codes)))
	done
done
echo "$n runs"
[ $n -gt 300 ] || fail "$n runs"
