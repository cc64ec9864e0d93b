/*
 * Checks what modules declare against what the sandbox is to hold.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_VALIDATE_SANDBOX_H
#define CONFIG_VALIDATE_SANDBOX_H

struct conf;
struct reader;

void validate_sandbox(struct reader *, const struct conf *);

#endif
