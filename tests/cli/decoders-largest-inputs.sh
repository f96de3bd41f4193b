# Inputs of the largest size, well-formed as far as each decoder looks and made to
# be slow: each one takes about a second. WATCHDOG is ten times that. The log has
# the CPU time of each.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-pdk.sh"
need python3 openssl

WATCHDOG=10
pdk_setup
python3 -B "$ROOT/tests/fixtures/largest.py" .

# quick CODE WORDS ARGUMENT...: the program ends in time, with the code and words
quick()
{
	local code=0 want=$1 words=$2 took
	shift 2
	TIMEFORMAT='%U+%S'
	took=$({ time timeout $WATCHDOG "$SHVM" "$@" >out 2>err || echo $? >code; } 2>&1)
	[ ! -e code ] || code=$(cat code)
	rm -f code x.pdk
	echo "$took s: $*"
	[ "$code" != 124 ] || fail "$* takes more than $WATCHDOG seconds"
	[ "$code" = "$want" ] || fail "$*: exit $code and not $want: $(cat err)"
	grep -qF -e "$words" out err ||
		fail "$*: not \"$words\": $(head -c 2000 out err)"
}

# --- Guardians and protectors: 64 wrappings with keys of 16384 bits, 1024 of 4096
for file in guardian guardian-elements; do
	quick 3 'does not verify [bad-signature]' guardian show $file.xml
done
for file in keys many text; do
	quick 0 ', owner' protector show protector-$file.kp
	quick 3 'does not verify' protector check protector-$file.kp
done
quick 1 'more work to check than 2048 keys' protector show protector-work.kp
quick 3 'more work to check than 2048 keys' protector check protector-work.kp

# --- Shielding data: what is not sealed
for file in most-qualifiers largest-keys; do
	quick 0 '' pdk show $file.pdk
	quick 3 'the signature (2048 bytes' pdk check $file.pdk $(key fabric) \
		--disk disk.vhdx
	quick 3 'the signature (2048 bytes' pdk open $file.pdk $(key fabric) \
		--out-dir opened
done
quick 1 'more than 1000 qualifiers' pdk show most-elements.pdk
quick 3 'more than 1000 qualifiers' pdk check most-elements.pdk $(key fabric) \
	--disk disk.vhdx

# --- Specifications, parts of digests, fabric data
quick 2 'maximum parsing depth' pdk create x.pdk --spec spec-deep.json
quick 2 'duplicate object key' pdk create x.pdk --spec spec-same.json
quick 2 'too big integer' pdk create x.pdk --spec spec-digits.json
for kind in texts numbers; do
	quick 2 ' items' pdk create x.pdk --spec spec-$kind.json
done
for kind in escapes long blanks members; do
	quick 2 'is required' pdk create x.pdk --spec spec-$kind.json
done
quick 1 'maximum parsing depth' disk digest --merge part-deep.json
quick 1 'duplicate object key' disk digest --merge part-digits.json
for kind in same texts numbers members; do
	quick 1 'commas and quotes' disk digest --merge part-$kind.json
done
for kind in escapes long; do
	quick 1 '"nodes" is not an array' disk digest --merge part-$kind.json
done
quick 1 'with 12 members' disk digest --merge part-blanks.json
quick 1 'its checksum is wrong' disk digest --merge part-hashes.json
quick 0 '@k999@' fsk show most.fsk
quick 1 'more than 1000 pairs' fsk show elements.fsk

# --- Answer files, and other files with placeholders
answer()
{
	quick "$1" "$2" pdk create x.pdk $owner $fabric $trust --no-size-limit \
		--answer-file "$3"
}
further()
{
	quick "$1" "$2" pdk create x.pdk $owner $fabric $trust --no-size-limit \
		$answer --file "$3" --substitute "$3"
}
for kind in at comments data entities halves placeholders; do
	answer 0 '' answer-$kind.xml
done
answer 1 'answer file: more than 20000' answer-too-many.xml
answer 1 'more than 65536 elements' answer-names.xml
answer 1 'without its end' answer-open-comments.xml
answer 1 'in an attribute value' answer-quotes.xml
answer 1 'more than 64 levels' answer-tags.xml
for kind in at blanks block blocks deep escapes flow newlines plain quoted \
	two-quotes; do
	further 0 '' further-$kind.yaml
done
for kind in comments too-many; do
	further 1 'more than 20000' further-$kind.yaml
done

# --- Certificates
for bundle in bundle-1000 bundle-keys; do
	quick 1 key-mismatch template sign disk.vhdx --signing-cert $bundle.pem \
		--signing-key signer.key --template-name x --template-version 1.0.0.0 --out x.vsc
	quick 3 'no chain to a trusted CA' template verify disk.vhdx \
		--ca $bundle.pem
done

# --- Catalogs: nothing of what is signed is read before the signature is good
catalog()
{
	quick 1 "$2" template show catalog-$1.vsc
	quick 3 "$2" template verify disk.vhdx --ca signer.pem --catalog catalog-$1.vsc
}
for kind in attributes content keys nested; do
	catalog $kind 'the signed message digest is missing'
done
catalog certs 'certificates, the limit is 32'
catalog infos 'expected one'
catalog signed-attributes 'not in DER'
catalog deep 'not a CMS message'
catalog over 'larger than 1048576 bytes'
