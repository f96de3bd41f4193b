# One fault of an input, one exit code, whatever command reads it: not there 1;
# not a file at all, or none that can be a disk, 2; a file that is not what it
# should be 1, or 3 where the command's question is whether to trust it.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
for g in owner fabric other; do
	expect 0 "$SHVM" guardian new $g --out-dir . --no-encryption --bits 2048
done
windows_disk disk.vhdx
self_signed signer
expect 0 "$SHVM" template protect disk.vhdx --template-name T --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --out t.vsc
unattend >unattend.xml
(umask 077; echo 'geheim 47' >admin)
owner='--owner owner.xml --owner-signing-key owner-signing.pfx'
edit='--owner-signing-key owner-signing.pfx --owner-encryption-key owner-encryption.pfx'
both="--owner owner.xml $edit"
key='--key fabric-encryption.pfx'
expect 0 "$SHVM" pdk create m.pdk $owner $fabric $trust $answer
expect 0 "$SHVM" pdk create l.pdk $owner $fabric $trust --answer linux --root-password admin
expect 0 "$SHVM" pdk protector m.pdk --out kp
expect 0 "$SHVM" fsk create f.fsk @ComputerName@=b
print=$(openssl pkcs12 -in fabric-signing.pfx -passin pass: -nokeys |
	openssl x509 -outform DER | sha256sum | cut -d' ' -f1)
mkdir folder
: >empty
head -c 3000 "$SHVM" | tail -c 2900 >junk # holds NULs, and begins as nothing does

