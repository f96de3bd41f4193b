# docs/TUTORIAL-author.md, from top to bottom.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-tutorial.sh"
need_sample_disk
need softhsm2-util pkcs11-tool
[ -r /usr/lib/softhsm/libsofthsm2.so ] || skip 'softhsm2 is not installed'
openssl engine pkcs11 >/dev/null 2>&1 || skip 'libengine-pkcs11-openssl is not installed'
unset SOFTHSM2_CONF PKCS11_MODULE_PATH http_proxy all_proxy ALL_PROXY

# The timestamp authority continues when a command fails.
trap 'kill "$(cat run/tsa/pid)" 2>/dev/null || :' EXIT
tutorial "$ROOT/docs/TUTORIAL-author.md"
