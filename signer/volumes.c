/* SPDX-License-Identifier: MIT */
/* Decides which partitions are hashed, or why one is missing or ambiguous. */
#include "signer/volumes.h"

#include "base/guid.h"
#include "disk/partition.h"
#include "signer/readiness.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static bool is_basic(const struct shvm_partition *p)
{
	return partition_type(&p->type_guid) == PARTITION_TYPE_BASIC_DATA;
}

/* The number of partitions of this type, and the first of them. */
static size_t count_type(const struct volumes_input *in,
			 enum partition_type type,
			 const struct shvm_partition **ret_first)
{
	size_t n = 0;

	for (size_t i = 0; i < in->count; i++) {
		if (partition_type(&in->partitions[i].type_guid) != type)
			continue;
		if (n++ == 0 && ret_first)
			*ret_first = &in->partitions[i];
	}
	return n;
}

/* The same for basic-data partitions with this content. */
static size_t count_basic(const struct volumes_input *in,
			  enum shvm_content content,
			  const struct shvm_partition **ret_first)
{
	size_t n = 0;

	for (size_t i = 0; i < in->count; i++) {
		const struct shvm_partition *p = &in->partitions[i];

		if (!is_basic(p) || p->content != content)
			continue;
		if (n++ == 0 && ret_first)
			*ret_first = p;
	}
	return n;
}

static bool is_linux_content(enum shvm_content content)
{
	return content == SHVM_CONTENT_LUKS1 || content == SHVM_CONTENT_LUKS2 ||
	       content == SHVM_CONTENT_EXT || content == SHVM_CONTENT_XFS ||
	       content == SHVM_CONTENT_BTRFS || content == SHVM_CONTENT_F2FS ||
	       content == SHVM_CONTENT_LVM || content == SHVM_CONTENT_MDRAID ||
	       content == SHVM_CONTENT_ZFS;
}

static bool is_linux_type(enum partition_type type)
{
	return type == PARTITION_TYPE_LINUX ||
	       type == PARTITION_TYPE_LINUX_ROOT ||
	       type == PARTITION_TYPE_LINUX_XBOOT;
}

static bool is_luks(enum shvm_content content)
{
	return content == SHVM_CONTENT_LUKS1 || content == SHVM_CONTENT_LUKS2;
}

enum shvm_disk_type volumes_guess_type(const struct volumes_input *in)
{
	bool linux_found = false, luks_found = false;

	if (count_basic(in, SHVM_CONTENT_NTFS, NULL) ||
	    count_basic(in, SHVM_CONTENT_BITLOCKER, NULL) ||
	    count_basic(in, SHVM_CONTENT_REFS, NULL))
		return SHVM_DISK_WINDOWS;
	for (size_t i = 0; i < in->count; i++) {
		const struct shvm_partition *p = &in->partitions[i];

		if (is_linux_type(partition_type(&p->type_guid)) ||
		    is_linux_content(p->content))
			linux_found = true;
		if (is_luks(p->content))
			luks_found = true;
	}
	return luks_found    ? SHVM_DISK_PREPROCESSED_LINUX
	       : linux_found ? SHVM_DISK_LINUX
			     : SHVM_DISK_WINDOWS;
}

/* As text after the name of a partition or of a disk. */
static const char *what_it_is(enum shvm_content content, char ret[64])
{
	if (content == SHVM_CONTENT_BLANK)
		return "is blank";
	if (content == SHVM_CONTENT_ZERO_START)
		return "begins with 256 KiB of zeros";
	(void)snprintf(ret, 64, "contains %s", shvm_content_name(content));
	return ret;
}

static int check_esp(const struct volumes_input *in, struct checks *f,
		     struct shvm_err *err)
{
	const struct shvm_partition *esp = NULL;
	const size_t n = count_type(in, PARTITION_TYPE_ESP, &esp);
	char what[64];

