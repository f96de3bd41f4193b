# doctor tells of each dependency, and what is needed works where tests run.
. "$ROOT/tests/cli/lib.sh"
need jq

expect 0 "$SHVM" doctor --json
json_is .well true out
json_is '[.items[] | select(.needed) | .works] | all' true out
json_is '[.items[].name] | index("sandbox") != null' true out
json_is '[.items[] | select(.works and .package != null)] | length' 0 out
expect 0 "$SHVM" doctor
has hash-kernels out
