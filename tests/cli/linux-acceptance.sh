# Microsoft's tests of Linux templates (LIS, its shielded VM scenarios), as far
# as they are about templates and shielding data: what they change is changed
# here, file by file inside LUKS, and the same must be refused. Their runs of
# lsvmprep (PRE-03, PRE-06) and of deployed machines (DEP) have no counterpart.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need debugfs cryptsetup qemu-img jq
umask 077
linux_disk disk.vhdx
qemu-img convert -O raw disk.vhdx good.raw
self_signed signer
protect=("$SHVM" template protect --type preprocessed-linux --template-name L --template-version 1.0.0.0)
boot=65 root=85 # MiB

# errors FILE: the rules in the way but the file's form
errors()
{
	expect 0 "$SHVM" disk info --type preprocessed-linux --ignore not-vhdx --json "$1"
	jq -r '[.checks[] | select(.level == "error" and (.outcome == "failed" or (.outcome == "unknown" and .id == "unreadable"))) |
		.id] | join(" ")' out
}

# refused FILE RULE: protect says this rule, and leaves the disk alone
refused()
{
	qemu-img convert -O vhdx "$1" x.vhdx
	cp x.vhdx keep.vhdx
	expect 1 "${protect[@]}" x.vhdx --signing-cert signer.pem --signing-key signer.key --json
	json_is .error.reason "$2" out
	same x.vhdx keep.vhdx
}

echo "PRE-04: the root partition is not encrypted"
cp --sparse=always good.raw t.raw
truncate -s 32M root.ext
mkdir -p tree/etc
echo ID=ubuntu >tree/etc/os-release
mke2fs -q -t ext2 -d tree root.ext
dd if=root.ext of=t.raw bs=1M seek=$root conv=notrunc status=none
[ "$(errors t.raw)" = root-not-luks1 ] || fail "PRE-04: $(errors t.raw)"
refused t.raw root-not-luks1

echo "PRE-05: another passphrase"
"$ROOT/tests/fixtures/make-linux.sh" wrong-passphrase t.raw
[ "$(errors t.raw)" = root-passphrase ] || fail "PRE-05: $(errors t.raw)"
refused t.raw root-passphrase

echo "TDC-03: a disk that lsvmprep never saw"
cp --sparse=always good.raw t.raw
mdel -i t.raw@@1M ::/EFI/boot/lsvmprep ::/EFI/boot/lsvmconf
refused t.raw no-lsvmconf

echo "TDC-04: RSA 1024, dataEncipherment, e-mail protection; each alone, too"
cp disk.vhdx keep.vhdx
# bad_cert REASON BITS USAGE: such a certificate signs nothing
bad_cert()
{
	openssl req -x509 -newkey "rsa:$2" -nodes -keyout bad.key -out bad.pem \
		-subj /CN=bad -addext "keyUsage=$3" \
		-addext extendedKeyUsage=emailProtection 2>/dev/null
	expect 1 "${protect[@]}" disk.vhdx --signing-cert bad.pem --signing-key bad.key --json
	json_is .error.reason "$1" out
	same disk.vhdx keep.vhdx
}
bad_cert weak-key 1024 dataEncipherment
bad_cert weak-key 1024 digitalSignature
bad_cert key-usage 2048 dataEncipherment

echo "TDC-01: a prepared disk"
expect 0 "${protect[@]}" disk.vhdx --signing-cert signer.pem --signing-key signer.key --out t.vsc --json
json_is .embedded true out

echo "TDC-02: a digest a volume, and no volume in clear"
json_is '[.volumes[] | "\(.role) \(.digest | length)"] | join(", ")' 'ESP 64, Boot 64, Root 64' out
expect 0 "$SHVM" disk info disk.vhdx --json
json_is '[.partitions[].content] | join(" ")' 'fat luks1 luks1' out
json_is .catalog.template.name L out

echo "PRO-01: template, shielding data and fabric data belong together"
echo pass >pass
echo 'geheim 47' >admin
guardians owner fabric
echo 'name=@ComputerName@ zone=@TimeZone@' >conf
expect 0 "$SHVM" pdk create l.pdk $owner $fabric --trust t.vsc:Equals --signer signer.pem \
	--answer linux --root-password admin --file conf=conf --substitute conf
expect 0 "$SHVM" fsk create v.fsk @ComputerName@=vm1 @TimeZone@=UTC
check() { expect "$1" "$SHVM" pdk check l.pdk $(key fabric) --json "${@:2}"; }
check 0 --disk disk.vhdx --fsk v.fsk
expect 0 "$SHVM" pdk specialize l.pdk $(key fabric) --fsk v.fsk --out-dir d
has 'name=vm1 zone=UTC' d/conf

echo "PRO-02: a field of the catalog is changed; the catalog is taken away"
qemu-img convert -O raw disk.vhdx good.raw
cp t.vsc bad.vsc
at=$(where 'DiskSize\|disk-size\|1\.0\.0\.0' bad.vsc)
flip bad.vsc "$at"
check 3 --disk good.raw --catalog bad.vsc --fsk v.fsk
json_is '[.reason] | inside(["bad-signature", "bad-catalog"])' true out
cp disk.vhdx t.vhdx
expect 0 "$SHVM" template unprotect t.vhdx
check 3 --disk t.vhdx --fsk v.fsk
json_is .reason no-catalog out

# without_file MIB FILE: t.raw, in which that volume's file system has the file
# no more, encrypted under the same key
without_file()
{
	cp --sparse=always good.raw t.raw
	dd if=t.raw of=luks bs=1M skip="$1" count=$(($1 == boot ? 20 : 36)) status=none
	qemu-img convert --object secret,id=s,data=passphrase -O raw --image-opts \
		driver=luks,key-secret=s,file.filename=luks clear
	[ -n "$(debugfs -R "stat $2" clear 2>/dev/null)" ] || fail "no $2 inside"
	debugfs -w -R "rm $2" clear >/dev/null 2>&1
	qemu-img convert -n -f raw --object secret,id=s,data=passphrase \
		--target-image-opts clear driver=luks,key-secret=s,file.filename=luks
	dd if=luks of=t.raw bs=1M seek="$1" conv=notrunc status=none
	expect 0 "$SHVM" disk info --type preprocessed-linux --json t.raw # it opens as before
	json_is '[.checks[] | select(.id | endswith("passphrase")) | .outcome] |
		unique | join(" ")' passed out
	check 3 --disk t.raw --catalog t.vsc --fsk v.fsk
	json_is .reason digest-mismatch out
}
echo "PRO-03: a file is gone from the boot partition"
without_file $boot /grub.cfg
has 'partition 2 (Boot)' out
echo "PRO-04: a file is gone from the root partition"
without_file $root /etc/os-release
has 'partition 3 (Root)' out

echo "PRO-05: the fabric data are cut"
head -c $(($(stat -c %s v.fsk) - 20)) v.fsk >cut.fsk
expect 1 "$SHVM" pdk check l.pdk $(key fabric) --disk disk.vhdx --fsk cut.fsk
has cut.fsk err
expect 0 "$SHVM" fsk create less.fsk @TimeZone@=UTC
expect 3 "$SHVM" pdk specialize l.pdk $(key fabric) --fsk less.fsk --out-dir e
has @ComputerName@ err

echo "PRO-06: a key more in the fabric data"
expect 0 "$SHVM" fsk create more.fsk @ComputerName@=vm1 @TimeZone@=UTC @Other@=x
check 0 --disk disk.vhdx --fsk more.fsk
