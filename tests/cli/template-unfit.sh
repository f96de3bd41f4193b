# A disk that breaks rules is signed only when each is named: before a byte is
# hashed, and with the disk left alone.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq mdel

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
sign=("$SHVM" template sign --template-name n --template-version 1.0.0.0 --signing-cert signer.pem
	--signing-key signer.key --out x.vsc)
protect=("$SHVM" template protect --template-name n --template-version 1.0.0.0 --signing-cert signer.pem
	--signing-key signer.key)

# No boot loader at all: two errors, of which the first is the reason.
mdel -i d.raw@@1M ::/EFI/Boot/bootx64.efi ::/EFI/Microsoft/Boot/bootmgfw.efi
qemu-img convert -O vhdx d.raw unfit.vhdx
cp unfit.vhdx keep.vhdx
expect 1 "${sign[@]}" unfit.vhdx --json --progress=7 7>progress
json_is .error.reason no-bootx64 out
json_is .error.code unsupported out
one_line err
has 'unfit.vhdx: not ready as a template' err
has '[no-bootx64]; also [no-bootmgr]' err
[ ! -s progress ] || fail "it hashed before it looked"
[ ! -e x.vsc ] || fail "x.vsc was written"
expect 1 "${protect[@]}" unfit.vhdx --ignore no-bootx64
has '[no-bootmgr]' err
hasnt '; also' err
same unfit.vhdx keep.vhdx
expect 0 "${protect[@]}" unfit.vhdx --ignore no-bootx64 --ignore no-bootmgr --json
json_is '[.checks[] | "\(.level) \(.id)"] | join(", ")' \
	'error no-bootx64, error no-bootmgr, warning low-space' out
has 'shvm: warning: ignored: partition 1 has no \EFI\Boot\bootx64.efi [no-bootx64]' err
expect 0 "$SHVM" template verify unfit.vhdx --ca ca.pem

# --force replaces a catalog; it is no --ignore.
expect 1 "${protect[@]}" unfit.vhdx --force --ignore no-bootx64
has '[no-bootmgr]' err
expect 0 "$SHVM" template verify unfit.vhdx --ca ca.pem

# A raw disk is no template, but can be signed on purpose.
windows_disk d.vhdx d.raw
expect 1 "${sign[@]}" d.raw
has '[not-vhdx]' err
expect 0 "${sign[@]}" d.raw --ignore not-vhdx
rm x.vsc

# Names that are no rules are wrong usage, before the rules are checked;
# rules that the disk keeps may be named; warnings stop nothing.
expect 2 "${sign[@]}" d.vhdx --ignore not-vhdx --ignore no-such-rule
has 'no rule "no-such-rule"' err
expect 0 "${sign[@]}" d.vhdx --ignore ldm --quiet
[ "$(wc -l <err)" = 1 ] || fail "not one warning: $(cat err)"
has 'shvm: warning: the OS volume has' err
has '[low-space]' err
expect 0 "${sign[@]}" d.vhdx --force --json
json_is '[.checks[] | "\(.level) \(.id) \(.offset) \(.fix)"] | join(", ")' \
	'warning low-space 22020096 free some space' out
expect 0 "$SHVM" disk info d.vhdx --json
json_is '[.checks[] | select(.level == "warning" and .outcome == "failed") | .id] | join(" ")' \
	low-space out

# The other type's rules hold for the other type.
expect 1 "${sign[@]}" d.vhdx --type preprocessed-linux --force --json
json_is .error.reason no-boot-volume out
linux_disk l.vhdx
expect 0 "${sign[@]}" l.vhdx --type preprocessed-linux --force
expect 1 "${sign[@]}" l.vhdx --force --json
json_is .error.reason no-os-volume out

# A disk that carries a catalog tells whose; it is a warning.
expect 0 "${protect[@]}" d.vhdx
expect 0 "$SHVM" disk info d.vhdx --json
json_is '[.checks[] | select(.id == "already-protected" and .outcome == "failed")][0] |
	"\(.level): \(.text)"' \
	'warning: the disk contains a catalog: "n" 1.0.0.0, signed by CN=signer' out
json_is .yes true out

# The metadata of this one holds all the user items that it can.
need "$B/tests/data/vhdx/mkvhdx"
"$B/tests/data/vhdx/mkvhdx" write . user-items-1024 >/dev/null
expect 0 "$SHVM" disk info user-items-1024.vhdx --json
json_is '[.checks[] | select(.id == "no-room" and .outcome == "failed")][0] |
	"\(.level): \(.text)"' \
	'error: there is no room for a catalog: user-items-1024.vhdx: the metadata table is full with 1024 user items' out
