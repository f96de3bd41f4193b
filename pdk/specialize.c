/* SPDX-License-Identifier: MIT */
/* The unencrypted payload for Linux guests. */
#include "pdk/specialize.h"

#include "base/le.h"
#include "base/utf16.h"
#include "pdk/answer_file.h"

#include <assert.h>
#include <string.h>

/* lsvmutils/specialize.h */
struct clear_header_disk {
	uint8_t length[4]; /* +0x00 bytes, this header included */
	uint8_t count[4];  /* +0x04 files */
};
static_assert(sizeof(struct clear_header_disk) == 8, "lsvmutils");

struct clear_entry_disk {
	uint8_t type[4];	   /* +0x00 0; not read */
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

	/* The reader uses only the low 8 bits of each unit. */
	for (const char *s = name; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return err_set(
				err, SHVM_E_ARG,
				"payload: file name \"%s\" is not ASCII, the guest would cut it",
				name);
	if (!utf16_from_utf8(name, strlen(name), &wide))
		return err_set(err, SHVM_E_ARG, "payload: a name is no text");
	TRY(buf_check(&wide, "payload", err));
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
	if (p->answer.name && answer_is_user_data(&p->answer.data))
		return err_set(
			err, SHVM_E_ARG,
			"payload: the answer file is user-data of cloud-init, which guests of this payload do not read");
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
	/* A payload is at most PAYLOAD_SIZE_MAX plus its names, so all sizes
	 * fit into 32 bits. */
	le32_put(b.data, (uint32_t)b.len);
	le32_put(b.data + 4, (uint32_t)(p->count + (p->answer.name ? 1 : 0)));
	ret->wipe = true;
	buf_add(ret, b.data, b.len);
	return buf_check(ret, "payload", err);
}
