/*
 * A plain GET of a file that is in the cache falls through to the last line of
 * static_file_answer() and of static_file_found().
 * SPDX-License-Identifier: MIT
 */
#include "serve/static_file.h"

#include <inttypes.h>

#include "conn/disk_wait.h"
#include "conn/exchange.h"
#include "conn/response.h"
#include "conn/worker_state.h"
#include "file/file.h"
#include "file/file_cache.h"
#include "http/accept_encoding.h"
#include "http/conditional.h"
#include "serve/error_page.h"
#include "serve/listing.h"
#include "serve/redirect.h"
#include "serve/site.h"
#include "serve/try_files.h"

/* RFC 9110 13.1: a module may answer other methods with a file, too. */
static bool
has_conditions(const struct request *r)
{
	if (r->method != METHOD_GET && r->method != METHOD_HEAD)
		return false;
	return r->count[FIELD_IF_MATCH] | r->count[FIELD_IF_NONE_MATCH] |
	       r->count[FIELD_IF_MODIFIED_SINCE] |
	       r->count[FIELD_IF_UNMODIFIED_SINCE] | r->count[FIELD_RANGE];
}

/* RFC 9110 12.5.5: also on what is no 200. */
static struct span
vary_fields(struct exchange *x, const struct file *f)
{
	if (f->vary == NULL)
		return SPAN("");
	return arena_printf(&x->arena, "Vary: %s\r\n", f->vary);
}

static void
send_range(struct exchange *x, struct file *f)
{
	struct range_set set;

	switch (range_parse(
		request_value(&x->request, FIELD_RANGE), f->size, &set)) {
	case 206:
		/* Where a Content-Encoding of multipart/byteranges belongs,
		 * RFC 9110 14.6 leaves open: the whole is always right. */
		if (set.count > 1 && f->encoding_len > 0)
			response_send_file(x, f);
		else
			response_send_ranges(x, f, &set);
		break;
	case 416:
		error_page_send(x, 416,
			arena_printf(&x->arena,
				"Content-Range: bytes */%" PRId64 "\r\n%s",
				f->size, vary_fields(x, f).at));
		break;
	default:
		response_send_file(x, f);
	}
}

/*
 * An If-Range that is given twice matches nothing, and the whole file is sent;
 * so does any of a file whose content is not hashed: only a strong validator
 * keeps a client from joining two versions (RFC 9110 13.1.5).
 */
static struct span
usable_if_range(const struct request *r, const struct file *f)
{
	if (r->count[FIELD_IF_RANGE] > 1 ||
		(r->count[FIELD_IF_RANGE] == 1 && !f->is_strong))
		return SPAN("");
	return request_value(r, FIELD_IF_RANGE);
}

/* RFC 9110 13.2.2: the conditions first, then the range. */
static void
send_conditional(struct exchange *x, struct file *f)
{
	const struct request *r = &x->request;
	struct validators has = { file_etag(f),
		f->has_weak_date ? -1 : f->modified };
	time_t now = (time_t)x->worker->second;
	struct preconditions asked = {
		.if_match = request_list(r, FIELD_IF_MATCH, &x->arena),
		.if_none_match =
			request_list(r, FIELD_IF_NONE_MATCH, &x->arena),
		.if_modified_since =
			request_only_value(r, FIELD_IF_MODIFIED_SINCE),
		.if_unmodified_since =
			request_only_value(r, FIELD_IF_UNMODIFIED_SINCE),
		.if_range = usable_if_range(r, f),
	};
	int status = conditional_check(&asked, &has, now);

	if (status == 304)
		response_send(x, &(struct response){ .status = 304,
					 .fields = file_validators(f) });
	else if (status != 0)
		error_page_send(x, status, vary_fields(x, f));
	else if (r->method == METHOD_GET && r->count[FIELD_RANGE] == 1 &&
		 !f->is_whole && conditional_range_holds(&asked, &has, now))
		send_range(x, f);
	else
		response_send_file(x, f);
}

static const struct docroot *
docroot_of(const struct exchange *x)
{
	return x->docroot != NULL ? x->docroot : &x->route->docroot;
}

