/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/doctor.h>: tries each dependency. */
#include <shvm/doctor.h>

#include "base/line.h"
#include "guest/guest.h"
#include "guest/guest_parts.h"
#include "guest/helper.h"
#include "guest/late_guestfs.h"
#include "hash/kernels.h"
#include "signer/late_curl.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The items so far. */
struct report {
	struct shvm_doctor_item *items;
	size_t count;
};

static void report_add(struct report *r, const char *name, bool works,
		       bool needed, const char *package, const char *fmt, ...)
	PRINTF_LIKE(6, 7);

static void report_add(struct report *r, const char *name, bool works,
		       bool needed, const char *package, const char *fmt, ...)
{
	struct shvm_doctor_item *item = &r->items[r->count];
	va_list ap;

	if (r->count == SHVM_DOCTOR_MAX)
		return;
	*item = (struct shvm_doctor_item){
		.name = name,
		.works = works,
		.needed = needed,
		.package = works ? NULL : package,
	};
	va_start(ap, fmt);
	line_vput(item->text, sizeof(item->text), fmt, ap);
	va_end(ap);
	r->count++;
}

static int provider_note(OSSL_PROVIDER *provider, void *ctx)
{
	char *names = ctx;
	const size_t used = strlen(names);

	(void)snprintf(names + used, 128 - used, "%s%s", used ? ", " : "",
		       OSSL_PROVIDER_get0_name(provider));
	return 1;
}

static void try_openssl(struct report *r)
{
	char names[128] = "";

	(void)OSSL_PROVIDER_available(NULL, "default"); /* loads it */
	(void)OSSL_PROVIDER_do_all(NULL, provider_note, names);
	report_add(r, "openssl", *names != '\0', true, "libssl3",
		   "%s, providers: %s", OpenSSL_version(OPENSSL_VERSION),
		   *names ? names : "none");
}

static void try_kernels(struct report *r)
{
	char names[128] = "";
	const struct kernel *chosen = NULL;
	struct shvm_err err = { 0 };

	for (const struct kernel *const *k = kernels_all(); *k; k++) {
		const size_t used = strlen(names);

		if ((*k)->algorithm == HASH_SHA256 && (*k)->is_usable())
			(void)snprintf(names + used, sizeof(names) - used,
				       "%s%s", used ? ", " : "", (*k)->name);
	}
	if (kernel_choose(HASH_SHA256, NULL, &chosen, &err) < 0)
		report_add(r, "hash-kernels", false, true, NULL, "%s", err.msg);
	else
		report_add(r, "hash-kernels", true, true, NULL,
			   "%s of %s for SHA-256", chosen->name, names);
}

/* It starts with its libraries, and which locks this kernel has for it. */
static void try_helper(struct report *r, const char *path)
{
	static const uint8_t nothing[512];
	const struct helper_job job = { .what = HELPER_TRY,
					.seconds = 5,
					.memory = 64 << 20 };
	AUTO(source_ptr) disk = NULL;
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };
	int code;

	code = source_memory(nothing, sizeof(nothing), 512, &disk, &err);
	if (code == 0)
		code = helper_run(path, &job, disk, 0, &out, &err);
	report_add(r, "guest-helper", code == 0, false,
		   err.reason && strcmp(err.reason, "no-helper") == 0
			   ? "libtsk19 libhivex0"
			   : NULL,
		   "%s",
		   code == 0 ? "looks into NTFS, FAT and registry hives"
			     : err.msg);
	if (code == 0)
		report_add(r, "sandbox", true, false, NULL,
			   "%.*s lock the helper in", (int)out.len,
			   (const char *)out.data);
	else
		report_add(r, "sandbox", false, false, NULL,
			   "the helper did not run");
}

/* What is loaded when it is first used, and what cannot be done without. */
static void try_libraries(struct report *r)
{
	static const struct {
		const char *name, *use, *package;
		int (*load)(struct shvm_err *err);
	} libraries[] = {
		{ "libguestfs", "looks into a disk for --guest", "libguestfs0",
		  guestfs_load },
		{ "libcurl", "fetches metadata and timestamps", "libcurl4",
		  curl_load },
	};

	for (size_t i = 0; i < ARRAY_SIZE(libraries); i++) {
		struct shvm_err err = { 0 };
		const bool works = libraries[i].load(&err) == SHVM_OK;

		/* The package has its own place in an item. */
		err.msg[strcspn(err.msg, ";")] = '\0';
		report_add(r, libraries[i].name, works, false,
			   libraries[i].package, "%s",
			   works ? libraries[i].use : err.msg);
	}
}

