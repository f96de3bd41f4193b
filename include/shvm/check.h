/* SPDX-License-Identifier: MIT */
/* One check, and the verdict over all checks. C99 and C++ clean. */
#ifndef SHVM_CHECK_H
#define SHVM_CHECK_H

#include <shvm/error.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum shvm_outcome {
	SHVM_CHECK_PASSED,
	SHVM_CHECK_FAILED,
	SHVM_CHECK_UNKNOWN, /* could not be checked; this is not a failure */
	SHVM_CHECK_SKIPPED, /* does not apply, was not requested or not
			       reached */
	SHVM_CHECK_IGNORED, /* not passed, but the caller chose to ignore it */
};

/* What a failure means. */
enum shvm_level {
	SHVM_LEVEL_NOTE, /* nothing: a passed check with a remark */
	SHVM_LEVEL_WARNING,
	SHVM_LEVEL_ERROR
};

/*
 * One check. Its strings are UTF-8 and live as long as the list that contains
 * it.
 */
struct shvm_check {
	const char *id; /* stable: "HDR_RESERVED", "no-esp", "digest" */
	enum shvm_outcome outcome;
	enum shvm_level level;
	const char *object; /* which one of several: "wrapping 2", or NULL */
	uint64_t offset;    /* bytes from the start; UINT64_MAX: none */
	const char *text; /* one line: what was found; "" for nothing to add */
	const char *expected; /* what is expected, or NULL */
	const char *fix;      /* what to do about it, or NULL */
	const char *source;   /* the document that requires it, or NULL */
};

/* All checks of one thing. Start as { 0 }. */
struct shvm_verdict {
	bool yes;
	const char *reason;	  /* NULL: yes; else a stable code */
	char text[SHVM_MSG_SIZE]; /* one line about all checks; may be "" */
	const struct shvm_check *checks;
	size_t count;
};

/* Called with one check, which is valid during the call only. */
typedef void (*shvm_check_fn)(void *ctx, const struct shvm_check *check);

/**
 * shvm_verdict_done() - release the checks of a verdict and make it { 0 }
 * @verdict: one that a function of the library filled
 */
SHVM_API void shvm_verdict_done(struct shvm_verdict *verdict);

/**
 * shvm_outcome_name() - a stable name, as in JSON
 * @outcome: "passed", "failed", "unknown", "skipped" or "ignored"
 */
SHVM_API const char *shvm_outcome_name(enum shvm_outcome outcome);

/**
 * shvm_level_name() - a stable name, as in JSON
 * @level: "note", "warning" or "error"
 */
SHVM_API const char *shvm_level_name(enum shvm_level level);

#ifdef __cplusplus
}
#endif

#endif
