/*
 * One representation of a file, as it was when it was read: the whole 200
 * answer lies in memory, ready for one send(2), or for sendfile(2) where that
 * is cheaper.  Nothing but its Date ever changes: another content is another
 * struct file.  The identity holds the codings of the same content, each a
 * representation of its own.
 * SPDX-License-Identifier: MIT
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "common/span.h"
#include "http/accept_encoding.h"
#include "http/date.h"

#define FILE_HEAD_START "HTTP/1.1 200 OK\r\nDate: "

enum { FILE_DATE_AT = sizeof(FILE_HEAD_START) - 1 }; /* in reply */

/* From this size on sendfile(2) from our own memory, a descriptor, costs less
 * than a copy with send(2), two calls for one: 18 % for 64 KiB, 26 % for
 * 100. */
enum { FILE_SENDFILE_LEAST = 64 * 1024 };

/* Two looks at one path that agree on all of it saw one content. */
struct file_identity {
	dev_t dev;
	ino_t ino;
	int64_t size;
	struct timespec modified, changed;
};

struct field_rows;
struct page_miss;
struct file_cache_entry;

struct file {
	unsigned refs;    /* the cache's own and one per answer in flight */
	uint32_t date;    /* the second that reply's Date tells */
	char *reply;      /* status line, fields, empty line, content */
	size_t head_len;  /* of reply: up to and with the empty line */
	size_t reply_len; /* head_len + size; head_len alone if fd != -1 */
	int fd;           /* for sendfile(2); -1: the content is in reply */
	char *content;    /* in reply, or mapped from fd; NULL: not in memory */
	bool has_unknown_residency; /* of fd: nobody knows what of it is in
				       memory */
	int64_t size;
	time_t modified;    /* as Last-Modified tells it; -1: it does not */
	bool has_weak_date; /* conditions must not rely on modified */
	const char *type;   /* the caller's */

	/* Parts of the head; etag is empty where it is not told.  validators is
	 * what a 304 and a 206 repeat, whole lines: Last-Modified, ETag,
	 * Accept-Ranges, Vary, Cache-Control; encoding is the line before them,
	 * of a coding. */
	struct span etag; /* with its quotes */
	struct span validators;
	struct span encoding;    /* Content-Encoding: whole line, or empty */
	struct field_rows *rows; /* see file_rows(); NULL: not made yet */
	const char *vary;        /* value of its Vary; the caller's, or NULL */
	bool is_whole;           /* no part of it is sent */
	bool is_copied;          /* of fd: read(2) and not sendfile(2) */

	struct file_identity identity;

	/* Of fd: what was in memory when it was last looked at. */
	struct {
		off_t from, to;
		int64_t until_ms; /* that this is believed */
	} resident;

	/* Of the identity: masks of 1u << CODING_x. */
	unsigned codings;                 /* that there are, or can be made */
	unsigned sidecars;                /* that are files of their own */
	struct file *coded[CODING_COUNT]; /* a reference each, or NULL */
	struct file_cache_entry *entry;   /* the cache's, while it is there */
};

/* What a representation has that the file itself does not tell. */
struct file_traits {
	const char *type;          /* must outlive the file */
	const char *cache_control; /* or NULL */
	int64_t largest;           /* bytes that are read into memory */
	struct timespec started;   /* of the server; zero: unknown */
	struct span fields;        /* more lines, each ended by CRLF */
	bool is_nameless;          /* no Server */
	bool is_tagless;           /* no ETag */
	bool is_dateless;          /* no Last-Modified */
	bool is_whole;             /* no Accept-Ranges, and no ranges */
	struct page_miss *miss;    /* not NULL: the disk is not waited for */
	bool is_copied;            /* where it is not in memory */
	const char *vary;          /* request field that it was chosen by */
	enum coding coding;        /* of the bytes that are read */
};

/*
 * Makes the representation of an open regular file.  st: fstat(2) of fd.  Up
 * to largest bytes are read whole, again if the file changed meanwhile, and
 * have a hash of the content as their tag; of a larger file fd is kept, and
 * its tag is weak.
 * Takes fd over in any case.  One reference, the caller's; or NULL with
 * errno: EAGAIN when the file changed again and again or is shorter than it
 * says; EINPROGRESS when it would have to be waited for, and traits->miss says
 * that it must not.  RFC 9110 8.8.2, 8.8.3.
 */
struct file *file_read(
	int fd, const struct stat *st, const struct file_traits *);

/* The same content in another coding: bytes of len, which are copied.  One
 * reference, the caller's. */
struct file *file_code(const struct file *identity, const struct file_traits *,
	const char *bytes, size_t len);

enum file_residency {
	FILE_RESIDENT, /* in memory, or it can't be read at all */
	FILE_ABSENT,   /* the disk would have to be waited for */
	FILE_UNKNOWN,  /* the file system can't tell */
};

/* Where is it, of a file with a descriptor, from *offset to end?  *offset moves
 * to what is away.  Looks at a byte here and there. */
enum file_residency file_find_absent(
	const struct file *, off_t *offset, off_t end);

/* The same, remembered for a second. */
enum file_residency file_find(
	struct file *, off_t offset, off_t end, int64_t now_ms);

/* It was read, or looked at. */
void file_set_resident(struct file *, off_t offset, off_t end, int64_t now_ms);

/* Bytes alone, in reply, without a head: a reference. */
struct file *file_copy(const char *bytes, size_t len);

/* Is this what the file looked like when it was read? */
bool file_is_same(const struct file *, const struct stat *);

/* The same, but it may have lost its name meanwhile. */
bool file_has_content_of(const struct file *, const struct stat *);

static inline struct file *
file_ref(struct file *f)
{
	f->refs++;
	return f;
}

/* Returns the fields of the head as rows, all but Date; they are made at the
 * first call and live as long as the file. */
const struct field_rows *file_rows(struct file *);

/* The last one closes fd, lets go of the codings and frees it.  NULL is
 * fine. */
void file_unref(struct file *);

/* date: second, as date_format() writes it.  For a file that answers many
 * requests in a second it costs a comparison. */
static inline void
file_set_date(struct file *f, uint32_t second, const char date[DATE_LEN])
{
	if (f->date == second)
		return;
	memcpy(f->reply + FILE_DATE_AT, date, DATE_LEN);
	f->date = second;
}

#endif
