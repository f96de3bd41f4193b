/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/doctor.h>: tries each component. */
#include <shvm/doctor.h>

#include "base/checks.h"
#include "base/line.h"
#include "guest/appliance_parts.h"
#include "guest/dynlib_guestfs.h"
#include "guest/guest.h"
#include "guest/helper.h"
#include "hash/kernels.h"
#include "signer/dynlib_curl.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int provider_note(OSSL_PROVIDER *provider, void *ctx)
{
	struct buf *ret = ctx;

	buf_printf(ret, "%s %s", ret->data[ret->len - 1] == ':' ? "" : ",",
		   OSSL_PROVIDER_get0_name(provider));
	return 1;
}

static int try_openssl(const char *helper, struct buf *ret,
		       struct shvm_err *err)
{
	(void)helper;
	(void)OSSL_PROVIDER_available(NULL, "default"); /* loads it */
	buf_printf(ret, "%s, providers:", OpenSSL_version(OPENSSL_VERSION));
	TRY(buf_check(ret, "openssl", err));
	(void)OSSL_PROVIDER_do_all(NULL, provider_note, ret);
	return ret->data[ret->len - 1] != ':'
		       ? SHVM_OK
		       : err_set(err, SHVM_E_CRYPTO, "%.*s none", (int)ret->len,
				 (const char *)ret->data);
}

static int try_kernels(const char *helper, struct buf *ret,
		       struct shvm_err *err)
{
	const struct kernel *chosen = NULL;
	const char *between = " of ";

	(void)helper;
	TRY(kernel_choose(SHVM_HASH_SHA256, NULL, &chosen, err));
	buf_add_text(ret, chosen->name);
	for (const struct kernel *const *k = kernels_all(); *k; k++) {
		if ((*k)->algorithm != SHVM_HASH_SHA256 || !(*k)->is_usable())
			continue;
		buf_printf(ret, "%s%s", between, (*k)->name);
		between = ", ";
	}
	buf_add_text(ret, " for SHA-256");
	return SHVM_OK;
}

/* It starts with its libraries, and which locks this kernel has for it. */
static int try_helper(const char *helper, struct buf *ret, struct shvm_err *err)
{
	static const uint8_t nothing[512];
	const struct helper_job job = { .what = HELPER_TRY,
					.seconds = 5,
					.memory = 64 << 20 };
	AUTO(source_ptr) disk = NULL;

	TRY(source_memory(nothing, sizeof(nothing), 512, &disk, err));
	return helper_run(helper, &job, disk, 0, ret, err);
}

/* A provider or libp11's engine, which must load with all that it needs. */
static int try_pkcs11(const char *helper, struct buf *ret, struct shvm_err *err)
{
	static const char *const paths[] = {
		"/usr/lib/x86_64-linux-gnu/ossl-modules/pkcs11.so",
		"/usr/lib/aarch64-linux-gnu/ossl-modules/pkcs11.so",
		"/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so",
		"/usr/lib/aarch64-linux-gnu/engines-3/pkcs11.so",
	};
	void *so = NULL;
	size_t i = 0;

	(void)helper;
	while (i < ARRAY_SIZE(paths) &&
	       !(so = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL)))
		i++;
	if (!so)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "no provider and no engine: keys in tokens "
			       "cannot be used");
	(void)dlclose(so); /* it was only tried */
	buf_add_text(ret, paths[i]);
	return SHVM_OK;
}

/* Opening the device is not enough: on some machines it does nothing. */
static int kvm_load(struct shvm_err *err)
{
	AUTOCLOSE int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	AUTOCLOSE int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);

	return vm >= 0 ? SHVM_OK : err_set_errno(err, "/dev/kvm");
}

static int try_appliance(const char *helper, struct buf *ret,
			 struct shvm_err *err)
{
	const char *engine = "";

	(void)helper;
	TRY(guest_try(false, &engine, err));
	buf_add_text(ret, engine);
	return SHVM_OK;
}

static const struct component {
	const char *id, *fix;
	const char *works;		   /* how its text begins */
	int (*load)(struct shvm_err *err); /* one of these two */
	int (*run)(const char *helper, struct buf *ret, struct shvm_err *err);
} components[] = {
	/* clang-format off */
	{ "openssl", "install libssl3", "", NULL, try_openssl },
	{ "hash-kernels", NULL, "", NULL, try_kernels },
	{ "guest-helper", "install libtsk19 libhivex0",
	  "reads NTFS, FAT and registry hives; sandbox: ", NULL, try_helper },
	{ "libguestfs", "install libguestfs0", "reads a disk in a VM",
	  guestfs_load, NULL },
	{ "libcurl", "install libcurl4", "fetches metadata and timestamps",
	  curl_load, NULL },
	{ "pkcs11", "install libengine-pkcs11-openssl", "", NULL, try_pkcs11 },
	{ "kvm-device", "without KVM the appliance is slow",
	  "/dev/kvm creates VMs", kvm_load, NULL },
	{ "appliance", NULL, "", NULL, try_appliance },
	/* clang-format on */
};

enum {
	REQUIRED = 2 /* the first ones */
};

static int try_one(const struct component *c, const char *helper,
		   struct checks *ret, struct shvm_err *err)
{
	struct shvm_check check = { .id = c->id,
				    .level = c < &components[REQUIRED]
						     ? SHVM_LEVEL_ERROR
						     : SHVM_LEVEL_WARNING,
				    .offset = UINT64_MAX };
	AUTO_DONE(buf) text = { 0 };
	struct shvm_err why = { 0 };

	buf_add_text(&text, c->works);
	if ((c->load ? c->load(&why) : c->run(helper, &text, &why)) < 0) {
		if (c->fix) /* it takes the place of the error's own */
			why.msg[strcspn(why.msg, ";")] = '\0';
		check.outcome = SHVM_CHECK_FAILED;
		check.fix = c->fix;
		return checks_put(ret, &check, err, "%s", why.msg);
	}
	TRY(buf_check(&text, c->id, err));
	return checks_put(ret, &check, err, "%.*s", (int)text.len,
			  (const char *)text.data);
}

int shvm_doctor(bool appliance, const char *helper, struct shvm_verdict *ret,
		struct shvm_err *err)
{
	static const struct shvm_check skipped = {
		.id = "appliance",
		.outcome = SHVM_CHECK_SKIPPED,
		.level = SHVM_LEVEL_WARNING,
		.offset = UINT64_MAX,
	};
	const size_t count = ARRAY_SIZE(components) - (appliance ? 0 : 1);
	AUTO_DONE(checks) checks = { 0 };

	for (size_t i = 0; i < count; i++)
		TRY(try_one(&components[i], helper, &checks, err));
	if (!appliance)
		TRY(checks_put(&checks, &skipped, err, "it was not started"));
	TRY(appliance_parts(&checks, err));
	*ret = (struct shvm_verdict){ .yes = true };
	for (size_t i = REQUIRED; i-- > 0;) {
		if (checks.items[i].outcome == SHVM_CHECK_PASSED)
			continue;
		ret->yes = false;
		ret->reason = checks.items[i].id;
		line_put(ret->text, sizeof(ret->text), "%s",
			 checks.items[i].text);
	}
	checks_give(&checks, ret);
	return SHVM_OK;
}
