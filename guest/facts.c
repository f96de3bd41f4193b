/* SPDX-License-Identifier: MIT */
/* Facts about a guest: their table and their wire form. */
#include "guest/facts.h"

#include "base/le.h"
#include "base/utf16.h"
#include "base/utf8.h"
#include "base/version.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum fact_kind {
	FACT_TEXT,
	FACT_KNOWN,
	FACT_NUMBER
};

/* clang-format off */
#define KNOWN(name, what) \
	{ #name, FACT_KNOWN, offsetof(struct shvm_guest_facts, name), 0 },
#define TEXT(name, size, what) \
	{ #name, FACT_TEXT, offsetof(struct shvm_guest_facts, name), size },
#define NUMBER(name, what) \
	{ #name, FACT_NUMBER, offsetof(struct shvm_guest_facts, name), 0 },
/* clang-format on */

/* For the wire, JSON, text and comparisons. */
static const struct {
	const char *name;
	enum fact_kind kind;
	size_t at, size;
} facts[] = { SHVM_GUEST_FACTS(KNOWN, TEXT, NUMBER) };

static const char *const known_names[] = {
	[SHVM_UNKNOWN] = "",
	[SHVM_NO] = "no",
	[SHVM_YES] = "yes",
};

void facts_init(struct shvm_guest_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->free_bytes = SHVM_FREE_UNKNOWN;
}

void facts_take_root(struct shvm_guest_facts *ret,
		     const struct shvm_guest_facts *from)
{
	const size_t at = offsetof(struct shvm_guest_facts, root_fs);
	const size_t end = offsetof(struct shvm_guest_facts, trouble);

	memcpy((char *)ret + at, (const char *)from + at, end - at);
	memcpy(ret->product, from->product, sizeof(ret->product));
}

void facts_text(char *ret, size_t size, const char *text, size_t len)
{
	if (len >= size || !utf8_is_valid(text, len))
		return;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return;
	}
	memcpy(ret, text, len);
	ret[len] = '\0';
}

PRINTF_LIKE(3, 0)
static void trouble_add(char *ret, size_t size, const char *fmt, va_list ap)
{
	const size_t used = strlen(ret);
	char text[sizeof(((struct shvm_guest_facts *)0)->trouble)];
	int n = vsnprintf(text, size, fmt, ap);

	if (n >= (int)size)
		n = (int)size - 1;
	if (n < 0 || (used && used + (size_t)n + 3 > size))
		return; /* the first reasons are the ones that matter */
	for (char *p = text; *p; p++) {
		if (*p < ' ' || *p > '~')
			*p = '?';
	}
	if (used)
		memcpy(ret + used, "; ", 2);
	memcpy(ret + used + (used ? 2 : 0), text, (size_t)n + 1);
}

void facts_trouble(struct shvm_guest_facts *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	trouble_add(f->trouble, sizeof(f->trouble), fmt, ap);
	va_end(ap);
}

void facts_root_trouble(struct shvm_guest_facts *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	trouble_add(f->root_trouble, sizeof(f->root_trouble), fmt, ap);
	va_end(ap);
}

void shvm_guest_facts_each(const struct shvm_guest_facts *f, shvm_fact_fn put,
			   void *ctx)
{
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		const char *at = (const char *)f + facts[i].at;
		char number[32] = "";
		enum shvm_known known;
		uint64_t value;

		switch (facts[i].kind) {
		case FACT_TEXT:
			put(ctx, facts[i].name, at);
			break;
		case FACT_KNOWN:
			memcpy(&known, at, sizeof(known));
			put(ctx, facts[i].name, known_names[known]);
			break;
		case FACT_NUMBER:
			memcpy(&value, at, sizeof(value));
			if (value != SHVM_FREE_UNKNOWN)
				(void)snprintf(number, sizeof(number), "%ju",
					       (uintmax_t)value);
			put(ctx, facts[i].name, number);
			break;
		}
	}
}

static void put_line(void *ctx, const char *name, const char *value)
{
	buf_printf(ctx, "%s=%s\n", name, value);
}

void facts_encode(const struct shvm_guest_facts *f, struct buf *ret)
{
	shvm_guest_facts_each(f, put_line, ret);
}

static bool fact_set(size_t i, const char *value, size_t len,
		     struct shvm_guest_facts *f)
{
	char *at = (char *)f + facts[i].at;
	char number[24] = "";
	uint64_t n = SHVM_FREE_UNKNOWN;

	switch (facts[i].kind) {
	case FACT_TEXT:
		facts_text(at, facts[i].size, value, len);
		return strlen(at) == len;
	case FACT_KNOWN:
		for (enum shvm_known k = SHVM_UNKNOWN; k <= SHVM_YES; k++) {
			if (strlen(known_names[k]) != len ||
			    memcmp(known_names[k], value, len) != 0)
				continue;
			memcpy(at, &k, sizeof(k));
			return true;
		}
		return false;
	case FACT_NUMBER:
		if (len >= sizeof(number))
			return false;
		memcpy(number, value, len);
		if (len > 0 &&
		    number_parse(number, 0, UINT64_MAX - 1, &n, NULL) < 0)
			return false;
		memcpy(at, &n, sizeof(n));
		return true;
	}
	return false;
}

int facts_decode(const char *text, size_t len, struct shvm_guest_facts *ret,
		 struct shvm_err *err)
{
	struct shvm_guest_facts f;

	facts_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		const size_t name = strlen(facts[i].name);
		const char *end = len ? memchr(text, '\n', len) : NULL;

		if (!end || (size_t)(end - text) < name + 1 ||
		    memcmp(text, facts[i].name, name) != 0 ||
		    text[name] != '=' ||
		    !fact_set(i, text + name + 1,
			      (size_t)(end - text) - name - 1, &f))
			return err_reason(err, SHVM_E_FORMAT, "sandbox-died",
					  "the file-system helper sent an "
					  "invalid answer at \"%s\"",
					  facts[i].name);
		len -= (size_t)(end - text) + 1;
		text = end + 1;
	}
	if (len != 0)
		return err_reason(err, SHVM_E_FORMAT, "sandbox-died",
				  "the file-system helper sent %zu bytes too "
				  "many",
				  len);
	*ret = f;
	return SHVM_OK;
}

