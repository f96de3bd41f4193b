# disk digest is what fsverity says of the bytes that disk read gives.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-disk.sh"
need sgdisk mkntfs mkfs.vfat jq fsverity

windows_raw w.raw
"$SHVM" disk read --partition 7 --out p7 w.raw
want=$(fsverity digest --compact p7)
expect 0 "$SHVM" disk digest --json w.raw
json_is .digest "$want" out
json_is .algorithm fs-verity-sha256 out
json_is '.bytes_hashed + .bytes_skipped' "$(stat -c %s p7)" out
expect 0 "$SHVM" disk digest --partition 7 --json --jobs 3 w.raw
json_is .digest "$want" out
expect 0 "$SHVM" disk digest --whole --json w.raw
json_is .digest "$(fsverity digest --compact w.raw)" out
expect 0 "$SHVM" disk digest --algorithm sha512 --partition 1 --json w.raw
"$SHVM" disk read --partition 1 --out p1 w.raw
json_is .digest "$(fsverity digest --compact --hash-alg=sha512 p1)" out
expect 0 "$SHVM" disk digest --block-size 64K --json w.raw
json_is .block_size 65536 out
expect 2 "$SHVM" disk digest --whole --partition 7 w.raw
expect 2 "$SHVM" disk digest --block-size 5000 w.raw
has 5000 err
