/*
 * Opens the path and then decides: the same file, another one, which is read,
 * or none.
 *
 * A file that was just modified may be partly written, and a clock tick is too
 * coarse to tell its next version from this one; so the cached file is served,
 * if there is one, until the new one is RESOLVED_RECENT_MS old.
 * SPDX-License-Identifier: MIT
 */
#include "file/file_probe.h"

#include <errno.h>
#include <stdlib.h>

#include "common/conf.h"
#include "common/mem.h"
#include "file/compress.h"
#include "file/docroot.h"
#include "file/file.h"
#include "file/page_miss.h"
#include "file/resident_read.h"
#include "file/resolved.h"
#include "file/sidecar_list.h"
#include "http/header_rules.h"

enum {
	GAIN = 20, /* a coding must save one byte in this many to be kept */
};

/*
 * Reads the sidecars into the file. A sidecar that cannot be read is left out
 * and tried again when the entry is next validated. Returns its errno, or 0.
 */
static int
attach_sidecars(struct file *f, struct sidecars *s, struct file_traits traits)
{
	struct file *coded;
	int error = 0;

	traits.first = NULL;
	if (f->content == NULL)
		traits.largest = -1;
	f->sidecars = (uint8_t)s->have;
	for (int i = 0; i < CODING_COUNT; i++) {
		if (!(s->have & 1u << i))
			continue;
		traits.coding = (enum coding)i;
		coded = file_read(s->fd[i], &s->st[i], &traits);
		file_extras(f)->coded[i] = coded;
		if (coded != NULL)
			f->codings |= (uint8_t)(1u << i);
		else if (errno != EAGAIN && errno != EINPROGRESS)
			error = errno;
	}
	s->have = 0;
	return error;
}

/* Returns the traits that all files of a docroot share. */
static struct file_traits
docroot_traits(const struct docroot *d, const char *type, int64_t largest)
{
	const struct header_rules *h = d->headers;
	struct file_traits traits = {
		.type = type,
		.cache_control = docroot_cache_control(d, type),
		.largest = largest,
		.is_copied = d->route->files.large_files == CONF_LARGE_COPY,
	};

	if (h == NULL)
		return traits;
	traits.fields = h->lines;
	traits.is_nameless = header_rules_removes(h, SPAN("Server"));
	traits.is_tagless = header_rules_removes(h, SPAN("ETag"));
	traits.is_dateless = header_rules_removes(h, SPAN("Last-Modified"));
	traits.is_whole = header_rules_removes(h, SPAN("Accept-Ranges"));
	if (header_rules_removes(h, SPAN("Cache-Control")))
		traits.cache_control = NULL;
	return traits;
}

static struct file *
read_resolved(struct file_probe *p, struct resolved *found)
{
	/* A larger file would hold up the loop while it is compressed. */
	enum { LARGEST_CODED = 256 * 1024 };
	bool is_coded = p->docroot->codings != 0 &&
			found->coding == CODING_IDENTITY &&
			found->st.st_size <= p->largest &&
			found->st.st_size <= LARGEST_CODED &&
			compress_is_worth(found->type, found->st.st_size);
	unsigned codings = is_coded ? p->docroot->codings : 0;
	struct file_traits traits =
		docroot_traits(p->docroot, found->type, p->largest);
	struct file *f;
	int error, of_sidecars = 0;

	traits.miss = p->miss;
	traits.first = p->first;
	traits.started = p->started;
	traits.is_fleeting = p->is_fleeting;
	traits.coding = found->coding;
	if ((codings | found->sidecars.have) != 0 || found->may_vary)
		traits.vary = "Accept-Encoding";
	f = file_read(found->fd, &found->st, &traits);
	error = errno;
	if (f != NULL && f->content != NULL)
		f->codings = (uint8_t)codings;
	if (f != NULL && found->sidecars.have != 0)
		of_sidecars = attach_sidecars(f, &found->sidecars, traits);
	if (f == NULL)
		p->error = error;
	else
		p->error = of_sidecars != 0 ? of_sidecars : found->error;
	sidecars_close(&found->sidecars);
	errno = error;
	return f;
}

static bool
is_current_file(const struct file *f, const struct resolved *found)
{
	const struct sidecars *s = &found->sidecars;
	const struct file *coded;

	if (f->type != found->type || f->sidecars != s->have ||
		!file_is_same(f, &found->st))
		return false;
	for (int i = 0; i < CODING_COUNT; i++) {
		if (!(s->have & 1u << i))
			continue;
		coded = file_coded(f, (enum coding)i);
		if (coded == NULL || !file_is_same(coded, &s->st[i]))
			return false;
	}
	return true;
}

static bool
has_page_miss(const struct file_probe *p)
{
	return p->miss != NULL && p->miss->kind != PAGE_MISS_NONE;
}

