/* SPDX-License-Identifier: MIT */
/* Would this PDK provision this disk? The checks in order, each with its
 * reason (formats, section 5). */
#include "base/checks.h"
#include "base/line.h"
#include "base/reserved.h"
#include "pdk/answer_file.h"
#include "pdk/owner.h"
#include "pdk/pdk_file.h"
#include "pdk/specialize.h"
#include "pdk/trusted_catalog.h"
#include "signer/template.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum check {
	CHECK_PDK,
	CHECK_PROTECTOR,
	CHECK_OWNER,
	CHECK_OWNER_CERTIFICATE,
	CHECK_KEY,
	CHECK_BODY,
	CHECK_CATALOG,
	CHECK_CATALOG_SIGNATURE,
	CHECK_CERTIFICATE,
	CHECK_TEMPLATE,
	CHECK_COVERAGE,
	CHECK_LAYOUT,
	CHECK_DIGEST,
	CHECK_ANSWER,
	CHECK_COUNT
};

static const char *const check_names[CHECK_COUNT] = {
	"pdk",		"protector",   "owner-signature", "owner-certificate",
	"guardian-key", "body",	       "catalog",	  "catalog-signature",
	"certificate",	"template",    "coverage",	  "layout",
	"digest",	"answer-file",
};

/* The state of a run, filled by the checks one after the other. */
struct run {
	const struct shvm_pdk_check_params *params;
	struct shvm_pdk_verdict *verdict;
	struct checks checks;
	enum check next;    /* the next check */
	bool out_of_memory; /* a check is missing */
	struct shvm_pdk *pdk;
	const struct shvm_catalog *catalog;
	struct shvm_catalog *own;   /* that of the disk, if it is used */
	enum shvm_coverage require; /* from the matching qualifier */
};

static void run_done(struct run *run)
{
	checks_done(&run->checks);
	shvm_catalog_free(run->own);
}

