# Sourced by the digest-*.sh scripts: raw files of many shapes.

# shape NAME: makes $TMP/NAME.raw. Data come from openssl with a fixed key, so
# that every run sees the same bytes.
random_bytes()
{
	openssl enc -aes-128-ctr -nosalt -K 00 -iv "$(printf '%032x' "$2")" \
		</dev/zero 2>/dev/null | head -c "$1" || true
}

# put FILE OFFSET LENGTH SEED: random bytes at a place
put()
{
	random_bytes "$3" "$4" | dd of="$1" bs=1M oflag=seek_bytes seek="$2" \
		conv=notrunc status=none
}

make_shape()
{
	local f=$TMP/$1.raw
	rm -f "$f"
	case $1 in
	one-sector) truncate -s 512 "$f"; put "$f" 0 512 1 ;;
	one-block) truncate -s 4096 "$f"; put "$f" 0 4096 2 ;;
	block-and-sector) truncate -s 4608 "$f"; put "$f" 0 4608 3 ;;
	one-node) truncate -s 524288 "$f"; put "$f" 0 524288 4 ;;
	node-and-block) truncate -s 528384 "$f"; put "$f" 0 528384 5 ;;
	full) truncate -s 20M "$f"; put "$f" 0 20971520 6 ;;
	odd-size) truncate -s 17825280 "$f"; put "$f" 0 17825280 7 ;;
	all-hole) truncate -s 40M "$f" ;;
	all-zero) head -c 12582912 /dev/zero >"$f" ;;
	holes)
		truncate -s 80M "$f"
		put "$f" 1048576 300000 8
		put "$f" 30000128 4096 9
		put "$f" 41943040 9000000 10
		;;
	hole-at-both-ends) truncate -s 33M "$f"; put "$f" 9437184 77824 11 ;;
	zeros-between)
		truncate -s 24M "$f"
		put "$f" 0 1000000 12
		head -c 4194304 /dev/zero | dd of="$f" bs=1M seek=2 conv=notrunc \
			status=none
		put "$f" 12582912 5000000 13
		;;
	*) fail "no shape $1" ;;
	esac
}

SHAPES="one-sector one-block block-and-sector one-node node-and-block full
	odd-size all-hole all-zero holes hole-at-both-ends zeros-between"

# ours MEMBER OPTION... FILE: one member of the digest of a whole disk
ours()
{
	local member=$1
	shift
	"$SHVM" disk digest --whole --json "$@" | jq -r ".$member"
}
