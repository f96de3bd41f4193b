/* SPDX-License-Identifier: MIT */
/* Encodes and decodes the container of a shielding data file. */
#include "pdk/container.h"

#include "base/guid.h"
#include "base/le.h"

#include <assert.h>
#include <string.h>

struct container_header_disk {
	uint8_t magic[8];   /* +0x00 "SHVM-PDK" */
	uint8_t version[4]; /* +0x08 1 */
	uint8_t count[4];   /* +0x0c sections */
};
static_assert(sizeof(struct container_header_disk) == 16, "FORMAT-PDK");

struct section_header_disk {
	uint8_t type[4];   /* +0x00 */
	uint8_t zero[4];   /* +0x04 */
	uint8_t length[8]; /* +0x08 bytes of data that follow */
};
static_assert(sizeof(struct section_header_disk) == 16, "FORMAT-PDK");

struct policy_entry_disk {
	uint8_t guid[16];  /* +0x00 */
	uint8_t length[4]; /* +0x10 4 */
	uint8_t value[4];  /* +0x14 0 EncryptionSupported, 1 Shielded */
};
static_assert(sizeof(struct policy_entry_disk) == 24, "FORMAT-PDK");

static const struct {
	const char *name;
	size_t min, max; /* bytes */
} sections[] = {
	[CONTAINER_PROTECTOR] = { "KeyProtector", 5, CONTAINER_PROTECTOR_MAX },
	[CONTAINER_POLICY] = { "Policy", sizeof(struct policy_entry_disk),
			       CONTAINER_POLICY_MAX },
	[CONTAINER_QUALIFIERS] = { "Qualifiers", 1, CONTAINER_QUALIFIERS_MAX },
	[CONTAINER_BODY] = { "Body",
			     CONTAINER_SALT + CONTAINER_NONCE + 1 +
				     CONTAINER_TAG,
			     CONTAINER_BODY_MAX },
	[CONTAINER_SIGNATURE] = { "OwnerSignature", 1,
				  CONTAINER_SIGNATURE_MAX },
};

static const struct shvm_guid policy_id =
	GUID_INIT(0xf024c2cf, 0x1611, 0x40d8, 0x8f, 0x4e, 0x57, 0x92, 0xd7,
		  0xe3, 0x17, 0xa1);

#define BAD(err, ...) err_reason(err, SHVM_E_FORMAT, "bad-pdk", __VA_ARGS__)

static int header_decode(struct cursor *c, uint32_t *ret_count,
			 struct shvm_err *err)
{
	const struct container_header_disk *d;
	const uint8_t *p;
	uint32_t count = 0;

	if (!cursor_take(c, sizeof(*d), &p))
		return BAD(err, "pdk: %zu bytes are no shielding data file",
			   c->left);
	d = (const void *)p;
	if (memcmp(d->magic, CONTAINER_MAGIC, sizeof(d->magic)) != 0)
		return BAD(err, "pdk: does not begin with " CONTAINER_MAGIC);
	if (le32_get(d->version) != CONTAINER_VERSION)
		return BAD(err, "pdk: version is %u, only %d is known",
			   le32_get(d->version), CONTAINER_VERSION);
	count = le32_get(d->count);
	if (count != 4 && count != 5)
		return BAD(err, "pdk: section count is %u, not 4 or 5", count);
	*ret_count = count;
	return SHVM_OK;
}

static int section_decode(struct cursor *c, enum container_section type,
			  struct view *ret, struct shvm_err *err)
{
	const struct section_header_disk *d;
	const uint8_t *p, *data;
	uint64_t len;

	if (!cursor_take(c, sizeof(*d), &p))
		return BAD(err, "pdk: cut off before section %s",
			   sections[type].name);
	d = (const void *)p;
	if (le32_get(d->type) != (uint32_t)type)
		return BAD(err, "pdk: section of type %u in the place of %s",
			   le32_get(d->type), sections[type].name);
	if (le32_get(d->zero) != 0)
		return BAD(err, "pdk: section %s: reserved field is %u",
			   sections[type].name, le32_get(d->zero));
	len = le64_get(d->length);
	if (len < sections[type].min || len > sections[type].max)
		return BAD(err, "pdk: section %s has %ju bytes, not %zu to %zu",
			   sections[type].name, (uintmax_t)len,
			   sections[type].min, sections[type].max);
	if (!cursor_take(c, (size_t)len, &data))
		return BAD(
			err,
			"pdk: section %s of %ju bytes is cut off, %zu are left",
			sections[type].name, (uintmax_t)len, c->left);
	*ret = (struct view){ data, (size_t)len };
	return SHVM_OK;
}

/* One entry: version 1 has one policy, and an unknown one could be stricter than
 * what we would enforce. */
static int policy_decode(const struct view *v, enum shvm_policy *ret,
			 struct shvm_err *err)
{
	const struct policy_entry_disk *d = (const void *)v->data;
	char text[SHVM_GUID_TEXT];
	struct shvm_guid id = guid_load(d->guid);
	uint32_t value;