	if (n == 0)
		return RULE_BROKEN(f, "no-esp", UINT64_MAX, err);
	if (n > 1)
		return RULE_BROKEN(f, "several-esp", UINT64_MAX, err, FOUND(n));
	if (esp->content != SHVM_CONTENT_FAT)
		return RULE_BROKEN(f, "esp-not-fat", esp->offset, err,
				   FOUND(esp->number),
				   FOUND(what_it_is(esp->content, what)));
	return SHVM_OK;
}

/* With an NTFS partition present it may be only a data volume. */
static int check_refs(const struct volumes_input *in,
		      const struct shvm_partition *p, struct checks *f,
		      struct shvm_err *err)
{
	TRY(RULE_BROKEN(f, "refs", p->offset, err, FOUND(p->number)));
	if (count_basic(in, SHVM_CONTENT_NTFS, NULL))
		f->items[f->count - 1].level = SHVM_LEVEL_WARNING;
	return SHVM_OK;
}

/* Conditions that prevent BitLocker from encrypting the OS volume. */
static int check_windows(const struct volumes_input *in, struct checks *f,
			 struct shvm_err *err)
{
	const struct shvm_partition *p = NULL;
	int r = SHVM_OK;

	if (count_type(in, PARTITION_TYPE_MSR, NULL) == 0)
		r = RULE_BROKEN(f, "no-msr", UINT64_MAX, err);
	if (r == 0 && (count_type(in, PARTITION_TYPE_LDM_DATA, &p) ||
		       count_type(in, PARTITION_TYPE_LDM_METADATA, &p)))
		r = RULE_BROKEN(f, "ldm", p->offset, err, FOUND(p->number));
	if (r == 0 && count_type(in, PARTITION_TYPE_STORAGE_SPACES, &p))
		r = RULE_BROKEN(f, "storage-spaces", p->offset, err,
				FOUND(p->number));
	if (r == 0 && count_basic(in, SHVM_CONTENT_BITLOCKER, &p))
		r = RULE_BROKEN(f, "bitlocker", p->offset, err,
				FOUND(p->number));
	if (r == 0 && count_basic(in, SHVM_CONTENT_REFS, &p))
		r = check_refs(in, p, f, err);
	return r;
}

int volumes_check(const struct volumes_input *in, enum shvm_disk_type type,
		  struct checks *findings, struct shvm_err *err)
{
	char what[64];
	int r;

	if (in->table == SHVM_TABLE_MBR)
		return RULE_BROKEN(findings, "mbr", 0, err);
	if (in->table == SHVM_TABLE_NONE && in->content == SHVM_CONTENT_UNKNOWN)
		return RULE_BROKEN(findings, "no-table", UINT64_MAX, err);
	if (in->table == SHVM_TABLE_NONE)
		return RULE_BROKEN_AS(findings, "no-table", NO_TABLE_BUT,
				      UINT64_MAX, err,
				      FOUND(what_it_is(in->content, what)));
	r = check_esp(in, findings, err);
	if (r < 0 || type != SHVM_DISK_WINDOWS)
		return r;
	return check_windows(in, findings, err);
}

static struct shvm_volume volume_from(const struct shvm_partition *p,
				      enum shvm_role role)
{
	return (struct shvm_volume){
		.role = role,
		.partition = p->number,
		.guid = p->guid,
		.type_guid = p->type_guid,
		.offset = p->offset,
		.size = p->size,
	};
}

/* The partition that the user selected. */
static int find_named(const struct volumes_input *in,
		      const struct shvm_partition **ret, struct shvm_err *err)
{
	for (size_t i = 0; i < in->count; i++) {
		if (in->partitions[i].number != in->partition)
			continue;
		*ret = &in->partitions[i];
		return SHVM_OK;
	}
	return err_reason(err, SHVM_E_ARG, "no-such-partition",
			  "there is no partition %u", in->partition);
}

