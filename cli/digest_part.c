/* SPDX-License-Identifier: MIT */
/* Parts of a digest as JSON files. */
#include "cli/digest_part.h"

#include "base/buf.h"
#include "base/encode.h"
#include "base/file.h"
#include "cli/result.h"

#include <string.h>

#define PART_KIND "shvm-digest-part"

/* Our limit: a level has less than two nodes of 2^15 hashes at the ends of a
 * part, and each of eight levels has at most two runs. */
enum {
	MEMBERS = 12,
	RUNS_MAX = 64,
	HASHES_MAX = 1 << 20,
	/* Commas and quotes: a node has ten, and the identity may consist
	 * of them. */
	MARKS_MAX = 4 * MEMBERS + 10 * RUNS_MAX + 2 * SHVM_IDENTITY_MAX
};

AUTO_DEFINE(part_ptr, struct shvm_digest_part *, digest_part_free);

static json_t *run_encode(const struct shvm_digest_run *run,
			  const uint8_t *hashes, size_t hash_size)
{
	const size_t len = run->count * hash_size;
	AUTOFREE char *text = malloc(2 * len + 1);

	if (!text)
		return NULL;
	hex_format(hashes, len, text);
	return OBJECT(M("level", run->level), M("index", run->index),
		      M("hashes", text));
}

json_t *digest_part_encode(const struct shvm_digest_part *part)
{
	const size_t size = part->algorithm == SHVM_HASH_SHA512 ? 64 : 32;
	json_t *runs = json_array();
	size_t at = 0;

	for (size_t i = 0; i < part->run_count; i++) {
		const struct shvm_digest_run *run = &part->runs[i];

		out_list_add(&runs, run_encode(run, part->hashes + at, size));
		at += run->count * size;
	}
	return OBJECT(M("schema", 1U), M("kind", PART_KIND),
		      M("identity", part->identity), M("offset", part->offset),
		      M("size", part->size),
		      M("algorithm", shvm_hash_name(part->algorithm)),
		      M("block_size", part->block_size),
		      M("first_block", part->first), M("end_block", part->end),
		      M("nodes", runs), M("bytes_hashed", part->bytes_hashed),
		      M("checksum", result_hex(part->checksum, 32)));
}

/* A part and everything that it points to, while it is decoded. */
struct built {
	struct shvm_digest_part part; /* first */
	struct shvm_digest_run runs[RUNS_MAX];
	struct buf hashes;
	json_t *json; /* owns the strings */
};

void digest_part_free(struct shvm_digest_part *part)
{
	struct built *b = (struct built *)part;

	if (!b)
		return;
	buf_done(&b->hashes);
	json_decref(b->json);
	free(b);
}

static int number(const json_t *obj, const char *name, uint64_t max,
		  uint64_t *ret, struct shvm_err *err)
{
	const json_t *v = json_object_get(obj, name);

	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) > max)
		return err_set(err, SHVM_E_FORMAT,
			       "\"%s\" is not a number from 0 to %ju", name,
			       (uintmax_t)max);
	*ret = (uint64_t)json_integer_value(v);
	return SHVM_OK;
}

static int text(const json_t *obj, const char *name, const char **ret,
		struct shvm_err *err)
{
	const json_t *v = json_object_get(obj, name);

	if (!json_is_string(v))
		return err_set(err, SHVM_E_FORMAT, "\"%s\" is not a string",
			       name);
	*ret = json_string_value(v);
	return SHVM_OK;
}

static int run_decode(struct built *b, const json_t *v, size_t hash_size,
		      struct shvm_err *err)
{
	struct shvm_digest_run *run = &b->runs[b->part.run_count];
	const char *hashes = NULL;
	uint64_t level;
	uint8_t *to;
	size_t len;

	if (!json_is_object(v) || json_object_size(v) != 3)
		return err_set(
			err, SHVM_E_FORMAT,
			"node %zu does not consist of level, index and hashes",
			b->part.run_count);
	TRY(number(v, "level", UINT32_MAX, &level, err));
	TRY(number(v, "index", INT64_MAX, &run->index, err));
	TRY(text(v, "hashes", &hashes, err));
	len = strlen(hashes);
	if (len == 0 || len % (2 * hash_size) != 0 ||
	    len / (2 * hash_size) > HASHES_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "node %zu: its hashes have %zu digits",
			       b->part.run_count, len);
	to = buf_grow(&b->hashes, len / 2);
	TRY(err_null(err, to, "hashes"));
	if (!hex_parse(hashes, to, len / 2))
		return err_set(err, SHVM_E_FORMAT,
			       "node %zu: its hashes are not hexadecimal",
			       b->part.run_count);
	run->level = (uint32_t)level;
	run->count = (uint32_t)(len / 2 / hash_size);
	b->part.run_count++;
	return SHVM_OK;
}

static int runs_decode(struct built *b, struct shvm_err *err)
{
	const json_t *list = json_object_get(b->json, "nodes");
	const size_t size = b->part.algorithm == SHVM_HASH_SHA512 ? 64 : 32;

	if (!json_is_array(list) || json_array_size(list) > RUNS_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "\"nodes\" is not an array of at most %d items",
			       RUNS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++)
		TRY(run_decode(b, json_array_get(list, i), size, err));
	b->part.runs = b->runs;
	b->part.hashes = b->hashes.data;
	b->part.hashes_size = b->hashes.len;
	return SHVM_OK;
}

