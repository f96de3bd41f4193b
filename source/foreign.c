/* SPDX-License-Identifier: MIT */
/* Names image formats, archives and containers by their first and last bytes. */
#include "source/foreign.h"

#include "base/match.h"

#include "base/auto.h"

#include <stdbool.h>
#include <string.h>

#define CONVERT "convert it to VHDX"
#define UNPACK "unpack it first"

struct magic {
	const char *bytes;
	size_t len, at;
	bool at_end; /* in the last 512 bytes instead of the beginning */
	struct foreign is;
};

/*
 * Sources: qemu block/ (the probe function of each driver), libvhdi, libvmdk,
 * libewf, and file(1)'s magic for archives.
 */
/* clang-format off */
static const struct magic magics[] = {
	{ "QFI\xfb", 4, 0, false, { "a qcow image", CONVERT } },
	{ "QED\0", 4, 0, false, { "a QED image", CONVERT } },
	{ "\x7f\x10\xda\xbe", 4, 0x40, false, { "a VDI image", CONVERT } },
	{ "WithoutFreeSpace", 16, 0, false, { "a Parallels image", CONVERT } },
	{ "WithouFreSpacExt", 16, 0, false, { "a Parallels image", CONVERT } },
	{ "KDMV", 4, 0, false, { "a VMDK image", CONVERT } },
	{ "COWD", 4, 0, false, { "a VMDK image", CONVERT } },
	{ "\xbe\xba\xfe\xca\0\0\0\0", 8, 0, false,
	  { "a VMDK image (SEsparse)", CONVERT } },
	{ "conectix", 8, 0, false, { "a VHD image", CONVERT } },
	{ "conectix", 8, 0, true, { "a VHD image", CONVERT } },
	/* Virtual PC before 2004 wrote footers of 511 bytes. */
	{ "conectix", 8, 1, true, { "a VHD image", CONVERT } },
	{ "koly", 4, 0, true, { "a DMG image", CONVERT } },
	{ "Bochs Virtual HD Image", 22, 0, false, { "a Bochs image", CONVERT } },
	{ "#!/bin/sh\n#V2.0 Format\nmodprobe cloop", 37, 0, false,
	  { "a cloop image", CONVERT } },
	{ "EVF\x09\x0d\x0a\xff\0", 8, 0, false, { "an EWF image", CONVERT } },
	{ "LUKS\xba\xbe", 6, 0, false,
	  { "a LUKS container", "open it (cryptsetup open)" } },
	{ "MSWIM\0\0\0", 8, 0, false,
	  { "a WIM archive", "apply it to a disk (DISM, wimapply)" } },
	{ "WLPWM\0\0\0", 8, 0, false,
	  { "a WIM archive", "apply it to a disk (DISM, wimapply)" } },
	{ "\x1f\x8b\x08", 3, 0, false, { "a gzip archive", UNPACK } },
	{ "\xfd""7zXZ\0", 6, 0, false, { "an xz archive", UNPACK } },
	{ "BZh", 3, 0, false, { "a bzip2 archive", UNPACK } },
	{ "\x28\xb5\x2f\xfd", 4, 0, false, { "a zstd archive", UNPACK } },
	{ "\x04\x22\x4d\x18", 4, 0, false, { "an lz4 archive", UNPACK } },
	{ "\x89LZO\0\r\n\x1a\n", 9, 0, false, { "an lzop archive", UNPACK } },
	{ "LZIP\x01", 5, 0, false, { "an lzip archive", UNPACK } },
	{ "\x1f\x9d", 2, 0, false, { "a compressed file (.Z)", UNPACK } },
	{ "7z\xbc\xaf\x27\x1c", 6, 0, false, { "a 7z archive", UNPACK } },
	{ "PK\x03\x04", 4, 0, false, { "a ZIP archive", UNPACK } },
	{ "Rar!\x1a\x07", 6, 0, false, { "a RAR archive", UNPACK } },
	{ "MSCF\0\0\0\0", 8, 0, false, { "a cabinet archive", UNPACK } },
	{ "ustar", 5, 257, false, { "a tar archive", UNPACK } },
};
/* clang-format on */

/*
 * The text form of a VMDK, as qemu's vmdk_probe() accepts it: comments and
 * empty lines, then the version. "# Disk Descriptor" is also accepted.
 */
static bool is_vmdk_text(const uint8_t *p, const uint8_t *end)
{
	if (text_begins(p, (size_t)(end - p), "# Disk Descriptor"))
		return true;
	while (p < end) {
		const uint8_t *line = p, *eol;
		size_t left;

		while (line < end && *line == ' ')
			line++;
		left = (size_t)(end - line);
		if (line < end && *line != '#' && *line != '\n' &&
		    *line != '\r')
			return text_begins(line, left, "version=1") ||
			       text_begins(line, left, "version=2") ||
			       text_begins(line, left, "version=3");
		eol = memchr(line, '\n', left);
		if (!eol)
			return false;
		p = eol + 1;
	}
	return false;
}

const struct foreign *foreign_decode(const uint8_t head[FOREIGN_HEAD],
				     const uint8_t tail[FOREIGN_TAIL])
{
	static const struct foreign vmdk = { "a VMDK descriptor", CONVERT };

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		const struct magic *m = &magics[i];

		if (memcmp((m->at_end ? tail : head) + m->at, m->bytes,
			   m->len) == 0)
			return &m->is;
	}
	return is_vmdk_text(head, head + FOREIGN_HEAD) ? &vmdk : NULL;
}

int foreign_find(struct source *file, const struct foreign **ret,
		 struct shvm_err *err)
{
	uint8_t head[FOREIGN_HEAD] = { 0 }, tail[FOREIGN_TAIL] = { 0 };

	TRY(source_read(file, 0, head,
			file->size < sizeof(head) ? (size_t)file->size
						  : sizeof(head),
			err));
	if (file->size >= sizeof(tail))
		TRY(source_read(file, file->size - sizeof(tail), tail,
				sizeof(tail), err));
	*ret = foreign_decode(head, tail);
	return SHVM_OK;
}
