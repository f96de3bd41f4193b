# The tree file appears with the catalog or not at all: an authority that does
# not answer or a catalog that cannot be written leaves what was there before.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"

windows_disk d.vhdx
new_ca ca
new_signer signer ca
unset http_proxy https_proxy all_proxy ALL_PROXY HTTPS_PROXY
options="--template-name T --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key"
sign="template sign d.vhdx $options"
protect="template protect d.vhdx $options"
cp d.vhdx keep.vhdx
mkdir locked
ls >before

# none CODE WORDS COMMAND...: it fails, and no tree or part of one is left
none()
{
	local code=$1 words=$2
	shift 2
	# shellcheck disable=SC2068
	expect "$code" "$SHVM" $@
	has "$words" err
	sed -i '/^shvm: warning: /d' err
	one_line err
	ls >after
	diff <(grep -vE '^(out|err|after|before|same)$' before) \
		<(grep -vE '^(out|err|after|before|same)$' after) || fail "files are left"
}
refuses="--timestamp-url http://127.0.0.1:1/"
none 75 127.0.0.1:1 $sign --tree-out t --out x.vsc $refuses
none 75 127.0.0.1:1 $protect --tree-out t $refuses
same d.vhdx keep.vhdx
none 1 missing/x.vsc $sign --tree-out t --out missing/x.vsc
none 1 missing/x.vsc $protect --tree-out t --out missing/x.vsc --quiet
expect 1 "$SHVM" template show d.vhdx
has no-catalog err
cp keep.vhdx d.vhdx

# In a disk that was protected before, that catalog stays.
expect 0 "$SHVM" $protect --tree-out t
cp t keep.t
"$SHVM" template show d.vhdx --json >keep.json
ls >before
none 1 missing/x.vsc $protect --block-size 8K --tree-out t --out missing/x.vsc --quiet --force
same t keep.t
"$SHVM" template show d.vhdx --json >now.json
same now.json keep.json
rm t now.json
cp keep.vhdx d.vhdx

# An older tree stays with its older catalog.
expect 0 "$SHVM" $sign --tree-out t --out x.vsc
[ "$(stat -c %a t x.vsc | uniq)" = 644 ] || fail "modes"
cp t keep.t
cp x.vsc keep.vsc
new="template sign d.vhdx --template-name T --template-version 2.0.0.0 --signing-cert signer.pem --signing-key signer.key --block-size 8K"
ls >before
none 75 127.0.0.1:1 $new --tree-out t --out x.vsc --force $refuses
same t keep.t
same x.vsc keep.vsc
none 1 missing/x.vsc $new --tree-out t --out missing/x.vsc --force
same t keep.t
expect 0 "$SHVM" $new --tree-out t --out x.vsc --force
cmp -s t keep.t && fail "the tree is the old one"
expect 0 "$SHVM" template verify d.vhdx --catalog x.vsc --ca ca.pem --tree t

# No result goes over what is read.
linux_disk l.vhdx
linux="template sign l.vhdx --type preprocessed-linux $options --out l.vsc --tree-out lt"
ls >before
none 75 127.0.0.1:1 $linux $refuses
cp signer.key lt
ls >before
none 2 'lt: already exists' $linux
none 2 '--tree-out lt is the same file as --signing-key' template sign l.vhdx --type preprocessed-linux \
	--template-name T --template-version 1.0.0.0 --signing-cert signer.pem --signing-key lt --out l.vsc --tree-out lt --force
same signer.key lt
rm lt
expect 0 "$SHVM" $linux
[ -s lt ] || fail "no tree"