	if (!guid_equal(&id, &policy_id))
		return BAD(err, "pdk: policy %s is unknown",
			   shvm_guid_format(&id, text));
	if (le32_get(d->length) != 4)
		return BAD(err, "pdk: policy's length is %u, not 4",
			   le32_get(d->length));
	if (v->len != sizeof(*d))
		return BAD(err, "pdk: %zu bytes after the policy",
			   v->len - sizeof(*d));
	value = le32_get(d->value);
	if (value > SHVM_POLICY_SHIELDED)
		return BAD(err, "pdk: policy's value is %u", value);
	*ret = (enum shvm_policy)value;
	return SHVM_OK;
}

static void body_split(struct container *c, const uint8_t *file)
{
	const uint8_t *p = c->body.data;
	const size_t head = CONTAINER_SALT + CONTAINER_NONCE;

	c->salt = (struct view){ p, CONTAINER_SALT };
	c->nonce = (struct view){ p + CONTAINER_SALT, CONTAINER_NONCE };
	c->ciphertext =
		(struct view){ p + head, c->body.len - head - CONTAINER_TAG };
	c->tag =
		(struct view){ p + c->body.len - CONTAINER_TAG, CONTAINER_TAG };
	c->aad = (struct view){ file, (size_t)(c->ciphertext.data - file) };
}

int container_decode(const uint8_t *data, size_t len, struct container *ret,
		     struct shvm_err *err)
{
	struct cursor cur = cursor_init(data, len);
	struct container c = { 0 };
	uint32_t count = 0;

	if (len > CONTAINER_SIZE_MAX)
		return BAD(err, "pdk: %zu bytes, the limit is %d", len,
			   CONTAINER_SIZE_MAX);
	TRY(header_decode(&cur, &count, err));
	c.has_qualifiers = count == 5;
	TRY(section_decode(&cur, CONTAINER_PROTECTOR, &c.protector, err));
	TRY(section_decode(&cur, CONTAINER_POLICY, &c.policy, err));
	TRY(policy_decode(&c.policy, &c.policy_value, err));
	if (c.has_qualifiers)
		TRY(section_decode(&cur, CONTAINER_QUALIFIERS, &c.qualifiers,
				   err));
	TRY(section_decode(&cur, CONTAINER_BODY, &c.body, err));
	c.signed_part = (struct view){ data, (size_t)(cur.at - data) };
	TRY(section_decode(&cur, CONTAINER_SIGNATURE, &c.signature, err));
	if (cur.left > 0)
		return BAD(err, "pdk: %zu bytes after the last section",
			   cur.left);
	body_split(&c, data);
	*ret = c;
	return SHVM_OK;
}

/* The header of a section of len bytes. */
static void section_add_header(struct buf *b, enum container_section type,
			       size_t len)
{
	buf_add_le32(b, (uint32_t)type);
	buf_add_le32(b, 0);
	buf_add_le64(b, len);
}

static int section_check(enum container_section type, size_t len,
			 struct shvm_err *err)
{
	if (len < sections[type].min || len > sections[type].max)
		return err_set(
			err, SHVM_E_ARG,
			"pdk: section %s would have %zu bytes, not %zu to %zu",
			sections[type].name, len, sections[type].min,
			sections[type].max);
	return SHVM_OK;
}

int container_add_clear(const struct container_parts *parts, size_t body_len,
			struct buf *ret, struct shvm_err *err)
{
	TRY(section_check(CONTAINER_PROTECTOR, parts->protector.len, err));
	if (parts->qualifiers.data)
		TRY(section_check(CONTAINER_QUALIFIERS, parts->qualifiers.len,
				  err));
	TRY(section_check(CONTAINER_BODY, body_len, err));

	buf_add_text(ret, CONTAINER_MAGIC);
	buf_add_le32(ret, CONTAINER_VERSION);
	buf_add_le32(ret, parts->qualifiers.data ? 5 : 4);
	section_add_header(ret, CONTAINER_PROTECTOR, parts->protector.len);
	buf_add(ret, parts->protector.data, parts->protector.len);
	section_add_header(ret, CONTAINER_POLICY,
			   sizeof(struct policy_entry_disk));
	buf_add(ret, policy_id.bytes, sizeof(policy_id.bytes));
	buf_add_le32(ret, 4);
	buf_add_le32(ret, (uint32_t)parts->policy);
	if (parts->qualifiers.data) {
		section_add_header(ret, CONTAINER_QUALIFIERS,
				   parts->qualifiers.len);
		buf_add(ret, parts->qualifiers.data, parts->qualifiers.len);
	}
	section_add_header(ret, CONTAINER_BODY, body_len);
	return buf_check(ret, "pdk", err);
}

int container_add_signature(struct buf *file, const struct view *signature,
			    struct shvm_err *err)
{
	TRY(section_check(CONTAINER_SIGNATURE, signature->len, err));
	section_add_header(file, CONTAINER_SIGNATURE, signature->len);
	buf_add(file, signature->data, signature->len);
	return buf_check(file, "pdk", err);
}
