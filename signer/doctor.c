/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/doctor.h>: tries each component. */
#include <shvm/doctor.h>

#include "base/checks.h"
#include "base/line.h"
#include "guest/appliance.h"
#include "guest/appliance_parts.h"
#include "guest/guest.h"
#include "guest/helper.h"
#include "hash/kernels.h"
#include "signer/dynlib_curl.h"
#include "signer/key_store.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <string.h>

static int add_provider(OSSL_PROVIDER *provider, void *names)
{
	line_list(names, SHVM_MSG_SIZE, OSSL_PROVIDER_get0_name(provider));
	return 1;
}

static int try_openssl(struct shvm_err *say)
{
	char names[SHVM_MSG_SIZE] = "";

	(void)OSSL_PROVIDER_available(NULL, "default"); /* loads it */
	(void)OSSL_PROVIDER_do_all(NULL, add_provider, names);
	return err_set(say, *names ? SHVM_OK : SHVM_E_CRYPTO,
		       "%s, providers: %s", OpenSSL_version(OPENSSL_VERSION),
		       *names ? names : "none");
}

static int try_kernels(struct shvm_err *say)
{
	const struct kernel *chosen = NULL;
	char names[256];

	TRY(kernel_choose(SHVM_HASH_SHA256, NULL, &chosen, say));
	kernel_names(SHVM_HASH_SHA256, names, sizeof(names));
	return err_set(say, SHVM_OK, "%s of %s for SHA-256", chosen->name,
		       names);
}

/* A trial fails, or works and may set a text that ends that of its row. */
static const struct component {
	const char *id, *fix, *works;
	int (*run)(struct shvm_err *say); /* NULL: helper_try() */
} components[] = {
	/* clang-format off */
	{ "openssl", "install libssl3", "", try_openssl },
	{ "hash-kernels", NULL, "", try_kernels },
	{ "guest-helper", "install shvm-guest-helper libtsk19 libhivex0",
	  "reads NTFS, FAT and registry hives; sandbox: ", NULL },
	{ "libguestfs", "install libguestfs0", "reads a disk in a VM",
	  guestfs_load },
	{ "libcurl", "install libcurl4", "fetches metadata and timestamps",
	  curl_load },
	{ "pkcs11", "install libengine-pkcs11-openssl", "", key_pkcs11_try },
	{ "kvm-device", "without KVM the appliance is slow",
	  "/dev/kvm creates VMs", appliance_try_kvm },
	{ "appliance", NULL, "", guest_try },
	/* clang-format on */
};

enum {
	REQUIRED = 2 /* the first ones */
};

static int try_one(const struct component *c, bool appliance,
		   const char *helper, struct checks *ret, struct shvm_err *err)
{
	struct shvm_check check = { .id = c->id,
				    .level = c < &components[REQUIRED]
						     ? SHVM_LEVEL_ERROR
						     : SHVM_LEVEL_WARNING,
				    .offset = UINT64_MAX };
	struct shvm_err say = { 0 };

	if (c->run == guest_try && !appliance) {
		check.outcome = SHVM_CHECK_SKIPPED;
		return checks_put(ret, &check, err, "it was not started");
	}
	if ((c->run ? c->run(&say) : helper_try(helper, &say)) == SHVM_OK)
		return checks_put(ret, &check, err, "%s%s", c->works, say.msg);
	if (c->fix) /* it takes the place of the error's own */
		say.msg[strcspn(say.msg, ";")] = '\0';
	check.outcome = SHVM_CHECK_FAILED;
	check.fix = c->fix;
	return checks_put(ret, &check, err, "%s", say.msg);
}

int shvm_doctor(bool appliance, const char *helper, const char *plugin,
		struct shvm_verdict *ret, struct shvm_err *err)
{
	struct shvm_verdict verdict = { .yes = true };
	AUTO_DONE(checks) checks = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(components); i++)
		TRY(try_one(&components[i], appliance, helper, &checks, err));
	TRY(appliance_parts(&checks, plugin, err));
	for (size_t i = 0; i < REQUIRED && verdict.yes; i++) {
		if (checks.items[i].outcome == SHVM_CHECK_PASSED)
			continue;
		verdict.yes = false;
		verdict.reason = checks.items[i].id;
		line_put(verdict.text, sizeof(verdict.text), "%s",
			 checks.items[i].text);
	}
	*ret = verdict;
	checks_give(&checks, ret);
	return SHVM_OK;
}
