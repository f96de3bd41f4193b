#!/bin/bash
# One task of a job on many machines: hash a part of a disk, merge the parts,
# verify a share of a list of disks, sum up the results. The schedulers' recipes
# beside this file call it; it schedules nothing itself. docs/SCALE.md explains.
# usage: task.sh plan      N OUT DISK [OPTION...]   check, and note what is hashed
#        task.sh part    I N OUT DISK [OPTION...]   hash part I, from 1, of N
#        task.sh merge     N OUT                    OUT/digest.json from the parts
#        task.sh check     N OUT LIST OPTION...     check, and note what is verified
#        task.sh verify  I N OUT LIST OPTION...     disks I, I + N, ... of LIST
#        task.sh summary     OUT LIST               OUT/summary.tsv
# DISK, LIST, OUT and the paths in LIST (one per line) are absolute. Options are
# those of "shvm disk digest" and "shvm template verify".
# OUT is the folder of one job: a task that runs again there finds its result and
# changes nothing, and a job with other disks or options is refused.
# environment: SHVM       the program (default: shvm)
#              SHVM_JOBS  threads of a task (default: one per CPU)
# exit status: that of shvm. 2 and 3 are final; anything else may be tried again.
set -eu
shopt -s inherit_errexit
export LC_ALL=C

die()
{
	local code=$1
	shift
	echo "task.sh: $*" >&2
	exit "$code"
}

usage()
{
	sed -n '/^# usage/,/^# exit/s/^# //p' "$0" >&2
	exit 2
}

: "${SHVM:=shvm}"
command -v "$SHVM" >/dev/null || die 1 "$SHVM: no such program"
jobs=()
[ -z "${SHVM_JOBS-}" ] || jobs=(--jobs "$SHVM_JOBS")

# number WHAT VALUE MAX: a whole number from 1
number()
{
	[[ $2 =~ ^[1-9][0-9]{0,5}$ && $2 -le $3 ]] ||
		die 2 "$1 \"$2\" is not a number from 1 to $3"
}