/* Adds the result of the next check. A failure is kept for run_all(). */
PRINTF_LIKE(4, 5)
static int note(struct run *run, enum check check, enum shvm_outcome outcome,
		const char *fmt, ...)
{
	const struct shvm_check one = { .id = check_names[check],
					.outcome = outcome,
					.level = SHVM_LEVEL_ERROR,
					.offset = UINT64_MAX };
	char text[SHVM_MSG_SIZE];
	va_list ap;

	assert(run->next == check);
	run->next++;
	va_start(ap, fmt);
	line_vput(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (checks_put(&run->checks, &one, NULL, "%s", text) < 0)
		run->out_of_memory = true;
	return SHVM_OK;
}

/* A failed check is a verdict; so is a malformed PDK or catalog. */
static bool is_no(const struct shvm_err *why)
{
	return template_says_no(why) ||
	       (why->code == SHVM_E_FORMAT && why->reason &&
		(strcmp(why->reason, "bad-pdk") == 0 ||
		 strcmp(why->reason, "bad-protector") == 0));
}

/* Any other failure means that there is no verdict. */
static int say_no(struct run *run, const struct shvm_err *why,
		  struct shvm_err *err)
{
	struct shvm_verdict *v = &run->verdict->verdict;

	if (!is_no(why)) {
		assert(why->code < 0);
		return err_take(err, why);
	}
	v->reason = why->reason ? why->reason : "bad-pdk";
	line_put(v->text, sizeof(v->text), "%s", why->msg);
	return SHVM_E_VERIFY;
}

static int refuse(struct run *run, enum check check, const struct shvm_err *why,
		  struct shvm_err *err)
{
	const int r = say_no(run, why, err);

	if (r == SHVM_E_VERIFY)
		(void)note(run, check, SHVM_CHECK_FAILED, "%s", why->msg);
	return r;
}

/* Each difference is a separate check. */
static int refuse_layout(struct run *run, const struct checks *differences,
			 const struct shvm_err *why, struct shvm_err *err)
{
	if (differences->count == 0)
		return refuse(run, CHECK_LAYOUT, why, err);
	TRY(checks_put_all(&run->checks, differences, err));
	run->next = CHECK_LAYOUT + 1;
	return say_no(run, why, err);
}

static int check_file(struct run *run, struct shvm_err *err)
{
	const struct shvm_err *why = run->params->no_pdk;

	if (!run->pdk && why->reason &&
	    strcmp(why->reason, "bad-protector") == 0) {
		(void)note(run, CHECK_PDK, SHVM_CHECK_PASSED,
			   "the container is well-formed");
		return refuse(run, CHECK_PROTECTOR, why, err);
	}
	if (!run->pdk)
		return refuse(run, CHECK_PDK, why, err);
	run->verdict->policy = run->pdk->container.policy_value;
	run->verdict->policy_known = true;
	return note(run, CHECK_PDK, SHVM_CHECK_PASSED,
		    "the container is well-formed, %ju bytes",
		    (uintmax_t)run->pdk->file.len);
}

static int check_protector(struct run *run, struct shvm_err *err)
{
	struct shvm_err why = { 0 };

	if (pdk_file_check_protector(run->pdk, &why) < 0)
		return refuse(run, CHECK_PROTECTOR, &why, err);
	return note(run, CHECK_PROTECTOR, SHVM_CHECK_PASSED,
		    "%zu wrappings, each leads to the owner",
		    run->pdk->info.protector->wrapping_count);
}

static int check_owner(struct run *run, struct shvm_err *err)
{
	const char *wanted = run->params->owner_fingerprint;
	struct shvm_err why = { 0 };
	AUTO_CERT_INFO owner = { 0 };

	TRY(cert_info_init(&owner, pdk_file_owner_cert(run->pdk), err));
	if (pdk_file_check_signature(run->pdk, &why) < 0)
		return refuse(run, CHECK_OWNER, &why, err);
	if (wanted && pdk_file_check_fingerprint(run->pdk, wanted, &why) < 0)
		return refuse(run, CHECK_OWNER, &why, err);
	return note(run, CHECK_OWNER, SHVM_CHECK_PASSED,
		    "signed by the owner, %.*s (SHA-256 %s)",
		    LINE_FIT(owner.subject, 150), owner.sha256);
}

static int check_owner_certificate(struct run *run, struct shvm_err *err)
{
	struct shvm_err why = { 0 };

	if (owner_check_certificate(pdk_file_owner_cert(run->pdk),
				    trust_or_none(run->params->trust)->at,
				    &why) < 0)
		return refuse(run, CHECK_OWNER_CERTIFICATE, &why, err);
	return note(run, CHECK_OWNER_CERTIFICATE, SHVM_CHECK_PASSED,
		    "the owner's certificate is valid");
}

static int try_key(struct run *run, const struct shvm_key_source *source,
		   bool *ret_opened, struct shvm_err *why)
{
	AUTO(pkey_ptr) key = NULL;
	int r;

	*ret_opened = false;
	TRY(key_load_private(source, &key, NULL, NULL, why));
	r = pdk_file_unwrap(run->pdk, key, why);
	if (r == SHVM_E_VERIFY && why->reason &&
	    strcmp(why->reason, "no-guardian-key") == 0)
		return SHVM_OK;
	*ret_opened = r == SHVM_OK;
	return r;
}

/* The id of the wrapping that the key opened. */
static uint32_t opened_id(const struct shvm_pdk *pdk)
{
	return pdk->info.protector->wrappings[pdk->wrapping].id;
}

static int check_key(struct run *run, struct shvm_err *err)
{
	const struct shvm_pdk_check_params *p = run->params;
	struct shvm_err why = { 0 };

	if (run->pdk->info.is_open)
		return note(run, CHECK_KEY, SHVM_CHECK_PASSED,
			    "a key opened wrapping %u", opened_id(run->pdk));
	if (p->key_count == 0 && run->pdk->container.has_qualifiers)
		return note(
			run, CHECK_KEY, SHVM_CHECK_SKIPPED,
			"no key was given: the published qualifiers are taken");
	for (size_t i = 0; i < p->key_count; i++) {
		bool opened;

		if (try_key(run, &p->keys[i], &opened, &why) < 0)
			return refuse(run, CHECK_KEY, &why, err);
		if (opened)
			return note(run, CHECK_KEY, SHVM_CHECK_PASSED,
				    "a key opens wrapping %u",
				    opened_id(run->pdk));
	}
	(void)err_reason(
		&why, SHVM_E_VERIFY, "no-guardian-key",
		p->key_count == 0
			? "pdk: no key was given and the file publishes no qualifiers"
			: "pdk: none of the given keys opens it");
	return refuse(run, CHECK_KEY, &why, err);
}

static int check_body(struct run *run, struct shvm_err *err)
{
	struct shvm_err why = { 0 };

	if (!run->pdk->transport_key)
		return note(run, CHECK_BODY, SHVM_CHECK_SKIPPED,
			    "the body was not opened");
	if (!run->pdk->info.is_open && pdk_file_open_body(run->pdk, &why) < 0)
		return refuse(run, CHECK_BODY, &why, err);
	return note(
		run, CHECK_BODY, SHVM_CHECK_PASSED,
		"the body was decrypted and authenticated, and matches the unencrypted sections");
}

static int find_catalog(struct run *run, struct shvm_err *err)
{
	const struct shvm_pdk_check_params *p = run->params;
	int r;

	if (p->no_catalog)
		return err_take(err, p->no_catalog);
	run->catalog = p->catalog;
	if (run->catalog)
		return SHVM_OK;
	r = shvm_catalog_from_disk(p->disk, &run->own, err);
	run->catalog = run->own;
	return r;
}

static int check_catalog(struct run *run, struct shvm_err *err)
{
	const struct shvm_pdk_check_params *p = run->params;
	struct shvm_pdk_verdict *v = run->verdict;
	struct shvm_err why = { 0 };
	char version[SHVM_VERSION_TEXT];
	int r;

	r = find_catalog(run, &why);
	if (r < 0 && why.reason && strcmp(why.reason, "bad-signature") == 0) {
		(void)note(run, CHECK_CATALOG, SHVM_CHECK_PASSED,
			   "the catalog's signed message is well-formed");
		return refuse(run, CHECK_CATALOG_SIGNATURE, &why, err);
	}
	if (r < 0)
		return refuse(run, CHECK_CATALOG, &why, err);
	(void)snprintf(v->template_name, sizeof(v->template_name), "%s",
		       run->catalog->info.name);
	v->template_version = run->catalog->info.version;
	(void)note(run, CHECK_CATALOG, SHVM_CHECK_PASSED,
		   "\"%.*s\" %s, from the %s", LINE_FIT(v->template_name, 150),
		   shvm_version_format(&v->template_version, version),
		   p->catalog ? "catalog file" : "disk");
	return note(run, CHECK_CATALOG_SIGNATURE, SHVM_CHECK_PASSED,
		    "the catalog's signature is good");
}

static int check_certificate(struct run *run, struct shvm_err *err)
{
	struct shvm_err why = { 0 };

	if (cms_check_time(&run->catalog->message,
			   trust_or_none(run->params->trust), &why) < 0)
		return refuse(run, CHECK_CERTIFICATE, &why, err);
	return note(run, CHECK_CERTIFICATE, SHVM_CHECK_PASSED,
		    "the signer's certificate is valid");
}

/* Trust and required coverage are decided before the disk is read. */
static int check_template(struct run *run, struct shvm_err *err)
{
	const bool open = run->pdk->info.is_open;
	const struct qualifiers *q =
		open ? &run->pdk->body.qualifiers : &run->pdk->published;
	const char *kind = open ? "sealed" : "published";
	const struct qualifier *match = NULL;
	AUTO_DONE(buf) cert = { 0 };
	struct template_id id = { 0 };
	struct shvm_err why = { 0 };
	int r;

	TRY(catalog_identify(run->catalog, &cert, &id, err));
	r = qualifiers_match(q, &id, &match, &why);
	if (r < 0 && why.reason && strcmp(why.reason, "coverage") == 0) {
		(void)note(run, CHECK_TEMPLATE, SHVM_CHECK_PASSED,
			   "a %s qualifier names this template", kind);
		return refuse(run, CHECK_COVERAGE, &why, err);
	}
	if (r < 0)
		return refuse(run, CHECK_TEMPLATE, &why, err);
	run->require = match->require;
	(void)note(run, CHECK_TEMPLATE, SHVM_CHECK_PASSED,
		   "a %s qualifier matches%s", kind,
		   match->is_pinned ? ", pinned to this catalog" : "");
	return note(run, CHECK_COVERAGE, SHVM_CHECK_PASSED,
		    "the catalog covers %s, %s is required",
		    shvm_coverage_name(id.coverage),
		    shvm_coverage_name(match->require));
}

static int check_disk(struct run *run, struct shvm_err *err)
{
	const struct shvm_pdk_check_params *p = run->params;
	const struct shvm_catalog_info *catalog = &run->catalog->info;
	const struct shvm_verify_params how = { .require = run->require,
						.digest = p->digest };
	AUTO_DONE(checks) found = { 0 };
	AUTO_DONE(parts) parts = { 0 };
	struct shvm_err why = { 0 };
	uint64_t size;

	if (!p->disk) {
		(void)note(run, CHECK_LAYOUT, SHVM_CHECK_SKIPPED,
			   "only a catalog was given");
		return note(run, CHECK_DIGEST, SHVM_CHECK_SKIPPED,
			    "only a catalog was given: no disk was read");
	}
	size = shvm_disk_info(p->disk)->virtual_size;
	TRY(parts_plan(catalog, &parts, err));
	if (template_check_form(p->disk, catalog, p->allow_differencing, &parts,
				&found, &why) < 0)
		return refuse_layout(run, &found, &why, err);
	(void)note(run, CHECK_LAYOUT, SHVM_CHECK_PASSED,
		   "%s%zu volumes are what the catalog says",
		   catalog->coverage == SHVM_COVERAGE_DISK ? "the table and "
							   : "",
		   catalog->volume_count);
	if (template_check_digests(p->disk, &how, &parts, &why) < 0)
		return refuse(run, CHECK_DIGEST, &why, err);
	if (!parts_as_signed(&parts, catalog, size)) {
		(void)err_reason(&why, SHVM_E_VERIFY, "digest-mismatch",
				 "not every byte that is signed was compared");
		return refuse(run, CHECK_DIGEST, &why, err);
	}
	return note(run, CHECK_DIGEST, SHVM_CHECK_PASSED,
		    "%ju of %ju bytes of the disk match the signed digests%s",
		    (uintmax_t)parts_equal(&parts), (uintmax_t)size,
		    catalog->coverage == SHVM_COVERAGE_DISK
			    ? ""
			    : "; the others are not signed");
}

/* The first warning is added to the text of the check. */
static void keep_first(void *ctx, bool is_warning, const char *text)
{
	char *warning = ctx;

	if (is_warning && warning[0] == '\0')
		line_put(warning, SHVM_MSG_SIZE / 2, "; warning: %s", text);
}

/* The template's system has to read the answer file. What is not one at all is for
 * specialize_check() to say. */
static int check_system(const struct payload *p, const struct shvm_catalog *c,
			struct shvm_err *why)
{
	static const char *const names[] = {
		[ANSWER_WINDOWS] = "an unattend file of Windows",
		[ANSWER_LINUX] = "a LinuxOSSpecialization",
		[ANSWER_CLOUD_INIT] = "user-data of cloud-init",
	};
	AUTO_DONE(buf) text = { .wipe = true };
	const enum shvm_disk_type type = c->info.disk_type;
	enum answer_system system;
	int r;

	if (!p->answer.name)
		return SHVM_OK;
	r = answer_file_read(p->answer.data.data, p->answer.data.len, &text,
			     &system, NULL);
	if (r < 0)
		return r == SHVM_E_NOMEM ? err_nomem(why, "answer file")
					 : SHVM_OK;
	if ((type == SHVM_DISK_WINDOWS) == (system == ANSWER_WINDOWS))
		return SHVM_OK;
	return err_reason(
		why, SHVM_E_VERIFY, "answer-file-mismatch",
		"the answer file is %s, and the template has the disk type %s",
		names[system], shvm_disk_type_name(type));
}

static int check_answer(struct run *run, struct shvm_err *err)
{
	const struct payload *p = &run->pdk->body.payload;
	char warning[SHVM_MSG_SIZE / 2] = "";
	const struct notes notes = { keep_first, warning };
	AUTO_DONE(payload) made = { 0 };
	size_t count;
	struct shvm_err why = { 0 };

	if (!run->pdk->info.is_open)
		return note(run, CHECK_ANSWER, SHVM_CHECK_SKIPPED,
			    "the body was not opened");
	if (check_system(p, run->catalog, &why) < 0)
		return refuse(run, CHECK_ANSWER, &why, err);
	if (!run->params->fabric && run->pdk->info.key_count > 0) {
		if (specialize_check(p, NULL, &notes, &why) < 0)
			return refuse(run, CHECK_ANSWER, &why, err);
		return note(run, CHECK_ANSWER, SHVM_CHECK_SKIPPED,
			    "no fabric data were given for %zu keys%s",
			    run->pdk->info.key_count, warning);
	}
	/* As pdk specialize does, but the result is discarded. */
	if (specialize_apply(p, run->params->fabric, &notes, &made, &count,
			     &why) < 0)
		return refuse(run, CHECK_ANSWER, &why, err);
	return note(run, CHECK_ANSWER, SHVM_CHECK_PASSED,
		    "each of %zu keys has a value%s", run->pdk->info.key_count,
		    warning);
}

/* The order is documented; the first failed check ends the run. */
static int run_checks(struct run *run, struct shvm_err *err)
{
	static int (*const checks[])(struct run *, struct shvm_err *) = {
		check_file,	check_protector,
		check_owner,	check_owner_certificate,
		check_key,	check_body,
		check_catalog,	check_certificate,
		check_template, check_disk,
		check_answer,
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		TRY(checks[i](run, err));
	return SHVM_OK;
}

static int run_all(struct run *run, struct shvm_err *err)
{
	const bool measured = run->params->disk != NULL;
	struct shvm_pdk_verdict *v = run->verdict;
	int r;

	r = run_checks(run, err);
	if (r < 0 && r != SHVM_E_VERIFY)
		return r;
	while (run->next < CHECK_COUNT)
		(void)note(run, run->next, SHVM_CHECK_SKIPPED, "not reached");
	if (run->out_of_memory)
		return err_nomem(err, "checks");
	checks_give(&run->checks, &v->verdict);
	if (r == SHVM_E_VERIFY)
		return SHVM_OK; /* the reason is in the verdict */
	v->outcome = measured ? SHVM_PDK_PROVISION : SHVM_PDK_APPLICABLE;
	v->verdict.yes = true;
	line_put(
		v->verdict.text, sizeof(v->verdict.text), "%s",
		!measured ? "the catalog is trusted; no disk was read"
		: run->catalog->info.coverage == SHVM_COVERAGE_DISK
			? "the disk is what its signer signed, and it is trusted"
			: "the OS volumes are what their signer signed, and "
			  "trusted; the rest of the disk is not signed");
	return SHVM_OK;
}

const char *shvm_pdk_outcome_name(enum shvm_pdk_outcome outcome)
{
	static const char *const names[] = {
		[SHVM_PDK_ABORT] = "abort",
		[SHVM_PDK_APPLICABLE] = "applicable",
		[SHVM_PDK_PROVISION] = "provision",
	};

	return (size_t)outcome < ARRAY_SIZE(names) ? names[outcome] : "?";
}

static bool is_failure(const struct shvm_err *why)
{
	return !why || why->code < 0;
}

int shvm_pdk_check(struct shvm_pdk *pdk,
		   const struct shvm_pdk_check_params *params,
		   struct shvm_pdk_verdict *ret, struct shvm_err *err)
{
	struct shvm_pdk_verdict verdict = { 0 };
	struct run run = { .pdk = pdk, .params = params, .verdict = &verdict };
	int r;

	TRY(reserved_check(params->reserved, "struct shvm_pdk_check_params",
			   err));
	if (!params->disk && !params->catalog && !params->no_catalog)
		return err_set(err, SHVM_E_ARG,
			       "a disk or a catalog is needed");
	if (!pdk && !params->no_pdk)
		return err_set(err, SHVM_E_ARG, "a file to check is needed");
	if (!is_failure(params->no_pdk) || !is_failure(params->no_catalog))
		return err_set(err, SHVM_E_ARG,
			       "no_pdk and no_catalog have to be failures");
	r = pdk ? pdk_file_check_made(pdk, err) : SHVM_OK;
	if (r == SHVM_OK)
		r = run_all(&run, err);
	run_done(&run);
	if (r < 0)
		return r;
	*ret = verdict;
	return SHVM_OK;
}
