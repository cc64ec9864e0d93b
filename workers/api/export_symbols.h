/*
 * References to every function of prong.h: only modules call them, and without
 * a reference the linker would leave them out of the program.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXPORT_SYMBOLS_H
#define EXPORT_SYMBOLS_H

extern void (*const export_symbols[])(void);

#endif
