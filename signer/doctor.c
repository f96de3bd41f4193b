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
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* One try: what the caller said, and the text of the result. */
struct attempt {
	bool appliance;
	const char *helper;
	char text[256];
};

static int provider_note(OSSL_PROVIDER *provider, void *ctx)
{
	char *names = ctx;
	const size_t used = strlen(names);

	(void)snprintf(names + used, 128 - used, "%s%s", used ? ", " : "",
		       OSSL_PROVIDER_get0_name(provider));
	return 1;
}

static enum shvm_outcome openssl_works(struct attempt *a)
{
	char names[128] = "";

	(void)OSSL_PROVIDER_available(NULL, "default"); /* loads it */
	(void)OSSL_PROVIDER_do_all(NULL, provider_note, names);
	line_put(a->text, sizeof(a->text), "%s, providers: %s",
		 OpenSSL_version(OPENSSL_VERSION), *names ? names : "none");
	return *names ? SHVM_CHECK_PASSED : SHVM_CHECK_FAILED;
}

static enum shvm_outcome says(struct attempt *a, int r, const char *works,
			      const struct shvm_err *err)
{
	line_put(a->text, sizeof(a->text), "%s", r == 0 ? works : err->msg);
	return r == 0 ? SHVM_CHECK_PASSED : SHVM_CHECK_FAILED;
}

static enum shvm_outcome kernels_work(struct attempt *a)
{
	const struct kernel *chosen = NULL;
	struct shvm_err err = { 0 };
	char text[160] = "";
	int used = 0;

	if (kernel_choose(SHVM_HASH_SHA256, NULL, &chosen, &err) < 0)
		return says(a, SHVM_E_UNSUPPORTED, NULL, &err);
	for (const struct kernel *const *k = kernels_all(); *k; k++) {
		if ((*k)->algorithm == SHVM_HASH_SHA256 && (*k)->is_usable() &&
		    used < (int)sizeof(text))
			used += snprintf(text + used,
					 sizeof(text) - (size_t)used, "%s%s",
					 used ? ", " : "", (*k)->name);
	}
	line_put(a->text, sizeof(a->text), "%s of %s for SHA-256", chosen->name,
		 text);
	return SHVM_CHECK_PASSED;
}

/* It starts with its libraries, and which locks this kernel has for it. */
static enum shvm_outcome helper_works(struct attempt *a)
{
	static const uint8_t nothing[512];
	const struct helper_job job = { .what = HELPER_TRY,
					.seconds = 5,
					.memory = 64 << 20 };
	AUTO(source_ptr) disk = NULL;
	AUTO_DONE(buf) locks = { 0 };
	struct shvm_err err = { 0 };
	int r;

	r = source_memory(nothing, sizeof(nothing), 512, &disk, &err);
	if (r == 0)
		r = helper_run(a->helper, &job, disk, 0, &locks, &err);
	if (r != 0)
		return says(a, r, NULL, &err);
	line_put(a->text, sizeof(a->text),
		 "reads NTFS, FAT and registry hives; sandbox: %.*s",
		 (int)locks.len, (const char *)locks.data);
	return SHVM_CHECK_PASSED;
}

static enum shvm_outcome library_works(struct attempt *a, const char *use,
				       int (*load)(struct shvm_err *err))
{
	struct shvm_err err = { 0 };
	const int r = load(&err);

	err.msg[strcspn(err.msg, ";")] = '\0'; /* the check has its own fix */
	return says(a, r, use, &err);
}

static enum shvm_outcome guestfs_works(struct attempt *a)
{
	return library_works(a, "reads a disk in a VM", guestfs_load);
}

static enum shvm_outcome curl_works(struct attempt *a)
{
	return library_works(a, "fetches metadata and timestamps", curl_load);
}

/* A provider or libp11's engine, which must load with all that it needs. */
static enum shvm_outcome pkcs11_works(struct attempt *a)
{
	static const char *const paths[] = {
		"/usr/lib/x86_64-linux-gnu/ossl-modules/pkcs11.so",
		"/usr/lib/aarch64-linux-gnu/ossl-modules/pkcs11.so",
		"/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so",
		"/usr/lib/aarch64-linux-gnu/engines-3/pkcs11.so",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		void *so = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL);

