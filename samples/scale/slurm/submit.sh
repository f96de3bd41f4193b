# shellcheck shell=bash
# Sourced by digest.sh and verify.sh: submits an array of tasks and the task that
# comes after all of them.
# environment: SHVM     the program, as the nodes find it (default: shvm)
#              CPUS     CPUs of a task (default: 1)
#              AT_ONCE  tasks that run at once, to spare the storage (default: all)
#              RETRIES  further tries of a task that failed (default: 3)
# Partition, account and time limit: Slurm's own SBATCH_PARTITION, SBATCH_ACCOUNT
# and SBATCH_TIMELIMIT. All nodes see this folder, the working folder,
# the disks and OUT by the same paths.
set -eu

task=$(cd "$(dirname "$0")/.." && pwd)/task.sh
batch=$(cd "$(dirname "$0")" && pwd)/task.sbatch
: "${SHVM:=shvm}" "${CPUS:=1}" "${AT_ONCE:=}" "${RETRIES:=3}"
export SHVM

usage()
{
	sed -n '/^# usage/,/^set/s/^# //p' "$0" >&2
	exit 2
}

# submit NAME OUT TASKS DEPENDENCY LAST_NAME -- ARRAY_TASK... -- LAST_TASK...
submit()
{
	local name=$1 out=$2 tasks=$3 kind=$4 last_name=$5 array last
	local words=() common
	shift 6
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	[[ $out != *[%\\]* ]] || {
		echo "$out: Slurm treats % and \\ in a path as its own" >&2
		exit 2
	}
	mkdir -p "$out/log"
	common=(--parsable "--export=SHVM,PATH")
	array=$(sbatch "${common[@]}" --job-name="$name" --cpus-per-task="$CPUS" \
		--array="1-$tasks${AT_ONCE:+%$AT_ONCE}" \
		--output="$out/log/%x-%a.out" "$batch" "$RETRIES" "$task" "${words[@]}")
	array=${array%%;*}
	last=$(sbatch "${common[@]}" --job-name="$last_name" \
		--dependency="$kind:$array" --kill-on-invalid-dep=yes \
		--output="$out/log/%x.out" "$batch" "$RETRIES" "$task" "$@") || {
		scancel "$array"
		exit 1
	}
	echo "$name $array, $last_name ${last%%;*}"
}
