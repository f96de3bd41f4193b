# Generated images of up to 2 GiB as qemu-img, libvhdi and shvm read them. A
# peer must be right where the case says that it has the feature; for the rest
# the table tells what it does (refused, or WRONG: other bytes without a word).
. "$ROOT/tests/cli/lib.sh"
need qemu-img

gen=$B/tests/gen/mkvhdx
mount=
command -v vhdimount >/dev/null && [ -w /dev/fuse ] && mount=yes
bad=0 cases=0
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
	timeout 60 qemu-img check -q -r all -f vhdx copy.vhdx >/dev/null 2>&1 || true
	if timeout 60 qemu-img convert -q -f vhdx -O raw copy.vhdx got.raw 2>/dev/null; then
		verdict qemu got.raw
	else
		echo refused
	fi
}

with_libvhdi()
{
	[ "$mount" ] || { echo -; return; }
	mkdir -p mnt
	if timeout 60 vhdimount "$1.vhdx" mnt >/dev/null 2>&1 &&
		timeout 60 cat mnt/vhdi1 >got.raw 2>/dev/null; then
		verdict libvhdi got.raw
	else
		echo refused
	fi
	fusermount -u mnt 2>/dev/null || true
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

printf '%-44s %-8s %-8s %-8s\n' case shvm qemu libvhdi
while read -r kind name peers size; do
	[ "$kind" = good ] && [ "$size" -le 2147483648 ] || continue
	rm -f ./*.vhdx ./*.raw
	"$gen" write . "$name"
	"$gen" raw "$name" want.raw
	s=$(with_shvm "$name") q=$(with_qemu "$name") v=$(with_libvhdi "$name")
	printf '%-44s %-8s %-8s %-8s\n' "$name" "$s" "$q" "$v"
	cases=$((cases + 1))
	sum[s$s]=$((${sum[s$s]-0} + 1))
	sum[q$q]=$((${sum[q$q]-0} + 1))
	sum[v$v]=$((${sum[v$v]-0} + 1))
	[ "$s" = right ] || bad=$((bad + 1))
	case $peers in *qemu,*) [ "$q" = right ] || bad=$((bad + 1)) ;; esac
	case $peers in *libvhdi,*)
		[ "$v" = right ] || [ "$v" = - ] || bad=$((bad + 1)) ;;
	esac
done < <("$gen" list)
for peer in s:shvm q:qemu v:libvhdi; do
	k=${peer%%:*}
	echo "${peer#*:}: ${sum[${k}right]-0} right, ${sum[${k}refused]-0} refused, ${sum[${k}WRONG]-0} wrong of $cases"
done
[ "$bad" = 0 ] || fail "$bad results are not as they should be"
