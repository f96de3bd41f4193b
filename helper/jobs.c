/* SPDX-License-Identifier: MIT */
/* The jobs of the file-system helper. */
#include "helper/jobs.h"

#include "helper/facts.h"
#include "helper/hive.h"

void job_prepare(const struct helper_job *job)
{
	(void)job;
	hive_prepare();
}

static int gather(const struct helper_job *job, struct source *disk,
		  struct buf *out, struct shvm_err *err)
{
	AUTO_DONE(buf) conf = { 0 };
	struct shvm_guest_facts f;

	facts_init(&f);
	if (job->esp.number)
		facts_look_esp(disk, &job->esp, !job->os.number, &f, &conf);
	if (job->os.number)
		facts_look_windows(disk, &job->os, &f);
	buf_add_le32(out, (uint32_t)conf.len);
	buf_add(out, conf.data, conf.len);
	facts_encode(&f, out);
	return buf_check(&conf, "lsvmconf", err);
}

int job_run(const struct helper_job *job, struct source *disk,
	    const char *locks, struct buf *out, struct shvm_err *err)
{
	struct shvm_guest_facts f;
	bool yes = false;
	int r;

	switch (job->what) {
	case HELPER_TRY:
		buf_add_text(out, locks);
		return SHVM_OK;
	case HELPER_FACTS:
		return gather(job, disk, out, err);
	case HELPER_SYSTEM32:
		r = facts_look_system32(disk, &job->os, &yes, err);
		buf_add(out, yes ? "y" : "n", 1);
		return r;
	case HELPER_ROOT:
		facts_init(&f);
		facts_look_root(disk, &job->os, &f);
		facts_encode(&f, out);
		return SHVM_OK;
	case HELPER_LINUX:
		r = facts_look_linux(disk, &job->os, &yes, err);
		buf_add(out, yes ? "y" : "n", 1);
		return r;
	case HELPER_KERNEL:
		r = facts_look_kernel(disk, &job->os, &yes, err);
		buf_add(out, yes ? "y" : "n", 1);
		return r;
	default:
		return err_set(err, SHVM_E_UNSUPPORTED, "no job %u", job->what);
	}
}
