/*
 * References to every function of prong.h: only modules call them, and without
 * a reference the linker would leave them out of the program.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXPORTS_H
#define EXPORTS_H

extern void (*const exports[])(void);

#endif