		if (!so)
			continue;
		(void)dlclose(so); /* it was only tried */
		line_put(a->text, sizeof(a->text), "%s", paths[i]);
		return SHVM_CHECK_PASSED;
	}
	line_put(a->text, sizeof(a->text),
		 "no provider and no engine: keys in tokens cannot be used");
	return SHVM_CHECK_FAILED;
}

/* Opening the device is not enough: on some machines it does nothing. */
static enum shvm_outcome kvm_works(struct attempt *a)
{
	AUTOCLOSE int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	AUTOCLOSE int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	const int code = errno;

	line_put(a->text, sizeof(a->text), "/dev/kvm%s%s",
		 vm >= 0 ? " creates VMs" : ": ",
		 vm >= 0 ? "" : strerror(code));
	return vm >= 0 ? SHVM_CHECK_PASSED : SHVM_CHECK_FAILED;
}

static enum shvm_outcome appliance_works(struct attempt *a)
{
	struct shvm_err err = { 0 };
	const char *engine = "";
	int r;

	if (!a->appliance) {
		line_put(a->text, sizeof(a->text), "it was not started");
		return SHVM_CHECK_SKIPPED;
	}
	r = guest_try(false, &engine, &err);
	return says(a, r, engine, &err);
}

static const struct component {
	const char *id, *fix;
	bool is_required;
	enum shvm_outcome (*works)(struct attempt *a);
} components[] = {
	{ "openssl", "install libssl3", true, openssl_works },
	{ "hash-kernels", NULL, true, kernels_work },
	{ "guest-helper", "install libtsk19 libhivex0", false, helper_works },
	{ "libguestfs", "install libguestfs0", false, guestfs_works },
	{ "libcurl", "install libcurl4", false, curl_works },
	{ "pkcs11", "install libengine-pkcs11-openssl", false, pkcs11_works },
	{ "kvm-device", "without KVM the appliance is slow", false, kvm_works },
	{ "appliance", NULL, false, appliance_works },
};

static int add(struct checks *c, const struct shvm_check *check,
	       const char *text, struct shvm_err *err)
{
	struct shvm_check one = *check;

	if (one.outcome != SHVM_CHECK_FAILED)
		one.fix = NULL;
	one.offset = UINT64_MAX;
	return checks_put(c, &one, err, "%s", text);
}

static int try_parts(struct checks *c, struct shvm_err *err)
{
	struct appliance_part parts[APPLIANCE_PARTS_MAX];
	size_t count;
	int r = SHVM_OK;

	appliance_parts(parts, &count);
	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct shvm_check check = {
			.id = parts[i].name,
			.outcome = parts[i].works ? SHVM_CHECK_PASSED
						  : SHVM_CHECK_FAILED,
			.level = SHVM_LEVEL_WARNING,
			.fix = parts[i].fix,
		};

		r = add(c, &check, parts[i].text, err);
	}
	return r;
}

int shvm_doctor(bool appliance, const char *helper, struct shvm_verdict *ret,
		struct shvm_err *err)
{
	struct shvm_verdict verdict = { .yes = true };
	AUTO_DONE(checks) checks = { 0 };
	int r = SHVM_OK;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(components); i++) {
		const struct component *c = &components[i];
		struct attempt a = { .appliance = appliance, .helper = helper };
		const struct shvm_check check = {
			.id = c->id,
			.outcome = c->works(&a),
			.level = c->is_required ? SHVM_LEVEL_ERROR
						: SHVM_LEVEL_WARNING,
			.fix = c->fix,
		};

		r = add(&checks, &check, a.text, err);
		if (check.outcome != SHVM_CHECK_FAILED || !c->is_required ||
		    !verdict.yes)
			continue;
		verdict.yes = false;
		verdict.reason = c->id;
		line_put(verdict.text, sizeof(verdict.text), "%s", a.text);
	}
	if (r == 0)
		r = try_parts(&checks, err);
	if (r < 0)
		return r;
	checks_give(&checks, &verdict);
	*ret = verdict;
	return SHVM_OK;
}