/* Reads a file that is new or differs from the cached one. */
static enum file_probe_result
load_file(struct file_probe *p, struct resolved *found)
{
	bool is_young;

	if (resolved_is_recent(&found->st.st_mtim) && p->keeps_cached &&
		!p->is_complete) {
		resolved_close(found);
		return PROBE_RECENT;
	}
	p->file = read_resolved(p, found);
	if (has_page_miss(p)) {
		file_unref(p->file);
		p->file = NULL;
		return PROBE_WAITS;
	}
	is_young = p->file == NULL
			   ? errno == EAGAIN
			   : !p->is_complete &&
				     resolved_is_recent(
					     &p->file->identity.modified);
	/* The file changed while it was read. */
	if (is_young && p->keeps_cached) {
		file_unref(p->file);
		p->file = NULL;
		return PROBE_RECENT;
	}
	if (p->file != NULL)
		return PROBE_NEW;
	p->status = root_status(p->error) == 503 ? 503 : 500;
	return PROBE_STATUS;
}

/* Returns the list of sidecars, if the directory has not changed since. */
static const struct sidecar_list *
check_list(struct sidecar_hint *hint, const struct root *root)
{
	if (hint->list == NULL || !hint->is_due)
		return hint->list;
	hint->is_compared = true;
	hint->is_outdated = !sidecar_list_is_current(hint->list, root);
	return hint->is_outdated ? NULL : hint->list;
}

static bool
is_settled(const struct file *f)
{
	const struct file *coded;

	for (int i = 0; i < CODING_COUNT; i++) {
		if (!(f->sidecars & 1u << i))
			continue;
		coded = file_coded(f, (enum coding)i);
		if (coded != NULL && !coded->is_settled)
			return false;
	}
	return f->is_settled;
}

/*
 * Finds that the cached file is current, without opening it for reading, which
 * costs as much again: Landlock walks up from the file then. A change of its
 * permissions changes its identity, if that is settled. False: not known. On a
 * local file system only, others look at the attributes anew when a file is
 * opened.
 */
static bool
probe_cached(struct file_probe *p, struct docroot *d,
	const struct sidecar_list *list)
{
	struct resolved found;
	bool is_same;

	if (p->cached == NULL || p->miss == NULL || !is_settled(p->cached))
		return false;
	d->root.opens_path = true;
	p->status = resolved_open(&found, d, p->path, p->largest, list);
	d->root.opens_path = false;
	p->result = p->status == ROOT_WAITS ? PROBE_WAITS : PROBE_SAME;
	if (p->status != 0)
		return p->result == PROBE_WAITS;
	is_same = is_current_file(p->cached, &found);
	p->error = found.error;
	resolved_close(&found);
	return is_same;
}

/* Opens and reads the file, or finds that the cached one is current. */
static void
probe_once(struct file_probe *p, struct docroot *d)
{
	const struct sidecar_list *list = check_list(&p->sidecars, &d->root);
	struct resolved found;

	p->file = NULL;
	p->error = 0;
	if (probe_cached(p, d, list))
		return;
	d->root.first = p->first;
	p->status = resolved_open(&found, d, p->path, p->largest, list);
	d->root.first = NULL;
	if (p->status != 0) {
		p->error = found.error;
		p->result =
			p->status == ROOT_WAITS ? PROBE_WAITS : PROBE_STATUS;
	} else if (p->cached != NULL && is_current_file(p->cached, &found)) {
		p->error = found.error;
		resolved_close(&found);
		p->result = PROBE_SAME;
	} else {
		p->result = load_file(p, &found);
	}
}

void
file_probe_run(struct file_probe *p)
{
	struct docroot d = *p->docroot;
	struct first_read first;

	d.root.miss = p->miss;
	p->first = NULL;
	if (p->reads_first && p->miss != NULL) {
		first_read_init(&first);
		p->first = &first;
	}
	probe_once(p, &d);
	p->first = NULL;
	/* A file of another machine was replaced: its name leads to the new one
	 * (open(2) looks it up anew). */
	if (p->result == PROBE_STATUS && p->error == ESTALE)
		probe_once(p, &d);
}

void
file_probe_release(struct file_probe *p)
{
	file_unref(p->cached);
	p->cached = NULL;
	sidecar_list_unref(p->sidecars.list);
	p->sidecars.list = NULL;
}

/* ---- codings ------------------------------------------------------------ */

struct file *
file_probe_code(
	const struct docroot *d, const struct file *f, enum coding coding)
{
	struct file_traits traits = docroot_traits(d, f->type, INT64_MAX);
	size_t len = (size_t)f->size, room = len - len / GAIN, n;
	struct file *made = NULL;
	char *bytes = mem_alloc(room);

	traits.vary = "Accept-Encoding";
	traits.coding = coding;
	n = compress_bytes(coding, f->content, len, bytes, room);
	if (n > 0)
		made = file_code(f, &traits, bytes, n);
	free(bytes);
	return made;
}
