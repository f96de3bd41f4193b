# New guardians: three files, their modes, and what is refused before any key
# is made.
. "$ROOT/tests/cli/lib.sh"
need openssl xmllint

(umask 077; echo 'a passphrase' >pass)
expect 0 "$SHVM" guardian new Fabric1 --out-dir g --pass-file pass --host h1 --bits 2048 --json
json_is .schema 2 out
json_is .guardian.signing.subject 'CN=Shielded VM Signing Certificate (Fabric1) (h1)' out
json_is .files.signing g/Fabric1-signing.pfx out
[ "$(stat -c %a g/Fabric1.xml)" = 644 ] || fail mode of the metadata
[ "$(stat -c %a g/Fabric1-signing.pfx)" = 600 ] || fail mode of the signing key
[ "$(stat -c %a g/Fabric1-encryption.pfx)" = 600 ] || fail mode of the encryption key
xmllint --noout --relaxng "$ROOT/docs/guardian.rng" g/Fabric1.xml 2>/dev/null || fail schema

# Windows and OpenSSL open it with the passphrase, and only with it.
openssl pkcs12 -in g/Fabric1-signing.pfx -passin file:pass -noenc -out k.pem 2>/dev/null
openssl pkcs12 -in g/Fabric1-signing.pfx -passin file:pass -info -noout 2>info
has 'PBES2, PBKDF2, AES-256-CBC' info
hasnt 'Key bag' info
openssl pkcs12 -in g/Fabric1-signing.pfx -passin pass:wrong -noout 2>/dev/null && fail a wrong passphrase
openssl x509 -in k.pem -noout -text >text
has 'Digital Signature' text
has '(2048 bit)' text

# Nothing is replaced without --force, and no key is made for nothing.
expect 2 "$SHVM" guardian new Fabric1 --out-dir g --pass-file pass
has 'exists' err
expect 0 "$SHVM" guardian new Fabric1 --out-dir g --pass-file pass --bits 2048 --force

# Keys in the clear only when that is said.
expect 2 "$SHVM" guardian new x --out-dir g
has '--no-encryption' err
expect 2 "$SHVM" guardian new x --out-dir g --pass-file pass --no-encryption
expect 2 "$SHVM" guardian new ../x --out-dir g --no-encryption
has 'file name' err
expect 2 "$SHVM" guardian new x --out-dir g --no-encryption --bits 1024
expect 2 "$SHVM" guardian new x --out-dir g --no-encryption --bits 8192
: >empty
expect 1 "$SHVM" guardian new x --out-dir g --pass-file empty --bits 2048
[ ! -e g/x.xml ] && [ ! -e g/x-signing.pfx ] || fail something was written
expect 0 "$SHVM" guardian new x --out-dir g --no-encryption --bits 2048
openssl pkcs12 -in g/x-signing.pfx -passin pass: -noenc -noout || fail unencrypted PKCS#12