static int find_named_ntfs(const struct volumes_input *in,
			   const struct shvm_partition **ret,
			   struct shvm_err *err)
{
	const struct shvm_partition *p = NULL;
	char what[64];

	TRY(find_named(in, &p, err));
	if (p->content == SHVM_CONTENT_BITLOCKER)
		return RULE_ERR(err, SHVM_E_UNSUPPORTED, "bitlocker", NULL,
				FOUND(p->number));
	if (p->content != SHVM_CONTENT_NTFS)
		return RULE_ERR(err, SHVM_E_UNSUPPORTED, "not-ntfs", NULL,
				FOUND(p->number),
				FOUND(what_it_is(p->content, what)));
	*ret = p;
	return SHVM_OK;
}

/* No NTFS among the basic-data partitions: report what they contain. */
static int no_os_volume(const struct volumes_input *in, struct shvm_err *err)
{
	const struct shvm_partition *p = NULL;

	if (count_basic(in, SHVM_CONTENT_BITLOCKER, &p))
		return RULE_ERR(err, SHVM_E_UNSUPPORTED, "bitlocker",
				NO_OS_BITLOCKER, FOUND(p->number));
	if (count_type(in, PARTITION_TYPE_LDM_DATA, &p))
		return RULE_ERR(err, SHVM_E_UNSUPPORTED, "ldm", NO_OS_LDM,
				FOUND(p->number));
	if (count_basic(in, SHVM_CONTENT_REFS, &p))
		return RULE_ERR(err, SHVM_E_UNSUPPORTED, "refs", NO_OS_REFS,
				FOUND(p->number));
	return RULE_ERR(err, SHVM_E_FORMAT, "no-os-volume", NO_OS_NTFS,
			FOUND(in->count));
}

/* Several qualify: use the one that contains Windows. */
static int find_by_windows(const struct volumes_input *in,
			   const struct shvm_partition **ret,
			   struct shvm_err *err)
{
	const struct shvm_partition *found = NULL;
	struct shvm_err why = { 0 };
	char list[64] = "";
	size_t len = 0, count = 0;

	for (size_t i = 0; i < in->count; i++) {
		const struct shvm_partition *p = &in->partitions[i];
		bool yes = false;

		if (!is_basic(p) || p->content != SHVM_CONTENT_NTFS)
			continue;
		if (!in->has_windows ||
		    in->has_windows(in->ctx, p, &yes, &why) < 0)
			return RULE_ERR(
				err, SHVM_E_FORMAT, "several-os-volumes",
				OS_DOUBTFUL, FOUND(p->number),
				FOUND(why.code
					      ? why.msg
					      : "its content was not inspected"));
		if (!yes)
			continue;
		count++;
		found = found ? found : p;
		if (len < sizeof(list) - 16)
			len += (size_t)snprintf(list + len, sizeof(list) - len,
						"%s%u", len ? " and " : "",
						p->number);
	}
	if (count == 1) {
		*ret = found;
		return SHVM_OK;
	}
	if (found)
		return RULE_ERR(err, SHVM_E_FORMAT, "several-os-volumes",
				OS_SEVERAL, FOUND(list));
	if (count_basic(in, SHVM_CONTENT_BITLOCKER, NULL))
		return no_os_volume(in, err);
	return RULE_ERR(err, SHVM_E_FORMAT, "no-os-volume", NO_OS_WINDOWS);
}

static int find_windows(const struct volumes_input *in,
			const struct shvm_partition **ret, struct shvm_err *err)
{
	const size_t ntfs = count_basic(in, SHVM_CONTENT_NTFS, ret);
	const size_t hidden = count_basic(in, SHVM_CONTENT_BITLOCKER, NULL) +
			      count_basic(in, SHVM_CONTENT_REFS, NULL);

	if (in->partition != 0)
		return find_named_ntfs(in, ret, err);
	if (ntfs == 0)
		return no_os_volume(in, err);
	/* With a locked volume present the only NTFS may be a data volume. */
	if (ntfs == 1 && hidden == 0)
		return SHVM_OK;
	return find_by_windows(in, ret, err);
}

