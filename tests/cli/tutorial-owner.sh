# docs/TUTORIAL-owner.md, from top to bottom.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-tutorial.sh"
need_sample_disk
tutorial "$ROOT/docs/TUTORIAL-owner.md"
