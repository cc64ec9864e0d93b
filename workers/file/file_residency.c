/*
 * Which parts of a large file are in memory.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "file/file.h"
#include "file/resident_read.h"

enum {
	/* Pages come and go in groups: those that are read ahead. */
	LOOK_STEP = 128 * 1024,
	HERE_MS = 1000,
};

enum file_residency
file_find_absent(const struct file *f, off_t *offset, off_t end)
{
	char byte;

	for (;;) {
		if (resident_read(f->fd, &byte, 1, *offset) == -1) {
			if (errno == EINPROGRESS)
				return FILE_ABSENT;
			if (errno == EOPNOTSUPP)
				return FILE_UNKNOWN;
		}
		if (*offset >= end - 1)
			return FILE_RESIDENT;
		*offset += LOOK_STEP;
		if (*offset > end - 1)
			*offset = end - 1;
	}
}

void
file_set_resident(struct file *f, off_t offset, off_t end, int64_t now_ms)
{
	struct file_extras *x = file_extras(f);
	bool is_old = now_ms >= x->resident.until_ms;

	if (!is_old && offset >= x->resident.from && offset <= x->resident.to) {
		if (end > x->resident.to)
			x->resident.to = end;
		return;
	}
	x->resident.from = offset;
	x->resident.to = end;
	x->resident.until_ms = now_ms + HERE_MS;
}

enum file_residency
file_find(struct file *f, off_t offset, off_t end, int64_t now_ms)
{
	const struct file_extras *x = f->extras;
	off_t at = offset;
	enum file_residency found;

	if (x != NULL && offset >= x->resident.from && end <= x->resident.to &&
		now_ms < x->resident.until_ms)
		return FILE_RESIDENT;
	found = f->has_unknown_residency ? FILE_UNKNOWN
					 : file_find_absent(f, &at, end);
	if (found == FILE_RESIDENT)
		file_set_resident(f, offset, end, now_ms);
	else if (found == FILE_UNKNOWN)
		f->has_unknown_residency = true;
	return found;
}
