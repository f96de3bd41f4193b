# The newcomer's tour runs to its end: no after the changed byte, exit 3 inside; and
# README shows its output.
. "$ROOT/tests/cli/lib.sh"
need sgdisk qemu-img mkntfs mcopy hivexsh openssl python3

mkdir tour
expect 0 "$ROOT/samples/first-run.sh" "$TMP/tour"
has 'both changes were detected' "$TMP/out"
has 'failed   digest    partition 3 (OS): ' "$TMP/out"
has 'failed   digest    partition 1 (ESP): ' "$TMP/out"
has "\$ shvm template protect disk.vhdx --template-name 'Sample Server' " "$TMP/out"
python3 "$ROOT/tests/cli/shown.py" "$ROOT/README.md" "$TMP/out" || fail 'README is not up to date'
# A document that shows something else is found.
sed 's/exit status: 3/exit status: 1/' "$ROOT/README.md" >other.md
! python3 "$ROOT/tests/cli/shown.py" other.md "$TMP/out" || fail 'another output was not found'
