/*
 * Compares two configurations as `prong dump` prints them.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_DIFF_H
#define CONFIG_DIFF_H

#include <jansson.h>
#include <stdio.h>

/*
 * Writes the keys that differ, after two lines with the names, as diff -u does:
 * "-workers: 2" is in a, "+workers: 4" in b.  A site is named by its first
 * host, a route by its path, an address by itself.  Of what one of them lacks,
 * the values that are not the default are written.  Returns the number of lines
 * that differ; 0: nothing is written.
 */
unsigned config_diff(const json_t *a, const char *name_a, const json_t *b,
	const char *name_b, FILE *);

#endif
