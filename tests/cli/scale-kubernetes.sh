# samples/scale/kubernetes without a cluster: the manifests are Jobs by the published
# schema, and the container's entry does with their arguments what they are for.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need python3 jq openssl make
python3 -c 'import yaml, jsonschema' 2>/dev/null ||
	skip "python3-yaml or python3-jsonschema is not installed"
recipe=$ROOT/samples/scale/kubernetes
schema=$ROOT/tests/data/kubernetes/job-1.30.schema.json
check() { python3 "$ROOT/tests/cli/scale-kubernetes.py" "$schema" "$1"; }

# The manifests with the values that come with them.
for job in digest merge verify summary; do
	expect 0 "$recipe/render.sh" $job
	cp out $job.yaml
	expect 0 check $job.yaml
	hasnt "\${" $job.yaml
done

# The check itself: a wrong type, an unknown member, a missing one, a broken rule.
broken()
{
	sed "$2" "$1.yaml" >broken.yaml
	! cmp -s "$1.yaml" broken.yaml || fail "$2 changes nothing"
	expect 1 check broken.yaml
	has "$3" out
}
broken digest 's/completions: 20/completions: "20"/' "spec/completions: '20' is not of type 'integer'"
broken digest 's/completions: 20/completion: 20/' "'completion' was unexpected"
broken digest 's/claimName/claim/' "'claim' was unexpected"
broken digest '/action: FailJob/s/action: FailJob/operator: In/' "'action' is a required property"
broken digest 's/value: "1"/value: 1/' "1 is not of type 'string'"
broken digest 's/Never/OnFailure/' "podFailurePolicy needs restartPolicy Never"
broken digest 's/Indexed/NonIndexed/' "backoffLimitPerIndex needs completionMode Indexed"
broken merge 's/\[2, 3\]/[3, 2]/' "exit codes are not ordered"
broken verify '0,/- name: trust/s/- name: trust/- name: other/' "a mount of a volume that is not there"

# Each value gets to its place; names that YAML would read as something else are
# still texts.
sed -e 's/^JOB=.*/JOB=1/; s/^PARTS=.*/PARTS=3/; s/^TASKS=.*/TASKS=2/; s/^CPUS=.*/CPUS=2/' \
	-e 's/^TRUST=.*/TRUST=null/; s/^DISKS_CLAIM=.*/DISKS_CLAIM=true/' \
	-e 's/^RESULTS_CLAIM=.*/RESULTS_CLAIM=0/' -e "s/^USER_ID=.*/USER_ID=7/" \
	-e 's/^DIGEST_OPTIONS=.*/DIGEST_OPTIONS=--whole --raw/' "$recipe/values.env" >values
for job in digest merge verify summary; do
	expect 0 "$recipe/render.sh" $job values
	cp out $job.yaml
	expect 0 check $job.yaml
	cp out $job.args
done
has 'completions: 3' digest.yaml
has 'completions: 2' verify.yaml
has 'claimName: "true"' merge.yaml
has 'runAsUser: 7' merge.yaml
has 'name: "null"' verify.yaml
sed -i 's/^VERIFY_OPTIONS=.*/VERIFY_OPTIONS=/' values
expect 0 "$recipe/render.sh" verify values
cp out none.yaml
expect 0 check none.yaml
hasnt --ca out

# refused SED WORDS: values with this change
refused()
{
	sed "$1" "$recipe/values.env" >bad
	expect 2 "$recipe/render.sh" digest bad
	has "$2" err
	[ ! -s out ] || fail "$1: something was printed"
}
refused 's/^JOB=.*/JOB=Server/' 'JOB "Server" is not like'
refused 's/^JOB=.*/JOB=a"b/' 'JOB "a"b" is not like'
refused 's/^PARTS=.*/PARTS=0/' 'PARTS "0" is not like'
refused 's/^PARTS=.*/PARTS=1;x/' 'PARTS "1;x" is not like'
refused 's/^DISK=.*/DISK=huge/' 'DISK "huge" is not like'
refused 's/^DIGEST_OPTIONS=.*/DIGEST_OPTIONS=--a "b"/' 'DIGEST_OPTIONS contains a character'
refused 's/^CPUS=/CPU=/' 'there is no value "CPU"'
refused '/^CPUS=/d' 'CPUS is missing'
refused 's/^CPUS=\(.*\)/CPUS=\1\nCPUS=\1/' 'CPUS is given twice'
refused 's/^CPUS=.*/CPUS/' 'not NAME=VALUE'
expect 2 "$recipe/render.sh" other
has 'usage: render.sh' err

