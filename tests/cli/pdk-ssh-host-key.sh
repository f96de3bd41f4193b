# The SSH host key of a machine: its owner knows the fingerprint before there is a
# machine, the key is sealed, and cloud-init gives the machine this one and no other.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need ssh-keygen jq
pdk_setup
linux_setup
linux="$owner $fabric $trust"
printf '#cloud-config\nhostname: a\n' >user-data

# print_of FILE: as ssh-keygen sees it
print_of()
{
	ssh-keygen -l -f "$1" | cut -d ' ' -f 2
}

# A new one: create, show and edit say the same as ssh-keygen of what is sealed.
expect 0 "$SHVM" pdk create new.pdk $linux --answer-file user-data --ssh-host-key new --json
print=$(jq -r .ssh_host_key.fingerprint out)
line=$(jq -r .ssh_host_key.public_key out)
[[ $print =~ ^SHA256:[A-Za-z0-9+/]{43}$ ]] || fail "$print"
expect 0 "$SHVM" pdk show new.pdk $(key fabric)
has "SSH host key:       $print ($line)" out
hasnt 'PRIVATE KEY' out
expect 0 "$SHVM" pdk show new.pdk --json
hasnt ssh_host_key out # nothing without a key
expect 0 "$SHVM" pdk open new.pdk $(key fabric) --out-dir opened
[ "$(stat -c %a opened/ssh_host_ed25519_key)" = 600 ] || fail mode
[ "$(print_of opened/ssh_host_ed25519_key)" = "$print" ] || fail fingerprint
[ "$(ssh-keygen -y -f opened/ssh_host_ed25519_key)" = "$line shvm" ] || fail public key
verdict - - new.pdk --disk disk.vhdx $(key fabric)
expect 0 "$SHVM" pdk create other.pdk $linux --answer-file user-data --ssh-host-key new
hasnt "$print" out
has 'SSH host key:       SHA256:' out

# What ssh signs with it, its public key verifies.
expect 0 ssh-keygen -Y sign -q -f opened/ssh_host_ed25519_key -n test user-data
echo "me $line" >allowed
ssh-keygen -Y verify -q -f allowed -I me -n test -s user-data.sig <user-data || fail the signature

