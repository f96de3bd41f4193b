/* SPDX-License-Identifier: MIT */
/*
 * XML as a sequence of pieces with their places in the text: for changes that
 * leave every other byte alone. What is well-formed is for xml_parse() to say;
 * this reader only has to agree with it on documents without a DTD.
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

/* 1 with the next piece, 0 at the end, -1 where there is no markup of XML; at
 * is then where that is. */
int markup_next(struct markup_reader *r, struct markup *ret);

/* Append the text between two places with its references replaced. */
void markup_decode_text(const char *text, size_t from, size_t to,
			struct buf *ret);
/* The same for the content of an element, CDATA as it is, without comments;
 * false when it has a tag. */
bool markup_decode(const char *text, size_t from, size_t to, struct buf *ret);

/* The line of a place, from 1. */
unsigned int markup_line(const char *text, size_t at);

#endif