/* Prefers a sidecar, which was compressed in advance, to a coding that the
 * worker makes, since it is usually smaller. */
static enum coding
choose_coding(const struct codings *wanted, const struct file *f)
{
	enum coding best =
		accept_encoding_choose(wanted, f->codings & f->sidecars);

	return best != CODING_IDENTITY
		       ? best
		       : accept_encoding_choose(wanted, f->codings);
}

/* RFC 9110 12.5.3.  *f, a reference, becomes that of another coding where that
 * is better.  0, or FILE_CACHE_WAITS. */
static int
find_coding(struct exchange *x, struct file **f)
{
	const struct codings *wanted = accept_encoding_recall(
		&x->worker->codings,
		request_list(&x->request, FIELD_ACCEPT_ENCODING, &x->arena));
	struct file *coded;
	enum coding best;

	while ((best = choose_coding(wanted, *f)) != CODING_IDENTITY) {
		if (disk_wait_code(x, docroot_of(x), *f, best, &coded) != 0)
			return FILE_CACHE_WAITS;
		if (coded == NULL)
			continue;
		file_unref(*f);
		*f = coded;
		break;
	}
	return 0;
}

/* RFC 9110 15.5.6: 405 says what could be done instead. */
static void
answer_method(struct exchange *x)
{
	struct span allow = SPAN("Allow: GET, HEAD, OPTIONS\r\n");

	if (x->request.method == METHOD_OPTIONS)
		response_send(x,
			&(struct response){ .status = 204, .fields = allow });
	else
		error_page_send(x, 405, allow);
}

static void
retry_file(struct exchange *x, int status, struct span fields)
{
	(void)status;
	(void)fields;
	static_file_answer(x);
}

/* The client is not told why; what the workers may not read, the cache has
 * logged. */
static void
warn_bare_folder(struct exchange *x)
{
	struct worker *w = x->worker;
	struct span path = x->request.path;
	unsigned times;

	if (!x->is_counted || path.len == 0 || path.at[path.len - 1] != '/' ||
		file_errors_is_permission(w->files.refused_error))
		return;
	times = log_limit_take_minutely(&w->bare_folders, w->now_ms);
	if (times == 0)
		return;
	log_warnx(&w->log,
		"403 for %.*s: it has no index file, and its route no "
		"listing (%u time%s)",
		(int)path.len, path.at, times, log_plural(times));
}

/* There is no file to send, or not yet. */
static void
send_status(struct exchange *x, int status)
{
	if (status == 403)
		warn_bare_folder(x);
	/* The path of a module's file is not that of the request. */
	if (x->docroot != NULL && (status == 301 || status == 403))
		status = 404;
	if (status == FILE_CACHE_WAITS)
		disk_wait_hold(x, retry_file, 0, SPAN(""));
	else if (status == 301)
		redirect_to_path(x, 301,
			arena_printf(&x->arena, "%.*s/",
				(int)x->request.path.len, x->request.path.at));
	else
		error_page_send(x, status, SPAN(""));
}

void
static_file_found(struct exchange *x, int status, struct file *f)
{
	const struct request *r = &x->request;

	if (status == 0 && f->codings != 0 &&
		r->count[FIELD_ACCEPT_ENCODING] > 0) {
		struct file *coded = f;

		status = find_coding(x, &coded);
		f = coded;
	}
	if (status != 0)
		send_status(x, status);
	else if (has_conditions(r))
		send_conditional(x, f);
	else
		response_send_file(x, f);
	file_unref(f);
}

static void
answer_in_folder(struct exchange *x)
{
	struct file *f = NULL;
	int status = disk_wait_get(x, x->docroot, x->file, &f);

	static_file_found(x, status, f);
}

void
static_file_answer(struct exchange *x)
{
	const struct request *r = &x->request;
	struct file *f = NULL;
	int status;

	if (x->docroot != NULL) {
		answer_in_folder(x);
		return;
	}
	if (r->method != METHOD_GET && r->method != METHOD_HEAD) {
		answer_method(x);
		return;
	}
	status = try_files_find(x, &f);
	if (status != LISTING_LATER)
		static_file_found(x, status, f);
}
