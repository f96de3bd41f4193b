# Linux: a cloud-init that would obey any metadata server is a warning, and so is
# a root file system that cannot be read. Neither is in the way.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need sgdisk mkfs.vfat mcopy mke2fs mkfs.btrfs qemu-img cryptsetup jq openssl
make=$ROOT/tests/fixtures/make-linux.sh

# cloud CASE OUTCOME TEXT [FACT VALUE]...: the rule, and nothing in the way
cloud()
{
	local case=$1 outcome=$2 text=$3
	shift 3
	"$make" "$case" "$case.raw" || fail "fixture $case"
	expect 0 "$SHVM" disk info --json --ignore not-vhdx "$case.raw"
	json_is .yes true out
	json_is '[.checks[] | select(.id == "datasource-list")][0] | "\(.outcome) \(.level)"' \
		"$outcome warning" out
	json_is "[.checks[] | select(.id == \"datasource-list\")][0].text | test(\"$text\")" true out
	while [ $# -gt 0 ]; do
		json_is ".guest.$1" "$2" out
		shift 2
	done
	rm "$case.raw"
}
none='uses no metadata server'
cloud good passed "$none" cloud_init false root_fs ext root_trouble null
cloud cloud failed 'no datasource_list: it trusts any metadata server' cloud_init true datasources null
cloud cloud-local passed "$none" datasources 'NoCloud, None' root_trouble null
cloud cloud-ec2 failed 'is .NoCloud, Ec2., not' datasources 'NoCloud, Ec2'
cloud cloud-only-none failed 'is .None., not' datasources None
cloud cloud-disabled passed "$none" cloud_init false
cloud cloud-case failed 'no datasource_list' datasources null

# What could not be read is not known; a list in a file before it says nothing.
cloud cloud-form unknown '1.cfg: its datasource_list is not one line' datasources null
cloud cloud-block unknown '1.cfg: its datasource_list is not one line' datasources null
cloud cloud-identify unknown 'ds-identify.cfg: it sets a data source' datasources null
cloud cloud-link unknown '1.cfg: it cannot be read' datasources null
cloud cloud-folder-link unknown 'cloud.cfg.d: it cannot be read' datasources null
cloud cloud-large unknown '1.cfg: it cannot be read' datasources null
cloud no-etc unknown 'there is no /etc' cloud_init null
cloud ext-journal unknown 'the journal has changes that are not replayed' cloud_init null root_fs ext
cloud ext-inline unknown 'features 0x8000' cloud_init null
cloud btrfs unknown 'partition 3: the root file system .btrfs. was not read' root_fs btrfs
cloud lvm-root unknown 'partition 3: the root file system .lvm. was not read' root_fs lvm

# All ciphers whose key can be tried decrypt the root.
for cipher in aes-xts-plain64:256 aes-xts-plain:512 aes-cbc-essiv:sha256:256 \
	aes-cbc-plain64:128 aes-cbc-plain:256; do
	export LUKS_CIPHER=${cipher%:*} LUKS_BITS=${cipher##*:}
	cloud cloud-ec2 failed 'is .NoCloud, Ec2., not' root_fs ext
done
unset LUKS_CIPHER LUKS_BITS

# A root that does not open is an error of its own, and of this nothing is known.
"$make" wrong-passphrase closed.raw
expect 0 "$SHVM" disk info --json --ignore not-vhdx closed.raw
json_is '[.checks[] | select(.id == "datasource-list")][0].outcome' unknown out
json_is '[.guest.root_fs, .guest.cloud_init] | map(. == null) | all' true out

# The signer gets both warnings and signs.
new_ca ca
new_signer signer ca
for case in cloud-ec2:'not [NoCloud, None] [datasource-list]' \
	btrfs:'was not read: only libguestfs can read it [datasource-list]'; do
	"$make" "${case%%:*}" d.vhdx
	expect 0 "$SHVM" template sign --type preprocessed-linux d.vhdx --template-name T --template-version 1.0.0.0 \
		--signing-cert signer.pem --signing-key signer.key --out d.vsc
	has "${case#*:}" err
	rm d.vhdx d.vsc
done
