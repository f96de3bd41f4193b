# The schema of specifications says what the program says: both take and refuse
# the same ones.
. "$ROOT/tests/cli/lib.sh"
need /usr/bin/python3
/usr/bin/python3 -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null ||
	skip python3-jsonschema is not installed or too old
expect 0 "$SHVM" pdk create --print-spec
cp out good.json
mkdir files
: >files/agent.conf
: >a
: >c
cat >validate.py <<'END'
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
errors = list(jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(sys.argv[2]))))
for e in errors:
    print(e.message)
sys.exit(1 if errors else 0)
END
validate="/usr/bin/python3 validate.py $ROOT/docs/pdk-spec.schema.json"
expect 0 $validate good.json

# good FILTER: a valid one; the program does not complain about it as such
good()
{
	jq "$1" good.json >x.json
	expect 0 $validate x.json
	expect 1 "$SHVM" pdk create x.pdk --spec x.json # its files are not there
}
good '.tsa_ca = ["tsa.pem"]'
good '."// why" = 1'
good '.files = ["a", {"name": "b", "path": "c"}]'
good '.policy = "EncryptionSupported"'
good '.guardian_fingerprints = ["00" * 32, "00" + ":aB" * 31]'

# bad FILTER: refused by both
bad()
{
	jq "$1" good.json >x.json
	expect 1 $validate x.json
	expect 2 "$SHVM" pdk create x.pdk --spec x.json
}
bad '.polcy = "Shielded"'
bad '.schema = 1'
bad 'del(.schema)'
bad '.policy = "Open"'
bad '.policy = true'
bad '.guardians = "fabric.xml"'
bad '.publish_qualifiers = "yes"'
bad '.kind = "Template"'
bad '.existing_vm = "yes"'
bad 'del(.answer.os)'
bad '.guardian_fingerprints = ["00"]'
for print in '":00" + "00" * 31' '"00" * 32 + ":"' '"0:0" + "00" * 31' '"00::00" + "00" * 30'; do
	bad ".guardian_fingerprints = [$print]"
done
bad '.answer.adapters = 0'
bad '.owner = ""'
bad '.answer.os = "dos"'
bad '.answer.x = 1'
bad '.answer.adapters = 9'
bad '.templates[0].rule = "Equal"'
bad 'del(.templates[0].rule)'
bad '.templates[0].why = 1'
bad '.files[0].name = "a/b"'
bad '.answer.static_ip = "Some"'
