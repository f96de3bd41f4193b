# The newcomer's tour runs to its end: no after the changed byte, exit 3 inside.
. "$ROOT/tests/cli/lib.sh"
need sgdisk qemu-img mkntfs mcopy hivexsh openssl

mkdir tour
expect 0 "$ROOT/samples/first-run.sh" "$TMP/tour"
has 'verification said no with exit 3' "$TMP/out"
has 'failed   digest    partition 3 (OS): ' "$TMP/out"
has 'failed   digest    partition 1 (ESP): ' "$TMP/out"
