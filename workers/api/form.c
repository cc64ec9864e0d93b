/*
 * The part being read is collected in one buffer; a large part is written from
 * it to a file.
 * SPDX-License-Identifier: MIT
 */
#include "api/form.h"

#include <stdlib.h>
#include <unistd.h>

#include "api/multipart.h"
#include "api/spool.h"
#include "api/urlencoded.h"
#include "common/arena.h"
#include "common/mem.h"
#include "conn/body_memory.h"

enum { ARENA_BLOCK = 4096, FIRST_PARTS = 16 };

struct form {
	struct arena arena; /* holds the texts of the parts */
	struct prong_part *parts;
	unsigned nparts, room;
	unsigned nfiles;
	bool is_over;
	int status; /* status of the first error, or 0 */
	const char *why;
	const char *dir;
	struct body_memory *memory; /* or NULL */
	size_t accounted;           /* bytes, in memory */

	char *buffer; /* FORM_PART bytes for the current part, or NULL */
	size_t used;
	struct multipart multipart;
};

static struct form *
form_new(struct body_memory *memory)
{
	struct form *f = mem_alloc(sizeof(*f));

	arena_init(&f->arena, ARENA_BLOCK, FORM_MEMORY);
	f->room = FIRST_PARTS;
	f->parts = mem_alloc(f->room * sizeof(*f->parts));
	f->nparts = f->nfiles = 0;
	f->is_over = false;
	f->status = 0;
	f->why = NULL;
	f->buffer = NULL;
	f->memory = memory;
	f->accounted = 0;
	return f;
}

void
form_free(struct form *f)
{
	if (f == NULL)
		return;
	if (f->memory != NULL)
		body_memory_change(f->memory, f->accounted, 0);
	for (unsigned i = 0; i < f->nparts; i++)
		if (f->parts[i].fd != -1)
			close(f->parts[i].fd);
	arena_fini(&f->arena);
	free(f->parts);
	free(f->buffer);
	free(f);
}

const char *
form_why(const struct form *f)
{
	return f->why == NULL ? "" : f->why;
}

const struct prong_part *
form_parts(const struct form *f, unsigned *count)
{
	*count = f->nparts;
	return f->parts;
}

static int
refuse_form_with(struct form *f, int status, const char *why)
{
	f->why = why;
	return f->status = status;
}

static int
refuse_form_size(struct form *f)
{
	return refuse_form_with(f, 413, "the fields of the form are too large");
}

/* Accounts for what the form takes now. 0, or the status of a refusal. */
static int
account_memory(struct form *f)
{
	size_t size = f->arena.total + f->room * sizeof(*f->parts) +
		      (f->buffer == NULL ? 0 : FORM_PART);
	int status;

	if (f->memory == NULL || size == f->accounted)
		return 0;
	status = body_memory_resize(f->memory, f->accounted, size);
	if (status != 0)
		return refuse_form_with(
			f, status, "there is no memory for the form");
	f->accounted = size;
	return 0;
}

/* Appends an empty part; NULL when there are too many. */
static struct prong_part *
add_part(struct form *f)
{
	if (f->nparts == FORM_PARTS)
		return NULL;
	if (f->nparts == f->room) {
		f->room *= 2;
		f->parts = mem_realloc(f->parts, f->room * sizeof(*f->parts));
	}
	f->parts[f->nparts] =
		(struct prong_part){ .value = "", .type = "", .fd = -1 };
	return &f->parts[f->nparts++];
}

static int
refuse_part_count(struct form *f)
{
	return refuse_form_with(f, 413, "the form has too many parts");
}

/* ---- multipart ---------------------------------------------------------- */

static struct prong_part *
last_part(struct form *f)
{
	return &f->parts[f->nparts - 1];
}

static const char *
copy_to_form(struct form *f, struct span s)
{
	return s.at == NULL ? NULL : arena_strndup(&f->arena, s.at, s.len);
}

static int
on_form_part(void *data, const struct part_head *head)
{
	struct form *f = data;
	struct prong_part *part = add_part(f);

	if (part == NULL)
		return refuse_part_count(f);
	part->name = copy_to_form(f, head->name);
	part->filename = copy_to_form(f, head->filename);
	part->type = copy_to_form(f, head->type);
	if (part->name == NULL || part->type == NULL ||
		(part->filename == NULL && head->filename.at != NULL))
		return refuse_form_size(f);
	f->used = 0;
	return 0;
}

