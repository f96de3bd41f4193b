# samples/scale/slurm on a real Slurm of one node: both jobs end with what one
# machine finds, though a task is killed in its middle and then the whole node,
# and submitting a job again changes nothing.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/long/lib-slurm.sh"
need jq openssl pgrep
recipe=$ROOT/samples/scale/slurm

no_job()
{
	[ -z "$(timeout 60 squeue -h)" ]
}

# wait_for_jobs: until none is left
wait_for_jobs()
{
	slurm_until "the end of all jobs" no_job
}

# job NAME: the last line of the recipe's output names the jobs; this one's id
job()
{
	sed -n "s/.*$1 \\([0-9]*\\).*/\\1/p" "$TMP/out" | head -n 1
}

# accounting JOB: Slurm's own records of a job, also of the tries before the last
accounting()
{
	sacct --duplicates --parsable2 --noheader --allocations --jobs="$1" \
		--format=jobid,jobname,state,exitcode,start,end
}

# states_are JOB WORDS: what the accounting says about the tries of each task. It
# gets its records some time after the jobs have ended.
states_are()
{
	local start=$SECONDS
	while ((SECONDS - start < 60)); do
		accounting "$1" | cut -d'|' -f1,3 | sed 's/ by [0-9]*//' | sort >states
		[ "$(cat states)" != "$2" ] || return 0
		sleep 0.5
	done
	fail "accounting of job $1: $(accounting "$1")"
}

# stamp FOLDER: name, time, place and bytes of each result in it
stamp()
{
	(cd "$1" && stat -c '%n %.9Y %i' part-* job && cat part-* job digest.json)
}

# catch PATTERN FILE: stop the first process like this while FILE is not there.
# The pattern names $TMP, so that it is one of this test.
catch()
{
	local tries
	for ((tries = 0; tries < 3000; tries++)); do
		if caught=$(pgrep -o -f -- "$1"); then
			kill -STOP "$caught" && [ ! -e "$2" ] && return
			fail "$1: ended before it was stopped"
		fi
		sleep 0.02
	done
	fail "$1: does not start: $(squeue; sinfo)"
}

# catch_part I/N FILE: the one that hashes this part
catch_part()
{
	catch "disk digest --range $1 --out $2 " "$2"
}

# Large enough to be caught in the middle of a part.
head -c 1200M /dev/urandom >disk
digest=(6 "$TMP/o" "$TMP/disk" --whole --raw --kernel openssl)
one=$("$SHVM" disk digest --whole --raw --json disk | jq -r .digest)

slurm_start

# 1. Killed in the middle: the task is requeued, and only this one.
expect 0 "$recipe/digest.sh" "${digest[@]}"
parts=$(job shvm-part) merge=$(job shvm-merge)
catch_part 3/6 "$TMP/o/part-3.json"
kill -KILL "$caught"
wait_for_jobs
json_is .digest "$one" "$TMP/o/digest.json"
has "exit 137, requeued (retry 1 of 3)" "$TMP/o/log/shvm-part-3.out"
states_are "$parts" "${parts}_1|COMPLETED
${parts}_2|COMPLETED
${parts}_3|COMPLETED
${parts}_3|REQUEUED
${parts}_4|COMPLETED
${parts}_5|COMPLETED
${parts}_6|COMPLETED"
states_are "$merge" "$merge|COMPLETED"
accounting "$parts,$merge"

# 2. Submitted again: each part is found, and nothing but the digest is written,
# which is the same.
stamp o >before
expect 0 "$recipe/digest.sh" "${digest[@]}"
wait_for_jobs
stamp o >after
same before after
states_are "$(job shvm-part)" "$(for i in 1 2 3 4 5 6; do
	echo "$(job shvm-part)_$i|COMPLETED"
done)"

# 3. The whole node dies in the middle of a task: Slurm itself requeues it.
CPUS=2 expect 0 "$recipe/digest.sh" 3 "$TMP/n" "${digest[@]:2}"
parts=$(job shvm-part)
catch_part 2/3 "$TMP/n/part-2.json"
# The parent of each before it, so that none sees the end of its child.
node=()
for ((pid = caught; ; pid = $(ps -o ppid= -p "$pid"))); do
	node=("$pid" "${node[@]}")
	[ "$(ps -o comm= -p "$pid")" != slurmstepd ] || break
done
kill -KILL "$(cat slurm/slurmd.pid)" "${node[@]}"
slurm_daemon slurmd slurmd -D
wait_for_jobs
json_is .digest "$one" n/digest.json
accounting "$parts"
states_are "$parts" "${parts}_1|COMPLETED
${parts}_2|COMPLETED
${parts}_2|NODE_FAIL
${parts}_3|COMPLETED"

