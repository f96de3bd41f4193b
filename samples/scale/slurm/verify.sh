#!/bin/bash
# Verify the template disks of a list on the nodes of a Slurm cluster: an array
# job in which task I of TASKS takes the disks I, I + TASKS, ... of LIST, and a job
# that sums up. It ends with 0 if all disks are good, with 3 if one was rejected,
# with 1 if one could not be verified.
# usage: verify.sh TASKS OUT LIST OPTION...      options of shvm template verify
# LIST has one absolute path per line. Paths in options are absolute, too.
# Submitting it again verifies what has no result yet; to verify all disks again,
# give another OUT. See submit.sh for CPUS, AT_ONCE and RETRIES.
set -eu
# shellcheck source=samples/scale/slurm/submit.sh
. "$(dirname "$0")/submit.sh"

[ $# -ge 4 ] || usage
tasks=$1 out=$(realpath -ms -- "$2") list=$(realpath -ms -- "$3")
shift 3
"$task" check "$tasks" "$out" "$list" "$@"
submit shvm-verify "$out" "$tasks" afterany shvm-summary \
	-- verify @ "$tasks" "$out" "$list" "$@" \
	-- summary "$out" "$list"
echo "result: $out/summary.tsv"
