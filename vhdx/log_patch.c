/* SPDX-License-Identifier: MIT */
/* Merges the writes of a log so that the last write to each byte wins. */
#include "vhdx/log_patch.h"

#include "base/array.h"
#include "base/auto.h"

#include <assert.h>

static int by_place(const void *a, const void *b)
{
	const struct log_record *x = a, *y = b;

	return x->patch.at < y->patch.at ? -1 : x->patch.at > y->patch.at;
}

/* A heap of records, the latest on top. */
struct heap {
	const struct log_record **items;
	size_t count;
};

static void heap_push(struct heap *h, const struct log_record *r)
{
	size_t i = h->count++;

	while (i > 0 && h->items[(i - 1) / 2]->order < r->order) {
		h->items[i] = h->items[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->items[i] = r;
}

static void heap_pop(struct heap *h)
{
	const struct log_record *r = h->items[--h->count];
	size_t i = 0;

	for (size_t child = 1; child < h->count; child = 2 * i + 1) {
		if (child + 1 < h->count &&
		    h->items[child + 1]->order > h->items[child]->order)
			child++;
		if (h->items[child]->order <= r->order)
			break;
		h->items[i] = h->items[child];
		i = child;
	}
	h->items[i] = r;
}

/* Append [at, end) of a record, which is zeros or exactly its one page. */
static int emit(struct view *v, const struct log_record *r, uint64_t at,
		uint64_t end, struct shvm_err *err)
{
	struct view_patch *last =
		v->patch_count ? &v->patches[v->patch_count - 1] : NULL;

	if (last && !last->data_at && !r->patch.data_at &&
	    last->at + last->len == at) {
		last->len += end - at;
		return SHVM_OK;
	}
	TRY(err_null(err, ARRAY_GROW(v->patches, v->patch_count), "log"));
	assert(v->patches);
	last = &v->patches[v->patch_count++];
	*last = r->patch;
	last->at = at;
	last->len = end - at;
	return SHVM_OK;
}

int log_patch_flatten(struct log_record *records, size_t count,
		      struct view *view, struct shvm_err *err)
{
	AUTOFREE const struct log_record **items =
		calloc(count + 1, sizeof(*items));
	struct heap heap = { .items = items };
	size_t next = 0;
	uint64_t at = 0;

	TRY(err_null(err, items, "log"));
	if (count > 0)
		qsort(records, count, sizeof(*records), by_place);
	while (next < count || heap.count > 0) {
		const struct view_patch *top;
		uint64_t end;

		if (heap.count == 0)
			at = records[next].patch.at;
		while (next < count && records[next].patch.at <= at)
			heap_push(&heap, &records[next++]);
		top = &heap.items[0]->patch;
		if (top->at + top->len <= at) {
			heap_pop(&heap);
			continue;
		}
		end = top->at + top->len;
		if (next < count && records[next].patch.at < end)
			end = records[next].patch.at;
		TRY(emit(view, heap.items[0], at, end, err));
		at = end;
	}
	return SHVM_OK;
}
