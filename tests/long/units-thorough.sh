# The unit tests that sample in a normal run try every byte and every shape.
. "$ROOT/tests/cli/lib.sh"
cd "$ROOT" # for their data

for t in cms shielding protector_bytes digest ranges; do
	SHVM_TEST_THOROUGH=1 "$B/tests/unit/test_$t" || fail "test_$t"
done
