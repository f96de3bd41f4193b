# A disk that another process has open for writing, or that is none of ours.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
protect=("$SHVM" template protect --template-name n --template-version 1.0.0.0
	--signing-cert signer.pem --signing-key signer.key)

cp d.vhdx keep.vhdx
exec 9<>d.vhdx
flock -x 9
expect 1 "${protect[@]}" d.vhdx --json
json_is .error.code io out
same d.vhdx keep.vhdx
expect 1 "$SHVM" template unprotect d.vhdx
exec 9>&-
same d.vhdx keep.vhdx

# Reading is not refused meanwhile.
expect 0 "${protect[@]}" d.vhdx
exec 9<>d.vhdx
flock -x 9
expect 0 "$SHVM" template verify d.vhdx --ca ca.pem
exec 9>&-

# Not a VHDX: sign can, protect cannot.
cp d.raw keep.raw
expect 1 "${protect[@]}" d.raw
one_line err
same d.raw keep.raw
expect 0 "$SHVM" template sign d.raw --template-name n --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --out raw.vsc --ignore not-vhdx
expect 0 "$SHVM" template verify d.vhdx --catalog raw.vsc --ca ca.pem

# Read-only files are not written to.
if [ "$(id -u)" != 0 ]; then
	chmod 400 d.vhdx
	expect 1 "${protect[@]}" d.vhdx --force
fi
