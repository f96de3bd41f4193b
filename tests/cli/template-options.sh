# Names, versions, replacing, files that exist, algorithms, and wrong usage.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

windows_disk d.vhdx
new_ca ca
new_signer signer ca
sign=("$SHVM" template sign d.vhdx --signing-cert signer.pem --signing-key signer.key)
protect=("$SHVM" template protect d.vhdx --signing-cert signer.pem --signing-key signer.key)

expect 2 "${sign[@]}" --out x.vsc
has --template-name err
expect 2 "${sign[@]}" --out x.vsc --template-name n
has --template-version err
expect 2 "${sign[@]}" --out x.vsc --template-name n --template-version 1.2.3
has '1.2.3' err
expect 2 "${sign[@]}" --out x.vsc --template-name '' --template-version 1.0.0.0
has 'name is empty' err
expect 2 "${sign[@]}" --out x.vsc --template-name "$(printf 'a\tb')" --template-version 1.0.0.0
has 'control character' err
[ ! -e x.vsc ] || fail "x.vsc was written"

expect 0 "${sign[@]}" --out x.vsc --template-name "Größe" --template-version 65535.0.0.1 \
	--algorithm sha512 --block-size 64K
[ "$(stat -c %a x.vsc)" = 644 ] || fail "mode $(stat -c %a x.vsc)"
expect 0 "$SHVM" template show x.vsc --json
json_is .template.name "Größe" out
json_is '.volumes[0].algorithm' fs-verity-sha512 out
json_is '.volumes[0].block_size' 65536 out
json_is '.volumes[0].digest | length' 128 out
json_is .timestamp null out
expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca ca.pem
expect 2 "${sign[@]}" --out x.vsc --template-name n --template-version 1.0.0.0
has 'exists' err

# The same bytes at any number of threads, but for time and signature.
for jobs in 1 3; do
	expect 0 "${sign[@]}" --out x.vsc --force --template-name n --template-version 1.0.0.0 \
		--jobs $jobs --json
	jq -c .volumes out >volumes.$jobs
done
same volumes.1 volumes.3

# Replacing needs --force; the old catalog stays until then.
expect 0 "${protect[@]}" --template-name first --template-version 1.0.0.0
cp d.vhdx keep.vhdx
expect 2 "${protect[@]}" --template-name second --template-version 2.0.0.0
has 'already contains a catalog' err
same d.vhdx keep.vhdx
expect 0 "${protect[@]}" --populate-from d.vhdx --template-version 1.0.0.1 --force
expect 0 "$SHVM" template show d.vhdx --json
json_is .template.name first out
json_is .template.version 1.0.0.1 out
expect 0 "${protect[@]}" --populate-from x.vsc --force
expect 0 "$SHVM" template show d.vhdx --json
json_is .template.name n out
json_is .template.version 1.0.0.0 out
qemu-img check d.vhdx >check.txt || fail "$(cat check.txt)"

expect 2 "$SHVM" template verify d.vhdx
has 'no trust anchor: give --signer CERT or --ca FILE' err
expect 2 "$SHVM" template verify d.vhdx --ca ca.pem --at yesterday
has '"yesterday"' err
expect 1 "$SHVM" template verify missing.vhdx --ca ca.pem
expect 1 "$SHVM" template verify d.vhdx --ca missing.pem
has missing.pem err