const char *facts_pe_machine(const uint8_t *data, size_t len)
{
	uint32_t at;

	if (len < 0x40 || data[0] != 'M' || data[1] != 'Z')
		return "";
	at = le32_get(data + 0x3c);
	if (at > len || len - at < 6 || memcmp(data + at, "PE\0\0", 4) != 0)
		return "";
	switch (le16_get(data + at + 4)) {
	case 0x8664:
		return "x86_64";
	case 0xaa64:
		return "aarch64";
	case 0x014c:
		return "i386";
	case 0x01c4:
		return "arm";
	case 0x0200:
		return "ia64";
	default:
		return "";
	}
}

const char *facts_registry_machine(const char *value)
{
	static const struct {
		const char *value, *machine;
	} machines[] = {
		{ "AMD64", "x86_64" }, { "ARM64", "aarch64" },
		{ "x86", "i386" },     { "ARM", "arm" },
		{ "IA64", "ia64" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		if (strcasecmp(value, machines[i].value) == 0)
			return machines[i].machine;
	}
	return "";
}

bool facts_hive_is_clean(const uint8_t base[FACTS_HIVE_HEAD], const char *name,
			 struct shvm_guest_facts *f)
{
	if (memcmp(base, "regf", 4) != 0)
		return true; /* not a hive: the error comes when it is opened */
	if (le32_get(base + 4) == le32_get(base + 8))
		return true;
	facts_trouble(f,
		      "registry hive %s: changes are only in its transaction "
		      "log (sequence numbers %u and %u): run reg load and reg "
		      "unload on it on another Windows",
		      name, le32_get(base + 4), le32_get(base + 8));
	return false;
}

void facts_reparse(uint32_t tag, char *ret, size_t size)
{
	if (tag == 0x80000017)
		(void)snprintf(ret, size,
			       "is compressed by CompactOS (WOF), which is "
			       "not supported: expand it with compact "
			       "/compactos:never");
	else if (tag == 0x80000013)
		(void)snprintf(ret, size,
			       "is deduplicated, which is not supported: "
			       "restore it with Start-DedupJob -Type "
			       "Unoptimization");
	else
		(void)snprintf(ret, size,
			       "is a reparse point with the tag 0x%08x, which "
			       "is not supported",
			       tag);
}

void facts_state_ini(const uint8_t *data, size_t len, char *ret, size_t size)
{
	static const char key[] = "ImageState=";
	AUTO_DONE(buf) wide = { 0 };
	const char *p = (const char *)data, *end;

	if (len >= 2 && data[0] == 0xff && data[1] == 0xfe) {
		utf16_to_display(data + 2, (len - 2) & ~(size_t)1, &wide);
		if (wide.failed)
			return;
		p = (const char *)wide.data; /* line ends are spaces now */
		len = wide.len;
	}
	p = len ? memmem(p, len, key, strlen(key)) : NULL;
	if (!p)
		return;
	end = (wide.len ? (const char *)wide.data : (const char *)data) + len;
	p += strlen(key);
	len = 0;
	while (p + len < end && p[len] > ' ' && p[len] < 0x7f)
		len++;
	facts_text(ret, size, p, len);
}
