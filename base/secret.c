/* SPDX-License-Identifier: MIT */
/* Allocates wiped, locked, undumpable memory. */
#include "base/secret.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/*
 * Layout of a mapping: guard page, pages of the secret, guard page. The struct
 * itself is on the heap and contains only the size.
 */
struct mapped {
	struct secret secret; /* first, so that the pointers convert */
	uint8_t *map;
	size_t map_size, room;
};

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int secret_new(size_t size, struct secret **ret, struct shvm_err *err)
{
	const size_t page = page_size();
	struct mapped *m;
	size_t room;

	if (size == 0 || size > SIZE_MAX / 2)
		return err_set(err, SHVM_E_ARG, "secret of %zu bytes", size);
	room = (size + page - 1) / page * page;
	m = calloc(1, sizeof(*m));
	TRY(err_null(err, m, "secret"));

	m->map_size = room + 2 * page;
	m->map = mmap(NULL, m->map_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (m->map == MAP_FAILED ||
	    mprotect(m->map + page, room, PROT_READ | PROT_WRITE) < 0) {
		if (m->map != MAP_FAILED)
			(void)munmap(m->map, m->map_size);
		free(m);
		return err_nomem(err, "secret");
	}

	/* Best effort: RLIMIT_MEMLOCK may be small, and that is no reason to
	 * refuse the work. */
	(void)mlock(m->map + page, room);
	(void)madvise(m->map + page, room, MADV_DONTDUMP);
	(void)madvise(m->map + page, room, MADV_WIPEONFORK);
	m->room = room;
	m->secret.data = m->map + page;
	m->secret.size = size;
	*ret = &m->secret;
	return SHVM_OK;
}

void secret_free(struct secret *s)
{
	struct mapped *m = (struct mapped *)s;

	if (!s)
		return;
	OPENSSL_cleanse(m->map + page_size(), m->room);
	(void)munmap(m->map, m->map_size); /* cannot fail for our own mapping */
	free(m);
}

int secret_copy(const void *data, size_t size, struct secret **ret,
		struct shvm_err *err)
{
	int r = secret_new(size, ret, err);

	if (r == SHVM_OK)
		memcpy((*ret)->data, data, size);
	return r;
}

void secret_truncate(struct secret *s, size_t size)
{
	if (size >= s->size)
		return;
	OPENSSL_cleanse(s->data + size, s->size - size);
	s->size = size;
}

int secret_ask(shvm_passphrase_fn ask, void *ctx, const char *what,
	       struct secret **ret, struct shvm_err *err)
{
	AUTO(secret_ptr) s = NULL;
	struct shvm_err why = { 0 };
	int n;

	if (!ask)
		return err_reason(err, SHVM_E_CRYPTO, "no-passphrase",
				  "%s: needs a passphrase", what);
	TRY(secret_new(SECRET_PASSPHRASE_MAX, &s, err));

	n = ask(ctx, what, (char *)s->data, s->size, &why);
	if (n < 0 && why.code < 0)
		return err_reason(err, why.code,
				  why.reason ? why.reason : "no-passphrase",
				  "%s", why.msg);
	if (n < 0)
		return err_reason(err, SHVM_E_CRYPTO, "no-passphrase",
				  "%s: no passphrase given", what);
	secret_truncate(s, (size_t)n);
	*ret = STEAL(s);
	return SHVM_OK;
}

int secret_no_core_dumps(struct shvm_err *err)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set_errno(err, "turning off core dumps");
	return SHVM_OK;
}

int secret_random(void *data, size_t size, struct shvm_err *err)
{
	if (size > INT32_MAX || RAND_priv_bytes(data, (int)size) != 1)
		return err_set_ossl(err, "random bytes");
	return SHVM_OK;
}
