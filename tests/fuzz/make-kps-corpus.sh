#!/bin/bash
# Make the seeds of fuzz_guardian and fuzz_protector with the program: run it
# again when the formats change. usage: SHVM=build/shvm make-kps-corpus.sh
set -eu
cd "$(dirname "$0")"
shvm=$(realpath "${SHVM:-../../build/shvm}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p corpus/guardian corpus/protector

"$shvm" guardian new seed --out-dir "$tmp" --no-encryption --bits 2048 --host h --quiet >/dev/null
"$shvm" protector new --owner "$tmp/seed.xml" --owner-signing-key "$tmp/seed-signing.pfx" \
	--out "$tmp/kp" --quiet >/dev/null 2>&1
cp "$tmp/seed.xml" corpus/guardian/good.xml
sed 's/<\/GuardianInformation>/<OtherSigningCertificates\/>&/; s/URI=""/URI="#m"/; s/<Metadata /&ID="m" /' \
	"$tmp/seed.xml" >corpus/guardian/bad-id-and-others.xml
cp "$tmp/kp" corpus/protector/good.kp
tail -c +5 "$tmp/kp" >corpus/protector/good.xml
sed 's/#hkdf/#other/; s/xmlenc11#rsa-oaep/xmlenc#rsa-oaep-mgf1p/; s/<Protector /&MaxOfflineUnwraps="3" /' \
	corpus/protector/good.xml >corpus/protector/bad-algorithms.xml
head -c 600 "$tmp/kp" | od -An -v -t u1 -w1 >corpus/protector/bad-cut-text
printf '\377\0\0\0\110\0\0\0\2\0\0\0\1\0\0\0\40%032d\0\0\0\1\0\0\0\1\0\0\0\6\0\0\0\10abcdefgh' 0 \
	>corpus/protector/blob-version-2
