# One declarative file says what the options say; paths begin at its folder.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need iconv
pdk_setup
mkdir -p repo/files
cp owner.xml owner-signing.pfx fabric.xml t.vsc signer.pem pass admin repo
echo conf >repo/files/agent.conf
cat >repo/machine.json <<'END'
{
  "//": "a remark",
  "schema": 2,
  "owner": "owner.xml",
  "owner_signing_key": "owner-signing.pfx",
  "owner_signing_key_pass_file": "pass",
  "guardians": ["fabric.xml"],
  "allow_untrusted_root": true,
  "policy": "Shielded",
  "templates": [{ "path": "t.vsc", "rule": "GreaterThan" }],
  "signers": ["signer.pem"],
  "publish_qualifiers": true,
  "answer": { "os": "windows", "admin_password": "random",
    "admin_password_out": "drawn", "time_zone": "@TimeZone@" },
  "files": ["files/agent.conf", { "name": "other", "path": "files/agent.conf" }]
}
END
expect 0 "$SHVM" pdk create --spec repo/machine.json --print-plan --json
json_is .policy Shielded "$TMP/out"
json_is '.keys | join(" ")' '@ComputerName@ @TimeZone@' "$TMP/out"
json_is '[.files[].name] | join(" ")' 'agent.conf other' "$TMP/out"
json_is '.qualifiers[0].rule' GreaterThan "$TMP/out"
[ ! -e repo/drawn ] || fail a plan wrote the password

# As PowerShell writes it, and an editor with a byte order mark.
{ printf '\377\376'; iconv -t UTF-16LE repo/machine.json; } >repo/wide.json
{ printf '\357\273\277'; sed 's/$/\r/' repo/machine.json; } >repo/mark.json
for form in wide mark; do
	expect 0 "$SHVM" pdk create --spec repo/$form.json --print-plan --json
	json_is '[.files[].name] | join(" ")' 'agent.conf other' "$TMP/out"
done
head -c 101 repo/wide.json >repo/odd.json
expect 2 "$SHVM" pdk create --spec repo/odd.json --print-plan
has 'repo/odd.json: not well-formed UTF-16' err

expect 0 "$SHVM" pdk create m.pdk --spec repo/machine.json
[ "$(stat -c '%a %s' repo/drawn)" = '600 25' ] || fail the password file
expect 0 "$SHVM" pdk show m.pdk $(key fabric) --json
json_is .kind Template "$TMP/out"
json_is '.files | length' 2 "$TMP/out"
# What a plan would write is there; it writes nothing.
expect 0 "$SHVM" pdk create m.pdk --spec repo/machine.json --print-plan
expect 2 "$SHVM" pdk create n.pdk --spec repo/machine.json
has 'repo/drawn: already exists' "$TMP/err"
# The command line comes first.
expect 0 "$SHVM" pdk create n.pdk --spec repo/machine.json --force --policy EncryptionSupported
expect 0 "$SHVM" pdk show n.pdk --json
json_is .policy EncryptionSupported "$TMP/out"

# A list without items and a flag that is false are not given, also of Windows.
linux='.answer = { os: "linux", root_password: "admin", product_key: false, scripts: [] }'
jq "$linux" repo/machine.json >repo/linux.json
expect 0 "$SHVM" pdk create --spec repo/linux.json --print-plan --json
json_is .kind Template out

# The example is a specification, and holds no unknown member.
expect 0 "$SHVM" pdk create --print-spec
cp "$TMP/out" example.json
jq -e . example.json >/dev/null
expect 1 "$SHVM" pdk create x.pdk --spec example.json
hasnt 'unknown member' "$TMP/err"
# It does not suggest to trust just any guardian.
hasnt allow_untrusted_root example.json
json_is .guardian_ca fabric-ca.pem example.json

# bad WORDS JQ-FILTER
bad()
{
	jq "$2" repo/machine.json >repo/bad.json
	expect 2 "$SHVM" pdk create x.pdk --spec repo/bad.json --force
	has "$1" "$TMP/err"
}
bad 'unknown member "polcy"' '.polcy = "Shielded"'
bad 'unknown member "x" in answer' '.answer.x = 1'
bad '"schema" is not 2' '.schema = 1'
bad 'policy is not a string' '.policy = true'
bad "policy: 'Open' is not one of Shielded|" '.policy = "Open"'
bad 'guardians is not an array' '.guardians = "fabric.xml"'
bad 'publish_qualifiers is not true or false' '.publish_qualifiers = "yes"'
bad "os: 'dos' is not one of windows|linux" '.answer.os = "dos"'
bad 'answer: member os is required' 'del(.answer.os)'
bad 'unknown member "kind"' '.kind = "Template"'
bad 'existing_vm is not true or false' '.existing_vm = 1'
bad 'unknown member "print_plan"' '.print_plan = true'
bad 'guardian_fingerprints: ' '.guardian_fingerprints = ["00"]'
bad 'adapters is not a number' '.answer.adapters = 9'
for given in 'product_key = true' 'scripts = ["x.sh"]'; do
	bad 'an option for Windows cannot be used with a Linux answer file' "$linux | .answer.$given"
done
bad 'unknown member "why"' '.templates[0].why = 1'
bad 'rule is not a string' 'del(.templates[0].rule)'
bad 'contains = or /' '.files[1].name = "a/b"'
bad 'owner: the path is empty' '.owner = ""'
bad 'never the secret itself' '.answer.admin_password = "Hunter-2" | del(.answer.admin_password_out)'
hasnt Hunter-2 "$TMP/err"
echo '{ "schema": 2, "schema": 2 }' >repo/bad.json
expect 2 "$SHVM" pdk create x.pdk --spec repo/bad.json
has 'line 1, column' "$TMP/err"
has 'duplicate' "$TMP/err"
printf '{ "schema": 2,\n"owner": "Hunter-2' >repo/bad.json
expect 2 "$SHVM" pdk create x.pdk --spec repo/bad.json
has 'line 2, column' "$TMP/err"
has 'premature end of input' "$TMP/err"
hasnt Hunter-2 "$TMP/err" # it may be a secret
[ ! -e x.pdk ] || fail a file was written
