/* SPDX-License-Identifier: MIT */
/* Where a file has data and where holes, by lseek(). */
#include "source/file_holes.h"

#include "base/auto.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

void file_holes_start(struct file_holes *run, int fd)
{
	static const uint32_t local[] = {
		EXT4_SUPER_MAGIC, /* and ext2, ext3 */
		XFS_SUPER_MAGIC,  BTRFS_SUPER_MAGIC,	 F2FS_SUPER_MAGIC,
		TMPFS_MAGIC,	  OVERLAYFS_SUPER_MAGIC, /* containers */
	};
	struct statfs fs;

	*run = (struct file_holes){ 0 };
	if (fstatfs(fd, &fs) < 0)
		return;
	/* f_type is signed on some machines: the low 32 bits are the number. */
	for (size_t i = 0; i < ARRAY_SIZE(local); i++)
		run->believed |= (uint32_t)fs.f_type == local[i];
}

uint64_t file_holes_end(const struct file_holes *run, uint64_t at)
{
	const uint64_t ends = atomic_load(&run->ends);
	const uint64_t unit = at / FILE_HOLES_UNIT;

	if (unit < ends >> 32 || unit >= (uint32_t)ends)
		return at;
	return (uint64_t)(uint32_t)ends * FILE_HOLES_UNIT;
}

void file_holes_keep(struct file_holes *run, uint64_t at, uint64_t end)
{
	const uint64_t first =
		at / FILE_HOLES_UNIT + (at % FILE_HOLES_UNIT != 0);
	const uint64_t last = end / FILE_HOLES_UNIT;

	if (first < last && last <= UINT32_MAX)
		atomic_store(&run->ends, first << 32 | last);
}

uint64_t file_holes_next_data(const struct file_holes *run, int fd, uint64_t at,
			      uint64_t end)
{
	off_t data;

	if (!run->believed)
		return at;
	data = lseek(fd, (off_t)at, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? end : at; /* a hole up to the end */
	return (uint64_t)data < end ? (uint64_t)data : end;
}

bool file_holes_at(struct file_holes *run, int fd, uint64_t at, uint64_t end,
		   uint64_t *ret_end)
{
	uint64_t stop = file_holes_end(run, at);

	if (!run->believed) {
		*ret_end = end;
		return true;
	}
	if (stop == at) {
		*ret_end = file_holes_next_data(run, fd, at, end);
		if (*ret_end > at)
			return false;
	}
	if (stop < end) {
		const off_t hole = lseek(fd, (off_t)stop, SEEK_HOLE);

		stop = hole < 0 ? end : (uint64_t)hole;
		if (hole >= 0)
			file_holes_keep(run, at, stop);
	}
	/* A hole right here was made since the last call. */
	*ret_end = stop > at && stop < end ? stop : end;
	return true;
}
