/*
 * Request rates: "10/s".
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_VALIDATE_RATE_H
#define CONFIG_VALIDATE_RATE_H

struct conf_rate;

/* Returns an error message, or NULL if the text is valid. */
const char *validate_rate(const char *);

/* Fills what follows from the text and the burst, which may be 0. */
void validate_rate_finish(struct conf_rate *);

#endif
