# The timestamp authority of the samples: good answers, and no end by a bad query.
. "$ROOT/tests/cli/lib.sh"
need openssl python3
unset http_proxy all_proxy ALL_PROXY
authority=$ROOT/samples/timestamp-authority.py
trap 'kill "$(cat tsa/pid)" 2>/dev/null || :' EXIT

expect 1 "$authority"
has 'usage: ' "$TMP/err"
expect 0 "$authority" tsa
[ "$(stat -c %a tsa/tsa.key tsa/ca.key | sort -u)" = 600 ] || fail 'others can read the keys'

# post TYPE FILE: the status of the answer, which is in the file reply
post()
{
	python3 - "$(cat tsa/url)" "$1" "$2" <<-'END2'
	import sys, urllib.error, urllib.request
	url, kind, name = sys.argv[1:]
	request = urllib.request.Request(url, open(name, "rb").read(), {"Content-Type": kind})
	try:
	    with urllib.request.urlopen(request) as answer:
	        open("reply", "wb").write(answer.read())
	        print(answer.status)
	except urllib.error.HTTPError as e:
	    print(e.code)
	END2
}

# stamp: a query for this script is answered with a stamp that the CA confirms
stamp()
{
	openssl ts -query -data "$ROOT/samples/first-run.sh" -sha256 -cert -out query 2>/dev/null
	[ "$(post application/timestamp-query query)" = 200 ] || fail 'no stamp'
	openssl ts -verify -data "$ROOT/samples/first-run.sh" -in reply -CAfile tsa/ca.pem \
		>verified 2>&1 || fail "$(cat verified)"
}

stamp
echo junk >junk
[ "$(post application/timestamp-query junk)" = 200 ] || fail 'a bad query has no answer'
openssl ts -reply -in reply -text >text 2>&1 || :
grep -q 'Status: Rejected' text || fail "a bad query got a stamp: $(cat text)"
[ "$(post text/plain query)" = 415 ] || fail 'another type was answered'
head -c 65537 /dev/zero >large
[ "$(post application/timestamp-query large)" = 413 ] || fail 'a large query was answered'
stamp

# It survives what openssl cannot do.
mv tsa/tsa.key tsa.key
post application/timestamp-query query >status
grep -qx 500 status || fail "without its key: $(cat status)"
mv tsa.key tsa/tsa.key
stamp

# Started again it has the same CA and other serial numbers.
kill "$(cat tsa/pid)"
openssl ts -reply -in reply -text 2>/dev/null | grep 'Serial number' >before
cp tsa/ca.pem ca.pem
expect 0 "$authority" tsa
same tsa/ca.pem ca.pem
stamp
openssl ts -reply -in reply -text 2>/dev/null | grep 'Serial number' >after
[ -s before ] && ! cmp -s before after || fail 'a serial number was used twice'

# Where the folder cannot be made it says so, and nothing is started.
expect 1 "$authority" "$authority/x"
has 'timestamp-authority: ' "$TMP/err"
[ "$(wc -l <"$TMP/err")" = 1 ] || fail "$(cat "$TMP/err")"
