# samples/scale/task.sh, which the recipes for schedulers run, without a scheduler:
# tasks that run again change nothing, and results never come from another job.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq openssl
task() { "$ROOT/samples/scale/task.sh" "$@"; }
OUT=$TMP/o

# no_leftovers DIR: no temporary file is left
no_leftovers()
{
	[ -z "$(find "$1" -name '*.tmp')" ] || fail "left over: $(ls "$1")"
}

# stamp DIR: name, time and checksum of every file, to see that nothing changed
stamp()
{
	(cd "$1" && find . -type f -printf '%p %T@ %i\n' | sort && cat ./*) | sha256sum
}

# A digest in parts.
head -c 50000000 /dev/urandom >disk
whole=$("$SHVM" disk digest --whole --raw --json disk | jq -r .digest)
digest=(3 "$OUT" "$TMP/disk" --whole --raw)
expect 0 task plan "${digest[@]}"
expect 1 task merge 3 "$OUT"
has "part 1 of 3 is missing" err
for i in 2 3 1; do
	expect 0 task part $i "${digest[@]}"
done
expect 0 task merge 3 "$OUT"
json_is .digest "$whole" out
json_is .digest "$whole" "$OUT/digest.json"
before=$(stamp "$OUT")
for i in 1 2 3; do
	expect 0 task part $i "${digest[@]}"
	[ ! -s err ] || fail "a repeated part is hashed: $(cat err)"
done
expect 0 task plan "${digest[@]}"
[ "$before" = "$(stamp "$OUT")" ] || fail "repeated parts changed something"

# A lost part is made again, the same byte for byte; the rest stays.
cp "$OUT/part-2.json" keep
cp "$OUT/digest.json" keep-digest
rm "$OUT/part-2.json"
expect 0 env SHVM_JOBS=1 "$ROOT/samples/scale/task.sh" part 2 "${digest[@]}"
same keep "$OUT/part-2.json"
expect 0 task merge 3 "$OUT"
same keep-digest "$OUT/digest.json"

# A damaged part is refused, and the digest of before stays.
jq '.bytes_hashed += 1' keep >"$OUT/part-2.json"
expect 1 task merge 3 "$OUT"
has "part at block 4096: its checksum is wrong" err
same keep-digest "$OUT/digest.json"
cp keep "$OUT/part-2.json"

# Another disk, other contents, options or parts are another job.
expect 2 task part 1 4 "$OUT" "$TMP/disk" --whole --raw
has "contains results of another job" err
expect 2 task part 1 "${digest[@]}" --algorithm sha512
has "contains results of another job" err
cp disk disk2
expect 2 task part 1 3 "$OUT" "$TMP/disk2" --whole --raw
touch disk
expect 2 task part 1 "${digest[@]}"
has "contains results of another job" err
no_leftovers "$OUT"

# Two tasks that hash one part at once both succeed.
digest=(1 "$TMP/race" "$TMP/disk" --whole --raw)
for i in 1 2 3; do
	task part 1 "${digest[@]}" >"race.$i" 2>&1 &
	pids[i]=$!
done
for i in 1 2 3; do
	wait "${pids[i]}" || fail "one of three equal tasks: $(cat "race.$i")"
done
expect 0 task merge 1 "$TMP/race"
json_is .digest "$whole" out
no_leftovers "$TMP/race"

# A list of disks: good, changed, missing, without a catalog.
new_ca ca
new_signer signer ca
windows_disk good.vhdx
expect 0 "$SHVM" template protect good.vhdx --template-name T --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key
cp good.vhdx "two words.vhdx"
cp good.vhdx changed.vhdx
flip changed.vhdx $(($(where FILE0 changed.vhdx) + 32))
cat >list <<LIST
# templates
$TMP/good.vhdx

$TMP/changed.vhdx
$TMP/two words.vhdx
$TMP/missing.vhdx
LIST
printf '%s' "$TMP/disk" >>list
OUT=$TMP/v
verify=(2 "$OUT" "$TMP/list" --ca "$TMP/ca.pem")
expect 0 task check "${verify[@]}"
expect 1 task summary "$OUT" "$TMP/list"
has "5 no-result, of 5" out
expect 0 task verify 1 "${verify[@]}"
expect 1 task verify 2 "${verify[@]}"
has "missing.vhdx: not verified (exit 1)" err
expect 1 task summary "$OUT" "$TMP/list"
has "1 no-result, 2 rejected, 2 trusted, of 5" out
cat >want <<WANT
trusted	null	$TMP/good.vhdx
rejected	digest-mismatch	$TMP/changed.vhdx
trusted	null	$TMP/two words.vhdx
no-result	-	$TMP/missing.vhdx
rejected	no-catalog	$TMP/disk
WANT
same want "$OUT/summary.tsv"
before=$(stamp "$OUT")
expect 0 task verify 1 "${verify[@]}"
expect 1 task verify 2 "${verify[@]}"
[ "$before" = "$(stamp "$OUT")" ] || fail "a repeated verification changed something"

# What is missing is done when it is there, and only that.
cp good.vhdx missing.vhdx
chmod a-w "$OUT"/disk-[1235].txt
expect 0 task verify 2 "${verify[@]}"
expect 3 task summary "$OUT" "$TMP/list"
has "2 rejected, 3 trusted, of 5" out

# A disk that was written to has no result until it is verified again.
flip good.vhdx $(($(where FILE0 good.vhdx) + 32))
expect 1 task summary "$OUT" "$TMP/list"
has "1 no-result" out
expect 0 task verify 1 "${verify[@]}"
expect 3 task summary "$OUT" "$TMP/list"
has "3 rejected, 2 trusted, of 5" out

# Another CA under the same name, and another list, are another job.
cp ca.pem ca.keep
new_ca ca
expect 2 task verify 1 "${verify[@]}"
has "contains results of another job" err
cp ca.keep ca.pem
expect 0 task verify 1 "${verify[@]}"
echo "$TMP/good.vhdx" >>list
expect 2 task verify 1 "${verify[@]}"
has "contains results of another job" err
no_leftovers "$OUT"

# All good is exit 0.
echo "$TMP/two words.vhdx" >list
expect 0 task verify 1 1 "$TMP/w" "$TMP/list" --signer "$TMP/signer.pem"
expect 0 task summary "$TMP/w" "$TMP/list"
has "1 trusted, of 1" out

# refused CODE WORDS ARGUMENT...
refused()
{
	expect "$1" task "${@:3}"
	has "$2" err
	[ ! -e "$TMP/x" ] || [ -z "$(ls "$TMP/x")" ] || fail "$2: something was written"
}
refused 2 "usage: task.sh plan" part 1
refused 2 "usage: task.sh plan" nothing
refused 2 'task "0" is not a number' part 0 3 "$TMP/x" "$TMP/disk"
refused 2 'task "08" is not a number' part 08 9 "$TMP/x" "$TMP/disk"
refused 2 "task 4 of 3" part 4 3 "$TMP/x" "$TMP/disk"
refused 2 'number of tasks "a" is not' part 1 a "$TMP/x" "$TMP/disk"
refused 2 'the folder "x" is not an absolute path' plan 1 x "$TMP/disk"
refused 2 'the disk "disk" is not an absolute path' plan 1 "$TMP/x" disk
refused 2 "--signer CERT or --ca FILE" check 1 "$TMP/x" "$TMP/list"
refused 1 "nothing.pem" check 1 "$TMP/x" "$TMP/list" --ca "$TMP/nothing.pem"
refused 2 "unknown option --cb" check 1 "$TMP/x" "$TMP/list" --cb "$TMP/ca.pem"
refused 1 "nothing: cannot be read" check 1 "$TMP/x" "$TMP/nothing" --ca "$TMP/ca.pem"
printf '/a\nb\n' >list
refused 2 'line 2: "b" is not an absolute path' check 1 "$TMP/x" "$TMP/list" --ca "$TMP/ca.pem"
printf '/a\tb\n' >list
refused 2 'line 1: the path contains a control character' check 1 "$TMP/x" \
	"$TMP/list" --ca "$TMP/ca.pem"
echo '# none' >list
refused 2 'names no disk' check 1 "$TMP/x" "$TMP/list" --ca "$TMP/ca.pem"
expect 1 env SHVM=/nothing "$ROOT/samples/scale/task.sh" merge 1 "$TMP/race"
has "/nothing: no such program" err