# Existing ones of each type, as ssh-keygen makes them.
for type in ed25519 ecdsa-256 ecdsa-384 ecdsa-521 rsa-2048 rsa-3072; do
	bits=${type#*-} kind=${type%-*}
	ssh-keygen -q -t "$kind" ${bits:+$([ "$bits" = "$type" ] || echo -b "$bits")} -N '' -C 'a b' -f "k-$type"
	expect 0 "$SHVM" pdk create e.pdk $linux --answer-file user-data --ssh-host-key "k-$type" --force --json
	json_is .ssh_host_key.fingerprint "$(print_of "k-$type")" out
	json_is .ssh_host_key.public_key "$(cut -d ' ' -f 1,2 "k-$type.pub")" out
	expect 0 "$SHVM" pdk open e.pdk $(key fabric) --out-dir "o-$type"
	cmp "k-$type" "o-$type/ssh_host_${kind}_key"
	expect 0 "$SHVM" pdk specialize e.pdk $(key fabric) --format cloud-init --out-dir "s-$type"
	[ ! -e "s-$type/ssh_host_${kind}_key" ] || fail the key is there twice
	/usr/bin/python3 - "s-$type/vendor-data" "$kind" "k-$type" <<-'PY' || fail "$type: vendor-data"
		import sys, yaml
		data = yaml.safe_load(open(sys.argv[1]))
		kind = sys.argv[2]
		assert data["ssh_deletekeys"] is True
		assert sorted(data["ssh_keys"]) == [kind + "_private", kind + "_public"]
		assert data["ssh_keys"][kind + "_private"] == open(sys.argv[3]).read()
		assert open(sys.argv[3] + ".pub").read().startswith(data["ssh_keys"][kind + "_public"] + " ")
	PY
done

# cloud-init itself: its schema, and the key is there when its modules run.
if command -v cloud-init >/dev/null && /usr/bin/python3 -c 'import cloudinit' 2>/dev/null; then
	expect 0 "$SHVM" pdk specialize new.pdk $(key fabric) --format cloud-init --out-dir seed
	expect 0 cloud-init schema --config-file seed/vendor-data
	/usr/bin/python3 "$ROOT/tests/fixtures/cloud-init-boots.py" boots "$PWD/seed" "$PWD/state" >boots 2>err ||
		fail "$(cat err)"
	json_is .config.ssh_keys.ed25519_public "$line" boots
	json_is .config.ssh_deletekeys true boots
	json_is .keys true boots
fi

# edit: another one in its place, none, and one that was not there.
expect 0 "$SHVM" pdk edit e.pdk $edit --ssh-host-key k-ed25519 --out e2.pdk --json
json_is .ssh_host_key.fingerprint "$(print_of k-ed25519)" out
expect 0 "$SHVM" pdk show e2.pdk $(key fabric) --json
json_is '[.files[].name] | join(" ")' ssh_host_ed25519_key out
expect 0 "$SHVM" pdk edit e2.pdk $edit --remove-file ssh_host_ed25519_key --out e3.pdk
expect 0 "$SHVM" pdk show e3.pdk $(key fabric) --json
json_is .ssh_host_key null out
# LinuxOSSpecialization, and the other forms of the files.
expect 0 "$SHVM" pdk create l.pdk $linux --answer linux --root-password admin --ssh-host-key k-ed25519
expect 0 "$SHVM" fsk create v.fsk @ComputerName@=a
expect 0 "$SHVM" pdk specialize l.pdk $(key fabric) --fsk v.fsk --out-dir lf
cmp k-ed25519 lf/ssh_host_ed25519_key
expect 0 "$SHVM" pdk create p.pdk $linux --answer-file user-data --ssh-host-key new --print-plan --json
json_is .ssh_host_key null out
json_is '[.files[].name] | join(" ")' ssh_host_ed25519_key out

# no CODE WORDS OPTION...
no()
{
	local code=$1 words=$2
	shift 2
	expect "$code" "$SHVM" pdk create x.pdk $linux "$@"
	one_line err
	has "$words" err
	[ ! -e x.pdk ] || fail "x.pdk: $*"
}
ud='--answer-file user-data'
no 1 'an SSH host key is for Linux, and the answer file is for Windows [file-refused]' $answer --ssh-host-key new
expect 2 "$SHVM" pdk create x.pdk $owner $fabric --existing-vm --ssh-host-key new
has 'existing machines takes no SSH host key' err
no 1 'k-ed25519.pub: SSH host key: is not an OpenSSH private key' $ud --ssh-host-key k-ed25519.pub
ssh-keygen -q -t ed25519 -N secret1 -f locked
no 1 'locked: SSH host key: has a passphrase' $ud --ssh-host-key locked
openssl genpkey -algorithm ed25519 -out pkcs8 2>/dev/null
no 1 'pkcs8: SSH host key: is a private key, not an OpenSSH private key (ssh-keygen -p' $ud --ssh-host-key pkcs8
no 1 'pass: SSH host key: is not an OpenSSH private key' $ud --ssh-host-key pass
cat k-ed25519 k-ecdsa-256 >two
no 1 'two: SSH host key: has no end, or more than one key' $ud --ssh-host-key two
ssh-keygen -q -t rsa -b 1024 -N '' -f small 2>/dev/null && no 1 'RSA of 1024 bits' $ud --ssh-host-key small
no 1 'No such file' $ud --ssh-host-key missing
for member in 'ssh_keys: {}' 'ssh_deletekeys: false'; do
	printf '#cloud-config\na: b\n%s\n' "$member" >bad
	no 1 "answer file: line 3, column 1: ${member%%:*} " --answer-file bad --ssh-host-key new
	expect 0 "$SHVM" pdk create ok.pdk $linux --answer-file bad --force
	expect 1 "$SHVM" pdk edit ok.pdk $edit --ssh-host-key new --out x.pdk
	[ ! -e x.pdk ] || fail x.pdk
done
printf '#cloud-config\n"@ComputerName@": {}\n' >key
expect 0 "$SHVM" pdk create key.pdk $linux --answer-file key --ssh-host-key new
expect 0 "$SHVM" fsk create key.fsk @ComputerName@=ssh_keys
verdict value-refused answer-file key.pdk --disk disk.vhdx $(key fabric) --fsk key.fsk
expect 2 "$SHVM" pdk edit key.pdk $edit --substitute ssh_host_ed25519_key --out x.pdk
has 'no values go into the SSH host key' err

# The parts of a key belong to each other: a changed byte is seen, wherever it is.
/usr/bin/python3 - <<'PY'
import base64
import os
for name in ("k-ed25519", "k-ecdsa-256", "k-rsa-2048"):
    lines = open(name).read().split("\n")
    data = bytearray(base64.b64decode("".join(lines[1:-2])))
    end = len(data) - 3 - 7  # without the comment and the end
    for i in range(24):
        at = 15 + (end - 15) * i // 24
        changed = bytearray(data)
        changed[at] ^= 1
        text = base64.b64encode(changed).decode()
        with open("bad-%s-%02d" % (name, i), "w") as f:
            f.write(lines[0] + "\n" + text + "\n" + lines[-2] + "\n")
PY
for bad in bad-k-*; do
	expect 1 "$SHVM" pdk create x.pdk $linux $ud --ssh-host-key "$bad" --print-plan
	one_line err
	has 'SSH host key: ' err
done
