/* SPDX-License-Identifier: MIT */
/*
 * Copies a folder into an NTFS image: ntfs-fill IMAGE FOLDER
 * Uses libntfs-3g instead of a mount, so neither root nor /dev/fuse is needed.
 * Built by samples/make-windows-disk.sh when it runs; not part of a library.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ntfs-3g/attrib.h>
#include <ntfs-3g/dir.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/unistr.h>
#include <ntfs-3g/volume.h>

enum {
	PIECE = 1 << 20
};

static int complain(const char *path)
{
	fprintf(stderr, "ntfs-fill: %s: %s\n", path, strerror(errno));
	return -1;
}

/* A new entry of the folder, S_IFREG or S_IFDIR; NULL with errno set. */
static ntfs_inode *create(ntfs_inode *folder, const char *name, mode_t type)
{
	ntfschar *wide = NULL;
	ntfs_inode *inode = NULL;
	int len = ntfs_mbstoucs(name, &wide);

	if (len > 0 && len <= 255)
		inode = ntfs_create(folder, const_cpu_to_le32(0), wide, (u8)len,
				    type);
	free(wide);
	return inode;
}

/* An open parent must be named when a child is closed: both are updated. */
static int close_in(ntfs_inode *inode, ntfs_inode *folder)
{
	return ntfs_inode_close_in_dir(inode, folder) == 0 ? 0 : -1;
}

static int copy_data(ntfs_inode *inode, int fd)
{
	static char piece[PIECE];
	ntfs_attr *data = ntfs_attr_open(inode, AT_DATA, AT_UNNAMED, 0);
	s64 at = 0;
	ssize_t n = -1;

	if (!data)
		return -1;
	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		if (ntfs_attr_pwrite(data, at, n, piece) != n) {
			n = -1;
			break;
		}
		at += n;
	}
	ntfs_attr_close(data);
	return n < 0 ? -1 : 0;
}

static int copy_file(ntfs_inode *folder, const char *name, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ntfs_inode *inode = NULL;
	int r = -1;

	if (fd >= 0)
		inode = create(folder, name, S_IFREG);
	if (inode) {
		r = copy_data(inode, fd);
		if (close_in(inode, folder) < 0)
			r = -1;
	}
	if (r < 0)
		(void)complain(path);
	if (fd >= 0)
		(void)close(fd); /* was only read */
	return r;
}

static int copy_folder(ntfs_inode *folder, const char *path)
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, NULL, alphasort);
	int r = n < 0 ? complain(path) : 0;

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		char inner[PATH_MAX];
		struct stat st;

		if (r < 0 || !strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (snprintf(inner, sizeof(inner), "%s/%s", path, name) >=
			    (int)sizeof(inner) ||
		    lstat(inner, &st) < 0) {
			r = complain(path);
		} else if (S_ISDIR(st.st_mode)) {
			ntfs_inode *made = create(folder, name, S_IFDIR);

			r = made ? copy_folder(made, inner) : complain(inner);
			if (made && close_in(made, folder) < 0)
				r = complain(inner);
		} else if (S_ISREG(st.st_mode)) {
			r = copy_file(folder, name, inner);
		}
	}
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return r;
}

int main(int argc, char **argv)
{
	ntfs_volume *volume;
	ntfs_inode *root;
	int r = -1;

	if (argc != 3) {
		fputs("usage: ntfs-fill IMAGE FOLDER\n", stderr);
		return 2;
	}
	volume = ntfs_mount(argv[1], 0);
	if (!volume)
		return complain(argv[1]) ? 1 : 0;
	root = ntfs_pathname_to_inode(volume, NULL, "/");
	if (root) {
		r = copy_folder(root, argv[2]);
		if (ntfs_inode_close(root) != 0)
			r = complain(argv[1]);
	} else {
		(void)complain(argv[1]);
	}
	if (ntfs_umount(volume, FALSE) != 0)
		r = complain(argv[1]);
	return r < 0 ? 1 : 0;
}
