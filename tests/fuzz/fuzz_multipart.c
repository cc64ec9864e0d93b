/*
 * Any bytes as a form, whole and in pieces: the same parts, the same end, the
 * same verdict.  The first bytes say where it is cut; the boundary is "b".
 * SPDX-License-Identifier: MIT
 */
#include "api/multipart.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CUTS = 8 }; /* bytes of the input that say how long pieces are */

/* All that the sink received, concatenated. */
struct told {
	char *text;
	size_t len, most;
	bool is_in_part;
};

static void
tell(struct told *t, struct span s)
{
	assert(t->len + s.len + 1 <= t->most);
	if (s.len > 0)
		memcpy(t->text + t->len, s.at, s.len);
	t->len += s.len;
}

static int
on_part(void *data, const struct part_head *head)
{
	struct told *t = data;

	assert(!t->is_in_part && head->name.at != NULL);
	assert(head->name.len <= PART_NAME_MOST);
	t->is_in_part = true;
	tell(t, SPAN("<"));
	tell(t, head->name);
	if (head->filename.at != NULL) {
		assert(head->filename.len == 0 ||
			(memchr(head->filename.at, '/', head->filename.len) ==
				NULL));
		tell(t, SPAN("/"));
		tell(t, head->filename);
	}
	tell(t, head->type);
	tell(t, SPAN("|"));
	return 0;
}

static int
on_bytes(void *data, struct span s)
{
	struct told *t = data;

	assert(t->is_in_part && s.len > 0);
	tell(t, s);
	return 0;
}

static int
on_part_end(void *data)
{
	struct told *t = data;

	assert(t->is_in_part);
	t->is_in_part = false;
	tell(t, SPAN(">"));
	return 0;
}

/* cuts NULL: in one piece. */
static int
read_form(const uint8_t *cuts, const char *bytes, size_t len, struct told *t)
{
	static const struct multipart_sink sink = { on_part, on_bytes,
		on_part_end };
	struct multipart m;
	size_t at = 0, n;
	int status = 0;

	*t = (struct told){ .most = 2 * len + 16 };
	t->text = malloc(t->most);
	assert(t->text != NULL);
	multipart_init(&m, SPAN("b"), &sink, t);
	for (unsigned i = 0; at < len && status == 0; i++, at += n) {
		n = cuts == NULL ? len : 1 + cuts[i % CUTS] % 32u;
		n = n < len - at ? n : len - at;
		char *piece = malloc(n);
		assert(piece != NULL);
		memcpy(piece, bytes + at, n);
		status = multipart_take(&m, (struct span){ piece, n });
		free(piece);
	}
	if (status == 0)
		status = multipart_end(&m);
	assert(status == (m.why == NULL ? 0 : 400));
	assert(status != 0 || !t->is_in_part);
	return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t single[CUTS];
	const char *bytes = (const char *)data + CUTS;
	struct told whole, pieces, octets;
	int status;

	if (size < CUTS)
		return 0;
	size -= CUTS;
	status = read_form(NULL, bytes, size, &whole);
	if (read_form(data, bytes, size, &pieces) != status ||
		read_form(single, bytes, size, &octets) != status)
		abort();
	assert(pieces.len == whole.len && octets.len == whole.len);
	assert(memcmp(pieces.text, whole.text, whole.len) == 0);
	assert(memcmp(octets.text, whole.text, whole.len) == 0);
	free(whole.text);
	free(pieces.text);
	free(octets.text);
	return 0;
}