absolute()
{
	[[ $2 == /* ]] || die 2 "$1 \"$2\" is not an absolute path"
}

# write FILE COMMAND...: what the command prints, complete or not at all
write()
{
	local file=$1 temp code=0
	shift
	temp=$(mktemp "$file.XXXXXX.tmp") || return 1
	"$@" >"$temp" && chmod 644 "$temp" && mv -f "$temp" "$file" && return 0
	code=$?
	rm -f "$temp"
	return "$code"
}

# note_job TEXT: OUT belongs to the job that the text describes. The first task
# writes the note; link() lets exactly one of them be the first.
note_job()
{
	local temp
	mkdir -p "$out"
	temp=$(mktemp "$out/job.XXXXXX.tmp")
	printf '%s\n' "$1" >"$temp"
	chmod 644 "$temp"
	[ -e "$out/job" ] || ln -T "$temp" "$out/job" 2>/dev/null || [ -e "$out/job" ] ||
		{ rm -f "$temp"; die 1 "$out/job: cannot be created"; }
	if ! cmp -s "$temp" "$out/job"; then
		rm -f "$temp"
		die 2 "$out: contains results of another job, see $out/job; give another folder"
	fi
	rm -f "$temp"
}

# The options, one quoted word each, and the checksum of each file among them, so
# that another CA under the same name is another job.
describe_options()
{
	local word sum
	for word; do
		printf 'option %q\n' "$word"
		[ -f "$word" ] || continue
		sum=$(sha256sum <"$word")
		printf 'file %s\n' "${sum%% *}"
	done
}

# The plan names the disk and its contents; it costs some headers.
plan()
{
	local text options
	text=$("$SHVM" disk digest --plan "$parts" --json --quiet "$@" "$disk")
	options=$(describe_options "$@")
	note_job "digest $(printf %q "$disk")"$'\n'"$options"$'\n'"$text"
}

part()
{
	local file=$out/part-$1.json code=0
	local range=$1/$parts
	shift
	plan "$@"
	if [ ! -e "$file" ]; then
		"$SHVM" disk digest --range "$range" --out "$file" --quiet \
			"${jobs[@]}" "$@" "$disk" >/dev/null || code=$?
		# Two tasks may hash one part, after a machine was given up too
		# early: both write the same bytes, and the second finds them.
		[ "$code" = 0 ] || [ -e "$file" ] || return "$code"
	fi
	echo "part $range: $file"
}

merge()
{
	local i files=()
	for ((i = 1; i <= parts; i++)); do
		[ -e "$out/part-$i.json" ] || die 1 "$out: part $i of $parts is missing"
		files+=("part-$i.json")
	done
	# In the folder, so that thousands of names fit on a command line.
	cd "$out"
	write digest.json "$SHVM" disk digest --merge --json "${files[@]}"
	cat digest.json
}

# read_list: the disks of LIST; empty lines and lines that begin with # are not
read_list()
{
	local line at=0
	disks=()
	while IFS= read -r line || [ -n "$line" ]; do
		at=$((at + 1))
		[[ -n $line && $line != '#'* ]] || continue
		[[ $line == /* ]] ||
			die 2 "$list: line $at: \"$line\" is not an absolute path"
		[[ $line != *[[:cntrl:]]* ]] ||
			die 2 "$list: line $at: the path contains a control character"
		disks+=("$line")
	done <"$list"
	[ "${#disks[@]}" -gt 0 ] || die 2 "$list: names no disk"
}

# state DISK: changes when a file is written to. A device has no such thing.
state()
{
	if [ -f "$1" ]; then
		stat -Lc 'size %s changed %.9Y' -- "$1"
	elif [ -b "$1" ]; then
		echo device
	else
		echo missing
	fi
}

# field NAME FILE: of the first lines of a result
field()
{
	sed -n "1,3s/^$1 //p" "$2"
}

# is_done RESULT DISK: there is a result, for this disk as it is now
is_done()
{
	[ -e "$1" ] && [ "$(field disk "$1")" = "$2" ] &&
		[ "$(field state "$1")" = "$(state "$2")" ]
}

# A verdict, yes or no, is a result; anything else is none and is tried again.
verify_one()
{
	local file=$1 path=$2 before code=0 text
	shift 2
	before=$(state "$path")
	text=$("$SHVM" template verify --json --quiet "${jobs[@]}" "$@" "$path") || code=$?
	case $code in
	0 | 3) write "$file" printf 'disk %s\nstate %s\nexit %s\n%s\n' "$path" "$before" \
		"$code" "$text" ;;
	*)
		echo "task.sh: $path: not verified (exit $code)" >&2
		return "$code"
		;;
	esac
}

check()
{
	local options empty code=0
	read_list
	# A wrong option or CA is found before the first disk is read: an empty disk
	# is rejected if the options are good.
	mkdir -p "$out"
	empty=$(mktemp "$out/empty.XXXXXX.tmp")
	"$SHVM" template verify --quiet "$@" "$empty" >/dev/null || code=$?
	rm -f "$empty"
	[ "$code" = 3 ] || return "$code"
	options=$(describe_options "$list" "$@")
	note_job "verify $(printf %q "$list")"$'\n'"$options"
}

verify()
{
	local first=$1 i code=0 worst=0 path file
	shift
	check "$@"
	for ((i = first; i <= ${#disks[@]}; i += parts)); do
		path=${disks[i - 1]} file=$out/disk-$i.txt
		# Whether a device was written to does not show.
		if [ ! -b "$path" ] && is_done "$file" "$path"; then
			continue
		fi
		code=0
		rm -f "$file"
		verify_one "$file" "$path" "$@" || code=$?
		[ "$code" != 2 ] || return 2
		[ "$code" = 0 ] || worst=$code
	done
	return "$worst"
}

# member NAME FILE: a text of the JSON object in a result, or null
member()
{
	sed -n "4,\$s/^  \"$1\": \"*\\([a-z-]*\\)\"*,\$/\\1/p" "$2"
}

print_summary()
{
	local i file path
	for ((i = 1; i <= ${#disks[@]}; i++)); do
		path=${disks[i - 1]} file=$out/disk-$i.txt
		if is_done "$file" "$path"; then
			printf '%s\t%s\t%s\n' "$(member verdict "$file")" \
				"$(member reason "$file")" "$path"
		else
			printf 'no-result\t-\t%s\n' "$path"
		fi
	done
}

summary()
{
	local counts
	read_list
	write "$out/summary.tsv" print_summary
	counts=$(cut -f1 "$out/summary.tsv" | sort | uniq -c |
		awk '{ printf "%s%s %s", sep, $1, $2; sep = ", " }')
	echo "$counts, of ${#disks[@]}: $out/summary.tsv"
	case $counts in
	*no-result*) return 1 ;;
	*rejected*) return 3 ;;
	esac
}

[ $# -gt 0 ] || usage
verb=$1
shift
case $verb in
part | verify)
	[ $# -ge 4 ] || usage
	number "task" "$1" 999999
	number "number of tasks" "$2" 999999
	[ "$1" -le "$2" ] || die 2 "task $1 of $2"
	index=$1
	shift
	;;
esac
case $verb in
plan | part | merge | check | verify)
	[ $# -ge 2 ] || usage
	number "number of tasks" "$1" 999999
	parts=$1
	shift
	;;
esac
[ $# -gt 0 ] || usage
out=$1
absolute "the folder" "$out"
shift
case $verb in
plan | part)
	[ $# -gt 0 ] || usage
	disk=$1
	absolute "the disk" "$disk"
	shift
	if [ "$verb" = plan ]; then plan "$@"; else part "$index" "$@"; fi
	;;
merge)
	[ $# = 0 ] || usage
	merge
	;;
check | verify | summary)
	[ $# -gt 0 ] || usage
	list=$1
	absolute "the list" "$list"
	[ -r "$list" ] || die 1 "$list: cannot be read"
	shift
	case $verb in
	check) check "$@" ;;
	verify) verify "$index" "$@" ;;
	summary)
		[ $# = 0 ] || usage
		summary
		;;
	esac
	;;
*) usage ;;
esac
