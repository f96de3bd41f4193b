/* SPDX-License-Identifier: MIT */
/*
 * Verify a template disk with libshvm: is it unchanged since a signer with a
 * trusted CA signed it? Exit status 0: yes, 3: no, 1: it could not be checked.
 *
 * cc verify-disk.c $(pkg-config --cflags --libs libshvm) -o verify-disk
 * ./verify-disk CA.pem DISK [CATALOG.vsc]
 */
#include <shvm/template.h>

#include <stdint.h>
#include <stdio.h>

static int report(const struct shvm_verify_result *result)
{
	const struct shvm_verdict *verdict = &result->verdict;

	if (result->catalog) {
		const struct shvm_catalog_info *info =
			shvm_catalog_info(result->catalog);

		printf("template: %s\nsigner:   %s\n", info->name,
		       info->signer.subject);
	}
	for (size_t i = 0; i < verdict->count; i++) {
		const struct shvm_check *c = &verdict->checks[i];

		printf("%-9s %s: %s%s%s\n", shvm_outcome_name(c->outcome),
		       c->id, c->object ? c->object : "", c->object ? ": " : "",
		       c->text);
	}
	printf("%ju bytes of the disk match the signed digests, %ju do not or "
	       "were not compared\n",
	       (uintmax_t)result->bytes_covered,
	       (uintmax_t)result->bytes_uncovered);
	printf("%s\n", verdict->yes ? "trusted" : verdict->reason);
	return verdict->yes ? 0 : 3;
}

int main(int argc, char **argv)
{
	struct shvm_verify_result result = { 0 };
	struct shvm_catalog *catalog = NULL; /* the one in the disk */
	struct shvm_trust *trust = NULL;
	struct shvm_disk *disk = NULL;
	struct shvm_err err = { 0 };
	int r, status = 1;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: verify-disk CA.pem DISK [FILE.vsc]\n");
		return 2;
	}
	r = shvm_trust_new(&trust, &err);
	if (r == SHVM_OK)
		r = shvm_trust_add_ca(trust, argv[1], &err);
	if (r == SHVM_OK)
		r = shvm_disk_open(argv[2], NULL, &disk, &err);
	if (r == SHVM_OK && argc == 4)
		r = shvm_catalog_load(argv[3], NULL, &catalog, &err);
	if (r == SHVM_OK)
		r = shvm_template_verify(disk, catalog, trust, NULL, &result,
					 &err);
	if (r == SHVM_OK)
		status = report(&result);
	else
		fprintf(stderr, "verify-disk: %s\n", err.msg);
	shvm_verify_result_done(&result);
	shvm_catalog_free(catalog);
	shvm_disk_close(disk);
	shvm_trust_free(trust);
	return status;
}
