/* SPDX-License-Identifier: MIT */
/* The clear payload for Linux guests. */
#include "pdk/specialize.h"

#include "base/le.h"
#include "base/utf16.h"

#include <assert.h>
#include <string.h>

/* lsvmutils/specialize.h */
struct clear_header_disk {
	uint8_t length[4]; /* +0x00 bytes, this header included */
	uint8_t count[4];  /* +0x04 files */
};
static_assert(sizeof(struct clear_header_disk) == 8, "lsvmutils");

struct clear_entry_disk {
	uint8_t type[4];	   /* +0x00 0; nobody reads it */
	uint8_t name_size[4];	   /* +0x04 bytes of UTF-16LE, even */
	uint8_t name_offset[4];	   /* +0x08 from the start of the entry */
	uint8_t payload_size[4];   /* +0x0c bytes */
	uint8_t payload_offset[4]; /* +0x10 from the start of the entry */
};
static_assert(sizeof(struct clear_entry_disk) == 20, "lsvmutils");

static int entry_encode(const char *name, const struct buf *data,
			struct buf *ret, struct shvm_err *err)
{
	AUTO_DONE(buf) wide = { 0 };
	const uint32_t head = sizeof(struct clear_entry_disk);

	/* The reader keeps the low 8 bits of each unit. */
	for (const char *s = name; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return err_set(
				err, SHVM_E_ARG,
				"payload: file name \"%s\" is not ASCII, the guest would cut it",
				name);
	if (!utf16_from_utf8(name, strlen(name), &wide))
		return err_set(err, SHVM_E_ARG, "payload: a name is no text");
	if (buf_check(&wide, "payload", err) < 0)
		return SHVM_E_NOMEM;
	buf_add_le32(ret, 0);
	buf_add_le32(ret, (uint32_t)wide.len);
	buf_add_le32(ret, head);
	buf_add_le32(ret, (uint32_t)data->len);
	buf_add_le32(ret, head + (uint32_t)wide.len);
	buf_add(ret, wide.data, wide.len);
	buf_add(ret, data->data, data->len);
	return SHVM_OK;
}

int specialize_encode(const struct payload *p, struct buf *ret,
		      struct shvm_err *err)
{
	AUTO_DONE(buf) b = { .wipe = true };

	buf_add_zeros(&b, sizeof(struct clear_header_disk));
	if (p->answer.name) {
		if (payload_has(p, "unattend.xml"))
			return err_set(
				err, SHVM_E_ARG,
				"payload: a file beside the answer file is called \"unattend.xml\"");
		TRY(entry_encode("unattend.xml", &p->answer.data, &b, err));
	}
	for (size_t i = 0; i < p->count; i++)
		TRY(entry_encode(p->files[i].name, &p->files[i].data, &b, err));
	TRY(buf_check(&b, "payload", err));
	/* A payload is at most PAYLOAD_SIZE_MAX and its names, so 32 bits
	 * hold all sizes. */
	le32_put(b.data, (uint32_t)b.len);
	le32_put(b.data + 4, (uint32_t)(p->count + (p->answer.name ? 1 : 0)));
	ret->wipe = true;
	buf_add(ret, b.data, b.len);
	return buf_check(ret, "payload", err);
}

static bool range_ok(uint32_t at, uint32_t len, size_t size)
{
	return at <= size && len <= size - at;
}

static int entry_decode(struct cursor *c, uint32_t number, struct payload *ret,
			struct shvm_err *err)
{
	const struct clear_entry_disk *d = (const void *)c->at;
	AUTO_DONE(buf) name = { 0 };
	uint32_t name_size, name_at, size, at, end;
	struct shvm_file file;
	const uint8_t *skipped;
	int r;

	if (c->left < sizeof(*d))
		return err_set(err, SHVM_E_FORMAT,
			       "payload: cut off before entry %u", number);
	name_size = le32_get(d->name_size);
	name_at = le32_get(d->name_offset);
	size = le32_get(d->payload_size);
	at = le32_get(d->payload_offset);
	if (name_size % 2 != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "payload: entry %u: name of %u bytes is odd",
			       number, name_size);
	if (name_at < sizeof(*d) || !range_ok(name_at, name_size, c->left))
		return err_set(err, SHVM_E_FORMAT,
			       "payload: entry %u: name lies outside", number);
	if (at < sizeof(*d) || !range_ok(at, size, c->left))
		return err_set(err, SHVM_E_FORMAT,
			       "payload: entry %u: data lie outside", number);
	if (!utf16_to_utf8(c->at + name_at, name_size, &name))
		return err_set(err, SHVM_E_FORMAT,
			       "payload: entry %u: name is not UTF-16", number);
	buf_add_zeros(&name, 1);
	if (buf_check(&name, "payload", err) < 0)
		return SHVM_E_NOMEM;

	file = (struct shvm_file){ (const char *)name.data, c->at + at, size };
	r = payload_add(ret, &file, err);
	if (r == SHVM_E_ARG) {
		if (err)
			err->code = SHVM_E_FORMAT;
		return err_prefix(err, SHVM_E_FORMAT, "payload: entry %u",
				  number);
	}
	if (r < 0)
		return r;
	end = name_at + name_size > at + size ? name_at + name_size : at + size;
	(void)cursor_take(c, end, &skipped); /* both ends were checked */
	return SHVM_OK;
}

int specialize_decode(const uint8_t *data, size_t len, struct payload *ret,
		      struct shvm_err *err)
{
	const struct clear_header_disk *d = (const void *)data;
	struct cursor c = cursor_init(data, len);
	AUTO_DONE(payload) p = { 0 };
	const uint8_t *head;
	uint32_t count;

	if (len > SPECIALIZE_SIZE_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "payload: %zu bytes, the limit is %d", len,
			       SPECIALIZE_SIZE_MAX);
	if (!cursor_take(&c, sizeof(*d), &head))
		return err_set(err, SHVM_E_FORMAT,
			       "payload: %zu bytes are too few", len);
	if (le32_get(d->length) != len)
		return err_set(
			err, SHVM_E_FORMAT,
			"payload: length field is %u, the payload has %zu bytes",
			le32_get(d->length), len);
	count = le32_get(d->count);
	if (count > PAYLOAD_FILES_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "payload: %u files, the limit is %d", count,
			       PAYLOAD_FILES_MAX);
	for (uint32_t i = 0; i < count; i++)
		TRY(entry_decode(&c, i + 1, &p, err));
	if (c.left > 0)
		return err_set(err, SHVM_E_FORMAT,
			       "payload: %zu bytes behind the last entry",
			       c.left);
	*ret = MOVE(p);
	return SHVM_OK;
}
