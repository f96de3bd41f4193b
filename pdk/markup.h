/* SPDX-License-Identifier: MIT */
/*
 * XML as a sequence of pieces with their positions in the text: for changes that
 * keep every other byte. xml_parse() decides what is well-formed; this reader only
 * has to agree with it on documents without a DTD.
 */
#ifndef PDK_MARKUP_H
#define PDK_MARKUP_H

#include "base/buf.h"

enum markup_kind {
	MARKUP_TEXT,
	MARKUP_CDATA,
	MARKUP_COMMENT,
	MARKUP_INSTRUCTION, /* the XML declaration, too */
	MARKUP_START,
	MARKUP_EMPTY, /* <a/> */
	MARKUP_END
};

struct markup {
	enum markup_kind kind;
	size_t from, to;	      /* the piece, its delimiters included */
	size_t inner_from, inner_to;  /* without them, of text and CDATA */
	size_t name, name_len;	      /* local name of a tag */
	size_t qualified, prefix_len; /* with its prefix, and the prefix */
};

/* Start as { text, len, 0 }. */
struct markup_reader {
	const char *text;
	size_t len, at;
};

/* 1 with the next piece, 0 at the end, -1 if the text at the position at is not
 * XML. */
int markup_next(struct markup_reader *r, struct markup *ret);

/* Append the text between two positions with its references replaced. */
void markup_decode_text(const char *text, size_t from, size_t to,
			struct buf *ret);
/* The same for the content of an element: CDATA unchanged, without comments;
 * false if it contains a tag. */
bool markup_decode(const char *text, size_t from, size_t to, struct buf *ret);

/* The line of a position, from 1. */
unsigned int markup_line(const char *text, size_t at);

#endif