static int texts_decode(struct built *b, struct shvm_err *err)
{
	const char *kind = NULL, *algorithm = NULL, *checksum = NULL;

	TRY(text(b->json, "kind", &kind, err));
	if (strcmp(kind, PART_KIND) != 0)
		return err_set(err, SHVM_E_FORMAT, "not a %s", PART_KIND);
	TRY(text(b->json, "identity", &b->part.identity, err));
	TRY(text(b->json, "algorithm", &algorithm, err));
	b->part.algorithm = SHVM_HASH_SHA256;
	if (strcmp(algorithm, shvm_hash_name(SHVM_HASH_SHA512)) == 0)
		b->part.algorithm = SHVM_HASH_SHA512;
	else if (strcmp(algorithm, shvm_hash_name(SHVM_HASH_SHA256)) != 0)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "\"algorithm\" is neither %s nor %s",
			       shvm_hash_name(SHVM_HASH_SHA256),
			       shvm_hash_name(SHVM_HASH_SHA512));
	TRY(text(b->json, "checksum", &checksum, err));
	if (strlen(checksum) != 64 ||
	    !hex_parse(checksum, b->part.checksum, 32))
		return err_set(err, SHVM_E_FORMAT,
			       "\"checksum\" is not 64 hexadecimal digits");
	return SHVM_OK;
}

static int numbers_decode(struct built *b, struct shvm_err *err)
{
	uint64_t schema, block_size;
	struct shvm_digest_part *p = &b->part;
	const struct {
		const char *name;
		uint64_t max;
		uint64_t *ret;
	} members[] = {
		{ "schema", UINT32_MAX, &schema },
		{ "offset", INT64_MAX, &p->offset },
		{ "size", INT64_MAX, &p->size },
		{ "block_size", UINT32_MAX, &block_size },
		{ "first_block", INT64_MAX, &p->first },
		{ "end_block", INT64_MAX, &p->end },
		{ "bytes_hashed", INT64_MAX, &p->bytes_hashed },
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		TRY(number(b->json, members[i].name, members[i].max,
			   members[i].ret, err));
	if (schema != 1)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "\"schema\" is %ju, not 1", (uintmax_t)schema);
	p->block_size = (uint32_t)block_size;
	return SHVM_OK;
}

/* Checked before a million small values become a tree of JSON. */
static bool has_few_values(const char *json, size_t len)
{
	size_t marks = 0;

	for (size_t i = 0; i < len; i++)
		marks += json[i] == ',' || json[i] == '"';
	return marks <= MARKS_MAX;
}

int digest_part_decode(const char *json, size_t len, const char *what,
		       struct shvm_digest_part **ret, struct shvm_err *err)
{
	struct built *b = calloc(1, sizeof(*b));
	AUTO(part_ptr) part = (struct shvm_digest_part *)b;
	json_error_t error;
	int r;

	TRY(err_null(err, b, what));
	if (!has_few_values(json, len))
		return err_set(err, SHVM_E_FORMAT,
			       "%s: not a " PART_KIND
			       ": more than %d commas and quotes",
			       what, MARKS_MAX);
	b->json = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
	if (!b->json)
		return err_set(err, SHVM_E_FORMAT, "%s: line %d: %s", what,
			       error.line, error.text);
	if (!json_is_object(b->json) || json_object_size(b->json) != MEMBERS)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: not a " PART_KIND " with %d members", what,
			       MEMBERS);
	r = texts_decode(b, err);
	if (r == SHVM_OK)
		r = numbers_decode(b, err);
	if (r == SHVM_OK)
		r = runs_decode(b, err);
	TRY(err_prefix(err, r, "%s", what));
	*ret = STEAL(part);
	return SHVM_OK;
}

static int load(const char *path, struct shvm_digest_part **ret,
		struct shvm_err *err)
{
	AUTO_DONE(buf) b = { 0 };

	TRY(file_read_all(path, DIGEST_PART_FILE_MAX, &b, err));
	return digest_part_decode((const char *)b.data, b.len, path, ret, err);
}

int digest_parts_merge_files(char *const *paths, struct shvm_digest *ret,
			     struct shvm_err *err)
{
	AUTOFREE struct shvm_digest_part **parts = NULL;
	size_t count = 0, loaded = 0;
	int r = SHVM_OK;

	while (paths[count])
		count++;
	if (count > SHVM_RANGES_MAX)
		return err_set(err, SHVM_E_ARG, "more than %d parts",
			       SHVM_RANGES_MAX);
	parts = calloc(count, sizeof(struct shvm_digest_part *));
	TRY(err_null(err, parts, "list of parts"));
	while (r == SHVM_OK && loaded < count) {
		r = load(paths[loaded], &parts[loaded], err);
		if (r == SHVM_OK)
			loaded++;
	}
	if (r == SHVM_OK)
		r = shvm_digest_merge((const struct shvm_digest_part *const *)
					      parts,
				      count, ret, err);
	while (loaded > 0)
		digest_part_free(parts[--loaded]);
	return r;
}