static const struct shvm_partition *by_guid(const struct volumes_input *in,
					    const struct shvm_guid *guid)
{
	for (size_t i = 0; i < in->count; i++) {
		if (guid_equal(&in->partitions[i].guid, guid))
			return &in->partitions[i];
	}
	return NULL;
}

/* The two partitions from lsvmconf. */
static int find_linux_named(const struct volumes_input *in,
			    const struct shvm_partition *ret[2],
			    struct shvm_err *err)
{
	char text[SHVM_GUID_TEXT];

	ret[0] = by_guid(in, in->boot_guid);
	if (!ret[0])
		return RULE_ERR(err, SHVM_E_FORMAT, "no-boot-volume",
				NO_BOOT_NAMED,
				FOUND(shvm_guid_format(in->boot_guid, text)));
	ret[1] = by_guid(in, in->root_guid);
	if (!ret[1])
		return RULE_ERR(err, SHVM_E_FORMAT, "no-root-volume",
				NO_ROOT_NAMED,
				FOUND(shvm_guid_format(in->root_guid, text)));
	if (ret[0] == ret[1])
		return RULE_ERR(err, SHVM_E_FORMAT, "no-root-volume",
				NO_ROOT_OWN, FOUND(ret[0]->number));
	return SHVM_OK;
}

/*
 * Without lsvmconf: the two encrypted partitions (or, if boot is not encrypted
 * yet, the two with a Linux file system), boot before root as in all known
 * templates.
 */
static int find_linux_placed(const struct volumes_input *in,
			     const struct shvm_partition *ret[2],
			     struct shvm_err *err)
{
	const struct shvm_partition *luks[2] = { 0 }, *any[2] = { 0 }, *t;
	size_t luks_count = 0, any_count = 0;

	for (size_t i = 0; i < in->count; i++) {
		const struct shvm_partition *p = &in->partitions[i];

		if (partition_type(&p->type_guid) == PARTITION_TYPE_ESP ||
		    !is_linux_content(p->content))
			continue;
		if (any_count++ < 2)
			any[any_count - 1] = p;
		if (is_luks(p->content) && luks_count++ < 2)
			luks[luks_count - 1] = p;
	}
	if (luks_count != 2 && any_count != 2)
		return RULE_ERR(err, SHVM_E_FORMAT, "no-boot-volume",
				NO_BOOT_PLACED, FOUND(luks_count),
				FOUND(any_count - luks_count));
	memcpy(ret, luks_count == 2 ? luks : any, sizeof(luks));
	if (ret[0]->offset > ret[1]->offset) {
		t = ret[0];
		ret[0] = ret[1];
		ret[1] = t;
	}
	return SHVM_OK;
}

/* May it be the root of a plain Linux disk? */
static bool may_be_root(const struct shvm_partition *p)
{
	const enum partition_type type = partition_type(&p->type_guid);

	return is_linux_content(p->content) && type != PARTITION_TYPE_ESP &&
	       type != PARTITION_TYPE_LINUX_XBOOT;
}

static int several_roots(const struct shvm_partition *a,
			 const struct shvm_partition *b, const char *why,
			 struct shvm_err *err)
{
	return RULE_ERR(err, SHVM_E_FORMAT, "several-root-volumes", NULL,
			FOUND(a->number), FOUND(b->number), FOUND(why));
}

/*
 * Several candidates: use the one that contains a Linux, also if all others were
 * inspected and contain none, as with an ext4 /boot and a root in LVM.
 */
static int find_by_linux(const struct volumes_input *in,
			 const struct shvm_partition *candidates[2],
			 const struct shvm_partition **ret,
			 struct shvm_err *err)
{
	const struct shvm_partition *found = NULL, *unread = NULL;
	struct shvm_err why = { 0 };
	size_t unread_count = 0;

