/* SPDX-License-Identifier: MIT */
/* Facts about a guest: gathered by the helper program. */
#include "guest/facts.h"

#include "base/clock.h"
#include "disk/partition.h"
#include "guest/helper.h"

#include <stdio.h>
#include <string.h>

/*
 * Together with the memory file of the hive and the program's own memory, this
 * stays below 512 MB.
 */
#define MEMORY (288u << 20)

enum {
	BOOTS_MAX = 8 /* partitions that are looked into for a kernel; ours */
};

int64_t facts_deadline(void)
{
	return clock_ms() + FACTS_SECONDS * 1000;
}

static struct helper_place place(const struct shvm_partition *p)
{
	return p ? (struct helper_place){ p->number, p->offset }
		 : (struct helper_place){ 0 };
}

static int ask(const struct facts_input *in, enum helper_what what,
	       struct buf *ret, struct shvm_err *err)
{
	const struct helper_job job = {
		.what = what,
		.seconds = FACTS_SECONDS,
		.memory = MEMORY,
		.esp = place(in->esp),
		.os = place(in->os),
	};

	return helper_run(in->helper, &job, in->disk, in->until, ret, err);
}

static int answer_split(const struct buf *answer, struct shvm_guest_facts *ret,
			struct buf *conf, struct shvm_err *err)
{
	struct cursor c = cursor_init(answer->data, answer->len);
	const uint8_t *text;
	uint32_t len;

	if (!cursor_le32(&c, &len) || len > FACTS_CONF_MAX ||
	    !cursor_take(&c, len, &text))
		return err_reason(err, SHVM_E_FORMAT, "sandbox-died",
				  "the file-system helper sent an invalid "
				  "answer");
	buf_add(conf, text, len);
	return facts_decode((const char *)c.at, c.left, ret, err);
}

int facts_gather(const struct facts_input *in, struct shvm_guest_facts *ret,
		 struct buf *conf, struct shvm_err *err)
{
	AUTO_DONE(buf) answer = { 0 };
	struct shvm_err why = { 0 };
	int r;

	facts_init(ret);
	if (!in->esp && !in->os)
		return SHVM_OK;
	r = ask(in, HELPER_FACTS, &answer, &why);
	if (r == 0)
		r = answer_split(&answer, ret, conf, &why);
	if (r == 0)
		return buf_check(conf, "lsvmconf", err);
	if (r == SHVM_E_NOMEM && !why.reason)
		return err_nomem(err, "facts");
	facts_init(ret); /* the helper's death is a finding */
	facts_trouble(ret, "%s", why.msg);
	return SHVM_OK;
}

/* Facts of a root whose file system libtsk can read. */
static int ask_root(const struct facts_input *in, struct source *root,
		    uint32_t number, struct shvm_guest_facts *ret,
		    struct shvm_err *err)
{
	const struct helper_job job = {
		.what = HELPER_ROOT,
		.seconds = FACTS_SECONDS,
		.memory = MEMORY,
		.os = { number, 0 },
	};
	AUTO_DONE(buf) answer = { 0 };

	TRY(helper_run(in->helper, &job, root, in->until, &answer, err));
	return facts_decode((const char *)answer.data, answer.len, ret, err);
}

int facts_gather_root(const struct facts_input *in, struct source *root,
		      uint32_t number, struct shvm_guest_facts *ret,
		      struct shvm_err *err)
{
	enum shvm_content content = SHVM_CONTENT_UNKNOWN;
	struct shvm_guest_facts found;
	struct shvm_err why = { 0 };
	int r;

