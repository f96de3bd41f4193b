# The pipelines of samples/ci publish a disk that is good and no other.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq python3
python3 -c 'import yaml' 2>/dev/null || skip 'python3-yaml is not installed'
export PATH=${SHVM%/*}:$PATH

windows_disk good.vhdx
new_ca ca
new_ca other
new_signer signer ca
expect 0 "$SHVM" template protect good.vhdx --template-name n --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --out n.vsc
cp good.vhdx changed.vhdx
flip changed.vhdx "$(where MARKER-IN-THE-OS-VOLUME-0001 changed.vhdx)"
truncate -s 4M empty.vhdx
# Not generalized, but signed.
"$ROOT/samples/make-windows-disk.sh" --size 48 --esp 4 --data 0 --files 0 \
	--image-state IMAGE_STATE_COMPLETE unready.vhdx
expect 0 "$SHVM" template protect unready.vhdx --template-name n --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --ignore not-generalized

# pipeline CODE DISK CA: a run in a fresh folder
pipeline()
{
	rm -rf srv work
	mkdir -p srv/templates/incoming srv/templates/published work/trust
	cp "$2" srv/templates/incoming/server.vhdx
	cp "$3" work/trust/ca.pem
	cp ca.pem work/trust/tsa-ca.pem
	(cd work && expect "$1" python3 "$ROOT/tests/cli/pipeline.py" "$file" "$TMP/srv")
}

# refused: nothing was published
refused()
{
	[ -z "$(ls -A srv/templates/published)" ] || fail "$file: $(ls -A srv/templates/published)"
}

for file in github-actions.yml gitlab-ci.yml Jenkinsfile; do
	file=$ROOT/samples/ci/$file
	pipeline 0 good.vhdx ca.pem
	same good.vhdx srv/templates/published/server.vhdx
	json_is .verdict trusted work/verdict.json
	json_is .verdict ready work/readiness.json

	pipeline 3 changed.vhdx ca.pem
	refused
	json_is .reason digest-mismatch work/verdict.json
	case $file in
	*/github-actions.yml) has '::error title=digest::the digest is ' "$TMP/out" ;;
	*/gitlab-ci.yml) has 'error: digest: the digest is ' "$TMP/out" ;;
	esac

	pipeline 3 good.vhdx other.pem
	refused
	json_is .reason untrusted-signer work/verdict.json

	# jq -e ends with 1 for a no.
	pipeline 1 unready.vhdx ca.pem
	refused
	json_is .reason not-generalized work/readiness.json
	[ ! -e work/verdict.json ] || fail "$file continued after a disk that is not ready"

	pipeline 1 empty.vhdx ca.pem
	refused
	json_is .error.reason NOT_VHDX work/readiness.json
done