sign='--template-name n --template-version 1.0.0.0'
by='--signing-cert signer.pem --signing-key signer.key'
parts='--signing-key owner-signing.pfx'
add='--guardian other.xml --allow-untrusted-root'
verify='template verify disk.vhdx --signer signer.pem'
judge="pdk check m.pdk $key --disk disk.vhdx"
faults='missing folder empty /dev/null junk'
# Five codes, as the faults stand above, and the command with @ for the input.
while read -r a b c d e command; do
	set -- $a $b $c $d $e
	for input in $faults; do
		code=0
		# shellcheck disable=SC2086
		"$SHVM" ${command//@/$input} --quiet >out 2>err </dev/null || code=$?
		[ "$code" = "$1" ] || { echo "exit $code and not $1: $command, $input: $(cat err)"; touch wrong; }
		[ "$code" = 0 ] || [ "$code" = 3 ] || one_line err
		[ "$code" = 0 ] || [ ! -e x ] || fail "$command $input: a result"
		rm -rf x x.xml x.pdk
		shift
	done
done <<END
$(sed 's/ *#.*//' <<ROWS
1 2 0 2 0 disk info @ # a raw disk may hold anything
1 2 0 2 0 disk map @
1 2 1 2 1 disk digest @
1 2 1 1 1 disk digest --merge @
1 2 0 2 0 disk read @
1 2 1 2 1 disk check @ # the rules of VHDX say nothing of other files
1 2 1 2 1 template sign @ $sign $by --out x
1 2 1 1 1 template sign disk.vhdx $by --populate-from @ --out x
1 2 1 1 1 template sign disk.vhdx $sign --signing-cert @ --signing-key signer.key --out x
1 2 1 1 1 template sign disk.vhdx $sign --signing-cert signer.pem --signing-key @ --out x
1 2 1 2 1 template protect @ $sign $by
1 2 1 1 1 template protect disk.vhdx --force $by --populate-from @
1 2 1 1 1 template protect disk.vhdx --force $sign --signing-cert @ --signing-key signer.key
1 2 1 1 1 template protect disk.vhdx --force $sign --signing-cert signer.pem --signing-key @
1 2 1 2 1 template unprotect @
1 2 1 2 1 template extract @ --out x
1 2 1 1 1 template show @
1 2 3 2 3 template verify @ --signer signer.pem
1 2 1 1 1 template verify disk.vhdx --signer @
1 2 1 1 1 template verify disk.vhdx --ca @
1 2 3 3 3 $verify --catalog @
1 2 1 2 1 template tree @ --out x
1 2 1 1 1 template tree disk.vhdx --out x --catalog @
1 2 1 1 1 $verify --tsa-ca @
1 2 1 1 1 $verify --sample 4 --tree @
1 2 1 1 1 guardian new n --out-dir x --signing-key @
1 2 1 1 1 guardian new n --out-dir x $parts --signing-cert @
1 2 1 1 1 guardian new n --out-dir x $parts --encryption-key @
1 2 1 1 1 guardian new n --out-dir x $parts --encryption-cert @
1 2 1 1 1 guardian import @ --allow-untrusted-root --out x
1 2 1 1 1 guardian import fabric.xml --guardian-ca @ --out x
1 2 1 1 1 guardian export --out x --signing-key @
1 2 1 1 1 guardian export --out x $parts --encryption-key @
1 2 1 1 1 guardian show @
1 2 1 1 1 protector new --owner @ --owner-signing-key owner-signing.pfx $add --out x
1 2 1 1 1 protector new --owner owner.xml --owner-signing-key @ $add --out x
1 2 1 1 1 protector new $owner --guardian @ --allow-untrusted-root --out x
1 2 1 1 1 protector new $owner --guardian other.xml --guardian-ca @ --out x
1 2 1 1 1 protector grant @ $both $add --out x
1 2 1 1 1 protector grant kp $both --guardian @ --allow-untrusted-root --out x
1 2 1 1 1 protector revoke @ $both --guardian fabric.xml --out x
1 2 1 1 1 protector revoke kp $both --guardian @ --out x
1 2 1 1 1 protector show @
1 2 3 3 3 protector check @
1 2 1 1 1 protector check kp --key @
1 2 1 1 1 pdk create x --owner @ --owner-signing-key owner-signing.pfx $fabric $trust $answer
1 2 1 1 1 pdk create x --owner owner.xml --owner-signing-key @ $fabric $trust $answer
1 2 1 1 1 pdk create x $owner --guardian @ --allow-untrusted-root $trust $answer
1 2 1 1 1 pdk create x $owner --guardian fabric.xml --guardian-ca @ $trust $answer
1 2 1 1 1 pdk create x $owner $fabric --trust @:Equals --signer signer.pem $answer
1 2 1 1 1 pdk create x $owner $fabric --trust t.vsc:Equals --signer @ $answer
1 2 1 1 1 pdk create x $owner $fabric --trust t.vsc:Equals --ca @ $answer
1 2 1 1 1 pdk create x $owner $fabric $trust --answer-file @
1 2 0 0 0 pdk create x $owner $fabric $trust $answer --file @
1 2 2 2 2 pdk create x --spec @ # stands for the options
1 2 1 1 1 pdk show @
1 2 1 1 1 pdk show m.pdk --key @
1 2 1 1 1 pdk open @ $key --out-dir x
1 2 1 1 1 pdk open m.pdk --key @ --out-dir x
1 2 1 1 1 pdk edit @ $edit --policy Shielded --out x
1 2 1 1 1 pdk edit m.pdk $edit --trust @:Equals --signer signer.pem --out x
1 2 1 1 1 pdk edit m.pdk $edit --answer-file @ --out x
1 2 0 0 0 pdk edit m.pdk $edit --file @ --out x
1 2 1 1 1 pdk grant @ $edit $add --out x
1 2 1 1 1 pdk grant m.pdk $edit --guardian @ --allow-untrusted-root --out x
1 2 1 1 1 pdk revoke @ $edit --fingerprint $print --out x
1 2 1 1 1 pdk protector @ --out x
1 2 3 3 3 pdk check @ $key --disk disk.vhdx
1 2 3 2 3 pdk check m.pdk $key --disk @
1 2 3 3 3 pdk check m.pdk $key --catalog @
1 2 3 3 3 $judge --catalog @
1 2 1 1 1 pdk check m.pdk --disk disk.vhdx --key @
1 2 1 1 1 $judge --fsk @
1 2 1 1 1 $judge --tsa-ca @
1 2 1 1 1 pdk specialize @ $key --out-dir x
1 2 1 1 1 pdk specialize m.pdk --key @ --out-dir x
1 2 1 1 1 pdk specialize m.pdk $key --fsk @ --out-dir x
1 2 1 1 1 pdk specialize l.pdk $key --fsk f.fsk --volume-key @ --out x
1 2 1 1 1 answer windows x.xml --admin-password admin --rdp-cert @ --rdp-cert-pass-file admin
1 2 2 2 2 answer linux x.xml --root-password admin --ssh-key @ # a key may stand there, too
1 2 1 1 1 fsk show @
ROWS
)
END
[ ! -e wrong ] || fail "exit codes"

# Each command that reads something has a row.
"$SHVM" completion bash | sed -n "s/^\t'\([a-z -]*\)') opts=.*/\1/p" | grep -vE '^(completion|doctor|fsk create)' |
	while read -r command; do
		grep -qE "^[0-3 ]{10}$command |^(verify|judge)=.$command " "$ROOT/tests/cli/cli-input-faults.sh" ||
			fail "$command has no row"
	done

# Key files of the largest size that are nothing, or PEM without an end: each was
# a minute's work for OpenSSL. The watchdog is ten times the bound of a second.
need openssl
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout slow.key -out slow.pem -subj /CN=slow -days 9 \
	-addext keyUsage=digitalSignature 2>/dev/null
most=$((1 << 20))
repeat() { yes "$1" | head -c $most; }
repeat '' >newlines.pem
repeat A | tr -d '\n' | head -c $most >letters.pem
repeat text >text.pem
repeat '-----BEGIN CERTIFICATE-----' >begins.pem
repeat "$(printf -- '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----')" \
	>empty.pem
repeat "$(printf -- '-----BEGIN X-----\nAAAA\n-----END X-----')" >other.pem
{
	echo '-----BEGIN CERTIFICATE-----'
	yes "$(printf '%064d' 0)" | head -n 16000
	echo '-----END CERTIFICATE-----'
} >block.pem
head -c $most /dev/zero | tr '\0' '\060' >ber.pem
head -c 700 /dev/zero >zeros.raw
for file in newlines letters text begins empty other block ber; do
	for use in "--signing-key $file.pem" "--signing-key slow.key --signing-cert $file.pem"; do
		# shellcheck disable=SC2086 # two words or four
		expect 1 timeout 10 "$SHVM" template sign zeros.raw --raw $use \
			--template-name x --template-version 1.0.0.0 --out x.vsc
		has "$file.pem: " err
	done
done
# Text around blocks is not looked at, however much there is.
{ repeat text | head -c 500000; cat slow.key slow.pem; repeat text | head -c 500000; } >both.pem
expect 1 timeout 10 "$SHVM" template sign zeros.raw --raw --signing-key both.pem \
	--template-name x --template-version 1.0.0.0 --out x.vsc
has 'zeros.raw' err
