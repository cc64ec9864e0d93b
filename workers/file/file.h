/*
 * One representation of a file, as it was when it was read: a complete 200
 * response in memory, ready for one send(2), or for sendfile(2) where that is
 * cheaper.  Only its Date changes afterwards; changed content is a new struct
 * file.  The identity representation owns those in other codings.
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

/* Bytes from which sendfile(2) from a memfd, although it takes a second call,
 * is cheaper than send(2) with its copy: by 18 % for 64 KiB, 26 % for 100 KiB.
 */
enum { FILE_SENDFILE_LEAST = 64 * 1024 };

/* If this is equal at two times, the file was not changed between them. */
struct file_identity {
	dev_t dev;
	ino_t ino;
	int64_t size;
	struct timespec modified, changed;
};

struct file_identity file_identity_of(const struct stat *);
bool file_identity_is_same(
	const struct file_identity *, const struct file_identity *);

struct field_rows;
struct first_read;
struct page_miss;
struct file_cache_entry;

/* What few files have. */
struct file_extras {
	struct field_rows *rows; /* see file_rows(); NULL: not made yet */

	/* In the identity only: references, or NULL. */
	struct file *coded[CODING_COUNT];

	/* The part of fd that was in memory when it was last checked. */
	struct {
		off_t from, to;
		int64_t until_ms; /* the check is valid until then */
	} resident;
};

/* A cache has tens of thousands: the members leave no gaps, and what a hit
 * uses is beside the reply. */
struct file {
	struct file_identity identity;
	time_t modified;            /* of Last-Modified; -1: it is not sent */
	const char *vary;           /* value of Vary, not owned; or NULL */
	struct file_extras *extras; /* NULL: none yet */

	/* Parts of the head, see file_etag() and the others. */
	uint32_t validators_at, validators_len;
	uint8_t etag_at; /* in the validators */
	uint8_t etag_len, encoding_len;

	uint8_t coding;             /* enum coding, of the content */
	uint8_t sidecars;           /* as codings: those that exist as files */
	bool has_weak_date;         /* conditions must not rely on modified */
	bool is_whole;              /* ranges are not served */
	bool is_strong;             /* the ETag is made from the content */
	bool is_copied;             /* fd is sent by read(2), not sendfile(2) */
	bool has_unknown_residency; /* the file system of fd cannot tell what is
				       in memory */
	/* Its identity was seconds old when it was read, so that any later
	 * change, also of its permissions, makes another one. */
	bool is_settled;

	/* In the identity only: those that exist, or can be made, as a mask of
	 * 1u << CODING_x. */
	uint8_t codings;

	int fd;           /* for sendfile(2); -1: the content is in reply */
	const char *type; /* not owned */
	int64_t size;
	char *content; /* in reply, or mapped from fd; NULL: not in memory */
	struct file_cache_entry *entry; /* NULL: not in the cache */
	unsigned refs;     /* the cache's and one per response in flight */
	uint32_t head_len; /* bytes of reply, including the empty line */
	uint32_t date;     /* the second of the Date in reply, since 1970 */

	char reply[]; /* status line, fields, empty line, content */
};

/* The properties of a representation that do not come from the file itself. */
struct file_traits {
	const char *type;          /* must outlive the file */
	const char *cache_control; /* or NULL */
	int64_t largest;           /* bytes; larger files stay on disk */
	struct timespec started;   /* of the server; zero: unknown */
	struct span fields;        /* additional lines, each with CRLF */
	bool is_nameless;          /* without Server */
	bool is_tagless;           /* without ETag */
	bool is_dateless;          /* without Last-Modified */
	bool is_whole;             /* without Accept-Ranges and ranges */
	struct page_miss *miss;    /* not NULL: must not wait for a disk */
	bool is_copied;            /* read(2) instead of sendfile(2) */
	bool is_fleeting;          /* used for one response: no memfd */
	const char *vary;          /* request field that selected it */
	enum coding coding;        /* of the bytes of the file */
	/* What is read of it already, or NULL. */
	const struct first_read *first;
};

