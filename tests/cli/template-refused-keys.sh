# Bad keys and certificates are refused before any hashing; the disk stays.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

windows_disk d.vhdx
new_ca ca
new_signer good ca
new_signer other ca
new_signer usage ca 50 keyUsage=keyEncipherment
new_signer weak ca 50 '' rsa:1024
new_signer curve ca 50 '' ec -pkeyopt ec_paramgen_curve:secp521r1
new_signer brief ca -1
printf '%s\n' '[ca]' default_ca=d '[d]' database=index new_certs_dir=. serial=serial \
	default_md=sha256 policy=p '[p]' commonName=supplied >ca.cnf
: >index
echo 01 >serial
openssl req -new -key good.key -subj /CN=future -out future.csr
openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in future.csr -notext \
	-startdate 20450101000000Z -enddate 20460101000000Z -out future.pem 2>/dev/null
echo 'the right words' >right
echo 'the wrong words' >wrong
chmod 600 right wrong
openssl pkcs8 -topk8 -in good.key -passout file:right -out locked.key
openssl pkcs12 -export -in good.pem -inkey good.key -certfile ca.pem \
	-passout file:right -out good.p12
cp d.vhdx keep.vhdx

# refused CODE WORDS OPTIONS...: no progress was made, so nothing was hashed
refused()
{
	local code=$1 words=$2
	shift 2
	for command in sign protect; do
		local out=()
		[ $command = protect ] || out=(--out x.vsc)
		expect "$code" "$SHVM" template $command d.vhdx --template-name n \
			--template-version 1.0.0.0 "${out[@]}" --progress 3 "$@" 3>progress
		has "$words" err
		one_line err
		hasnt 'wrong words' err
		[ ! -s progress ] || fail "hashing had begun: $(cat progress)"
		[ ! -e x.vsc ] || fail "x.vsc was written"
		same d.vhdx keep.vhdx
		# It is the key that is checked first: nothing is locked yet.
		[ $command = protect ] || continue
		expect "$code" "$SHVM" template $command missing.vhdx --template-name n \
			--template-version 1.0.0.0 "${out[@]}" "$@"
		has "$words" err
	done
}

refused 1 'does not belong to certificate CN=good' --signing-cert good.pem --signing-key other.key
refused 1 'does not include digitalSignature' --signing-cert usage.pem --signing-key usage.key
refused 1 'RSA key has 1024 bits, not 2048' --signing-cert weak.pem --signing-key weak.key
refused 1 'EC key of 521 bits' --signing-cert curve.pem --signing-key curve.key
refused 1 'expired at 20' --signing-cert brief.pem --signing-key brief.key
refused 1 'not valid before 2045' --signing-cert future.pem --signing-key good.key
refused 1 'passphrase is wrong' --signing-cert good.pem --signing-key locked.key --signing-key-pass-file wrong
refused 1 'no passphrase was given' --signing-cert good.pem --signing-key locked.key
refused 1 'passphrase is wrong' --signing-key good.p12 --signing-key-pass-file wrong
refused 1 'no passphrase was given' --signing-key good.p12
refused 2 'contains no certificate' --signing-key good.key
refused 1 'contains no private key' --signing-cert good.pem --signing-key good.pem
refused 1 'missing.key' --signing-cert good.pem --signing-key missing.key
refused 2 'contains a PIN' --signing-cert good.pem --signing-key 'pkcs11:token=t;pin-value=12'
refused 2 'http:// or https://' --signing-cert good.pem --signing-key good.key --timestamp-url ftp://t/
refused 2 'kernel' --signing-cert good.pem --signing-key good.key --kernel nonsense
refused 2 'block' --signing-cert good.pem --signing-key good.key --block-size 5000


openssl pkcs12 -export -legacy -in good.pem -inkey good.key -passout file:right -out old.p12
refused 1 'passphrase is wrong' --signing-key old.p12 --signing-key-pass-file wrong
# What Windows up to 2016 exports is read, with a note.
expect 0 "$SHVM" template sign d.vhdx --template-name n --template-version 1.0.0.0 --out x.vsc \
	--force --signing-key old.p12 --signing-key-pass-file right
has 'old.p12: is encrypted with an algorithm of old Windows' err
expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --signer good.pem
rm x.vsc
# The key under them, too, and not the certificate only; and an empty passphrase.
for pbe in PBE-SHA1-RC2-40 PBE-SHA1-RC2-128 PBE-SHA1-RC4-40 PBE-SHA1-RC4-128 \
	PBE-SHA1-DES PBE-MD5-DES; do
	openssl pkcs12 -export -legacy -in good.pem -inkey good.key -passout file:right \
		-keypbe $pbe -certpbe $pbe -out all.p12 2>err || continue # no such cipher here
	refused 1 'passphrase is wrong' --signing-key all.p12 --signing-key-pass-file wrong
	expect 0 "$SHVM" template sign d.vhdx --template-name n --template-version 1.0.0.0 --out x.vsc \
		--force --signing-key all.p12 --signing-key-pass-file right
	has 'all.p12: is encrypted with an algorithm of old Windows' err
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --signer good.pem
	rm x.vsc
	tested_pbe=$pbe
done
[ -n "${tested_pbe-}" ] || fail no PKCS#12 was made
openssl pkcs12 -export -legacy -in good.pem -inkey good.key -passout pass: -out empty.p12
expect 0 "$SHVM" template sign d.vhdx --template-name n --template-version 1.0.0.0 --out x.vsc --force --signing-key empty.p12
rm x.vsc
openssl pkcs12 -export -nomac -in good.pem -inkey good.key -passout file:right \
	-out plain.p12
refused 1 'plain.p12: the PKCS#12 file has no MAC' --signing-key plain.p12 --signing-key-pass-file right

# A PRF that OpenSSL does not have says nothing about the passphrase.
openssl pkcs8 -topk8 -v2 aes256 -v2prf hmacWithSHA256 -in good.key -outform DER \
	-out prf.der -passout file:right
python3 - <<'END'
data = open("prf.der", "rb").read()
prf = bytes.fromhex("2a864886f70d0209")
assert data.count(prf) == 1
open("prf.der", "wb").write(data.replace(prf, prf[:-1] + b"\x7e"))
END
refused 1 'so the passphrase was not checked' --signing-cert good.pem \
	--signing-key prf.der --signing-key-pass-file right

# And the same with what is right.
for key in "--signing-cert good.pem --signing-key locked.key --signing-key-pass-file right" \
	"--signing-key good.p12 --signing-key-pass-file right" \
	"--signing-cert good.p12 --signing-cert-pass-file right --signing-key locked.key --signing-key-pass-file right" \
	"--signing-cert good.pem --signing-key good.key"; do
	# shellcheck disable=SC2086
	expect 0 "$SHVM" template sign d.vhdx --template-name n --template-version 1.0.0.0 \
		--out x.vsc --force $key
	expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --signer good.pem
done
same d.vhdx keep.vhdx
