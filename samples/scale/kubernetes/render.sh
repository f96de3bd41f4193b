#!/bin/bash
# Put the values into a manifest, for "kubectl apply -f -".
# usage: render.sh digest|merge|verify|summary [VALUES]   (values.env beside it)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
file=${2:-$here/values.env}

die()
{
	echo "render.sh: $*" >&2
	exit 2
}

case ${1-} in
digest | merge | verify | summary) manifest=$here/$1.yaml ;;
*) die "usage: render.sh digest|merge|verify|summary [VALUES]" ;;
esac
[ $# -le 2 ] || die "usage: render.sh digest|merge|verify|summary [VALUES]"
[ -r "$file" ] || die "$file: cannot be read"

# What a value may look like. None of these needs quoting in YAML's plain style
# but numbers that have to be texts, and those are quoted in the manifests.
name='[a-z0-9]([-a-z0-9]{0,46}[a-z0-9])?'
count='[1-9][0-9]{0,4}'
path='(/[A-Za-z0-9._@=,+-]+)+'
declare -A form=(
	[JOB]=$name [IMAGE]='[A-Za-z0-9][A-Za-z0-9._:/@-]*' [DISKS_CLAIM]=$name
	[RESULTS_CLAIM]=$name [TRUST]=$name [USER_ID]='[1-9][0-9]{0,8}'
	[GROUP_ID]='[1-9][0-9]{0,8}' [CPUS]='[1-9][0-9]{0,2}'
	[MEMORY]='[1-9][0-9]{0,5}[MG]i' [RETRIES]='[0-9]{1,2}' [AT_ONCE]=$count
	[DISK]=$path [LIST]=$path [PARTS]=$count [TASKS]=$count
	[DIGEST_OPTIONS]='' [VERIFY_OPTIONS]=''
)
word='[A-Za-z0-9._:/@=,+-]+'

declare -A value
at=0
while IFS= read -r line || [ -n "$line" ]; do
	at=$((at + 1))
	[[ -n $line && $line != '#'* ]] || continue
	[[ $line == *=* ]] || die "$file: line $at: not NAME=VALUE"
	key=${line%%=*} text=${line#*=}
	[[ -n $key && -v form[$key] ]] || die "$file: line $at: there is no value \"$key\""
	[[ ! -v value[$key] ]] || die "$file: line $at: $key is given twice"
	if [[ $key == *_OPTIONS ]]; then
		[[ $text =~ ^($word( $word)*)?$ ]] ||
			die "$file: line $at: $key contains a character that is not allowed"
	else
		[[ $text =~ ^${form[$key]}$ ]] ||
			die "$file: line $at: $key \"$text\" is not like ${form[$key]}"
	fi
	value[$key]=$text
done <"$file"
for key in "${!form[@]}"; do
	[[ -v value[$key] ]] || die "$file: $key is missing"
done

# An option list is one item per word, and none without a word.
while IFS= read -r line; do
	if [[ $line =~ ^(\ *-\ )\$\{([A-Z]+_OPTIONS)\}$ ]]; then
		for text in ${value[${BASH_REMATCH[2]}]}; do
			printf '%s"%s"\n' "${BASH_REMATCH[1]}" "$text"
		done
		continue
	fi
	while [[ $line =~ \$\{([A-Z_]+)\} ]]; do
		line=${line//"${BASH_REMATCH[0]}"/"${value[${BASH_REMATCH[1]}]}"}
	done
	printf '%s\n' "$line"
done <"$manifest"
