/*
 * Makes a response from a descriptor.  Only file_read() waits for the disk; it
 * may be called in a thread.
 * SPDX-License-Identifier: MIT
 */
#include "file/file.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/mem.h"
#include "file/file_validators.h"
#include "file/page_miss.h"
#include "file/resident_read.h"
#include "http/decimal.h"
#include "http/field_rows.h"

enum {
	CODING_ROOM = 40, /* bytes of Content-Encoding */
	TRIES = 3,        /* reads of a file that changes under us */
};

/* A tag of the content is filled in later: only its length counts here. */
static const char tag_to_come[] = "\"0000000000000000\"";

struct file_identity
file_identity_of(const struct stat *st)
{
	return (struct file_identity){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = st->st_size,
		.modified = st->st_mtim,
		.changed = st->st_ctim,
	};
}

static bool
is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
file_identity_is_same(
	const struct file_identity *a, const struct file_identity *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       is_same_time(&a->modified, &b->modified) &&
	       is_same_time(&a->changed, &b->changed);
}

bool
file_has_content_of(const struct file *f, const struct stat *st)
{
	return f->identity.size == st->st_size &&
	       is_same_time(&f->identity.modified, &st->st_mtim);
}

bool
file_is_same(const struct file *f, const struct stat *st)
{
	const struct file_identity id = file_identity_of(st);

	return file_identity_is_same(&f->identity, &id);
}

static char *
put_date(char *at, time_t t)
{
	date_format(t, at);
	return at + DATE_LEN;
}

static char *
put_encoding(struct file *f, char *at, enum coding coding)
{
	char *from = at;

	if (coding != CODING_IDENTITY) {
		at = stpcpy(at, "Content-Encoding: ");
		at = stpcpy(at, coding_name(coding));
		at = stpcpy(at, "\r\n");
	}
	f->encoding_len = (uint8_t)(at - from);
	return at;
}

static char *
put_validators(struct file *f, char *at, const char *tag,
	const struct file_traits *traits)
{
	const char *control = traits->cache_control;
	char *from = at;

	f->vary = traits->vary;
	f->is_whole = traits->is_whole;
	f->is_copied = traits->is_copied && f->size > traits->largest;
	f->validators_at = (uint32_t)(at - f->reply);
	if (f->modified != -1) {
		at = stpcpy(at, "Last-Modified: ");
		at = put_date(at, f->modified);
		at = stpcpy(at, "\r\n");
	}
	if (!traits->is_tagless) {
		at = stpcpy(at, "ETag: ");
		f->etag_at = (uint8_t)(at - from);
		f->etag_len = (uint8_t)strlen(tag);
		at = stpcpy(at, tag);
		at = stpcpy(at, "\r\n");
	}
	if (!f->is_whole)
		at = stpcpy(at, "Accept-Ranges: bytes\r\n");
	if (traits->vary != NULL) {
		at = stpcpy(at, "Vary: ");
		at = stpcpy(at, traits->vary);
		at = stpcpy(at, "\r\n");
	}
	if (control != NULL) {
		at = stpcpy(at, "Cache-Control: ");
		at = stpcpy(at, control);
		at = stpcpy(at, "\r\n");
	}
	f->validators_len = (uint32_t)(at - from);
	return at;
}

/* The Date is left to file_set_date(). */
static void
write_head(struct file *f, const char *tag, const struct file_traits *traits)
{
	char *at = f->reply;

	at = stpcpy(at, FILE_HEAD_START);
	memset(at, ' ', DATE_LEN);
	at += DATE_LEN;
	at = stpcpy(at, traits->is_nameless ? "\r\nContent-Type: "
					    : "\r\nServer: prong\r\n"
					      "Content-Type: ");
	at = stpcpy(at, f->type);
	at = stpcpy(at, "\r\nContent-Length: ");
	at = decimal_put(at, (uint64_t)f->size);
	at = stpcpy(at, "\r\n");
	at = put_encoding(f, at, traits->coding);
	at = put_validators(f, at, tag, traits);
	if (traits->fields.len > 0)
		at = mempcpy(at, traits->fields.at, traits->fields.len);
	at = stpcpy(at, "\r\n");
	f->head_len = (uint32_t)(at - f->reply);
}

enum { COARSEST = 2 /* seconds: times of files, as of FAT */ };

/* RFC 9110 8.8.2.1: no Last-Modified later than the answer's Date. */
static void
set_modified(struct file *f, const struct file_traits *traits)
{
	time_t modified = f->identity.modified.tv_sec, now = time(NULL);

	f->is_settled = now - f->identity.changed.tv_sec > COARSEST;
	f->has_weak_date =
		!file_date_is_reliable(&f->identity, &traits->started, now);
	if (traits->is_dateless || file_date_is_constant(modified))
		f->modified = -1;
	else
		f->modified = modified > now ? now : modified;
}

