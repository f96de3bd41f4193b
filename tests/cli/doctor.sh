# doctor tells of each dependency, and what is needed works where tests run.
. "$ROOT/tests/cli/lib.sh"
need jq

expect 0 "$SHVM" doctor --json
json_is .yes true out
json_is '[.checks[] | select(.level == "error") | .outcome == "passed"] | . != [] and all' true out
json_is '.checks[] | select(.id == "guest-helper") | .text | contains("sandbox: ")' true out
json_is '[.checks[] | select(.outcome != "failed" and .fix != null)] | length' 0 out
expect 0 "$SHVM" doctor
has 'passed   hash-kernels ' out
has 'skipped  appliance ' out
has 'verdict:            complete' out