# What the image is built from: the folder is made from an installation, and the
# packages in the Containerfile bring each library that the program is linked with.
mkdir build
tar -C "$B" -cf - --exclude=./tests --exclude='./[a-z]*san' --exclude=./fuzz \
	--exclude=./afl --exclude='*.a' . | tar -C build -xf -
"$recipe/context.sh" context B="$TMP/build" >context.log 2>&1 || fail "$(cat context.log)"
image=$TMP/context/root
sed -n 's/^COPY \([^ ]*\) .*/\1/p' context/Containerfile >copied
[ "$(wc -l <copied)" = 2 ] || fail "COPY lines: $(cat copied)"
while read -r file; do
	[ -e "context/$file" ] || fail "$file is not in the folder"
done <copied
entry=$(sed -n 's/^ENTRYPOINT \["\(.*\)"\]/\1/p' context/Containerfile)
[ -x "$image$entry" ] || fail "there is no $entry"
for library in $(readelf -d "$image/usr/bin/shvm" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'); do
	path=$(ldconfig -p | sed -n "s|.*$library .*x86-64.* => ||p" | head -n 1)
	[ -n "$path" ] || continue
	package=$(dpkg -S "*/$library" 2>/dev/null | head -n 1 | cut -d: -f1)
	[ "$package" = libc6 ] || grep -qw -- "$package" context/Containerfile ||
		fail "$library is in $package, which the Containerfile does not install"
done

# The pods, with the arguments of the manifests; the folders are below this one.
mkdir disks results trust
head -c 30000000 /dev/urandom >disks/huge.vhdx
one=$("$SHVM" disk digest --whole --raw --json disks/huge.vhdx | jq -r .digest)
pod()
{
	local index=$1 args=()
	mapfile -t args < <(sed "s,^/\(disks\|results\|trust\)/,$TMP/&," "$2.args" | sed "s,//,/,")
	env -i PATH="$image/usr/bin:/usr/bin:/bin" SHVM_JOBS=2 \
		${index:+JOB_COMPLETION_INDEX=$index} "$image$entry" "${args[@]}"
}
for job in digest merge verify summary; do
	check $job.yaml >$job.args
done
expect 1 pod "" merge
has "part 1 of 3 is missing" err
for index in 2 0 1 0; do
	expect 0 pod $index digest
done
expect 0 pod "" merge
json_is .digest "$one" results/1/digest/digest.json
expect 2 pod 3 digest
has "task 4 of 3" err
for index in "" x -1 01 1x; do
	expect 2 pod "$index" digest
	has "JOB_COMPLETION_INDEX \"$index\" is not a number" err
done

# Verification, killed in its middle and run again as the Job does it.
new_ca ca
new_signer signer ca
cp ca.pem trust/
windows_disk disks/a.vhdx
"$SHVM" template protect disks/a.vhdx --template-name T --template-version 1.0.0.0 --signing-cert signer.pem \
	--signing-key signer.key >/dev/null
cp disks/a.vhdx disks/b.vhdx
cp disks/a.vhdx disks/c.vhdx
flip disks/b.vhdx $(($(where FILE0 disks/b.vhdx) + 32))
printf '%s\n' "$TMP"/disks/{a,b,c}.vhdx >disks/list.txt
expect 0 pod 1 verify
expect 1 pod "" summary
expect 0 pod 0 verify
expect 3 pod "" summary
has "1 rejected, 2 trusted, of 3" out
has "rejected	digest-mismatch	$TMP/disks/b.vhdx" results/1/verify/summary.tsv
