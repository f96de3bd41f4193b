#!/bin/bash
# Entry of the container: runs task.sh for this pod. An Indexed Job numbers its pods
# from 0, task.sh its tasks from 1.
# usage: entry.sh part|verify|merge|summary ARGUMENT...   as for task.sh, but
# without the number of the task
set -eu

case ${1-} in
part | verify)
	if [[ ! ${JOB_COMPLETION_INDEX-} =~ ^(0|[1-9][0-9]{0,5})$ ]]; then
		echo "entry.sh: JOB_COMPLETION_INDEX \"${JOB_COMPLETION_INDEX-}\" is not a" \
			"number: the Job has to be Indexed" >&2
		exit 2
	fi
	verb=$1
	shift
	set -- "$verb" "$((JOB_COMPLETION_INDEX + 1))" "$@"
	;;
esac
exec "$(dirname "$0")/task.sh" "$@"
