/*
 * The module API of prong: responses that are complete at once.
 * Included by prong.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRONG_RESPONSE_H
#define PRONG_RESPONSE_H

#include "prong.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- RESPONSE ----------------------------------------------------------- */

/*
 * Adds a header field line to the response.  Fails with EINVAL when the name is
 * not a token or the value contains a control byte, and with EPERM for fields
 * that the server sets: Connection, Content-Length, Content-Type, Date,
 * Keep-Alive, Proxy-Connection, Server, TE, Trailer, Transfer-Encoding, Upgrade
 * and X-Request-Id.
 */
int prong_set_field(
	struct prong_context *, const char *name, const char *value);

/*
 * Removes all lines of a field that prong_set_field() has set, and sets one
 * instead; a NULL value only removes.
 */
int prong_replace_field(
	struct prong_context *, const char *name, const char *value);

/*
 * Registers f to be called before the head of the response is made, in
 * middleware for example: it may still set and replace fields.  Several are
 * called in reverse order.  status is 0 for prong_file(), which decides later.
 */
int prong_on_head(struct prong_context *,
	void (*f)(struct prong_context *, int status, void *data), void *data);

/* Return the status of the response, 0 before it is known, and the bytes of
 * content that were sent or are queued.  They are meant for prong_on_end(). */
int prong_status(struct prong_context *);
int64_t prong_sent(struct prong_context *);

struct prong_cookie_options {
	/* NULL to omit the attribute.  A path begins with '/'. */
	const char *path PRONG_ZERO, *domain PRONG_ZERO;
	/* Seconds; 0 for a session cookie, -1 to delete the cookie. */
	int64_t max_age PRONG_ZERO;
	/* "Lax", "Strict" or "None"; NULL for "Lax". */
	const char *same_site PRONG_ZERO;
	bool is_readable PRONG_ZERO; /* omit HttpOnly: scripts may read it */
	bool is_insecure PRONG_ZERO; /* omit Secure: also sent over http */
};

/*
 * Adds a Set-Cookie field; options may be NULL for the defaults.  Fails with
 * EINVAL when a name or value is not allowed in a cookie (RFC 6265 4.1.1) or
 * browsers would reject it.  "None" implies Secure.
 */
int prong_set_cookie(struct prong_context *, const char *name,
	const char *value, const struct prong_cookie_options *);
int prong_set_cookie_sized(size_t options_size, struct prong_context *,
	const char *name, const char *value,
	const struct prong_cookie_options *);
#define prong_set_cookie(...)                                                  \
	prong_set_cookie_sized(sizeof(struct prong_cookie_options), __VA_ARGS__)

/*
 * Adds a cookie whose value of at most 3072 bytes is signed, by HMAC-SHA-256
 * with the key of prong_set_key(): it can be read by the client, but not
 * changed.  Fails with ENOTSUP in a server without OpenSSL.
 */
int prong_set_signed_cookie_sized(size_t options_size, struct prong_context *,
	const char *name, const char *value,
	const struct prong_cookie_options *);
#define prong_set_signed_cookie(...)                                           \
	prong_set_signed_cookie_sized(                                         \
		sizeof(struct prong_cookie_options), __VA_ARGS__)

/*
 * Answers with a status from 200 to 599 and len bytes of content.  type is its
 * media type; NULL means application/octet-stream.  A handler that returns
 * without answering or deferring causes a 500.
 */
int prong_answer(struct prong_context *, int status, const char *type,
	const void *content, size_t len);

/*
 * Answers with content that is not copied.  release, or free(3) for NULL, is
 * called with it when it was sent, and also when the call fails.
 */
int prong_answer_take(struct prong_context *, int status, const char *type,
	void *content, size_t len, void (*release)(void *content));

/*
 * Answers with len bytes of a regular file from offset on.  The descriptor is
 * duplicated.  The bytes must not change until they are sent.
 */
int prong_answer_fd(struct prong_context *, int status, const char *type,
	int fd, int64_t offset, int64_t len);

/*
 * Sets ETag and Last-Modified, and evaluates the preconditions of the request
 * (RFC 9110 13).  Returns 0 when the handler shall go on, 1 when the context
 * was answered, with 304 or 412, and -1 with errno.  tag is quoted when it is
 * not; "W/\"1\"" is a weak one.  Without a tag (NULL) and a time (0) the
 * resource does not exist yet: If-Match then fails.
 */
int prong_etag(struct prong_context *, const char *tag, time_t modified);

/*
 * Ends the response so that the client notices: the connection or the stream of
 * HTTP/2 is closed in the next turn of the loop, without what is still queued.
 * A stream that fails uses it in place of prong_finish().
 */
int prong_abort(struct prong_context *);

/* Answers with formatted text, as text/plain in UTF-8. */
int prong_text(struct prong_context *, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Answers with JSON.  Takes over the reference, also on failure.  A NULL value,
 * which json_pack() returns on failure, answers 500 and fails with EINVAL. */
int prong_json(struct prong_context *, int status, json_t *);

/* Answers without content, for example with 204. */
int prong_empty(struct prong_context *, int status);

/*
 * Answers with an error from 400 to 599 and a sentence for the client, as
 * application/problem+json (RFC 9457), or as the site's error page when the
 * client prefers HTML.
 */
int prong_problem(struct prong_context *, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Does what prong_problem() does and adds members to the JSON object.  Takes
 * over the reference to members, also on failure. */
int prong_problem_with(struct prong_context *, int status, json_t *members,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Answers with 301, 302, 303, 307 or 308.  target is an absolute path or an
 * http or https URL; bytes that a URL cannot contain are percent-encoded.
 * Fails with EINVAL for any other target or status.
 */
int prong_redirect(struct prong_context *, int status, const char *target);

/*
 * Answers with a file below the directory dir, as a static route does: with
 * media type, ETag, conditional requests, ranges and content codings.  Answers
 * 404 when the file does not exist or is hidden (".a"), or when path would
 * leave dir through ".." or a symbolic link.  The server keeps each dir open,
 * at most 64 of them.  The context ends at once; the response may be sent
 * later.
 */
int prong_file(struct prong_context *, const char *dir, const char *path);

/* Sends a 103 response with one Link field (RFC 8297), at most eight before the
 * answer, to browsers that navigate, where the route has "early_hints". */
int prong_early_hint(struct prong_context *, const char *link);

/* Calls the next middleware, or the handler. */
void prong_next(struct prong_context *);

#ifdef __cplusplus
}
#endif

#endif