/*
 * Makes the representation of an open regular file; st is the fstat(2) of fd,
 * which is taken over in any case.  A file of up to traits->largest bytes is
 * read whole, again if it changed meanwhile, and its tag is a hash of the
 * content; a larger file keeps fd, and its tag is weak (RFC 9110 8.8.2, 8.8.3).
 * Returns a reference that the caller owns, or NULL with errno: EAGAIN if the
 * file kept changing or is shorter than its size; EINPROGRESS if the call would
 * block and traits->miss is set.
 */
struct file *file_read(
	int fd, const struct stat *st, const struct file_traits *);

/* Gives a file that has a descriptor, and that no response uses yet, the strong
 * tag for this hash (content_hash.h). */
void file_set_content_hash(struct file *, uint64_t hash);

/* Makes the representation in another coding; copies the len bytes.  Returns a
 * reference that the caller owns. */
struct file *file_code(const struct file *identity, const struct file_traits *,
	const char *bytes, size_t len);

enum file_residency {
	FILE_RESIDENT, /* in memory, or not readable at all */
	FILE_ABSENT,   /* on disk; reading it blocks */
	FILE_UNKNOWN,  /* the file system cannot tell */
};

/* Tells whether the bytes of fd from *offset to end are in memory, by a sample
 * of them.  For FILE_ABSENT *offset moves to the first byte that is not. */
enum file_residency file_find_absent(
	const struct file *, off_t *offset, off_t end);

/* Like file_find_absent(), with the result kept for a second. */
enum file_residency file_find(
	struct file *, off_t offset, off_t end, int64_t now_ms);

/* Records that these bytes were in memory at now_ms. */
void file_set_resident(struct file *, off_t offset, off_t end, int64_t now_ms);

/* Returns a reference to a file whose reply is a copy of the bytes, without a
 * head. */
struct file *file_copy(const char *bytes, size_t len);

/* Returns true if the file has not been changed since it was read. */
bool file_is_same(const struct file *, const struct stat *);

/* Like file_is_same(), but ignores a change of the number of its links: the
 * file may have been unlinked. */
bool file_has_content_of(const struct file *, const struct stat *);

static inline struct file *
file_ref(struct file *f)
{
	f->refs++;
	return f;
}

/* Returns the ETag with its quotes; it is empty if none is sent. */
static inline struct span
file_etag(const struct file *f)
{
	return (struct span){ f->reply + f->validators_at + f->etag_at,
		f->etag_len };
}

/* Returns the field lines that a 304 and a 206 repeat: Last-Modified, ETag,
 * Accept-Ranges, Vary, Cache-Control. */
static inline struct span
file_validators(const struct file *f)
{
	return (struct span){ f->reply + f->validators_at, f->validators_len };
}

/* Returns the line of Content-Encoding, or an empty span. The validators follow
 * it. */
static inline struct span
file_encoding(const struct file *f)
{
	return (struct span){ f->reply + f->validators_at - f->encoding_len,
		f->encoding_len };
}

/* Returns the bytes of reply: the head, and the content if it is there. */
static inline size_t
file_reply_len(const struct file *f)
{
	return f->head_len +
	       (f->fd == -1 && f->content != NULL ? (size_t)f->size : 0);
}

/* Returns the representation in a coding, which the file owns, or NULL. */
static inline struct file *
file_coded(const struct file *f, enum coding coding)
{
	return f->extras == NULL ? NULL : f->extras->coded[coding];
}

/* Returns what few files have; it is made at the first call. */
struct file_extras *file_extras(struct file *);

/* Returns the bytes of memory that the file takes, without its codings. */
size_t file_memory(const struct file *);

/* Returns the fields of the head as rows, all but Date; they are made at the
 * first call and live as long as the file. */
struct field_rows *file_rows(struct file *);

/* Drops a reference.  The last one closes fd, drops the references to the
 * codings and frees the file.  NULL is permitted. */
void file_unref(struct file *);

/* Updates the Date of reply; date is second as date_format() writes it.  Within
 * one second this costs a comparison. */
static inline void
file_set_date(struct file *f, uint32_t second, const char date[DATE_LEN])
{
	if (f->date == second)
		return;
	memcpy(f->reply + FILE_DATE_AT, date, DATE_LEN);
	f->date = second;
}

#endif