/* Content in memory that sendfile(2) takes. */
struct mapping {
	int fd;
	char *content;
};

/* False where there is no memory for it: the content goes behind the head. */
static bool
map_content(struct mapping *map, size_t size)
{
	int fd = memfd_create("content", MFD_CLOEXEC);
	void *to = MAP_FAILED;

	if (fd == -1)
		return false;
	if (ftruncate(fd, (off_t)size) == 0)
		to = mmap(
			NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (to != MAP_FAILED) {
		map->fd = fd;
		map->content = to;
		return true;
	}
	close(fd);
	return false;
}

/* An upper bound that most heads reach. */
static size_t
count_head_room(const struct file_traits *traits, int64_t size, size_t tag_len)
{
	static const char names[] = FILE_HEAD_START
		"\r\nServer: prong\r\n"
		"Content-Type: \r\nContent-Length: \r\nLast-Modified: \r\n"
		"ETag: \r\nAccept-Ranges: bytes\r\n\r\n";
	size_t room = sizeof(names) + (size_t)(2 * DATE_LEN) +
		      decimal_len((uint64_t)size) + strlen(traits->type) +
		      tag_len + traits->fields.len;

	if (traits->coding != CODING_IDENTITY)
		room += CODING_ROOM;
	if (traits->vary != NULL)
		room += sizeof("Vary: \r\n") + strlen(traits->vary);
	if (traits->cache_control != NULL)
		room += sizeof("Cache-Control: \r\n") +
			strlen(traits->cache_control);
	return room;
}

/* Allocates the file with its reply: the head, and room for the content where
 * that goes behind it. */
static struct file *
new_file(const struct stat *st, const struct file_traits *traits)
{
	const struct file_identity id = file_identity_of(st);
	bool in_memory = id.size <= traits->largest;
	struct mapping map = { .fd = -1 };
	bool is_mapped = in_memory && id.size >= FILE_SENDFILE_LEAST &&
			 !traits->is_fleeting &&
			 map_content(&map, (size_t)id.size);
	size_t behind = in_memory && !is_mapped ? (size_t)id.size : 0, room;
	char tag[FILE_TAG_SIZE];
	struct file *f;

	memcpy(tag, tag_to_come, sizeof(tag_to_come));
	if (!in_memory)
		file_tag_identity(&id, traits->coding, tag);
	room = count_head_room(traits, id.size, strlen(tag));
	f = mem_alloc(offsetof(struct file, reply) + room + behind);
	*f = (struct file){
		.refs = 1,
		.fd = map.fd,
		.content = map.content,
		.size = id.size,
		.type = traits->type,
		.coding = (uint8_t)traits->coding,
		.identity = id,
	};
	set_modified(f, traits);
	write_head(f, tag, traits);
	assert(f->head_len <= room);
	if (in_memory && !is_mapped)
		f->content = f->reply + f->head_len;
	return f;
}

/* Keeps errno. */
static void
tell_miss(struct page_miss *miss, int fd, off_t offset, size_t len)
{
	int error = errno;

	if (error == EINPROGRESS)
		page_miss_read(miss, fd, offset, len);
	else
		page_miss_other(miss);
	errno = error;
}

/* 0, or -1 with errno: EAGAIN when there is less than the size said. */
static int
read_content(struct file *f, int fd, struct page_miss *miss)
{
	size_t at = 0, size = (size_t)f->size;
	ssize_t n;

	while (at < size) {
		char *to = f->content + at;

		n = miss == NULL ? pread(fd, to, size - at, (off_t)at)
				 : resident_read(fd, to, size - at, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && miss != NULL)
			tell_miss(miss, fd, (off_t)at, size - at);
		if (n == 0)
			errno = EAGAIN;
		if (n <= 0)
			return -1;
		at += (size_t)n;
	}
	return 0;
}

static void
set_content_tag(struct file *f, enum coding coding)
{
	char tag[FILE_TAG_SIZE];

	file_tag_content(f->content, (size_t)f->size, coding, tag);
	memcpy(f->reply + f->validators_at + f->etag_at, tag, f->etag_len);
	f->is_strong = true;
}

void
file_set_content_hash(struct file *f, uint64_t hash)
{
	size_t at = f->validators_at + f->etag_at;
	uint8_t old = f->etag_len, len;
	char tag[FILE_TAG_SIZE];

	assert(f->extras == NULL || f->extras->rows == NULL);
	assert(f->content == NULL && old > 0);
	file_tag_hash(hash, tag);
	len = (uint8_t)strlen(tag);
	assert(len <= old);
	memcpy(f->reply + at, tag, len);
	memmove(f->reply + at + len, f->reply + at + old,
		f->head_len - at - old);
	f->etag_len = len;
	f->validators_len -= old - len;
	f->head_len -= old - len;
	f->is_strong = true;
}

/* One try.  *st: what the file looks like afterwards. */
static struct file *
read_once(int fd, struct stat *st, const struct file_traits *traits)
{
	struct file *f = new_file(st, traits);
	int error = read_content(f, fd, traits->miss) == 0 ? 0 : errno;

	if ((error == 0 || error == EAGAIN) && fstat(fd, st) == -1)
		error = errno;
	if (error == 0 && !file_is_same(f, st))
		error = EAGAIN;
	if (error == 0) {
		set_content_tag(f, traits->coding);
		return f;
	}
	file_unref(f);
	errno = error;
	return NULL;
}

static struct file *
keep_first_read(const struct stat *st, const struct file_traits *traits)
{
	struct file *f = new_file(st, traits);

	memcpy(f->content, traits->first->bytes, (size_t)f->size);
	set_content_tag(f, traits->coding);
	return f;
}

static bool
is_read(int fd, const struct stat *st, const struct file_traits *traits)
{
	return traits->first != NULL && st->st_size <= traits->largest &&
	       first_read_is_whole(traits->first, fd, st);
}

struct file *
file_read(int fd, const struct stat *st, const struct file_traits *traits)
{
	struct stat seen = *st;
	struct file *f = NULL;
	int error;

	if (is_read(fd, st, traits)) {
		close(fd);
		return keep_first_read(st, traits);
	}
	for (int i = 0; i < TRIES; i++) {
		if (seen.st_size > traits->largest) {
			f = new_file(&seen, traits);
			f->fd = fd;
			return f;
		}
		f = read_once(fd, &seen, traits);
		if (f != NULL || errno != EAGAIN)
			break;
	}
	error = errno;
	close(fd);
	errno = error;
	return f;
}

/* ---- in another coding -------------------------------------------------- */

struct file *
file_code(const struct file *identity, const struct file_traits *traits,
	const char *bytes, size_t len)
{
	const struct stat st = {
		.st_size = (off_t)len,
		.st_mtim = identity->identity.modified,
		.st_ctim = identity->identity.changed,
	};
	struct file *f;

	assert((int64_t)len <= traits->largest);
	f = new_file(&st, traits);
	memcpy(f->content, bytes, len);
	set_content_tag(f, traits->coding);
	return f;
}

struct file *
file_copy(const char *bytes, size_t len)
{
	struct file *f = mem_alloc(sizeof(*f) + len);

	*f = (struct file){
		.refs = 1,
		.fd = -1,
		.content = f->reply,
		.size = (int64_t)len,
	};
	memcpy(f->reply, bytes, len);
	return f;
}

void
file_unref(struct file *f)
{
	if (f == NULL)
		return;
	assert(f->refs > 0);
	if (--f->refs > 0)
		return;
	for (int i = 0; i < CODING_COUNT; i++)
		file_unref(file_coded(f, (enum coding)i));
	if (f->fd != -1) {
		if (f->content != NULL)
			munmap(f->content, (size_t)f->size);
		close(f->fd);
	}
	if (f->extras != NULL)
		free(f->extras->rows);
	free(f->extras);
	free(f);
}

struct file_extras *
file_extras(struct file *f)
{
	if (f->extras == NULL)
		f->extras = mem_calloc(1, sizeof(*f->extras));
	return f->extras;
}

size_t
file_memory(const struct file *f)
{
	size_t mapped = f->content != NULL && f->fd != -1 ? (size_t)f->size : 0;
	size_t rows = f->extras == NULL ? 0 : mem_size(f->extras->rows);

	return mem_size(f) + mem_size(f->extras) + rows + mapped;
}

struct field_rows *
file_rows(struct file *f)
{
	struct file_extras *extras = file_extras(f);
	struct span end = SPAN("\r\n"), lines;
	void *memory;

	if (extras->rows != NULL)
		return extras->rows;
	lines.at = f->reply + FILE_DATE_AT + DATE_LEN + end.len;
	lines.len = f->head_len - end.len - (size_t)(lines.at - f->reply);
	memory = mem_alloc(field_rows_size(lines));
	extras->rows = field_rows_make(lines, memory);
	return extras->rows;
}