	if (!in->has_linux)
		return several_roots(candidates[0], candidates[1],
				     "its content was not inspected", err);
	for (size_t i = 0; i < in->count; i++) {
		const struct shvm_partition *p = &in->partitions[i];
		bool yes = false;

		if (!may_be_root(p))
			continue;
		if (in->has_linux(in->ctx, p, &yes, &why) < 0) {
			unread_count++;
			unread = p;
			continue;
		}
		if (yes && found)
			return several_roots(found, p, "each has an os-release",
					     err);
		if (yes)
			found = p;
	}
	if (unread_count > 1 || (unread && found))
		return several_roots(candidates[0], candidates[1], why.msg,
				     err);
	if (!found && !unread)
		return several_roots(candidates[0], candidates[1],
				     "none of them has an os-release", err);
	*ret = found ? found : unread;
	return SHVM_OK;
}

/* By its type, or as the only candidate, or by its content. */
static int find_root(const struct volumes_input *in,
		     const struct shvm_partition **ret, struct shvm_err *err)
{
	const struct shvm_partition *any[2] = { 0 };
	const size_t typed = count_type(in, PARTITION_TYPE_LINUX_ROOT, ret);
	size_t count = 0;

	if (in->partition != 0)
		return find_named(in, ret, err);
	if (typed == 1)
		return SHVM_OK;
	for (size_t i = 0; i < in->count; i++)
		if (may_be_root(&in->partitions[i]) && count++ < 2)
			any[count - 1] = &in->partitions[i];
	if (count == 0)
		return RULE_ERR(err, SHVM_E_FORMAT, "no-root-volume",
				NO_ROOT_FOUND, FOUND(in->count));
	if (count > 1)
		return find_by_linux(in, any, ret, err);
	*ret = any[0];
	return SHVM_OK;
}

/* A plain Linux: the root, and /boot if a partition has its type. */
static int find_linux(const struct volumes_input *in, struct shvm_volume ret[2],
		      size_t *ret_count, struct shvm_err *err)
{
	const struct shvm_partition *root = NULL, *boot = NULL;
	size_t n = 0;

	TRY(find_root(in, &root, err));
	if (count_type(in, PARTITION_TYPE_LINUX_XBOOT, &boot) == 1 &&
	    boot != root)
		ret[n++] = volume_from(boot, SHVM_ROLE_BOOT);
	ret[n++] = volume_from(root, SHVM_ROLE_ROOT);
	*ret_count = n;
	return SHVM_OK;
}

int volumes_find(const struct volumes_input *in, enum shvm_disk_type type,
		 struct shvm_volume ret[2], size_t *ret_count,
		 struct shvm_err *err)
{
	const struct shvm_partition *found[2] = { 0 };
	int r;

	if (in->table == SHVM_TABLE_MBR)
		return RULE_ERR(err, SHVM_E_UNSUPPORTED, "mbr", NULL);
	if (in->table == SHVM_TABLE_NONE)
		return RULE_ERR(err, SHVM_E_FORMAT, "no-table", NULL);

	if (type == SHVM_DISK_WINDOWS) {
		TRY(find_windows(in, &found[0], err));
		assert(found[0]);
		ret[0] = volume_from(found[0], SHVM_ROLE_OS);
		*ret_count = 1;
		return SHVM_OK;
	}
	if (type == SHVM_DISK_LINUX)
		return find_linux(in, ret, ret_count, err);

	if (in->boot_guid && in->root_guid)
		r = find_linux_named(in, found, err);
	else
		r = find_linux_placed(in, found, err);
	if (r < 0)
		return r;
	assert(found[0] && found[1]);
	ret[0] = volume_from(found[0], SHVM_ROLE_BOOT);
	ret[1] = volume_from(found[1], SHVM_ROLE_ROOT);
	*ret_count = 2;
	return SHVM_OK;
}
