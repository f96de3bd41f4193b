#!/bin/bash
# Digest one disk in parts on the nodes of a Slurm cluster: an array job with a
# task per part, and a job that merges them into OUT/digest.json.
# usage: digest.sh PARTS OUT DISK [OPTION...]    options of shvm disk digest
# Submitting it again finishes a job of which parts are missing. See submit.sh
# for CPUS, AT_ONCE and RETRIES.
set -eu
# shellcheck source=samples/scale/slurm/submit.sh
. "$(dirname "$0")/submit.sh"

[ $# -ge 3 ] || usage
parts=$1 out=$(realpath -ms -- "$2") disk=$(realpath -ms -- "$3")
shift 3
"$task" plan "$parts" "$out" "$disk" "$@"
submit shvm-part "$out" "$parts" afterok shvm-merge \
	-- part @ "$parts" "$out" "$disk" "$@" \
	-- merge "$parts" "$out"
echo "result: $out/digest.json"
