# Sourced after lib.sh and lib-template.sh by the scripts about shielding data:
# guardians, a signed disk, and the options that most commands need.

# pdk_setup: owner, fabric and other (guardians), t.vsc (template T 1.0.0.0 on
# disk.vhdx by signer.pem), pass ($PASSPHRASE) and admin (passwords), unattend.xml
pdk_setup()
{
	umask 077
	echo "${PASSPHRASE-pass}" >pass
	echo 'geheim 47' >admin
	if [ "${PASSPHRASE+set}" ]; then
		for g in owner fabric other; do
			expect 0 "$SHVM" guardian new $g --out-dir . --pass-file pass --bits 2048
		done
	else
		guardians owner fabric other
	fi
	windows_disk disk.vhdx
	self_signed signer
	expect 0 "$SHVM" template protect disk.vhdx --template-name T --template-version 1.0.0.0 \
		--signing-cert signer.pem --signing-key signer.key --out t.vsc
	unattend >unattend.xml
}

# guardians NAME...: NAME.xml, NAME-signing.pfx and NAME-encryption.pfx with the
# passphrase "pass", made once for a program. The keys are sealed with 1000
# iterations: at the program's own 100000 they cost more than what is tested.
guardians()
{
	local have=$B/tests/guardians
	need openssl flock
	mkdir -p "$have"
	(
		flock 9
		for g; do
			[ "$have/$g.xml" -nt "$SHVM" ] || guardian_keep "$g" "$have"
		done
	) 9>"$have/lock" || fail 'the guardians could not be made'
	for g; do
		cp "$have/$g.xml" "$have/$g"-*.pfx .
	done
}

guardian_keep()
{
	local key
	mkdir new
	echo pass >new/pass
	expect 0 "$SHVM" guardian new "$1" --out-dir new --pass-file new/pass --bits 2048
	for key in signing encryption; do
		openssl pkcs12 -in "new/$1-$key.pfx" -passin file:new/pass -nodes -out new/pem
		openssl pkcs12 -export -in new/pem -passout file:new/pass -iter 1000 \
			-out "$2/$1-$key.pfx"
	done
	mv "new/$1.xml" "$2/"
	rm -r new
}

# linux_setup: after pdk_setup; disk.vhdx and t.vsc are those of a Linux template
linux_setup()
{
	linux_disk disk.vhdx
	expect 0 "$SHVM" template protect disk.vhdx --type preprocessed-linux --template-name T --template-version 1.0.0.0 \
		--signing-cert signer.pem --signing-key signer.key --out t.vsc --force
}

# self_signed NAME [SUBJECT]: NAME.pem and NAME.key for signing templates
self_signed()
{
	need openssl
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.pem" -subj "/CN=${2:-$1}" \
		-addext keyUsage=digitalSignature 2>/dev/null
}

owner='--owner owner.xml --owner-signing-key owner-signing.pfx --owner-signing-key-pass-file pass'
edit='--owner-signing-key owner-signing.pfx --owner-signing-key-pass-file pass --owner-encryption-key owner-encryption.pfx --owner-encryption-key-pass-file pass'
fabric='--guardian fabric.xml --allow-untrusted-root'
trust='--trust t.vsc:GreaterThanOrEquals --signer signer.pem'
answer='--answer-file unattend.xml'

# key NAME: the options that open a file with this guardian's key
key()
{
	echo --key "$1-encryption.pfx" --key-pass-file pass
}

# pdk_create OUT [OPTION...]: a file for templates with the usual options
pdk_create()
{
	local out=$1
	shift
	expect 0 "$SHVM" pdk create "$out" $owner $fabric $trust $answer "$@"
}

# verdict REASON|- CHECKS FILE ARGUMENT...: of pdk check; CHECKS failed, -: none
verdict()
{
	local reason=$1 check=$2 code=3
	shift 2
	[ "$reason" != - ] || code=0
	expect $code "$SHVM" pdk check "$@" --json
	json_is '.reason // "-"' "$reason" "$TMP/out"
	json_is '[.checks[] | select(.outcome == "failed") | .id] | join(" ")' \
		"${check#-}" "$TMP/out"
}
