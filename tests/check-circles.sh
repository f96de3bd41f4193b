#!/bin/bash
# No circles of calls: what a file of a folder needs of its neighbours, they do
# not need of it, on any way round. The names that object files define and want
# tell which needs which (nm); a circle is printed with the names that make it.
set -u
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
status=0 files=0

for folder in base source vhdx disk guest hash signer pdk attest hgs vm cli helper; do
	objects=()
	for file in "$folder"/*.c; do
		[[ -e $file ]] || continue
		[[ -e $B/${file%.c}.o ]] || { echo "circles: there is no $B/${file%.c}.o"; exit 1; }
		objects+=("$B/${file%.c}.o")
	done
	((${#objects[@]})) || continue
	files=$((files + ${#objects[@]}))
	nm -A -g "${objects[@]}" | awk -v folder="$folder" '
	{
		file = $1; sub(/\.o:.*/, "", file); sub(/.*\//, "", file)
		if ($(NF - 1) == "U" || $(NF - 1) == "w") wants[file, $NF]
		else defines[$NF] = file
	}
	END {
		for (want in wants) {
			split(want, part, SUBSEP)
			to = defines[part[2]]
			if (to == "" || to == part[1]) continue
			names[part[1], to] = names[part[1], to] " " part[2]
			needs[part[1], to]; all[part[1]]; all[to]
		}
		# What does a file reach? Until nothing is added any more.
		for (k in all) for (i in all) if ((i, k) in needs)
			for (j in all) if ((k, j) in needs) needs[i, j]
		for (i in all) {
			if (!((i, i) in needs)) continue
			bad = 1
			for (j in all)
				if ((i, j) in names && (j, i) in needs)
					print "circles: " folder "/" i ".c needs " j ".c for" names[i, j]
		}
		exit bad
	}' || status=1
done
((files > 100)) || { echo "circles: only $files object files were looked at"; status=1; }
exit $status
