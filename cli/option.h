/* SPDX-License-Identifier: MIT */
/*
 * A row describes an option. Parsing, help, completion, SYNOPSIS and OPTIONS of
 * the man pages, the members of the specification of pdk create and its schema
 * are all derived from rows.
 */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include <shvm/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No kind accepts the value of a secret, only the file that contains it. */
enum cli_kind {
	CLI_FLAG,	  /* bool */
	CLI_TEXT,	  /* const char * */
	CLI_CHOICE,	  /* const char *, one of the words in meta: "a|b|c" */
	CLI_UINT,	  /* uint32_t within min..max */
	CLI_SIZE,	  /* uint64_t bytes: a number with K, M, G or T */
	CLI_VERSION,	  /* struct cli_version */
	CLI_TIME,	  /* int64_t seconds since 1970, above 0 */
	CLI_FINGERPRINT,  /* const char *, a SHA-256 in hex */
	CLI_URL,	  /* const char * */
	CLI_PATH,	  /* const char *, a file that is read */
	CLI_PATH_OR_URL,  /* const char * */
	CLI_PATH_OR_TEXT, /* const char *, a file or its contents */
	CLI_PATH_OR_NEW,  /* const char *, a file or the word new: it is made */
	CLI_KEY,	  /* const char *, a file or a pkcs11: URI */
	CLI_CERT,	  /* the same, for a certificate */
	CLI_RULED_PATH,	  /* const char *, PATH:RULE */
	CLI_NAMED_PATH,	  /* const char *, [NAME=]PATH */
	CLI_SECRET, /* const char *, where a secret comes from: FILE, fd:N, - */
	CLI_DRAWN,  /* as CLI_SECRET, or "random": it is generated */
	CLI_OUT,    /* const char *, a result file, never one that is read */
	CLI_OUT_DIR, /* const char *, the folder of several results */
	CLI_GROUP    /* a struct with its own rows */
};

struct cli_version {
	bool given;
	struct shvm_version value;
};

struct cli_list {
	const char **items; /* freed by the parser after the command ran */
	size_t count;
};

/*
 * Made by OPT(), OPT_LIST() and OPT_GROUP() only. A table ends with OPT_END.
 * The name is the member's, with dashes; of a list without the plural's s.
 */
struct cli_opt {
	const char *member; /* of the argument struct, also "a.b" */
	const char *name;   /* if not the member's; without leading dashes */
	const struct cli_opt *group; /* rows of a CLI_GROUP */
	size_t field, size;	     /* place in the argument struct */
	enum cli_kind kind;
	bool is_list;	       /* struct cli_list, may be given several times */
	bool required;	       /* for a group: its first row is */
	bool over;	       /* CLI_OUT: it may be the first operand's file */
	unsigned int min, max; /* CLI_UINT, and CLI_SIZE where max is not 0 */
	const char *meta; /* word for the value in help; NULL: the kind's */
	const char *help; /* one line, no full stop */
	const char *more; /* whole sentences for the man page, or NULL */
	/* In a file with values of options (pdk create --spec): the object
	 * that contains it, NULL for the outermost; its name there, NULL
	 * for the member's, "" if it is not allowed there. */
	const char *object, *spec;
	bool spec_required;
	/* Its value in the specification that pdk create --print-spec prints,
	 * NULL: left out. For a secret after a key: "-". */
	const char *example;
};

/* The type that a member must have. */
#define OPT_TYPE_CLI_FLAG bool
#define OPT_TYPE_CLI_TEXT const char *
#define OPT_TYPE_CLI_CHOICE const char *
#define OPT_TYPE_CLI_UINT uint32_t
#define OPT_TYPE_CLI_SIZE uint64_t
#define OPT_TYPE_CLI_VERSION struct cli_version
#define OPT_TYPE_CLI_TIME int64_t
#define OPT_TYPE_CLI_FINGERPRINT const char *
#define OPT_TYPE_CLI_URL const char *
#define OPT_TYPE_CLI_PATH const char *
#define OPT_TYPE_CLI_PATH_OR_URL const char *
#define OPT_TYPE_CLI_PATH_OR_TEXT const char *
#define OPT_TYPE_CLI_PATH_OR_NEW const char *
#define OPT_TYPE_CLI_KEY const char *
#define OPT_TYPE_CLI_CERT const char *
#define OPT_TYPE_CLI_RULED_PATH const char *
#define OPT_TYPE_CLI_NAMED_PATH const char *
#define OPT_TYPE_CLI_SECRET const char *
#define OPT_TYPE_CLI_DRAWN const char *
#define OPT_TYPE_CLI_OUT const char *
#define OPT_TYPE_CLI_OUT_DIR const char *

