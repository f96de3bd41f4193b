# Generated images of up to 2 GiB as qemu-img, libvhdi, 7-Zip and shvm read
# them. qemu-img and libvhdi must be right where the case says that they have
# the feature; for the rest the table tells what they do (refused, or WRONG:
# other bytes without a word). Then which of the hostile ones each accepts:
# shvm none. ONLY_CASES=pattern runs a part, LARGEST=bytes takes larger images
# in, PATIENCE=seconds is what a reader has for one; docs/PEERS.md has the
# figures.
. "$ROOT/tests/cli/lib.sh"
need qemu-img

gen=$B/tests/data/vhdx/mkvhdx
mount=
command -v vhdimount >/dev/null && [ -w /dev/fuse ] && mount=yes
bad=0 cases=0
largest=${LARGEST:-2147483648} patience=${PATIENCE:-60}
declare -A sum=()

# verdict PEER FILE: right, or WRONG
verdict()
{
	if cmp -s "$2" want.raw; then echo right; else echo WRONG; fi
}

with_qemu()
{
	cp --sparse=always "$1.vhdx" copy.vhdx
	rm -f got.raw
	timeout "$patience" qemu-img check -q -r all -f vhdx copy.vhdx >/dev/null 2>&1 || true
	if timeout "$patience" qemu-img convert -q -f vhdx -O raw copy.vhdx got.raw 2>/dev/null; then
		verdict qemu got.raw
	else
		echo refused
	fi
}

with_libvhdi()
{
	[ "$mount" ] || { echo -; return; }
	mkdir -p mnt
	if timeout "$patience" vhdimount "$1.vhdx" mnt >/dev/null 2>&1 &&
		timeout "$patience" cat mnt/vhdi1 >got.raw 2>/dev/null; then
		verdict libvhdi got.raw
	else
		echo refused
	fi
	fusermount -u mnt 2>/dev/null || true
}

# 7-Zip replays no log and takes a parent only from the same folder.
with_7zip()
{
	command -v 7zz >/dev/null || { echo -; return; }
	if timeout "$patience" 7zz e -so -tvhdx "$1.vhdx" >got.raw 2>/dev/null; then
		verdict 7zip got.raw
	else
		echo refused
	fi
}

with_shvm()
{
	rm -f got.raw
	if "$SHVM" disk read "$1.vhdx" --out got.raw >/dev/null 2>err; then
		verdict shvm got.raw
	else
		cat err >&2
		echo refused
	fi
}

