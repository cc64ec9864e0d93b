/*
 * A wrong validator makes clients keep old content, or join two versions of a
 * file; a missing one only costs a transfer.
 * SPDX-License-Identifier: MIT
 */
#include "file/file_validators.h"

#include <stdint.h>
#include <string.h>

#include "file/file.h"
#include "http/hash.h"

/* RFC 9110 8.8.3.3: what differs in its coding differs in its tag. */
static const char *const tag_endings[CODING_COUNT] = {
	[CODING_IDENTITY] = "",
	[CODING_GZIP] = "-g",
	[CODING_BR] = "-b",
	[CODING_ZSTD] = "-z",
};

/* Sixteen digits. */
static char *
put_hex(char *to, uint64_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (int shift = 60; shift >= 0; shift -= 4)
		*to++ = digits[n >> shift & 0xf];
	return to;
}

const char *
file_tag_ending(enum coding coding)
{
	return tag_endings[coding];
}

void
file_tag_hash(uint64_t hash, char tag[FILE_TAG_SIZE])
{
	*tag = '"';
	strcpy(put_hex(tag + 1, hash), "\"");
}

void
file_tag_content(const char *bytes, size_t len, enum coding coding,
	char tag[FILE_TAG_SIZE])
{
	file_tag_hash(hash_bytes(bytes, len, (uint64_t)coding), tag);
}

void
file_tag_identity(const struct file_identity *id, enum coding coding,
	char tag[FILE_TAG_SIZE])
{
	const uint64_t words[] = {
		(uint64_t)id->dev,
		(uint64_t)id->ino,
		(uint64_t)id->size,
		(uint64_t)id->modified.tv_sec,
		(uint64_t)id->modified.tv_nsec,
		(uint64_t)id->changed.tv_sec,
		(uint64_t)id->changed.tv_nsec,
	};

	tag = stpcpy(tag, "W/\"");
	tag = put_hex(tag, hash_bytes(words, sizeof(words), 0));
	strcpy(stpcpy(tag, tag_endings[coding]), "\"");
}

bool
file_date_is_constant(time_t modified)
{
	enum {
		JANUARY_3_1980 = 315705600, /* epoch, and zip's first day */
		NPM = 499162500,            /* 1985-10-26 08:15:00 */
		JANUARY_1_2000 = 946684800, /* Bazel and others */
		ZONES = 14 * 3600,          /* midnight in any time zone */
		HALF_HOUR = 1800,
	};

	return modified < JANUARY_3_1980 || modified == NPM ||
	       (modified >= JANUARY_1_2000 - ZONES &&
		       modified <= JANUARY_1_2000 + ZONES &&
		       modified % HALF_HOUR == 0);
}

static bool
is_later(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec > b->tv_sec;
	return a->tv_nsec > b->tv_nsec;
}

bool
file_date_is_reliable(const struct file_identity *id,
	const struct timespec *started, time_t now)
{
	enum { SOON = 2 }; /* seconds from the last write to a rename */
	time_t modified = id->modified.tv_sec;

	if (file_date_is_constant(modified) || modified > now)
		return false;
	return started->tv_sec == 0 || !is_later(&id->changed, started) ||
	       id->changed.tv_sec - modified <= SOON;
}