	facts_init(&found);
	r = partition_content(root, 0, root->size, &content, &why);
	if (r == 0 && content == SHVM_CONTENT_EXT)
		r = ask_root(in, root, number, &found, &why);
	else if (r == 0)
		facts_root_trouble(&found,
				   "partition %u: the root file system (%s) "
				   "was not read: only libguestfs can read it",
				   number, shvm_content_name(content));
	if (r == SHVM_E_NOMEM && !why.reason)
		return err_nomem(err, "facts");
	if (r < 0) {
		facts_init(&found);
		facts_root_trouble(&found, "partition %u: %s", number, why.msg);
	}
	(void)snprintf(found.root_fs, sizeof(found.root_fs), "%s",
		       r < 0 ? "" : shvm_content_name(content));
	facts_take_root(ret, &found);
	return SHVM_OK;
}

bool facts_may_be_boot(const struct facts_input *in,
		       const struct shvm_partition *p)
{
	const enum partition_type type = partition_type(&p->type_guid);

	for (size_t i = 0; i < in->volume_count; i++)
		if (in->volumes[i].role == SHVM_ROLE_ROOT &&
		    in->volumes[i].partition == p->number)
			return false;
	return p->content == SHVM_CONTENT_EXT ||
	       p->content == SHVM_CONTENT_XFS ||
	       p->content == SHVM_CONTENT_BTRFS ||
	       p->content == SHVM_CONTENT_F2FS ||
	       (p->content == SHVM_CONTENT_FAT &&
		type == PARTITION_TYPE_LINUX_XBOOT);
}

/* On this partition? What is not known is trouble. */
static int ask_kernel(const struct facts_input *in,
		      const struct shvm_partition *p,
		      struct shvm_guest_facts *ret, struct shvm_err *err)
{
	struct facts_input there = *in;
	AUTO_DONE(buf) answer = { 0 };
	struct shvm_err why = { 0 };
	int r;

	there.esp = NULL;
	there.os = p;
	if (p->content != SHVM_CONTENT_EXT && p->content != SHVM_CONTENT_FAT)
		r = err_set(&why, SHVM_E_UNSUPPORTED,
			    "%s was not looked into for a kernel: only "
			    "libguestfs can",
			    shvm_content_name(p->content));
	else
		r = ask(&there, HELPER_KERNEL, &answer, &why);
	if (r == SHVM_E_NOMEM && !why.reason)
		return err_nomem(err, "facts");
	if (r < 0)
		facts_root_trouble(ret, "partition %u: %s", p->number, why.msg);
	if (r < 0)
		ret->kernel = SHVM_UNKNOWN;
	else if (answer.len == 1 && answer.data[0] == 'y')
		ret->kernel = SHVM_YES;
	return SHVM_OK;
}

int facts_gather_kernel(const struct facts_input *in,
			struct shvm_guest_facts *ret, struct shvm_err *err)
{
	size_t looked = 0;

	for (size_t i = 0; i < in->partition_count && ret->kernel != SHVM_YES &&
			   ret->esp_kernel != SHVM_YES;
	     i++) {
		if (!facts_may_be_boot(in, &in->partitions[i]))
			continue;
		if (looked++ < BOOTS_MAX)
			TRY(ask_kernel(in, &in->partitions[i], ret, err));
		else
			ret->kernel = SHVM_UNKNOWN;
	}
	return SHVM_OK;
}

int facts_has_windows(const struct facts_input *in, bool *ret,
		      struct shvm_err *err)
{
	AUTO_DONE(buf) answer = { 0 };

	TRY(ask(in, HELPER_SYSTEM32, &answer, err));
	*ret = answer.len == 1 && answer.data[0] == 'y';
	return SHVM_OK;
}

int facts_has_linux(const struct facts_input *in, bool *ret,
		    struct shvm_err *err)
{
	AUTO_DONE(buf) answer = { 0 };

	if (in->os->content != SHVM_CONTENT_EXT)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "partition %u: the content of %s is not "
			       "examined",
			       in->os->number,
			       shvm_content_name(in->os->content));
	TRY(ask(in, HELPER_LINUX, &answer, err));
	*ret = answer.len == 1 && answer.data[0] == 'y';
	return SHVM_OK;
}
