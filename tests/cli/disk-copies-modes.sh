# What contains the contents of a disk may be read by those who may read all of the disk's
# files, except by those that the umask excludes.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq python3 openssl

windows_disk d.vhdx
cp d.vhdx child.vhdx
flip child.vhdx $(($(where FILE0 child.vhdx) + 32))
python3 "$ROOT/tests/fixtures/edit-vhdx.py" child child.vhdx d.vhdx >/dev/null
new_ca ca
new_signer signer ca

# mode WANT FILE
mode()
{
	local is
	is=$(stat -c %a "$2")
	[ "$is" = "$1" ] || fail "$2 has mode $is and not $1 (umask $(umask))"
	rm "$2"
}

# results DISK WANT: each kind of result
results()
{
	expect 0 "$SHVM" disk read "$1" --out copy
	mode "$2" copy
	expect 0 "$SHVM" disk digest "$1" --tree-out tree
	mode "$2" tree
	expect 0 "$SHVM" disk digest "$1" --range 1/2 --out part
	mode "$2" part
	expect 0 "$SHVM" template sign "$1" --template-name T --template-version 1.0.0.0 --signing-cert signer.pem \
		--signing-key signer.key --ignore low-space --ignore differencing --out x.vsc --tree-out tree
	mode "$2" tree
	rm x.vsc
}
chmod 600 d.vhdx
umask 022
results d.vhdx 600
chmod 644 d.vhdx
results d.vhdx 644
chmod 664 d.vhdx
results d.vhdx 644
umask 002
results d.vhdx 664
umask 077
results d.vhdx 600
umask 027
results d.vhdx 640
# Not runnable, whatever the disk is.
chmod 755 d.vhdx
umask 022
results d.vhdx 644

# A chain has what all of its files allow.
chmod 600 d.vhdx
chmod 644 child.vhdx
results child.vhdx 600
chmod 644 d.vhdx
chmod 640 child.vhdx
results child.vhdx 640

# Other results obey the umask as well; one that replaces has its own mode.
umask 077
expect 0 "$SHVM" template sign d.vhdx --template-name T --template-version 1.0.0.0 --signing-cert signer.pem \
	--signing-key signer.key --ignore low-space --out x.vsc
mode 600 x.vsc
echo old >copy
chmod 666 copy
umask 022
chmod 600 d.vhdx
expect 0 "$SHVM" disk read d.vhdx --out copy --force
mode 600 copy
