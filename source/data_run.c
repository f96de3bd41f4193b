/* SPDX-License-Identifier: MIT */
/* Where a file has data and where holes, by lseek(). */
#include "source/data_run.h"

#include "base/auto.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

bool data_holes_known_on(uint32_t f_type)
{
	static const uint32_t local[] = {
		EXT4_SUPER_MAGIC, /* and ext2, ext3 */
		XFS_SUPER_MAGIC,  BTRFS_SUPER_MAGIC,	 F2FS_SUPER_MAGIC,
		TMPFS_MAGIC,	  OVERLAYFS_SUPER_MAGIC, /* containers */
	};

	for (size_t i = 0; i < ARRAY_SIZE(local); i++)
		if (f_type == local[i])
			return true;
	return false;
}

bool data_holes_known(int fd)
{
	struct statfs fs;

	/* f_type is signed on some machines: the low 32 bits are the number. */
	return fstatfs(fd, &fs) == 0 &&
	       data_holes_known_on((uint32_t)fs.f_type);
}

uint64_t data_run_end(const struct data_run *run, uint64_t at)
{
	const uint64_t ends = atomic_load(&run->ends);
	const uint64_t unit = at / DATA_RUN_UNIT;

	if (unit < ends >> 32 || unit >= (uint32_t)ends)
		return at;
	return (uint64_t)(uint32_t)ends * DATA_RUN_UNIT;
}

void data_run_keep(struct data_run *run, uint64_t at, uint64_t end)
{
	const uint64_t first = at / DATA_RUN_UNIT + (at % DATA_RUN_UNIT != 0);
	const uint64_t last = end / DATA_RUN_UNIT;

	if (first < last && last <= UINT32_MAX)
		atomic_store(&run->ends, first << 32 | last);
}

uint64_t data_next(int fd, uint64_t at, uint64_t end)
{
	const off_t data = lseek(fd, (off_t)at, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO ? end : at; /* a hole up to the end */
	return (uint64_t)data < end ? (uint64_t)data : end;
}

bool data_run_at(struct data_run *run, int fd, uint64_t at, uint64_t end,
		 uint64_t *ret_end)
{
	uint64_t stop = data_run_end(run, at);

	if (stop == at) {
		*ret_end = data_next(fd, at, end);
		if (*ret_end > at)
			return false;
	}
	if (stop < end) {
		const off_t hole = lseek(fd, (off_t)stop, SEEK_HOLE);

		stop = hole < 0 ? end : (uint64_t)hole;
		if (hole >= 0)
			data_run_keep(run, at, stop);
	}
	/* A hole at once is one that somebody has made just now. */
	*ret_end = stop > at && stop < end ? stop : end;
	return true;
}