printf '%-44s %-8s %-8s %-8s %-8s\n' case shvm qemu libvhdi 7-Zip
while read -r kind name peers size; do
	[ "$kind" = good ] && [ "$size" -le "$largest" ] || continue
	[[ $name == *${ONLY_CASES-}* ]] || continue
	rm -f ./*.vhdx ./*.raw
	"$gen" write . "$name"
	"$gen" raw "$name" want.raw
	s=$(with_shvm "$name") q=$(with_qemu "$name") v=$(with_libvhdi "$name")
	z=$(with_7zip "$name")
	printf '%-44s %-8s %-8s %-8s %-8s\n' "$name" "$s" "$q" "$v" "$z"
	cases=$((cases + 1))
	sum[s$s]=$((${sum[s$s]-0} + 1))
	sum[q$q]=$((${sum[q$q]-0} + 1))
	sum[v$v]=$((${sum[v$v]-0} + 1))
	sum[z$z]=$((${sum[z$z]-0} + 1))
	[ "$s" = right ] || bad=$((bad + 1))
	case $peers in *qemu,*) [ "$q" = right ] || bad=$((bad + 1)) ;; esac
	case $peers in *libvhdi,*)
		[ "$v" = right ] || [ "$v" = - ] || bad=$((bad + 1)) ;;
	esac
done < <("$gen" list)

# hostile PEER COMMAND...: refused, ACCEPTED or HANG (10 s)
hostile()
{
	local code=0
	timeout -s KILL 10 "$@" >/dev/null 2>&1 || code=$?
	case $code in
	0) echo ACCEPTED ;;
	137) echo HANG ;;
	*) echo refused ;;
	esac
}

libvhdi_opens()
{
	[ "$mount" ] || { echo -; return; }
	mkdir -p mnt
	hostile bash -c 'vhdimount "$1" mnt && head -c 1048576 mnt/vhdi1' _ "$1"
	fusermount -u mnt 2>/dev/null || true
}

# What is wrong with a hostile image, by its name; the first that fits counts.
subject()
{
	case $1 in
	cut-* | no-signature | incomplete*) echo 'file cut short' ;;
	both-headers* | header* | one-header* | version-*) echo 'headers' ;;
	log-without* | log-at-zero | log-offset* | log-length* | log-past* | \
		log-ends* | log-longer* | log-over*) echo 'place of the log' ;;
	both-region* | region* | no-*-region | bat-region* | metadata-region* | \
		unknown-region*) echo 'region tables and regions' ;;
	disk-size-4-* | disk-size-not* | logical-*-2-* | logical-*-not* | \
		physical-*-empty) echo 'metadata table and items' ;;
	block-size* | disk-size* | logical-* | physical-*) echo 'sizes' ;;
	metadata* | file-* | disk-id* | *item*) echo 'metadata table and items' ;;
	bat-*) echo 'block table' ;;
	bitmap* | partial* | child*) echo 'bitmaps and blocks of a child' ;;
	log-in-use* | log-entry* | log-tail* | log-sequence* | log-only* | \
		log-gap* | log-two* | log-flood* | log-version* | \
		log-descriptor-count* | log-file* | log-last* | log-flushed*)
		echo 'log: finding the sequence' ;;
	log-*) echo 'log: what it writes' ;;
	*locator*) echo 'parent locator' ;;
	*) echo 'parents' ;;
	esac
}

# Without a repair, which would write: opening and the first MiB.
declare -A seen=() taken=()
n=0
printf '\n%-44s %-8s %-8s %-8s %-8s\n' 'hostile case' shvm qemu libvhdi 7-Zip
while read -r kind name reason; do
	[ "$kind" = hostile ] && [[ $name == *${ONLY_CASES-}* ]] || continue
	rm -f ./*.vhdx ./*.raw
	"$gen" write . "$name"
	f=$name.vhdx n=$((n + 1))
	s=$(hostile "$SHVM" disk read "$f" --length 1M)
	q=$(hostile qemu-io -r -f vhdx -c 'read 0 512' "$f")
	v=$(libvhdi_opens "$f")
	if command -v 7zz >/dev/null; then z=$(hostile 7zz l -tvhdx "$f"); else z=-; fi
	printf '%-44s %-8s %-8s %-8s %-8s\n' "$name" "$s" "$q" "$v" "$z"
	for k in "s$s" "q$q" "v$v" "z$z"; do sum[$k]=$((${sum[$k]-0} + 1)); done
	# "refused" was counted for the good ones already.
	for k in s q v z; do
		[ "${!k}" != refused ] || sum[h$k]=$((${sum[h$k]-0} + 1))
	done
	[ "$s" = refused ] || bad=$((bad + 1))
	about=$(subject "$name")
	seen[$about]=$((${seen[$about]-0} + 1))
	for k in s q v z; do
		[ "${!k}" = refused ] || [ "${!k}" = - ] ||
			taken[$k$about]=$((${taken[$k$about]-0} + 1))
	done
done < <("$gen" list)

printf '\n%-32s %6s %6s %6s %8s %6s\n' 'not refused' of shvm qemu libvhdi 7-Zip
for about in "${!seen[@]}"; do
	printf '%-32s %6s %6s %6s %8s %6s\n' "$about" "${seen[$about]}" \
		"${taken[s$about]-0}" "${taken[q$about]-0}" \
		"${taken[v$about]-0}" "${taken[z$about]-0}"
done | sort
echo

for peer in s:shvm q:qemu v:libvhdi z:7-Zip; do
	k=${peer%%:*}
	all=${sum[${k}refused]-0} hostile=${sum[h$k]-0}
	echo "${peer#*:}: good ${sum[${k}right]-0} right, $((all - hostile)) refused," \
		"${sum[${k}WRONG]-0} wrong of $cases;" \
		"hostile $hostile refused, ${sum[${k}ACCEPTED]-0} accepted," \
		"${sum[${k}HANG]-0} hang of $n"
done
[ "$bad" = 0 ] || fail "$bad results are not as they should be"
