# docs/CI.md, from top to bottom; it shows the files of samples/ci as they are.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-tutorial.sh"
need_sample_disk
unset http_proxy all_proxy ALL_PROXY
tutorial "$ROOT/docs/CI.md"
for file in "$ROOT"/samples/ci/*; do
	has "samples/ci/${file##*/}" "$ROOT/docs/CI.md"
done