static void try_file(struct report *r, const char *name,
		     const char *const *paths, int mode, const char *package,
		     const char *what)
{
	for (; *paths; paths++) {
		if (access(*paths, mode) != 0)
			continue;
		report_add(r, name, true, false, NULL, "%s", *paths);
		return;
	}
	report_add(r, name, false, false, package, "%s", what);
}

/* Names of the modules that p11-kit offers without being told of one. */
static void module_names(char *ret, size_t size)
{
	DIR *dir = opendir("/usr/share/p11-kit/modules");

	for (struct dirent *e = dir ? readdir(dir) : NULL; e;
	     e = readdir(dir)) {
		const size_t used = strlen(ret);
		const char *end = strstr(e->d_name, ".module");

		if (end && strncmp(e->d_name, "p11-kit-", 8) != 0)
			(void)snprintf(ret + used, size - used, "%s%.*s",
				       used ? ", " : "", (int)(end - e->d_name),
				       e->d_name);
	}
	if (dir)
		(void)closedir(dir); /* it was only read */
}

/* A provider or libp11's engine, which must load with all that it needs. */
static void try_pkcs11(struct report *r)
{
	static const char *const paths[] = {
		"/usr/lib/x86_64-linux-gnu/ossl-modules/pkcs11.so",
		"/usr/lib/aarch64-linux-gnu/ossl-modules/pkcs11.so",
		"/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so",
		"/usr/lib/aarch64-linux-gnu/engines-3/pkcs11.so",
	};
	char modules[128] = "";

	module_names(modules, sizeof(modules));
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		void *so = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL);

		if (!so)
			continue;
		(void)dlclose(so); /* it was only tried */
		report_add(r, "pkcs11", true, false, NULL,
			   "%s, with modules: %s", paths[i],
			   *modules ? modules
				    : "none, name one by module-path=");
		return;
	}
	report_add(r, "pkcs11", false, false, "libengine-pkcs11-openssl",
		   "no provider and no engine: keys in tokens cannot be used");
}

/* Opening the device is not enough: some machines have one that does nothing. */
static void try_kvm(struct report *r)
{
	AUTOCLOSE int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	AUTOCLOSE int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);

	if (vm >= 0)
		report_add(r, "kvm-device", true, false, NULL,
			   "/dev/kvm makes VMs; whether qemu runs them, "
			   "--guest tells");
	else
		report_add(r, "kvm-device", false, false, NULL,
			   "/dev/kvm: %s: --guest emulates, which is slow",
			   strerror(errno));
}

static void try_parts(struct report *r)
{
	struct guest_part parts[GUEST_PARTS_MAX];
	size_t count;

	guest_parts(parts, &count);
	for (size_t i = 0; i < count; i++)
		report_add(r, parts[i].name, parts[i].works, false,
			   parts[i].package, "%s", parts[i].text);
}

static void try_appliance(struct report *r)
{
	struct shvm_err err = { 0 };
	const char *engine = "";

	if (guest_try(false, &engine, &err) < 0)
		report_add(r, "appliance", false, false, NULL, "%s", err.msg);
	else
		report_add(r, "appliance", true, false, NULL, "%s started%s",
			   engine,
			   strstr(engine, "TCG") &&
					   access("/dev/kvm", W_OK) == 0
				   ? ", as with KVM it did not"
				   : "");
}

void shvm_doctor(bool appliance, const char *helper,
		 struct shvm_doctor_item ret[SHVM_DOCTOR_MAX],
		 size_t *ret_count)
{
	static const char *const fsverity[] = { "/usr/bin/fsverity", NULL };
	struct report r = { .items = ret };

	try_openssl(&r);
	try_kernels(&r);
	try_helper(&r, helper);
	try_libraries(&r);
	try_pkcs11(&r);
	try_file(&r, "fsverity", fsverity, X_OK, "fsverity",
		 "no second opinion on digests");
	try_kvm(&r);
	try_parts(&r);
	if (appliance)
		try_appliance(&r);
	*ret_count = r.count;
}
