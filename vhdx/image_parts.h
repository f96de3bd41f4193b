/* SPDX-License-Identifier: MIT */
/* The open image, shared by image.c (opens) and image_read.c (serves). */
#ifndef VHDX_IMAGE_PARTS_H
#define VHDX_IMAGE_PARTS_H

#include "vhdx/image.h"
#include "vhdx/layout.h"

struct image {
	struct source source;
	struct source *file; /* the bytes of the image */
	char *path;
	struct layout layout;
	struct checks checks;
	struct image_info info;
	struct source *parent; /* another image, or NULL */
};

static inline struct image *image_of(const struct source *s)
{
	union {
		const struct source *source;
		struct image *image;
	} u = { .source = s };

	return u.image;
}

int image_read_at(struct source *s, uint64_t at, void *buf, size_t len,
		  struct shvm_err *err);
int image_extent_at(struct source *s, uint64_t at, uint64_t max,
		    struct extent *ret, struct shvm_err *err);

#endif
