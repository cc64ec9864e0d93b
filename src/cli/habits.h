/*
 * Words and options of other servers, with the command of prong that does the
 * same.
 * SPDX-License-Identifier: MIT
 */
#ifndef HABITS_H
#define HABITS_H

/* Returns a sentence about what to use in place of the word, or NULL if it is
 * unknown. */
const char *habits_find(const char *word);

#endif