/* Writes the buffer to the part's file, which it creates at first. */
static int
spool_part(struct form *f)
{
	struct prong_part *part = last_part(f);

	if (part->fd == -1) {
		if (f->nfiles++ == FORM_FILES)
			return refuse_form_with(
				f, 413, "the form has too many large parts");
		part->fd = spool_open(f->dir);
		part->value = NULL;
	}
	if (part->fd == -1 || spool_write(part->fd, f->buffer, f->used) == -1)
		return refuse_form_with(f, 500, "the part could not be stored");
	f->used = 0;
	return 0;
}

static int
on_form_bytes(void *data, struct span s)
{
	struct form *f = data;
	int status;

	if (f->buffer == NULL) {
		f->buffer = mem_alloc(FORM_PART);
	}
	last_part(f)->len += s.len;
	while (s.len > 0) {
		size_t n = FORM_PART - f->used;

		if (n == 0) {
			if ((status = spool_part(f)) != 0)
				return status;
			continue;
		}
		n = n < s.len ? n : s.len;
		memcpy(f->buffer + f->used, s.at, n);
		f->used += n;
		s.at += n;
		s.len -= n;
	}
	return 0;
}

static int
finish_part_file(struct form *f)
{
	int status = spool_part(f);

	if (status == 0 && lseek(last_part(f)->fd, 0, SEEK_SET) == -1)
		return refuse_form_with(f, 500, "the part could not be stored");
	return status;
}

static int
on_form_part_end(void *data)
{
	struct form *f = data;
	struct prong_part *part = last_part(f);

	if (part->fd != -1)
		return finish_part_file(f);
	if (f->used == 0)
		return 0;
	part->value = copy_to_form(f, (struct span){ f->buffer, f->used });
	if (part->value != NULL)
		return 0;
	/* Many small files may exceed the memory: this one is stored on
	 * disk. */
	return part->filename != NULL ? finish_part_file(f)
				      : refuse_form_size(f);
}

struct form *
form_new_multipart(
	struct span boundary, const char *dir, struct body_memory *memory)
{
	static const struct multipart_sink sink = { on_form_part, on_form_bytes,
		on_form_part_end };
	struct form *f = form_new(memory);

	f->dir = dir;
	multipart_init(&f->multipart, boundary, &sink, f);
	return f;
}

int
form_take(struct form *f, struct span s)
{
	if (f->status == 0 && multipart_take(&f->multipart, s) == 400)
		refuse_form_with(f, 400, f->multipart.why);
	if (f->status == 0)
		account_memory(f);
	return f->status;
}

int
form_end(struct form *f)
{
	if (f->status != 0 || f->is_over)
		return f->status;
	f->is_over = true;
	free(f->buffer);
	f->buffer = NULL;
	if (multipart_end(&f->multipart) == 400)
		refuse_form_with(f, 400, f->multipart.why);
	return f->status;
}

/* ---- urlencoded --------------------------------------------------------- */

/*
 * Decodes a text. The input is in memory already and decoding does not lengthen
 * it, so there is no limit.
 */
static const char *
decode_form_text(struct form *f, struct span raw, size_t *len)
{
	char *to = arena_alloc(&f->arena, raw.len + 1);

	*len = urlencoded_decode(raw, to);
	to[*len] = '\0';
	return to;
}

struct form *
form_new_urlencoded(struct span text, struct body_memory *memory, int *status)
{
	struct form *f = form_new(memory);
	struct span name, value;
	struct prong_part *part;
	size_t len;

	f->arena.limit = 0;
	f->is_over = true;
	*status = 0;
	while (urlencoded_next(&text, &name, &value)) {
		part = add_part(f);
		if (part == NULL) {
			*status = refuse_part_count(f);
			break;
		}
		part->name = decode_form_text(f, name, &len);
		part->value = decode_form_text(f, value, &part->len);
	}
	if (*status == 0)
		*status = account_memory(f);
	return f;
}
