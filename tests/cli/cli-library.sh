# A C99 and a C++ program sign, embed and verify with the installed library,
# shared and static, and nothing but what pkg-config says.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/cli/lib-install.sh"
need pkg-config cc c++

# No DESTDIR: the library looks for its helper where it is installed.
root=$TMP/stage/opt/shvm
make_there install PREFIX="$root"
export PKG_CONFIG_PATH=$root/lib/pkgconfig

cat >use.c <<'END'
#include <shvm/template.h>

#include <stdio.h>
#include <string.h>

static int give(void *ctx, const char *what, char *buf, size_t size,
		struct shvm_err *err)
{
	const char *pass = (const char *)ctx;

	if (!what || strlen(pass) > size || err->code != 0)
		return -1;
	memcpy(buf, pass, strlen(pass));
	return (int)strlen(pass);
}

static int verify(const char *path, const char *ca, const char *want)
{
	struct shvm_verify_result result;
	struct shvm_trust *trust = NULL;
	struct shvm_disk *disk = NULL;
	struct shvm_err err;
	int good;

	memset(&err, 0, sizeof(err));
	if (shvm_trust_new(&trust, &err) < 0 ||
	    shvm_trust_add_ca(trust, ca, &err) < 0 ||
	    shvm_disk_open(path, NULL, &disk, &err) < 0 ||
	    shvm_template_verify(disk, NULL, trust, NULL, &result, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	shvm_trust_free(trust);
	good = want ? result.verdict.reason &&
			      strcmp(result.verdict.reason, want) == 0
		    : result.verdict.yes;
	printf("%s %s\n", result.verdict.yes ? "trusted" : result.verdict.reason,
	       result.catalog ? shvm_catalog_info(result.catalog)->name : "-");
	shvm_verify_result_done(&result);
	shvm_disk_close(disk);
	return !good;
}

int main(int argc, char **argv)
{
	struct shvm_sign_params params;
	struct shvm_catalog *catalog = NULL;
	struct shvm_err err;
	static char pass[] = "words";
	bool replayed;

	memset(&params, 0, sizeof(params));
	memset(&err, 0, sizeof(err));
	if (argc != 5 || verify(argv[1], argv[2], "no-catalog"))
		return 1;
	params.template_name = "by the library";
	params.cert_file = argv[3];
	params.key.uri = argv[4];
	if (shvm_template_protect(argv[1], NULL, &params, &catalog, &replayed, &err) !=
		    SHVM_E_CRYPTO ||
	    strcmp(err.reason, "no-passphrase") != 0)
		return 1;
	params.key.passphrase = give;
	params.key.passphrase_ctx = pass;
	if (shvm_template_protect(argv[1], NULL, &params, &catalog, &replayed, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	shvm_catalog_free(catalog);
	return verify(argv[1], argv[2], NULL) ||
	       shvm_template_unprotect(argv[1], NULL) < 0;
}
END
cp use.c use.cc
new_ca ca
new_signer signer ca
openssl pkcs8 -topk8 -in signer.key -passout pass:words -out locked.key
windows_disk d.vhdx
export LD_LIBRARY_PATH=$root/lib

# shellcheck disable=SC2046
for build in "cc -std=c99 use.c -o c-shared" "c++ use.cc -o cc-shared"; do
	$build -Wall -Wextra -pedantic -Werror $(pkg-config --cflags --libs libshvm)
done
rm "$root"/lib/libshvm.so*
# shellcheck disable=SC2046
for build in "cc -std=c99 use.c -o c-static" "c++ use.cc -o cc-static"; do
	$build -Wall -Wextra $(pkg-config --cflags --libs libshvm) \
		$(pkg-config --libs $(sed -n 's/^Requires.private: //p' \
			"$root/lib/pkgconfig/libshvm.pc")) -pthread
done
for program in c-static cc-static; do
	expect 0 ./$program d.vhdx ca.pem signer.pem locked.key
	[ "$(tr '\n' , <out)" = 'no-catalog -,trusted by the library,' ] || fail "$(cat out)"
done
cp -a "$TMP"/build/libshvm.so* "$root/lib/"
for program in c-shared cc-shared; do
	ldd $program | grep -q libshvm.so.0 || fail "$program is not linked to libshvm.so"
	expect 0 ./$program d.vhdx ca.pem signer.pem locked.key
	[ "$(tr '\n' , <out)" = 'no-catalog -,trusted by the library,' ] || fail "$(cat out)"
done

# The sample: a good disk, one with a changed byte, another one's catalog.
# shellcheck disable=SC2046
cc -std=c99 -Wall -Wextra -pedantic -Werror "$ROOT/samples/verify-disk.c" \
	-o verify-disk $(pkg-config --cflags --libs libshvm)
expect 0 "$SHVM" template protect d.vhdx --template-name good --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --out good.vsc --quiet
expect 0 ./verify-disk ca.pem d.vhdx
grep -qx 'template: good' out && grep -qx trusted out || fail "$(cat out)"
expect 0 ./verify-disk ca.pem d.vhdx good.vsc
new_ca stranger
expect 3 ./verify-disk stranger.pem d.vhdx
grep -qx untrusted-signer out || fail "$(cat out)"
flip d.vhdx $(($(where FILE0 d.vhdx) + 32))
expect 3 ./verify-disk ca.pem d.vhdx
grep -qx digest-mismatch out && grep -q '^failed *digest: ' out || fail "$(cat out)"
expect 1 ./verify-disk ca.pem missing.vhdx
has missing.vhdx err
expect 1 ./verify-disk ca.pem d.vhdx ca.pem
has 'ca.pem: cms:' err