/* The place of member m; another type than this is a compiler's error. */
#define OPT_AT(m, type)                                                        \
	.field = _Generic(((ARGS *)0)->m, type                                 \
			  : offsetof(ARGS, m)),                                \
	.size = sizeof(type)

/*
 * A row of the struct that the macro ARGS names at that place:
 * OPT(time_zone, CLI_TEXT, .meta = "NAME", .help = "...").
 */
#define OPT(m, k, ...)                                                         \
	{                                                                      \
		.member = #m, .kind = k, OPT_AT(m, OPT_TYPE_##k), __VA_ARGS__  \
	}
/* The same where it may be given several times; m is a struct cli_list. */
#define OPT_LIST(m, k, ...)                                                    \
	{                                                                      \
		.member = #m, .kind = k, .is_list = true,                      \
		OPT_AT(m, struct cli_list), __VA_ARGS__                        \
	}
/* A private key and the source of its passphrase: two members, two rows. */
#define OPT_KEY(m, ...)                                                        \
	OPT(m, CLI_KEY, __VA_ARGS__),                                          \
		OPT(m##_pass_file, CLI_SECRET,                                 \
		    .help = "source of its passphrase or PIN")
/* Rows of a struct type that is member m here; "..." is .required. */
#define OPT_GROUP(m, type, rows, ...)                                          \
	{                                                                      \
		.member = #m, .kind = CLI_GROUP, OPT_AT(m, type),              \
		.group = (rows), __VA_ARGS__                                   \
	}
/* Rows of the same struct. */
#define OPT_ROWS(rows)                                                         \
	{                                                                      \
		.member = "", .kind = CLI_GROUP, .group = (rows)               \
	}
/* For every command that fetches something from a URL. */
#define TLS_CA_OPT(m)                                                             \
	OPT(m, CLI_PATH,                                                          \
	    .help = "CA certificates for an https: URL, instead of the system's", \
	    .more = "PEM, DER or a PKCS#7 bundle (.p7b). If the server has no "   \
		    "chain to one of them, the exit status is 3. Trust in the "   \
		    "data that the server sends is decided separately.")
#define OPT_END                                                                \
	{                                                                      \
		0                                                              \
	}
/* Of a command without options: its rows, and the size of its struct. */
#define NO_OPTS (const struct cli_opt[]){ OPT_END }, 0

enum {
	OPT_MAX = 80,	   /* options of a command */
	OPT_NAME_SIZE = 40 /* with the end of the string */
};

/* All options of a command in one list: groups are expanded, fields count from
 * the start of the argument struct, and each row has its name and its spec. */
struct opt_table {
	struct cli_opt rows[OPT_MAX + 1]; /* ends with a NULL name */
	size_t count;
	char names[OPT_MAX][OPT_NAME_SIZE];
};
void opt_table_init(struct opt_table *t, const struct cli_opt *opts);

/* The option of this name, NULL when there is none. */
const struct cli_opt *opt_find(const struct opt_table *t, const char *name,
			       size_t len);

/* The given texts of a row whose values are texts. */
struct cli_list opt_values(const struct cli_opt *opt, const void *args);

/* Was one of these options given? args is their struct, which was all zeros
 * before the command line was parsed. */
bool opt_any_given(const struct cli_opt *opts, const void *args);

/* Is it a member of this object of a specification? */
bool opt_in_spec(const struct cli_opt *opt, const char *object);

/* Is the value one or more existing files: read, not written? */
bool opt_is_read(const struct cli_opt *opt);
/* A result: must not be a file that the same command reads. */
bool opt_is_result(const struct cli_opt *opt);
/* The source of a secret. */
bool opt_is_secret(const struct cli_opt *opt);
/* Completed as the name of a file. */
bool opt_is_file(const struct cli_opt *opt);

#endif
