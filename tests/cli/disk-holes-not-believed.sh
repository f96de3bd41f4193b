# Holes are believed of this machine's file systems only: on a network or FUSE file
# system every byte is read, whatever lseek() says there.
. "$ROOT/tests/cli/lib.sh"
need cc jq

# A library that says that all files are one hole, on the file system $FS.
cat >lie.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
static int stat_fs(long *f_type)
{
	*f_type = strtol(getenv("FS"), NULL, 0);
	return 0;
}
int fstatfs(int fd, struct statfs *s) { (void)fd; return stat_fs((long *)&s->f_type); }
int fstatfs64(int fd, struct statfs64 *s) { (void)fd; return stat_fs((long *)&s->f_type); }
static off_t seek(int fd, off_t at, int whence)
{
	if (whence == SEEK_DATA) { errno = ENXIO; return -1; }
	return syscall(SYS_lseek, fd, at, whence);
}
off_t lseek(int fd, off_t at, int whence) { return seek(fd, at, whence); }
off64_t lseek64(int fd, off64_t at, int whence) { return seek(fd, at, whence); }
END
cc -shared -fPIC -o lie.so lie.c || skip "cc makes no shared library"
head -c 3000000 /dev/urandom >d.raw
head -c 3000000 /dev/zero >zeros.raw
digest() { "$SHVM" disk digest --whole --raw "$@" --json | jq -r .digest; }
lied() { env FS="$1" LD_PRELOAD="$PWD/lie.so" "$SHVM" disk digest --whole --raw d.raw --json | jq -r .digest; }

good=$(digest d.raw)
zeros=$(digest zeros.raw)
[ "$good" != "$zeros" ] || fail "one digest for two files"
# The library does what it is for: an ext4 is believed.
[ "$(lied 0xef53)" = "$zeros" ] || skip "this build does not call the library"
# NFS, CIFS, SMB2, FUSE, 9P, Ceph, GFS2, Lustre, ZFS, and an unknown one.
for fs in 0x6969 0xff534d42 0xfe534d42 0x65735546 0x01021997 0x00c36400 0x01161970 \
	0x0bd00bd0 0x2fc12fc1 0x12345678; do
	[ "$(lied $fs)" = "$good" ] || fail "holes of file system $fs are believed"
done
