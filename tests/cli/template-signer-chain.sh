# sign and protect tell of a chain that verify --ca will reject, and of no other.
# (tests/unit/test_chain.c has the whole matrix of strengths.)
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need openssl jq

CA='basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign'
UNKNOWN='1.2.3.4.5=critical,DER:0500'
windows_disk d.vhdx
new_ca root
new_signer mid root 50 "$CA"
new_signer good mid

# sha1 NAME CA EXTENSIONS: as new_signer, signed over SHA-1
sha1()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out csr -subj "/CN=$1" 2>/dev/null
	printf '%b\n' "$3" >ext
	openssl x509 -req -sha1 -in csr -CA "$2.pem" -CAkey "$2.key" \
		-CAcreateserial -days 50 -extfile ext -out "$1.pem" 2>/dev/null
}
sha1 leaf-sha1 mid keyUsage=digitalSignature
sha1 mid-sha1 root "$CA"
new_signer under-sha1 mid-sha1
new_signer leaf-unknown mid 50 "keyUsage=digitalSignature\n$UNKNOWN"
new_signer mid-unknown root 50 "$CA\n$UNKNOWN"
new_signer under-unknown mid-unknown
new_signer mid-no-ca root 50 'basicConstraints=critical,CA:FALSE'
new_signer under-no-ca mid-no-ca
new_signer mid-rsa1024 root 50 "$CA" rsa:1024
new_signer under-rsa1024 mid-rsa1024
# The digest of a root is its own affair: no verifier relies on that signature.
openssl req -x509 -sha1 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout root-sha1.key -out root-sha1.pem -subj /CN=old -days 50 2>/dev/null
new_signer by-old-root root-sha1

# chain NAME ISSUER...: NAME's certificate and those above it in all.pem
chain()
{
	local name
	rm -f all.pem
	for name; do cat "$name.pem"; done >all.pem
}
# warned CA WORDS NAME ISSUER...: told in text and JSON, by both commands; signed
# all the same, since a verifier may pin the certificate; --ca does reject it
warned()
{
	local ca=$1 words=$2 name=$3
	shift 2
	chain "$@"
	set -- --template-name n --template-version 1.0.0.0 --signing-cert all.pem --signing-key "$name.key" \
		--out x.vsc --force
	expect 0 "$SHVM" template sign d.vhdx "$@"
	grep -q "^shvm: warning: no verifier can trust .*: $words.* \[signer-chain\]\$" err ||
		fail "$name: no warning: $(cat err)"
	expect 0 "$SHVM" template sign d.vhdx "$@" --json
	json_is '[.checks[] | select(.id == "signer-chain")] | map(.outcome + " " + .level) | join(",")' \
		'failed warning' out
	expect 3 "$SHVM" template verify d.vhdx --catalog x.vsc --ca $ca.pem --json
	json_is .reason untrusted-signer out
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc \
		--signer "$name.pem"
	cp d.vhdx p.vhdx
	expect 0 "$SHVM" template protect p.vhdx "$@"
	has "[signer-chain]" err
}
unwarned()
{
	local ca=$1 name=$2
	shift
	chain "$@"
	expect 0 "$SHVM" template sign d.vhdx --template-name n --template-version 1.0.0.0 \
		--signing-cert all.pem --signing-key "$name.key" --out x.vsc --force
	hasnt signer-chain err
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca $ca.pem
}

unwarned root good mid
unwarned root good mid root
unwarned root-sha1 by-old-root
unwarned root-sha1 by-old-root root-sha1
weak='.*\(too weak\|weak digest\)'
for above in 'mid' 'mid root'; do
	# shellcheck disable=SC2086 # words
	warned root "$weak" leaf-sha1 $above
	# shellcheck disable=SC2086
	warned root 'unhandled critical extension' leaf-unknown $above
done
warned root "$weak" under-sha1 mid-sha1
warned root "$weak" under-sha1 mid-sha1 root
warned root 'unhandled critical extension' under-unknown mid-unknown root
warned root 'invalid CA certificate' under-no-ca mid-no-ca root
warned root 'CA certificate key too weak' under-rsa1024 mid-rsa1024 root
