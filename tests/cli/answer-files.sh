# answer windows and answer linux: files, keys, modes, and a check by schema.
. "$ROOT/tests/cli/lib.sh"
umask 077
echo 'P@ssw0rd' >pw
expect 0 "$SHVM" answer windows u.xml --admin-password pw --json
json_is '.keys | join(" ")' @ComputerName@ "$TMP/out"
json_is '.files | length' 0 "$TMP/out"
json_is .password_file null "$TMP/out"
has UABAAHMAcwB3ADAAcgBkAEEAZABtAGkAbgBpAHMAdAByAGEAdABvAHIAUABhAHMAcwB3AG8AcgBkAA== u.xml
expect 2 "$SHVM" answer windows u.xml --admin-password pw
expect 2 "$SHVM" answer windows u.txt --admin-password pw
has 'must end in .xml' "$TMP/err"
expect 2 "$SHVM" answer windows v.xml
has '--admin-password is required' "$TMP/err"

mkdir more
echo 1 >a.ps1
echo 2 >b.bat
expect 0 "$SHVM" answer windows v.xml --admin-password random --admin-password-out drawn \
	--script a.ps1 --script b.bat --files more --static-ip All --adapters 2 --product-key \
	--locale de-DE --time-zone @TimeZone@ --admin-name tenant
cmp a.ps1 more/a.ps1
cmp b.bat more/b.bat
[ "$(stat -c '%a %s' drawn)" = '600 25' ] || fail the drawn password
[ "$(stat -c %a v.xml more/a.ps1 | sort -u)" = 600 ] || fail modes
has @DnsAddr-2-1@ "$TMP/out"
expect 0 "$SHVM" answer windows w.xml --admin-password fd:9 9<drawn
ssh-keygen -q -t ed25519 -N '' -C me@home -f id 2>/dev/null ||
	echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIDb42XVYh0Yd64xHyf19/+kQVBq2tV5RSTZbL1bLu2e me@home' >id.pub
expect 0 "$SHVM" answer linux l.xml --ssh-key id.pub --static-ip IPv4Address
has '&#64;home' l.xml
expect 2 "$SHVM" answer linux k.xml --ssh-key pw
has 'not an OpenSSH public key' "$TMP/err"
expect 2 "$SHVM" answer linux k.xml
has 'no way to log in' "$TMP/err"

need xmllint
xmllint --noout --relaxng "$ROOT/docs/unattend.rng" u.xml v.xml w.xml 2>"$TMP/err" || fail schema
xmllint --noout --relaxng "$ROOT/docs/linux-specialization.rng" l.xml 2>"$TMP/err" || fail schema
