/* SPDX-License-Identifier: MIT */
/* Guardians from files and URLs, in the forms that tools write. */
#include "base/encode.h"
#include "base/file.h"
#include "base/match.h"
#include "base/reserved.h"
#include "base/utf16.h"
#include "base/xml.h"
#include "pdk/guardian.h"

#include <string.h>

/* After conversion the XML declaration has the wrong encoding, and UTF-8 needs
 * none. */
static size_t declaration_length(const struct buf *text)
{
	const char *end;

	if (!text_begins(text->data, text->len, "<?xml"))
		return 0;
	end = memmem(text->data, text->len, "?>", 2);
	return end ? (size_t)(end + 2 - (const char *)text->data) : 0;
}

/* The XML, which Windows tools also write as UTF-16 and in base64. */
static int read_forms(const char *path, const struct buf *file, struct buf *ret,
		      struct shvm_err *err)
{
	AUTO_DONE(buf) text = { 0 };
	size_t at = 0;
	bool wide;

	if (!utf16_marked_to_utf8(file->data, file->len, &text, &wide))
		return err_set(err, SHVM_E_FORMAT, "%s: damaged UTF-16", path);
	TRY(buf_check(&text, path, err));
	while (at < text.len && text_is_blank((char)text.data[at]))
		at++;
	/* "<" in base64 begins with P, and a byte order mark of UTF-8 with 7. */
	if (at < text.len && (text.data[at] == 'P' || text.data[at] == '7'))
		return base64_decode((const char *)text.data + at,
				     text.len - at, path, ret, err);
	at = wide ? declaration_length(&text) : 0;
	buf_add(ret, text.data + at, text.len - at);
	return buf_check(ret, path, err);
}

int shvm_guardian_load(const char *path, const struct shvm_trust *trust,
		       const struct shvm_fetch_params *params,
		       struct shvm_guardian **ret, struct shvm_err *err)
{
	AUTO_DONE(buf) file = { 0 };
	AUTO_DONE(buf) xml = { 0 };

	if (params)
		TRY(reserved_check(params->reserved, "struct shvm_fetch_params",
				   err));
	TRY(guardian_is_url(path)
		    ? guardian_fetch(path, params, &file, err)
		    : file_read_all(path, XML_SIZE_MAX, &file, err));
	TRY(read_forms(path, &file, &xml, err));
	return shvm_guardian_decode(xml.data, xml.len, path, trust, ret, err);
}