# 4. What cannot get better is not tried again: other options are refused when
# the job is submitted, and a disk that changes afterwards by its tasks.
expect 2 "$recipe/digest.sh" "${digest[@]}" --algorithm sha512
has "contains results of another job" err
squeue -h >queue
[ ! -s queue ] || fail "something was submitted: $(cat queue)"
truncate -s 8M small
mkdir -p c
AT_ONCE=1 SBATCH_BEGIN=now+5 expect 0 "$recipe/digest.sh" 2 "$TMP/c" "$TMP/small" --whole --raw
parts=$(job shvm-part) merge=$(job shvm-merge)
touch small
wait_for_jobs
accounting "$parts,$merge"
states_are "$parts" "${parts}_1|FAILED
${parts}_2|FAILED"
states_are "$merge" "$merge|CANCELLED"
[ ! -e c/digest.json ] || fail "there is a digest of a disk that changed"

# 5. What fails each time is tried again as often as was asked, and no more.
cat >broken <<WRAPPER
#!/bin/bash
[[ "\$*" != *--range* ]] || exit 1
exec "$SHVM" "\$@"
WRAPPER
chmod +x broken
RETRIES=1 SHVM=$TMP/broken expect 0 "$recipe/digest.sh" 1 "$TMP/b" "$TMP/small" --whole --raw
parts=$(job shvm-part) merge=$(job shvm-merge)
wait_for_jobs
accounting "$parts,$merge"
states_are "$parts" "${parts}_1|FAILED
${parts}_1|REQUEUED"
states_are "$merge" "$merge|CANCELLED"
has "exit 1, and 1 retries are used up" b/log/shvm-part-1.out

# 6. A job that its user ends stays ended.
CPUS=2 expect 0 "$recipe/digest.sh" 1 "$TMP/e" "${digest[@]:2}"
parts=$(job shvm-part)
catch_part 1/1 "$TMP/e/part-1.json"
scancel "$parts"
kill -CONT "$caught"
wait_for_jobs
accounting "$parts"
states_are "$parts" "${parts}_1|CANCELLED"
[ ! -e e/part-1.json ] || fail "a cancelled task wrote its part"

# 7. A list of disks in two tasks; the first is killed at its second disk. This
# program stops there, once, since small disks are verified too fast to catch.
cat >stops <<WRAPPER
#!/bin/bash
if [[ "\$*" = *verify*third* ]] && mkdir "$TMP/stopped" 2>/dev/null; then
	kill -STOP \$\$
fi
exec "$SHVM" "\$@"
WRAPPER
chmod +x stops
new_ca ca
new_signer signer ca
windows_disk first.vhdx
"$SHVM" template protect first.vhdx --template-name T --template-version 1.0.0.0 --signing-cert signer.pem \
	--signing-key signer.key >/dev/null
for name in second third fourth fifth; do
	cp first.vhdx $name.vhdx
done
flip fourth.vhdx $(($(where FILE0 fourth.vhdx) + 32))
printf '%s\n' "$TMP"/{first,second,third,fourth,fifth}.vhdx >list
verify=(2 "$TMP/v" "$TMP/list" --ca "$TMP/ca.pem")
SHVM=$TMP/stops expect 0 "$recipe/verify.sh" "${verify[@]}"
tasks=$(job shvm-verify) last=$(job shvm-summary)
slurm_until "the third disk" test -d stopped
catch "$TMP/stops template verify .* $TMP/third.vhdx" "$TMP/v/disk-3.txt"
[ -e v/disk-1.txt ] || fail "the task was not in its middle: $(ls v)"
kill -KILL "$caught"
wait_for_jobs
accounting "$tasks,$last"
states_are "$tasks" "${tasks}_1|COMPLETED
${tasks}_1|REQUEUED
${tasks}_2|COMPLETED"
# The summary's status is that of verification: 3, since a disk was rejected.
states_are "$last" "$last|FAILED"
[ "$(accounting "$last" | cut -d'|' -f3,4)" = "FAILED|3:0" ] ||
	fail "the summary: $(accounting "$last")"
has "1 rejected, 4 trusted, of 5" v/log/shvm-summary.out
grep -v "	trusted	\|^trusted	" v/summary.tsv >rejected
printf 'rejected\tdigest-mismatch\t%s\n' "$TMP/fourth.vhdx" >want
same want rejected

# Submitted again, all results are found.
stat -c '%n %.9Y %i' v/disk-* v/job >before
cp v/summary.tsv keep
expect 0 "$recipe/verify.sh" "${verify[@]}"
wait_for_jobs
stat -c '%n %.9Y %i' v/disk-* v/job >after
same before after
same keep v/summary.tsv

# Nothing of the cluster is left.
slurm_stop
left=$(pgrep -a -f "$TMP/slurm" || :)
[ -z "$left" ] || fail "still there: $left"
