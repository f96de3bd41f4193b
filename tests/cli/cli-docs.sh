# Help, man pages, completion and README say the same.
. "$ROOT/tests/cli/lib.sh"
expect 0 "$ROOT/tests/check-docs.sh"
